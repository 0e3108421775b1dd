import { expect, test } from 'vitest';
import { emptyEnergy } from '../ledger/use.ts';
import { unionOf } from './devices.ts';

const writer = (name: string, from: number, to: number | null) => ({
  record: {
    ...{ schema: 'joulebook/writer/v1' as const, writer: name, host: 'h', boot_id: 'b', pid_namespace: null, pid: 1 },
    ...{ pid_start: null, started_at_ms: from, command: ['x'], sampling_s: 0.1, imported: false },
    ...{ devices: [], absent: [] },
  },
  end:
    to === null
      ? null
      : {
          ...{ schema: 'joulebook/end/v1' as const, ended_at_ms: to, exit_code: 0, signal: null },
          work: { lines_dropped: 0, format: null },
        },
});
const union = (writers: ReturnType<typeof writer>[], last: Record<string, number> = {}) =>
  unionOf(writers, { energy: { ...emptyEnergy(), last_ms: new Map(Object.entries(last)) } });

test('the time between a kill and a resume is no time of the run', () => {
  // Killed with its last row at 10 s, resumed from 70 to 80 s: 10 + 10.
  expect(union([writer('w1', 0, null), writer('w2', 70_000, 80_000)], { w1: 10_000, w2: 80_000 })).toBe(20_000);
});

test('writers at the same time count once, and one without any row not at all', () => {
  expect(union([writer('a', 0, 10_000), writer('b', 5000, 15_000), writer('c', 2000, null)])).toBe(15_000);
  expect(union([])).toBe(0);
});
