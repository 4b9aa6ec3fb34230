#pragma once

namespace db {

// The name of a file system of SQLite's that differs from the default one in this: what is written to the write-ahead log is
// held back until the log is synced, read or left, so that a commit of many pages is a few large writes. SQLite itself writes
// each page with two calls, which took a fifth of a writer's time. Every commit syncs the log (synchronous=FULL) before another
// connection may look at its pages, so nobody sees a difference; an error of the late write is the answer of the sync.
// Sets up SQLite for the program on the first call.
const char* sqlite_file_system();

}  // namespace db
