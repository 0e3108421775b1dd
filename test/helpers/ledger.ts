// Ledgers written by hand, for tests that read them.

import { thisProcess } from '../../src/ledger/process.ts';
import type { EndRecord, RunRecord, WriterRecord } from '../../src/ledger/records.ts';
import { type LedgerWriter, openWriter } from '../../src/ledger/writer.ts';
import type { Device } from '../../src/meter/port.ts';
import type { EnergyRow } from '../../src/meter/rows.ts';

export const runRecord = (id: string, more: Partial<RunRecord> = {}): RunRecord => ({
  ...{ schema: 'joulebook/run/v1', id, name: null, command: ['x'], created_at_ms: 0, user: null, cwd: '', git: null },
  ...{ tags: {}, zone: null, pue: null, price: null, intensity: null, version: 'test' },
  ...more,
});

export const gpu = (index: number, uuid = '', more: Partial<Device> = {}): Device => ({
  ...{ device: `gpu-${index}`, kind: 'gpu', name: 'test', uuid, source: 'counter', charged: true, limit_w: 700 },
  ...{ gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
  ...more,
});

/** A writer that lives as long as this process; `pid_start` of another makes it one that was killed. */
export function writerOf(
  ledger: string,
  run: string,
  name: string,
  devices: readonly Device[],
  more: Partial<WriterRecord> = {},
): LedgerWriter {
  const writer = openWriter(ledger, run, {
    ...{ schema: 'joulebook/writer/v1', writer: name, ...thisProcess(), host: 'h', started_at_ms: 0 },
    ...{ command: ['x'], sampling_s: 0.1, imported: false, ...more },
  });
  writer.devices(devices, []);
  return writer;
}

/** The second that begins s seconds after the epoch. */
export const second = (device: string, s: number, energy_j: number, more: Partial<EnergyRow> = {}): EnergyRow => ({
  ...{ device, from_ms: s * 1000, to_ms: (s + 1) * 1000, energy_j, min_w: energy_j, max_w: energy_j },
  ...{ source: 'counter', quality: 'measured', ...more },
});

export const endAt = (ended_at_ms: number): EndRecord => ({
  ...{ schema: 'joulebook/end/v1', ended_at_ms, exit_code: 0, signal: null },
  work: { lines_dropped: 0, format: null },
});
