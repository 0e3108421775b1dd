/* Preloaded, puts the wall clock of a program CLOCK_AHEAD_MS ahead; the files that it writes are stamped by the kernel. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long ahead_ms(void) {
  const char *text = getenv("CLOCK_AHEAD_MS");
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
