/* A disk that fails on demand: preloaded into a program, it lets fsync or pwrite of a database's files end with EIO.
 *
 * The file named by FAULTY_DISK holds what to do, and is read anew at each call; while it is missing the disk is sound:
 *   fsync PERCENT NAME    so many of the syncs of files whose name ends in NAME fail; the data is where it was written
 *   write PERCENT NAME    the same of writes; what fails has written nothing, or half
 * A byte is added to FAULTY_DISK.hits for each failure.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int ends_with(const char* text, const char* end) {
  const size_t a = strlen(text), b = strlen(end);
  return a >= b && strcmp(text + a - b, end) == 0;
}

/* Is `what` on this descriptor to fail now? */
static int fails(const char* what, int fd) {
  const char* control = getenv("FAULTY_DISK");
  char text[256], verb[16], name[128], link[64], path[4096];
  int percent = 0;
  const int at = control ? open(control, O_RDONLY | O_CLOEXEC) : -1;
  if (at < 0) return 0;
  const ssize_t n = read(at, text, sizeof text - 1);
  close(at);
  if (n <= 0) return 0;
  text[n] = '\0';
  if (sscanf(text, "%15s %d %127s", verb, &percent, name) != 3 || strcmp(verb, what) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  return ends_with(path, name) && random() % 100 < percent;
}

static void* real(const char* name) { return dlsym(RTLD_NEXT, name); }

static int broken(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s.hits", getenv("FAULTY_DISK"));
  const int hits = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (hits >= 0 && write(hits, "x", 1) == 1) close(hits);
  errno = EIO;
  return -1;
}

int fsync(int fd) { return fails("fsync", fd) ? broken() : ((int (*)(int))real("fsync"))(fd); }
int fdatasync(int fd) { return fails("fsync", fd) ? broken() : ((int (*)(int))real("fdatasync"))(fd); }

typedef ssize_t (*Write)(int, const void*, size_t, off_t);

static ssize_t failed_write(Write write, int fd, const void* data, size_t size, off_t at) {
  const ssize_t half = random() % 2 ? write(fd, data, size / 2, at) : 0;
  return half < 0 ? half : broken();
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  const Write write = (Write)real("pwrite");
  return fails("write", fd) ? failed_write(write, fd, data, size, at) : write(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  const Write write = (Write)real("pwrite64");
  return fails("write", fd) ? failed_write(write, fd, data, size, at) : write(fd, data, size, at);
}
