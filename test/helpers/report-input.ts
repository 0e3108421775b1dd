// The input of a report as the ledger gives it, from the power of some GPUs second by second.

import type { IntensitySeries } from '../../src/grid/series.ts';
import type { StepRow } from '../../src/ledger/records.ts';
import { addRows, deviceIn, emptyEnergy } from '../../src/ledger/use.ts';
import type { Device } from '../../src/meter/port.ts';
import type { EnergyRow } from '../../src/meter/rows.ts';
import type { ReportInput } from '../../src/report/build.ts';

/** Start of the run. */
export const T0 = Date.UTC(2024, 4, 1, 9, 58);
/** A GPU with a counter; from the fourth on it is not charged. */
export const gpu = (index: number): Device => ({
  ...{ device: `gpu-${index}`, kind: 'gpu', name: 'g', uuid: `GPU-${index}`, source: 'counter', charged: index < 3 },
  ...{ limit_w: 700, gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
});
/** Pieces of one length from a minute before the run on. */
export const series = (values: readonly number[], step_ms: number): IntensitySeries => ({
  ...{
    zone: 'X',
    provider: 'file',
    kind: 'average',
    scope: 'lifecycle',
    quality: 'measured',
    source: 's',
    licence: '',
  },
  from_ms: Float64Array.from(values, (_, i) => T0 - 60_000 + i * step_ms),
  to_ms: Float64Array.from(values, (_, i) => T0 - 60_000 + (i + 1) * step_ms),
  g_per_kwh: Float64Array.from(values),
  year: null,
});

/** A finished run of one writer, from the power of its GPUs, a value a second. */
export function inputOf(
  watts: readonly (readonly number[])[],
  steps: readonly StepRow[],
  chain: readonly IntensitySeries[],
): ReportInput {
  const seconds = watts[0]!.length;
  const energy = emptyEnergy();
  watts.forEach((power, index) => {
    const device = gpu(index);
    const rows = power.map(
      (w, s): EnergyRow => ({
        ...{
          device: device.device,
          from_ms: T0 + s * 1000,
          to_ms: T0 + (s + 1) * 1000,
          energy_j: w,
          min_w: w,
          max_w: w,
        },
        ...{ source: 'counter', quality: 'measured' },
      }),
    );
    addRows(energy, deviceIn(energy, device.uuid, device, 'h'), rows);
  });
  const writer = {
    ...{ schema: 'joulebook/writer/v1' as const, writer: 'w', host: 'h', boot_id: 'b', pid_namespace: null, pid: 1 },
    ...{ pid_start: null, started_at_ms: T0, command: ['x'], sampling_s: 0.1, imported: false },
    ...{ devices: watts.map((_, i) => gpu(i)), absent: [] },
  };
  const end = { schema: 'joulebook/end/v1' as const, ended_at_ms: T0 + seconds * 1000, exit_code: 0, signal: null };
  return {
    run: {
      ...{ schema: 'joulebook/run/v1', id: 'r', name: null, command: ['x'], created_at_ms: T0, user: null, cwd: '/' },
      ...{ git: null, tags: {}, zone: 'X', pue: 1.3, price: null, intensity: null, version: 't' },
    },
    ...{ state: 'finished', writers: [{ record: writer, end: { ...end, work: { lines_dropped: 0, format: null } } }] },
    ...{ energy, steps, events: [], chain, no_intensity: null, damage: [] },
  };
}
