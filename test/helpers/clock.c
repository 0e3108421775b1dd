/*
 * Preloaded, puts the wall clock of a program CLOCK_AHEAD_MS ahead, or by what stands in the file CLOCK_AHEAD_FILE at each
 * look. With CLOCK_SLEEPS the machine slept for that time: /proc/uptime tells it too. The files that it writes are stamped by the kernel, which CLOCK_STAMPS=own hides: all file systems seem to be Lustre.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static long ahead_ms(void) {
  const char *file = getenv("CLOCK_AHEAD_FILE"), *text = getenv("CLOCK_AHEAD_MS");
  if (file) {
    char said[32] = "";
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, said, sizeof said - 1);
    if (fd >= 0) close(fd);
    return got > 0 ? atol(said) : 0;
  }
  return text ? atol(text) : 0;
}

int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(id, t);
  if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
    long long ns = t->tv_nsec + ahead_ms() % 1000 * 1000000LL + 1000000000LL;
    t->tv_sec += ahead_ms() / 1000 + ns / 1000000000LL - 1;
    t->tv_nsec = ns % 1000000000LL;
  }
  return failed;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int failed = clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec;
  t->tv_usec = now.tv_nsec / 1000;
  return failed;
}

/* The time since boot as the kernel would tell it after the sleep, in a file of memory; -1 where it is not asked for. */
static int uptime_file(const char *path) {
  struct timespec up;
  char text[64];
  if (!getenv("CLOCK_SLEEPS") || strcmp(path, "/proc/uptime")) return -1;
  clock_gettime(CLOCK_BOOTTIME, &up);
  int fd = memfd_create("uptime", MFD_CLOEXEC);
  int size = snprintf(text, sizeof text, "%.2f 0.00\n", up.tv_sec + up.tv_nsec / 1e9 + ahead_ms() / 1e3);
  if (fd < 0 || write(fd, text, size) != size) return -1;
  lseek(fd, 0, SEEK_SET);
  return fd;
}

#define OPEN(name)                                                                \
  int name(const char *path, int flags, ...) {                                    \
    static int (*real)(const char *, int, ...);                                   \
    if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);   \
    va_list more;                                                                 \
    va_start(more, flags);                                                        \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;     \
    va_end(more);                                                                 \
    int fd = uptime_file(path);                                                   \
    return fd >= 0 ? fd : real(path, flags, mode);                                \
  }

OPEN(open)
OPEN(open64)

static void own_stamps(struct statfs *found) {
  const char *stamps = getenv("CLOCK_STAMPS");
  if (stamps && *stamps == 'o') found->f_type = 0x0bd00bd0;
}

int statfs(const char *path, struct statfs *found) {
  static int (*real)(const char *, struct statfs *);
  if (!real) real = (int (*)(const char *, struct statfs *))dlsym(RTLD_NEXT, "statfs");
  int failed = real(path, found);
  if (!failed) own_stamps(found);
  return failed;
}

int statfs64(const char *path, struct statfs64 *found) {
  static int (*real)(const char *, struct statfs64 *);
  if (!real) real = (int (*)(const char *, struct statfs64 *))dlsym(RTLD_NEXT, "statfs64");
  int failed = real(path, found);
  if (!failed) own_stamps((struct statfs *)found);
  return failed;
}
