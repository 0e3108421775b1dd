/* A stand-in for NVIDIA's driver library with known truth: power is a waveform over UTC, energy its closed integral.
 *
 * Everything comes from FAKE_NVML, read at init: "devices=2;wave=sine;mean=400;amp=250;period=1.43;...", see
 * fake-nvml.ts for every key. -DNO_FIELDVALUES, -DNO_ENERGY, -DNO_POWER, -DNO_UTIL, -DNO_LIMIT and -DNO_V2 leave a
 * function out of the library, as older drivers do. Nothing here is taken from NVIDIA but names and layouts. */

#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OK = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, GPU_IS_LOST = 15 };
enum { MOST = 64 };

typedef struct {
  uint32_t fieldId, scopeId;
  int64_t timestamp, latencyUsec;
  int32_t valueType, nvmlReturn;
  union { double d; uint32_t u32; uint64_t u64; int64_t i64; int32_t i32; uint16_t u16; } value;
} field_t;

typedef struct { int index; } gpu_t;

static char text[4096];
static gpu_t gpus[MOST];
static int devices, started;

/* The value of one key, or fallback. */
static const char *word(const char *key, const char *fallback) {
  static char found[512];
  size_t n = strlen(key);
  for (const char *at = text; at && *at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
    if (strncmp(at, key, n) != 0 || at[n] != '=') continue;
    size_t length = strcspn(at + n + 1, ";");
    if (length >= sizeof found) length = sizeof found - 1;
    memcpy(found, at + n + 1, length);
    found[length] = 0;
    return found;
  }
  return fallback;
}
static double number(const char *key, double fallback) {
  const char *found = word(key, NULL);
  return found ? atof(found) : fallback;
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* W at s seconds of the waveform, and J from 0 to there. */
static double wave_power(double s) {
  double mean = number("mean", 400), amp = number("amp", 0), period = number("period", 1), width = number("width", 0.1);
  const char *wave = word("wave", "const");
  double in = s - floor(s / period) * period;
  if (!strcmp(wave, "sine")) return mean + amp * sin(2 * M_PI * s / period);
  if (!strcmp(wave, "square")) return in < period / 2 ? mean + amp : mean - amp;
  if (!strcmp(wave, "spikes")) return in < width ? mean + amp : mean;
  return mean;
}
static double wave_energy(double s) {
  double mean = number("mean", 400), amp = number("amp", 0), period = number("period", 1), width = number("width", 0.1);
  const char *wave = word("wave", "const");
  double whole = floor(s / period), in = s - whole * period;
  if (!strcmp(wave, "sine")) return mean * s + amp * period / (2 * M_PI) * (1 - cos(2 * M_PI * s / period));
  if (!strcmp(wave, "square")) return mean * s + amp * (in < period / 2 ? in : period - in);
  if (!strcmp(wave, "spikes")) return mean * s + amp * (whole * width + (in < width ? in : width));
  return mean * s;
}

/* Each device runs the wave with a delay of its own. */
static double wave_at(int gpu, double at_ms) { return (at_ms - number("t0", 0)) / 1000 + gpu * number("phase", 0); }

static double energy_between(int gpu, double from_ms, double to_ms) {
  return wave_energy(wave_at(gpu, to_ms)) - wave_energy(wave_at(gpu, from_ms));
}

static int chosen(const char *key, int gpu) {
  double one = number(key, -1);
  return one < 0 || (int)one == gpu;
}
static int gone(int gpu) {
  double lost = number("lost_at", INFINITY), back = number("back_at", INFINITY), t = now_ms() - number("t0", 0);
  return t >= lost && t < back && chosen("lost_gpu", gpu);
}
static int lacks(const char *what, int gpu) {
  char list[512], *save = NULL;
  if (!chosen("unsupported_gpu", gpu)) return 0;
  snprintf(list, sizeof list, "%s", word("unsupported", ""));
  for (char *one = strtok_r(list, ",", &save); one; one = strtok_r(NULL, ",", &save))
    if (!strcmp(one, what)) return 1;
  return 0;
}

/* What every call on a GPU does first: it may take its time, the value belonging to the middle of it. */
static int enter(gpu_t *gpu, const char *what) {
  if (!started) return UNINITIALIZED;
  if (!gpu || gpu < gpus || gpu >= gpus + devices) return INVALID_ARGUMENT;
  int wait = (int)number("latency_us", 0);
  if (wait > 0) usleep(wait / 2);
  if (gone(gpu->index)) return GPU_IS_LOST;
  return lacks(what, gpu->index) ? NOT_SUPPORTED : OK;
}
static int leave(int code) {
  int wait = (int)number("latency_us", 0);
  if (wait > 0) usleep(wait / 2);
  return code;
}

/* The counter moves every update_ms only, and may have begun again near 0. */
static __attribute__((unused)) uint64_t counter_mj(int gpu) {
  double step = number("update_ms", 20), t0 = number("t0", 0), reset = number("reset_at", INFINITY);
  double at = floor(now_ms() / step) * step;
  if (at - t0 >= reset && chosen("reset_gpu", gpu)) return (uint64_t)floor(1000 * energy_between(gpu, t0 + reset, at));
  double joules = number("counter0", 1000) + energy_between(gpu, t0, at);
  if (number("module_counter", 0)) joules += number("module", 0) * (at - t0) / 1000;
  return joules < 0 ? 0 : (uint64_t)floor(1000 * joules);
}
static uint32_t average_mw(int gpu) {
  double at = now_ms();
  return (uint32_t)lround(1000 * energy_between(gpu, at - 1000, at));
}
/* gate=25/100: of each 100 ms only the first 25 are looked at; their mean stands until the next look is over. */
static uint32_t instant_mw(int gpu) {
  double open = 0, every = 0, at = now_ms();
  if (sscanf(word("gate", ""), "%lf/%lf", &open, &every) != 2) return (uint32_t)lround(1000 * wave_power(wave_at(gpu, at)));
  double from = floor((at - open) / every) * every;
  return (uint32_t)lround(1000 * energy_between(gpu, from, from + open) / (open / 1000));
}
static __attribute__((unused)) uint32_t usage_mw(int gpu) { return number("avg", 0) ? average_mw(gpu) : instant_mw(gpu); }

static int put(char *out, unsigned length, const char *what) {
  if (strlen(what) + 1 > length) return 7;
  strcpy(out, what);
  return OK;
}

#ifdef NO_V2
#define V2(name) name
#else
#define V2(name) name##_v2
#endif

int V2(nvmlInit)(void) {
  const char *given = getenv("FAKE_NVML");
  snprintf(text, sizeof text, "%s", given ? given : "");
  usleep(1000 * (int)number("init_ms", 0));
  int code = (int)number("init_rc", 0);
  if (code) return code;
  devices = (int)number("devices", 1);
  if (devices > MOST) devices = MOST;
  for (int i = 0; i < devices; i++) gpus[i].index = i;
  started = 1;
  return OK;
}
int nvmlShutdown(void) { started = 0; return OK; }
int nvmlSystemGetDriverVersion(char *out, unsigned length) { return put(out, length, "999.99.fake"); }
int V2(nvmlDeviceGetCount)(unsigned *out) { *out = devices; return started ? OK : UNINITIALIZED; }
int V2(nvmlDeviceGetHandleByIndex)(unsigned i, void **out) {
  if ((int)i >= devices) return INVALID_ARGUMENT;
  if (lacks("handle", (int)i)) return GPU_IS_LOST;
  *out = &gpus[i];
  return OK;
}
int nvmlDeviceGetName(gpu_t *gpu, char *out, unsigned length) {
  char list[512], *save = NULL, *one;
  snprintf(list, sizeof list, "%s", word("names", "NVIDIA Fake H100"));
  one = strtok_r(list, "|", &save);
  for (int i = 0; i < gpu->index && one; i++) {
    char *next = strtok_r(NULL, "|", &save);
    if (!next) break;
    one = next;
  }
  return put(out, length, one ? one : "");
}
/* mig=3,2,1: the first GPU (mig_gpu) is split into slices of so many compute slices; a handle of its own each. */
static gpu_t slices[8];
static int slice_sizes(unsigned sizes[8]) {
  char list[128], *save = NULL;
  int n = 0;
  snprintf(list, sizeof list, "%s", word("mig", ""));
  for (char *one = strtok_r(list, ",", &save); one && n < 8; one = strtok_r(NULL, ",", &save)) sizes[n++] = (unsigned)atoi(one);
  return n;
}
static int is_slice(gpu_t *gpu) { return gpu >= slices && gpu < slices + 8; }
int nvmlDeviceGetMigMode(gpu_t *gpu, unsigned *current, unsigned *pending) {
  unsigned sizes[8];
  if (!word("mig", NULL)) return NOT_SUPPORTED;
  *current = *pending = slice_sizes(sizes) > 0 && gpu->index == (int)number("mig_gpu", 0);
  return OK;
}
int nvmlDeviceGetMaxMigDeviceCount(gpu_t *gpu, unsigned *out) { *out = 7; return OK; }
int nvmlDeviceGetMigDeviceHandleByIndex(gpu_t *gpu, unsigned i, void **out) {
  unsigned sizes[8];
  if ((int)i >= slice_sizes(sizes)) return 6; /* not found */
  slices[i].index = (int)i;
  *out = &slices[i];
  return OK;
}
int nvmlDeviceGetAttributes_v2(gpu_t *gpu, uint32_t *out) {
  unsigned sizes[8];
  if (!is_slice(gpu)) return INVALID_ARGUMENT;
  slice_sizes(sizes);
  memset(out, 0, 40);
  out[0] = 16 * sizes[gpu->index];
  out[6] = out[7] = sizes[gpu->index];
  return OK;
}
int nvmlDeviceGetGpuInstanceId(gpu_t *gpu, unsigned *out) { *out = 7 + gpu->index; return is_slice(gpu) ? OK : INVALID_ARGUMENT; }
int nvmlDeviceGetComputeInstanceId(gpu_t *gpu, unsigned *out) { *out = 0; return is_slice(gpu) ? OK : INVALID_ARGUMENT; }
int nvmlDeviceGetUUID(gpu_t *gpu, char *out, unsigned length) {
  char uuid[64];
  if (is_slice(gpu)) {
    snprintf(uuid, sizeof uuid, "MIG-%08x-51ce-4000-8000-000000000000", 0xa0000000u + (unsigned)gpu->index);
    return put(out, length, uuid);
  }
  snprintf(uuid, sizeof uuid, "GPU-%08x-fa4e-4000-8000-000000000000", 0xf0000000u + (unsigned)number("first", 0) + (unsigned)gpu->index);
  return put(out, length, uuid);
}
/* The addresses of pci=, separated by |. */
int nvmlDeviceGetPciInfo_v3(gpu_t *gpu, char *out) {
  char list[512], *save = NULL, *one;
  snprintf(list, sizeof list, "%s", word("pci", ""));
  one = strtok_r(list, "|", &save);
  for (int i = 0; i < gpu->index && one; i++) one = strtok_r(NULL, "|", &save);
  if (!one) return NOT_SUPPORTED;
  memset(out, 0xff, 68);
  return put(out + 36, 32, one);
}
int nvmlDeviceGetArchitecture(gpu_t *gpu, unsigned *out) {
  int code = enter(gpu, "architecture");
  if (!code) *out = (unsigned)number("architecture", 9);
  return code;
}
#ifndef NO_LIMIT
int nvmlDeviceGetEnforcedPowerLimit(gpu_t *gpu, unsigned *out) {
  int code = enter(gpu, "limit");
  if (!code) *out = (unsigned)(1000 * number("limit", 700));
  return leave(code);
}
#endif
/* limits=FILE: limits that are set, in mW, are kept in FILE.INDEX, as the driver keeps them beyond a process. */
static FILE *limit_file(gpu_t *gpu, const char *how) {
  char name[600];
  snprintf(name, sizeof name, "%s.%d", word("limits", "/nowhere"), gpu->index);
  return fopen(name, how);
}
int nvmlDeviceGetPowerManagementLimit(gpu_t *gpu, unsigned *out) {
  int code = enter(gpu, "powerlimit");
  if (code) return leave(code);
  *out = (unsigned)(1000 * number("limit", 700));
  FILE *file = limit_file(gpu, "r");
  if (file) {
    if (fscanf(file, "%u", out) != 1) code = 999;
    fclose(file);
  }
  return leave(code);
}
int nvmlDeviceGetPowerManagementLimitConstraints(gpu_t *gpu, unsigned *least, unsigned *most) {
  int code = enter(gpu, "powerlimit");
  if (!code) *least = 200000, *most = 700000;
  return leave(code);
}
int nvmlDeviceSetPowerManagementLimit(gpu_t *gpu, unsigned mw) {
  int code = enter(gpu, "powerlimit");
  if (!code && chosen("set_gpu", gpu->index)) code = (int)number("set_rc", 0);
  if (!code && (mw < 200000 || mw > 700000)) code = INVALID_ARGUMENT;
  FILE *file = code ? NULL : limit_file(gpu, "w");
  if (!code && !file) code = 999;
  if (file) fprintf(file, "%u", mw), fclose(file);
  return leave(code);
}
int nvmlDeviceGetPowerManagementDefaultLimit(gpu_t *gpu, unsigned *out) {
  int code = enter(gpu, "default_limit");
  if (!code && number("default_limit", 0) <= 0) code = NOT_SUPPORTED;
  if (!code) *out = (unsigned)(1000 * number("default_limit", 0));
  return leave(code);
}
#ifndef NO_ENERGY
int nvmlDeviceGetTotalEnergyConsumption(gpu_t *gpu, unsigned long long *out) {
  int code = enter(gpu, "energy");
  if (!code) *out = counter_mj(gpu->index);
  return leave(code);
}
#endif
#ifndef NO_POWER
int nvmlDeviceGetPowerUsage(gpu_t *gpu, unsigned *out) {
  int code = enter(gpu, "power");
  *out = code ? 0 : usage_mw(gpu->index);
  return leave(code);
}
#endif
#ifndef NO_UTIL
int nvmlDeviceGetUtilizationRates(gpu_t *gpu, unsigned *out) {
  int code = enter(gpu, "util");
  if (!code) {
    out[0] = (unsigned)number("util", 77);
    out[1] = (unsigned)number("memory_util", 33);
  }
  return leave(code);
}
#endif
/* processes=PID/SM|PID/SM: who computes, and how busy in percent each keeps the GPU; @FILE: the file says so. */
typedef struct { uint32_t pid; uint64_t memory; uint32_t gi, ci; } process_t;
typedef struct { uint32_t pid; uint64_t at_us; uint32_t sm, mem, enc, dec; } process_time_t;

static int process_list(int gpu, unsigned pids[], unsigned sms[]) {
  char list[512], *save = NULL;
  int n = 0;
  if (!chosen("processes_gpu", gpu)) return 0;
  snprintf(list, sizeof list, "%s", word("processes", ""));
  if (list[0] == '@') {
    FILE *file = fopen(list + 1, "r");
    size_t got = file ? fread(list, 1, sizeof list - 1, file) : 0;
    list[got] = 0;
    if (file) fclose(file);
  }
  for (char *one = strtok_r(list, "|", &save); one && n < 16; one = strtok_r(NULL, "|", &save), n++)
    if (sscanf(one, "%u/%u", &pids[n], &sms[n]) != 2) break;
  return n;
}
int nvmlDeviceGetComputeRunningProcesses_v3(gpu_t *gpu, unsigned *count, process_t *out) {
  unsigned pids[16], sms[16];
  int code = enter(gpu, "processes");
  if (code) return leave(code);
  int n = process_list(gpu->index, pids, sms);
  if (*count < (unsigned)n) {
    *count = n;
    return leave(7);
  }
  for (int i = 0; i < n; i++) out[i] = (process_t){pids[i], 1 << 20, 0xffffffffu, 0xffffffffu};
  *count = n;
  return leave(OK);
}
/* Also tells, as drivers have, an old sample of a process that is long gone; "not found" where nobody computes. */
int nvmlDeviceGetProcessUtilization(gpu_t *gpu, process_time_t *out, unsigned *count, unsigned long long since_us) {
  unsigned pids[16], sms[16];
  int code = enter(gpu, "processutil");
  if (code) return leave(code);
  int n = process_list(gpu->index, pids, sms);
  if (n == 0) return leave(6);
  for (int i = 0; i < n; i++) out[i] = (process_time_t){pids[i], (uint64_t)(now_ms() * 1000), sms[i], 0, 0, 0};
  out[n] = (process_time_t){999999, since_us > 1000000 ? since_us - 1000000 : 1, 90, 0, 0, 0};
  *count = n + 1;
  return leave(OK);
}
#ifndef NO_FIELDVALUES
int nvmlDeviceGetFieldValues(gpu_t *gpu, int n, field_t *fields) {
  int code = enter(gpu, "fieldvalues");
  for (int i = 0; !code && i < n; i++) {
    field_t *f = &fields[i];
    char id[16];
    snprintf(id, sizeof id, "%u", f->fieldId);
    f->timestamp = (int64_t)(now_ms() * 1000);
    f->latencyUsec = 0;
    int module = f->scopeId == 1 && number("module", 0) > 0;
    f->nvmlReturn = (f->scopeId != 0 && !module) || lacks(id, gpu->index) ? NOT_SUPPORTED : OK;
    f->value.u64 = 0;
    if (f->nvmlReturn) continue;
    double watts = 0;
    if (f->fieldId == 83) {
      f->valueType = 3;
      f->value.u64 = counter_mj(gpu->index);
      continue;
    }
    if (f->fieldId == 186) watts = instant_mw(gpu->index) / 1000.0;
    else if (f->fieldId == 185) watts = average_mw(gpu->index) / 1000.0;
    else if (f->fieldId == 190) watts = module ? number("module_limit", 1000) : number("limit", 700);
    else {
      f->nvmlReturn = NOT_SUPPORTED;
      continue;
    }
    if (module && f->fieldId != 190) watts += number("module", 0);
    /* Drivers have declared the same field with different types over time. */
    f->valueType = (int)number("power_type", 1);
    if (f->valueType == 0) f->value.d = 1000 * watts;
    else if (f->valueType == 1) f->value.u32 = (uint32_t)lround(1000 * watts);
    else if (f->valueType == 5) f->value.i32 = (int32_t)lround(1000 * watts);
    else f->value.u64 = (uint64_t)llround(1000 * watts);
  }
  return leave(code);
}
#endif
