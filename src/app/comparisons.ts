// From the ledger to a comparison: runs that were named, or those of tags, read one by one in full.

import { usage } from '../core/fault.ts';
import { lowerIsBetter, type Target } from '../emissions/to-target.ts';
import { openReader } from '../ledger/reader.ts';
import { findRun, listRuns, type RunEntry } from '../ledger/runs.ts';
import { buildComparison } from '../report/compare.ts';
import type { CompareJson } from '../report/compare-model.ts';
import { type ComparedRun, type CompareWishes, comparedRun } from '../report/compare-run.ts';
import type { Warning } from '../report/model.ts';
import { inputOf } from './reports.ts';

export interface Picked {
  readonly label: string;
  readonly entries: readonly RunEntry[];
}

/** Rejects with a Fault: as reportOf. */
export async function comparisonOf(
  ledger: string,
  sides: readonly Picked[],
  wishes: CompareWishes,
): Promise<CompareJson> {
  const reader = await openReader();
  try {
    const made = new Map<string, ComparedRun>();
    for (const entry of sides.flatMap(({ entries }) => entries)) {
      const { id } = entry.record;
      if (!made.has(id)) made.set(id, comparedRun(await inputOf(reader, { ledger, entry }), wishes));
    }
    const told = sides.map(({ label, entries }) => ({
      label,
      runs: entries.map(({ record }) => made.get(record.id)!),
    }));
    checkNames([...made.values()], wishes);
    return buildComparison(told, { ...wishes, warnings: sharedDevices(sides) });
  } finally {
    reader.close();
  }
}

/** Throws Fault usage, with the names that there are, where no run knows the metric of the target or of quality. */
function checkNames(runs: readonly ComparedRun[], { target, quality }: CompareWishes): void {
  const known = (pick: (run: ComparedRun) => ReadonlySet<string>) => [
    ...new Set(runs.flatMap((run) => [...pick(run)])),
  ];
  const logged = known(({ metrics }) => metrics).sort();
  const numbers = known((run) => run.numbers).sort();
  const hint = (names: readonly string[], none: string) =>
    names.length === 0 ? none : `there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, MOST_NAMES).join(', ')}`;
  if (target !== null && !logged.includes(target.metric))
    throw usage(`--target: no run logged ${target.metric}`, hint(logged, 'none of them logged a loss or a metric'));
  if (quality !== null && ![...logged, ...numbers].includes(quality))
    throw usage(
      `--quality: no run logged ${quality}, and no tag of that name is a number`,
      hint([...new Set([...logged, ...numbers])], 'tag each run: joulebook amend RUN --tag NAME=NUMBER'),
    );
}

const MOST_NAMES = 20;

/** Each run a side of its own. Throws Fault usage for fewer than two, and as findRun. */
export function runsNamed(ledger: string, wanted: readonly string[]): Picked[] {
  if (wanted.length < 2)
    throw usage('a comparison needs two runs', 'joulebook compare RUN RUN, or groups of runs: --group TAG=VALUE');
  const entries = wanted.map((one) => findRun(ledger, one));
  const names = entries.map(({ record }) => record.name ?? record.id.slice(0, SHORT));
  // Runs of one name are told apart by their ids.
  const label = (i: number) => {
    const same = names.filter((name) => name === names[i]).length > 1;
    return same && names[i] !== entries[i]!.record.id.slice(0, SHORT)
      ? `${names[i]} (${entries[i]!.record.id.slice(0, SHORT)})`
      : names[i]!;
  };
  return entries.map((entry, i) => ({ label: label(i), entries: [entry] }));
}

const SHORT = 8;

