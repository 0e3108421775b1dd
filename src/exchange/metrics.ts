// Metrics of power and energy, in any form that Prometheus' tools write, become the readings of devices.
//
// Which metric is which device is told by the caller; a counter and a power of one device at one time are one reading.

import { reasonOf } from '../core/fault.ts';
import type { ZoneTime } from '../core/zone-time.ts';
import { type ForeignDevice, type ForeignRun, type Found, type Kind, Rejections } from './found.ts';
import { type Metric, type Reading, readAnswer, readLines, tableOf } from './prometheus.ts';
import { Gatherer } from './readings.ts';
import { badFile, type TextFile } from './text-file.ts';

/** What a metric tells of which device: a counter in J, or a power in W. */
export interface Told {
  readonly device: string;
  readonly kind: Kind;
  readonly name: string;
  readonly uuid: string;
  readonly host: string;
  readonly energy_j: number;
  readonly power_w: number;
}

export interface Wanted {
  /** Who wrote it, for people: Kepler. */
  readonly tool: string;
  /** What each metric that is read means, by name. */
  readonly metrics: Readonly<Record<string, string>>;
  /** The device of a metric; or why it is left out. */
  told(metric: Metric): Told | string;
  readonly hint: string;
  readonly time: ZoneTime;
}

/** Gathers what is pushed, by host and device. */
export class Devices {
  readonly #all = new Map<string, { first: Told; gatherer: Gatherer }>();

  push(told: Told, at_ms: number): void {
    const key = `${told.host}\n${told.uuid || told.device}`;
    let known = this.#all.get(key);
    if (known === undefined) {
      known = { first: told, gatherer: new Gatherer() };
      this.#all.set(key, known);
    }
    known.gatherer.push(at_ms, told.energy_j, told.power_w);
  }

  /** One run of all devices that have two readings; null where there is none. */
  run(tool: string, rejected: Rejections): ForeignRun | null {
    const devices = [...this.#all.values()].flatMap(({ first, gatherer }): ForeignDevice[] => {
      const { readings, twice, far } = gatherer.gathered();
      const { device, kind, name, uuid, host } = first;
      if (twice > 0) rejected.add('a second reading of a device at the same time', 0, twice);
      if (far > 0) rejected.add('a time more than 400 days from the middle', 0, far);
      if (readings.at_ms.length < 2) {
        rejected.add(`${device} has a single reading`);
        return [];
      }
      const counts = readings.energy_j.some((energy_j) => !Number.isNaN(energy_j));
      const note = `imported from ${tool}: ${counts ? 'its energy counter' : 'sampled power'}`;
      return [{ ...{ device, kind, name, uuid, host, how: 'measured', note }, told: { by: 'readings', readings } }];
    });
    const times = devices.flatMap(({ told }) => (told.by === 'readings' ? [told.readings.at_ms] : []));
    if (times.length === 0) return null;
    const hosts = [...new Set(devices.map(({ host }) => host).filter(Boolean))];
    return {
      ...{ name: null, places: [], pue: null, devices, tags: hosts.length === 0 ? {} : { hosts: hosts.join(' ') } },
      from_ms: Math.min(...times.map((at) => at[0]!)),
      to_ms: Math.max(...times.map((at) => at.at(-1)!)),
    };
  }
}

/** Reads a file of metrics. Rejects with Fault file-unreadable, file-bad. */
export async function readMetrics(text: TextFile, wanted: Wanted): Promise<Found> {
  const { tool, hint, time } = wanted;
  const rejected = new Rejections();
  const devices = new Devices();
  const seen = new Set<string>();
  const reading: Reading = {
    rejected,
    time,
    wanted: (name) => Object.hasOwn(wanted.metrics, name),
    take(metric, line) {
      seen.add(metric.name);
      const told = wanted.told(metric);
      if (typeof told === 'string') rejected.add(told, line);
      else devices.push(told, metric.at_ms);
    },
  };
  const { rows, labels } = await readAny(text, reading, hint);
  const run = devices.run(tool, rejected);
  if (run === null) {
    const metrics = Object.keys(wanted.metrics).join(', ');
    const why = rejected.all.size > 0 ? `: ${rejected}` : rows === 0 ? ` (looked for ${metrics})` : '';
    throw badFile(text.file, `no device of ${tool} has two usable readings${why}`, hint);
  }
  const columns = [...labels, ...[...seen].map((name) => `${name}: ${wanted.metrics[name]}`)];
  return { runs: [run], columns, rows, rejected: rejected.all, hash: text.hash(), notes: time.notes() };
}

async function readAny(
  text: TextFile,
  reading: Reading,
  hint: string,
): Promise<{ rows: number; labels: readonly string[] }> {
  const start = (await text.peek()).trimStart();
  if (start === '') throw badFile(text.file, 'it is empty', hint);
  if (/^(\{\s*"|\[)/.test(start)) return { rows: readAnswer(await json(text, hint), reading), labels: [] };
  const line = start.split('\n', 1)[0]!;
  const delimiter = [',', ';', '\t'].find((one) => line.includes(one)) ?? ',';
  if (!/^(time|timestamp|ts|datetime|"|__name__|metric|name|value)/i.test(line))
    return { rows: await readLines(text, reading), labels: [] };
  let table: ReturnType<typeof tableOf> = null;
  let rows = 0;
  for await (const { fields, line } of text.records(delimiter)) {
    if (table === null) {
      table = tableOf(fields, reading);
      if (table === null)
        throw badFile(text.file, `its header names no series (found: ${fields.join(', ').slice(0, 200)})`, hint);
      continue;
    }
    rows++;
    table.take(fields, line);
  }
  return { rows, labels: table?.columns ?? [] };
}

async function json(text: TextFile, hint: string): Promise<unknown> {
  const all = await text.whole();
  try {
    return JSON.parse(all);
  } catch (cause) {
    throw badFile(text.file, `not JSON: ${reasonOf(cause)}`, hint, { cause });
  }
}
