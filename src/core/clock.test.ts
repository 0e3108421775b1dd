import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { clockOf, newAnchor } from './clock.ts';

afterEach(() => void vi.restoreAllMocks());

/** A machine whose wall clock is `set_ms` ahead, and which has slept for `slept_ms`. */
function machine() {
  const procfs = mkdtempSync(join(tmpdir(), 'jb-clock-'));
  const real = Date.now.bind(Date);
  const told = { set_ms: 0, slept_ms: 0 };
  vi.spyOn(Date, 'now').mockImplementation(() => real() + told.set_ms);
  const boot = () => process.hrtime()[0] + process.hrtime()[1] / 1e9 + 500;
  const tell = (more: Partial<typeof told>) => {
    Object.assign(told, more);
    writeFileSync(join(procfs, 'uptime'), `${(boot() + told.slept_ms / 1000).toFixed(2)} 123.45\n`);
  };
  tell({});
  return { procfs, tell };
}

const HOUR = 3_600_000;
/** Of what the kernel rounds, and of a machine that holds the test between two readings. */
const near = (ms: number, is: number) => expect(Math.abs(ms - is)).toBeLessThan(1000);

describe('the clock of a run', () => {
  test('goes on evenly while the wall clock is set', () => {
    const { procfs, tell } = machine();
    const now = clockOf(newAnchor(procfs), procfs);
    const begun = now();
    for (const set_ms of [3 * HOUR, -HOUR, 0]) {
      tell({ set_ms });
      near(now(), begun);
    }
  });

  test('holds the time that the machine slept, of each sleep', () => {
    const { procfs, tell } = machine();
    const now = clockOf(newAnchor(procfs), procfs);
    const begun = now();
    tell({ set_ms: HOUR, slept_ms: HOUR });
    near(now(), begun + HOUR);
    tell({ set_ms: 3 * HOUR, slept_ms: 3 * HOUR });
    near(now(), begun + 3 * HOUR);
    // Set back afterwards: that moves nothing, and takes nothing back.
    tell({ set_ms: 0 });
    near(now(), begun + 3 * HOUR);
  });

  test('a process that joins after the sleep agrees', () => {
    const { procfs, tell } = machine();
    const anchor = newAnchor(procfs);
    const first = clockOf(anchor, procfs);
    tell({ set_ms: HOUR, slept_ms: HOUR });
    near(clockOf(anchor, procfs)(), first());
  });

  test('where the kernel does not tell the time since boot a sleep is not seen, and nothing breaks', () => {
    const { tell } = machine();
    const now = clockOf(newAnchor('/nowhere'), '/nowhere');
    const begun = now();
    tell({ set_ms: HOUR });
    near(now(), begun);
  });
});