/** Groups by tag=value, each run of a group a repeat. Throws Fault usage where one has no runs, or two share some. */
export function runsTagged(ledger: string, groups: Readonly<Record<string, string>>[]): Picked[] {
  if (groups.length < 2) throw usage('a comparison needs two groups', 'give --group TAG=VALUE twice at least');
  const all = listRuns(ledger);
  const sides = groups.map((tags) => {
    const wanted = Object.entries(tags);
    const label = wanted.map(([name, value]) => `${name}=${value}`).join(',');
    const entries = all.filter(({ record }) => wanted.every(([name, value]) => record.tags[name] === value));
    if (entries.length === 0) throw usage(`--group ${label}: no run has this tag`, hintOf(all, wanted[0]![0]));
    return { label, entries: entries.toReversed() };
  });
  const seen = new Map<string, string>();
  for (const { label, entries } of sides)
    for (const { record } of entries) {
      const other = seen.get(record.id);
      if (other !== undefined)
        throw usage(
          `${record.name ?? record.id} is in ${other} and in ${label}`,
          'a run can be a repeat of one group only: give tags that no run has both of',
        );
      seen.set(record.id, label);
    }
  return sides;
}

function hintOf(all: readonly RunEntry[], name: string): string {
  const values = [...new Set(all.flatMap(({ record }) => record.tags[name] ?? []))].sort();
  if (values.length > 0) return `${name} is one of ${values.slice(0, 10).join(', ')}`;
  const names = [...new Set(all.flatMap(({ record }) => Object.keys(record.tags)))].sort();
  const tag = 'tag a run when it starts (--tag), or later: joulebook amend RUN --tag NAME=VALUE';
  return names.length === 0 ? `no run has tags: ${tag}` : `runs have the tags ${names.slice(0, 10).join(', ')}`;
}

/** Runs of a comparison at one time on one host may have shared its devices. */
function sharedDevices(sides: readonly Picked[]): Warning[] {
  const spans = [...new Map(sides.flatMap(({ entries }) => entries).map((entry) => [entry.record.id, entry])).values()]
    .flatMap(({ record, writers }) =>
      writers.flatMap((writer) =>
        writer.end === null || writer.record.imported
          ? []
          : [
              {
                ...{ id: record.id, name: record.name ?? record.id, host: writer.record.host },
                ...{ from: writer.record.started_at_ms, to: writer.end.ended_at_ms },
              },
            ],
      ),
    )
    .sort((a, b) => a.from - b.from);
  return spans.flatMap((one, i) => {
    const before = spans.slice(0, i).find((p) => p.host === one.host && p.id !== one.id && p.to > one.from);
    if (before === undefined) return [];
    const message = `${before.name} and ${one.name} ran at the same time on ${one.host}: each may hold the other's energy`;
    return [{ code: 'device-shared', message }];
  });
}

/** "lr=1,host=a" → the tags that a group's runs have. Throws Fault usage. */
export function groupOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usage(`--group: "${pair}" cannot be used`, 'write a tag as name=value');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** Runs by name, or groups by tag, not both. Throws Fault usage. */
export function sidesOf(
  ledger: string,
  { runs, groups }: { runs: readonly string[]; groups: readonly string[] },
): Picked[] {
  if (groups.length === 0) return runsNamed(ledger, runs);
  if (runs.length > 0) throw usage('runs and --group exclude each other', 'name runs, or give the tags of groups');
  return runsTagged(ledger, groups.map(groupOf));
}

/** "loss=2.5", or with the side that it is reached from: "score>=0.9", "loss<=2.5". Throws Fault usage. */
export function targetOf(text: string): Target {
  const [, metric, how, number] = /^([^<>=]+?)\s*(<=|>=|=)\s*(\S+)$/.exec(text.trim()) ?? [];
  const value = Number(number);
  if (metric === undefined || number === undefined || !Number.isFinite(value))
    throw usage(
      `--target: "${text}" cannot be used`,
      'write a logged metric and its value: loss=2.5, accuracy=0.9, score>=30',
    );
  const above = how === '<=' || (how === '=' && lowerIsBetter(metric));
  return { metric, value, from: above ? 'above' : 'below' };
}
