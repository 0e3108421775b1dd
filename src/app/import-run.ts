// What an importer found becomes runs of the ledger: their devices charged once, a writer for each host.
//
// Readings go through the account that a live run goes through; of a stretch only the whole is known, so its rows are
// `filled`: the energy is sure, its course within is not.

import type { ForeignDevice, ForeignRun, Stretch } from '../exchange/found.ts';
import { compactFolder } from '../ledger/compact.ts';
import { thisProcess } from '../ledger/process.ts';
import type { RunRecord, WriterRecord } from '../ledger/records.ts';
import { type LedgerWriter, openWriter } from '../ledger/writer.ts';
import { charge } from '../meter/charge.ts';
import { unknownPiece } from '../meter/pieces.ts';
import type { Device } from '../meter/port.ts';
import { createRowMaker } from '../meter/rows.ts';
import { CPU_MODEL_GAIN } from '../meter/sources/cpu-tdp.ts';
import { MEMORY_MODEL_GAIN } from '../meter/sources/dram-model.ts';
import { newWriterName } from '../run/identity.ts';
import { recordReadings, spacing_s } from './record-readings.ts';

const FLUSH_ROWS = 50_000;
const COMPACT_ROWS = 20_000;

/** Records the devices of a run that was created. Rejects with what the file system says. */
export async function recordForeign(ledger: string, run: RunRecord, found: ForeignRun): Promise<void> {
  for (const host of new Set(found.devices.map((device) => device.host)))
    await recordHost(ledger, run, { ...found, devices: found.devices.filter((device) => device.host === host) });
}

async function recordHost(
  ledger: string,
  run: RunRecord,
  { devices: found, from_ms, to_ms }: ForeignRun,
): Promise<void> {
  const host = found[0]!.host;
  const spacings = found.flatMap(({ told }) => (told.by === 'readings' ? [spacing_s(told.readings.at_ms)] : []));
  const writer: WriterRecord = {
    ...{ schema: 'joulebook/writer/v1', writer: newWriterName(), ...thisProcess(), started_at_ms: Math.round(from_ms) },
    ...{ host: host === '' ? 'imported' : host, boot_id: run.id, command: run.command, imported: true },
    sampling_s: Math.max(...spacings, 0) || 1,
  };
  const out = openWriter(ledger, run.id, writer);
  const charged = charge(found.map(deviceOf), { psys: 'record' });
  out.devices(
    charged.map(({ device }) => device),
    [],
  );
  const all = charged.map(({ device, place }) => ({ device, told: found[place]!.told }));
  let rows = 0;
  const count = () => {
    if (++rows % FLUSH_ROWS === 0) out.flush();
  };
  for (const { device, told } of all)
    if (told.by === 'stretches') appendStretches(out, device, { stretches: told.stretches, from_ms, to_ms, count });
  const read = all.flatMap(({ device, told }) => (told.by === 'readings' ? [{ device, readings: told.readings }] : []));
  if (read.length > 0) recordReadings(out, read, { from_ms, to_ms, steps: [], count });
  await out.end({
    ...{ schema: 'joulebook/end/v1', ended_at_ms: Math.round(to_ms), exit_code: null, signal: null },
    work: { lines_dropped: 0, format: null },
  });
  if (rows > COMPACT_ROWS) await compactFolder(out.folder, true);
}

const MEASURED_GAIN = { down: 0.05, up: 0.05 };

function deviceOf({ device, kind, name, uuid, how, note, told }: ForeignDevice): Device {
  const modelled = kind === 'dram' ? MEMORY_MODEL_GAIN : CPU_MODEL_GAIN;
  return {
    ...{ device, kind, name, uuid, source: told.by === 'nothing' ? 'missing' : 'imported', charged: true },
    ...{ limit_w: null, gain: how === 'measured' ? MEASURED_GAIN : modelled, update_s: null, notes: [note] },
  };
}

interface Filling {
  readonly stretches: readonly Stretch[];
  readonly from_ms: number;
  readonly to_ms: number;
  count(): void;
}

/** Rows of a device's stretches, sorted and free of overlap, and of the time between, of which nothing is known. */
function appendStretches(out: LedgerWriter, device: Device, { stretches, from_ms, to_ms, count }: Filling): void {
  const rows = createRowMaker(device);
  const push = (piece: Parameters<typeof rows.push>[0]) => {
    for (const row of rows.push(piece)) {
      out.append('energy', row);
      count();
    }
  };
  let reached = from_ms;
  for (const { from_ms: from, to_ms: to, energy_j } of stretches) {
    if (from > reached) push(unknownPiece(reached, from, 'never-read'));
    push({
      ...{ from_ms: from, to_ms: to, energy_j, low_j: energy_j, high_j: energy_j, min_w: null, max_w: null },
      ...{ how: 'counter', state: 'filled', why: 'too-far-apart' },
    });
    reached = to;
  }
  if (to_ms > reached) push(unknownPiece(reached, to_ms, 'never-read'));
  for (const row of rows.flush()) out.append('energy', row);
}
