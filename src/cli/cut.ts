// joulebook cut: a stretch of a monitored time becomes a run of its own, whole or someone's share of it.

import { execFileSync } from 'node:child_process';
import { type Cut, cutRun } from '../app/cut.ts';
import { chainFor } from '../app/grid-config.ts';
import { placeRecord } from '../app/place-record.ts';
import { reportOf } from '../app/reports.ts';
import { type Setting, type Settings, settingsOf } from '../app/settings.ts';
import { fault, usage } from '../core/fault.ts';
import { redactTags, redactText } from '../core/redact.ts';
import { type PueKey, priceFields, pueFields, type RunRecord } from '../ledger/records.ts';
import { findRun, LIST_RUNS, listRuns, type RunEntry } from '../ledger/runs.ts';
import { unwritable } from '../ledger/writer.ts';
import { reportText } from '../report/text.ts';
import { newRunId } from '../run/identity.ts';
import { colorOn } from './color.ts';
import { type LineageOptions, lineageOf } from './lineage.ts';
import type { MeteringOptions } from './metering.ts';
import { priceOf, pueOf, tagsOf, timeOf } from './options.ts';

declare const JOULEBOOK_VERSION: string;

type Shared = keyof LineageOptions | 'name' | 'zone' | 'pue' | 'tag' | 'price' | 'ledger';
export interface CutOptions extends Pick<MeteringOptions, Shared> {
  from?: string;
  to?: string;
  pid?: string;
  user?: string;
  nobody?: boolean;
  gpu?: string;
  cpu?: boolean;
  json?: boolean;
}

/** Records the cut and prints its report. Rejects with a Fault; then nothing, or a part of the cut, was recorded. */
export async function cut(wanted: string | undefined, options: CutOptions): Promise<void> {
  const asked = {
    ...{ from_ms: instantOf('--from', options.from), to_ms: instantOf('--to', options.to), whose: whoseOf(options) },
    ...{ gpus: options.gpu === undefined ? null : options.gpu.split(',').map((name) => name.trim()) },
    cpu: options.cpu === true,
  };
  if (asked.from_ms !== null && asked.to_ms !== null && asked.from_ms >= asked.to_ms)
    throw usage('--from is not before --to', 'give the beginning first');
  const settings = await settingsOf(options);
  const ledger = settings.folder;
  const source = wanted === undefined ? lastMonitor(ledger) : findRun(ledger, wanted);
  // What was said of the place when it was metered holds, unless it is said anew.
  const given = (setting: Setting | null) => (setting?.from.startsWith('--') === true ? setting : null);
  const zone = given(settings.zone);
  const chain = zone === null ? null : await chainFor({ ...settings, zone, intensity: null });
  const grid = chain === null ? (source.record.grid ?? null) : chain.spec;
  const { pue, price } = { pue: given(settings.pue), price: given(settings.price) };
  const { account } = source.record;
  const there = placeOfCut(source, settings, { zone, pue });
  const run: RunRecord = {
    ...{ schema: 'joulebook/run/v1', id: newRunId(), kind: 'cut', cut_of: source.record.id },
    ...{ name: options.name === undefined ? null : redactText(options.name), command: commandOf(source, options) },
    ...{ created_at_ms: Date.now(), user: settings.user, cwd: '', git: null, version: JOULEBOOK_VERSION },
    tags: { ...redactTags(tagsOf('--tag', options.tag ?? [])), cut_of: source.record.id },
    zone: chain === null ? source.record.zone : chain.zone,
    intensity: chain === null ? source.record.intensity : null,
    ...(grid === null ? {} : { grid }),
    ...{
      ...there,
      ...lineageOf(settings),
      ...(price === null ? priceFields(source.record) : { price: priceOf(price) }),
    },
    ...(account === undefined ? {} : { account }),
  };
  try {
    await cutRun(ledger, { ...asked, source, run, elsewhere: zone !== null });
  } catch (cause) {
    throw unwritable(ledger, cause);
  }
  const report = await reportOf(ledger, findRun(ledger, run.id));
  process.stdout.write(
    options.json === true ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, colorOn(process.stdout)),
  );
}

/** A place named anew brings its PUE; else both stay the monitored run's. A PUE given anew is nobody's but the user's. */
function placeOfCut(
  { record }: RunEntry,
  { place }: Settings,
  { zone, pue }: Record<'zone' | 'pue', Setting | null>,
): Pick<RunRecord, PueKey | 'place'> {
  const own = pue !== null && pue.from !== zone?.from ? pueOf(pue) : null;
  if (zone !== null && place !== null) {
    const its = own === null && place.pue !== null;
    return { ...(its ? { pue: place.pue.value } : (own ?? pueFields(record))), place: placeRecord(place, its) };
  }
  const kept = zone === null ? record.place : undefined;
  const unsaid = { pue_source: null, pue_scope: null, pue_year: null };
  const told = kept === undefined ? {} : { place: own === null ? kept : { ...kept, ...unsaid } };
  return { ...(own ?? pueFields(record)), ...told };
}

/** In whole milliseconds, as rows are cut. */
function instantOf(option: string, text: string | undefined): number | null {
  const at_ms = timeOf(option, text);
  return at_ms === null ? null : Math.round(at_ms);
}

function whoseOf({ pid, user, nobody }: CutOptions): Cut['whose'] {
  const given = [pid, user, nobody].filter((one) => one !== undefined);
  if (given.length > 1) throw usage('--pid, --user and --nobody exclude each other', 'give one of them');
  if (nobody === true) return { kind: 'nobody' };
  if (user !== undefined) return { kind: 'user', uid: uidOf(user) };
  if (pid === undefined) return null;
  const match = /^([1-9]\d{0,9})(?::(\d{1,15}))?$/.exec(pid);
  if (match === null) throw usage(`--pid: "${pid}" is no process`, 'write PID, or PID:START');
  const start = match[2];
  return start === undefined
    ? { kind: 'pid', pid: Number(match[1]), pid_start: null }
    : { kind: 'pid', pid: Number(match[1]), pid_start: Number(start) };
}

/** By the system's own list of users, wherever it keeps it. */
function uidOf(user: string): number {
  if (/^\d{1,10}$/.test(user)) return Number(user);
  try {
    return Number(execFileSync('id', ['-u', '--', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    throw usage(`--user: this machine knows no user "${user}"`, 'give the number of a user of another machine');
  }
}

function lastMonitor(ledger: string): RunEntry {
  const found = listRuns(ledger).find(({ record }) => record.kind === 'monitor');
  if (found === undefined)
    throw fault('run-not-found', { facts: { run: 'a monitored time', ledger, hint: LIST_RUNS } });
  return found;
}

function commandOf({ record }: RunEntry, { from, to, pid, user, nobody, gpu }: CutOptions): string[] {
  const said = Object.entries({ from, to, pid, user, gpu }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  return ['cut', record.id, ...said, ...(nobody === true ? ['--nobody'] : [])];
}
