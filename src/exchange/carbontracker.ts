// Reads carbontracker's standard logs (…_carbontracker.log), or all of a folder, into runs: one for each log.
//
// Source: carbontracker/loggerutil.py, tracker.py and parser.py, 1.1 to 2.4. An epoch's energy is its mean power times its
// duration, without the PUE, which only the logs of its output (…_carbontracker_output.log) multiply in.

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fault, reasonOf } from '../core/fault.ts';
import type { ZoneTime } from '../core/zone-time.ts';
import { absurd, type ForeignDevice, type ForeignRun, type Found, Rejections, type Stretch } from './found.ts';
import { badFile, textFile } from './text-file.ts';

const HINT = 'give a log that ends in _carbontracker.log, or the folder given to carbontracker as log_dir';
const LINE = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) - (.*)$/;
const COLUMNS = [
  'Epoch, Duration: an epoch, which ends when its line was written',
  'Average power usage (W): mean power of the epoch for each device, before any PUE',
  'components: names of the devices',
  'carbon intensity, location: kept as tags',
];

/** Rejects with Fault file-unreadable, file-bad. */
export async function readCarbontracker(path: string, time: ZoneTime): Promise<Found> {
  const files = await logsIn(path);
  const rejected = new Rejections();
  const runs: ForeignRun[] = [];
  const hash = createHash('sha256');
  const notes: string[] = [];
  let rows = 0;
  for (const file of files) {
    const text = textFile(file);
    const log = await readLog(text.lines(), time);
    hash.update(text.hash());
    rows += log.epochs;
    for (const [why, { count, first }] of log.rejected) rejected.add(why, first, count);
    const run = runOf(log);
    if (run !== null) runs.push(run);
    else if (files.length > 1) notes.push(`${file.split('/').pop()}: it tells no epoch with its power`);
  }
  if (runs.length === 0) {
    const why = rejected.all.size > 0 ? `: ${rejected}` : '';
    throw badFile(path, `it tells no epoch with its power${why}`, HINT);
  }
  return {
    runs,
    columns: COLUMNS,
    rows,
    rejected: rejected.all,
    hash: hash.digest('hex'),
    notes: [...notes, ...time.notes()],
  };
}

async function logsIn(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const logs = (await readdir(path)).filter((name) => name.endsWith('_carbontracker.log')).sort();
    if (logs.length > 0) return logs.map((name) => join(path, name));
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file: path, why: reasonOf(cause) }, cause });
  }
  throw badFile(path, 'the folder holds no log that ends in _carbontracker.log', HINT);
}

/** No device draws a megawatt. */
const MOST_W = 1e6;

interface Epoch {
  readonly to_ms: number;
  readonly duration_s: number;
  readonly watts: Map<string, readonly number[]>;
}

interface Log {
  readonly list: Epoch[];
  epochs: number;
  readonly names: Map<string, string[]>;
  readonly tags: Record<string, string>;
  readonly rejected: Rejections;
}

async function readLog(lines: AsyncIterable<string>, time: ZoneTime): Promise<Log> {
  const log: Log = { list: [], epochs: 0, names: new Map(), tags: {}, rejected: new Rejections() };
  let open: { to_ms: number; line: number } | null = null;
  let number = 0;
  let unfinished = ''; // NumPy breaks the list of many GPUs' powers over lines
  for await (const raw of lines) {
    number++;
    const whole: string = unfinished === '' ? raw : `${unfinished} ${raw.trim()}`;
    unfinished = '';
    const match = LINE.exec(whole);
    if (match === null) continue;
    const [, at, message] = match as unknown as [string, string, string];
    if (/\[[^\]]*$/.test(message) && message.startsWith('Average power')) {
      unfinished = whole;
      continue;
    }
    if (/^Epoch \d+:$/.test(message)) {
      log.epochs++;
      const to_ms = time.parse(at);
      open = to_ms === null ? null : { to_ms, line: number };
      continue;
    }
    const duration_s = durationOf(message);
    if (duration_s !== null && open !== null) {
      const stretch = { from_ms: open.to_ms - duration_s * 1000, to_ms: open.to_ms, energy_j: 0 };
      const why = duration_s > 0 ? absurd(stretch) : 'an epoch of no length';
      if (why === null) log.list.push({ to_ms: open.to_ms, duration_s, watts: new Map() });
      else log.rejected.add(why, number);
      open = null;
      continue;
    }
    note(message, log, number);
  }
  return log;
}

