#pragma once
#include <filesystem>
#include <string>

// Files of the command line. All throw Failure with the path and why.
namespace program {

std::string read_file(const std::filesystem::path&);
void copy_durably(const std::filesystem::path& from, const std::filesystem::path& to);  // fsynced; replaces
enum class Secret : bool { no, yes };                                                   // yes: 0600 from the first byte on
// Whole or not at all.
void write_durably(const std::filesystem::path& to, const std::string& text, Secret secret = Secret::no);
void sync_folder(const std::filesystem::path& folder);
// "daybook.db.before-20251101-120000Z"
std::string time_stamp();

}  // namespace program
