// What the kernel says of its clock: whether a time service keeps it, and how far off it may be at most. Reads only.
//
// adjtimex(2) with modes = 0 changes nothing and needs no right. A service that steers the clock without the kernel's
// help (chrony without rtcsync) leaves it "unsynchronised" here.

/** `synchronised` null = the kernel cannot be asked; `max_error_ms` is the kernel's own bound, null where it has none. */
export interface KernelClock {
  readonly synchronised: boolean | null;
  readonly max_error_ms: number | null;
  readonly why: string | null;
}

/** struct timex on 64-bit Linux: maxerror (µs) is a long @24, status an int @40; 208 bytes (linux/timex.h). */
const BYTES = 208;
const [MAX_ERROR, STATUS] = [24, 40];
const STA_UNSYNC = 0x40;
const TIME_ERROR = 5;
/** Here the kernel's bound stands where it knows none (NTP_PHASE_LIMIT, 16 s, linux/timex.h). */
const NO_BOUND_US = 16_000_000;
const WIDE = ['x64', 'arm64', 'ppc64', 's390x', 'riscv64', 'loong64'];

/** Never rejects. */
export async function kernelClock(): Promise<KernelClock> {
  const none = (why: string): KernelClock => ({ synchronised: null, max_error_ms: null, why });
  if (process.platform !== 'linux' || !WIDE.includes(process.arch)) return none('not known on this platform');
  try {
    const { default: koffi } = await import('koffi');
    const adjtimex = koffi.load(null).func('adjtimex', 'int', ['void *']);
    const timex = Buffer.alloc(BYTES);
    const state = adjtimex(timex) as number;
    if (state < 0) return none('the kernel does not tell');
    const us = Number(new BigInt64Array(timex.buffer, timex.byteOffset + MAX_ERROR, 1)[0]);
    const status = new Int32Array(timex.buffer, timex.byteOffset + STATUS, 1)[0]!;
    const synchronised = state !== TIME_ERROR && (status & STA_UNSYNC) === 0;
    return { synchronised, max_error_ms: synchronised && us < NO_BOUND_US ? us / 1000 : null, why: null };
  } catch (error) {
    return none(error instanceof Error ? error.message : String(error));
  }
}