function durationOf(message: string): number | null {
  const match = /^Duration: (\d+):(\d{2}):(\d\d?(?:\.\d+)?)$/.exec(message);
  return match === null ? null : Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

function note(message: string, log: Log, line: number): void {
  const power = /^Average power usage \(W\) for (\w+): (.*)$/.exec(message);
  if (power !== null) {
    const watts = power[2]!
      .replace(/^\[|\]$/g, '')
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    const usable = watts.length > 0 && watts.every((one) => one >= 0 && one < MOST_W);
    if (!usable) log.rejected.add('an epoch too short for its power to be read', line);
    else log.list.at(-1)?.watts.set(power[1]!.toLowerCase(), watts);
    return;
  }
  if (message.startsWith('The following components were found:'))
    for (const [, kind, names] of message.matchAll(/(GPU|CPU) with device\(s\) (.*?)\.(?= (?:GPU|CPU) with|\s*$)/g))
      log.names.set(kind!.toLowerCase(), names!.split(', '));
  const version = /^carbontracker version (\S+)$/.exec(message);
  if (version !== null) log.tags['carbontracker.version'] = version[1]!;
  const intensity = /^Carbon intensities \(gCO2eq\/kWh\) .* at detected location (.*): \[(.*)\]$/.exec(message);
  if (intensity === null) return;
  log.tags['carbontracker.location'] = intensity[1]!;
  log.tags['carbontracker.intensities_g_per_kwh'] = intensity[2]!;
}

/** Epochs follow each other: one begins no earlier than the one before has ended, as log lines tell whole seconds. */
function runOf({ list, names, tags }: Log): ForeignRun | null {
  const known = list.filter(({ watts }) => watts.size > 0);
  if (known.length === 0) return null;
  let reached = Number.NEGATIVE_INFINITY;
  const epochs = known.map(({ to_ms, duration_s, watts }) => {
    const from_ms = Math.max(reached, to_ms - duration_s * 1000);
    reached = from_ms + duration_s * 1000;
    return { from_ms, to_ms: reached, duration_s, watts };
  });
  const kinds = new Map<string, number>();
  for (const { watts } of epochs)
    for (const [kind, list] of watts) kinds.set(kind, Math.max(kinds.get(kind) ?? 0, list.length));
  const devices = [...kinds].flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, i): ForeignDevice => {
      const stretches = epochs.flatMap(({ from_ms, to_ms, duration_s, watts }): Stretch[] => {
        const power_w = watts.get(kind)?.[i];
        return power_w === undefined ? [] : [{ from_ms, to_ms, energy_j: power_w * duration_s }];
      });
      return {
        ...{ device: kind === 'gpu' ? `gpu-${i}` : `cpu-package-${i}`, kind: kind === 'gpu' ? 'gpu' : 'cpu-package' },
        ...{
          name: names.get(kind)?.[i] ?? kind.toUpperCase(),
          uuid: '',
          host: '',
          told: { by: 'stretches', stretches },
        },
        how: kind === 'gpu' ? 'measured' : 'modelled',
        note: 'imported from carbontracker: mean power of each epoch times its length',
      };
    }),
  );
  const run = { name: null, places: [], pue: null, from_ms: epochs[0]!.from_ms, to_ms: reached, devices };
  return { ...run, tags: { ...tags, 'carbontracker.epochs': String(epochs.length) } };
}
