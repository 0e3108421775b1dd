// Repeats → a baseline (docs/formats/baseline.md): what a commit needed, small and in a stable order, so that its changes
// can be reviewed. It holds no host, user or path.

import { fault } from '../core/fault.ts';
import { COLUMNS, type Column, differences, type Measured, type Repeat } from './samples.ts';

export const SCHEMA = 'joulebook/baseline/v1';

export interface Baseline extends Measured {
  /** Of the runs; null where they were not in a repository. */
  readonly commit: string | null;
  /** Whether files were changed and not committed; null where that is not known. */
  readonly dirty: boolean | null;
  /** The day on which the last of them began, UTC. */
  readonly measured_on: string;
  /** The version that measured. */
  readonly joulebook: string;
  readonly repeats: number;
  /** Of each metric the value of each repeat, in the order of time; what none of them tells is left out. */
  readonly samples: Readonly<Partial<Record<Column, readonly (number | null)[]>>>;
}

/** By name. */
export type Baselines = Readonly<Record<string, Baseline>>;

/** Throws Fault gate-different where the repeats were not measured alike. */
export function baselineOf(
  repeats: readonly Repeat[],
  facts: Pick<Baseline, 'commit' | 'dirty' | 'joulebook'>,
): Baseline {
  const sorted = [...repeats].sort(
    (a, b) => a.values.started_at_ms - b.values.started_at_ms || (a.run < b.run ? -1 : 1),
  );
  const { measured } = sorted[0]!;
  for (const other of sorted) {
    const problem = differences(measured, other.measured, true).join('; ');
    if (problem === '') continue;
    const told = `runs ${sorted[0]!.run} (called baseline here) and ${other.run}: ${problem}`;
    throw fault('gate-different', {
      facts: { problem: told, hint: 'name runs that were measured alike, or select them with --tag' },
    });
  }
  const columns = COLUMNS.map((name) => [name, sorted.map(({ values }) => values[name])] as const);
  return {
    ...{ commit: facts.commit, dirty: facts.dirty, joulebook: facts.joulebook },
    measured_on: new Date(sorted.at(-1)!.values.started_at_ms).toISOString().slice(0, 10),
    ...measured,
    repeats: sorted.length,
    samples: Object.fromEntries(columns.filter(([, values]) => values.some((value) => value !== null))),
  };
}

/** The file's text: names and keys in a fixed order, a line for each list of values. */
export function baselinesText(baselines: Baselines): string {
  const names = Object.keys(baselines).sort();
  const sorted = names.map((name) => [name, ordered(baselines[name]!)] as const);
  const text = JSON.stringify({ schema: SCHEMA, baselines: Object.fromEntries(sorted) }, null, 2);
  return `${text.replace(/\[\n\s+((?:-?[\d.e+-]+|null)(?:,\n\s+(?:-?[\d.e+-]+|null))*)\n\s+\]/g, (_, inner: string) => `[${inner.replace(/\s+/g, ' ')}]`)}\n`;
}

const ordered = ({ samples, ...one }: Baseline) => ({
  ...{ commit: one.commit, dirty: one.dirty, measured_on: one.measured_on, joulebook: one.joulebook },
  hardware: one.hardware.map(({ kind, name, source, count }) => ({ kind, name, source, count })),
  intensity: one.intensity === null ? null : { kind: one.intensity.kind, scope: one.intensity.scope },
  ...{ pue_known: one.pue_known, repeats: one.repeats },
  samples: Object.fromEntries(COLUMNS.flatMap((name) => (samples[name] === undefined ? [] : [[name, samples[name]]]))),
});

/** Reads what baselinesText wrote. `where` names it in messages. Throws Fault baseline-bad, baseline-newer. */
export function parseBaselines(text: string, where: string): Baselines {
  const bad = (problem: string, cause?: unknown) => fault('baseline-bad', { facts: { file: where, problem }, cause });
  let read: unknown;
  try {
    read = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const conflict = /^<{7} /m.test(text) ? 'it holds a merge conflict' : 'it is not JSON';
    throw bad(conflict, error);
  }
  const { schema, baselines } = (read ?? {}) as Record<string, unknown>;
  const version = /^joulebook\/baseline\/v(\d+)$/.exec(String(schema))?.[1];
  if (version === undefined) throw bad(`its schema is not ${SCHEMA}`);
  if (version !== '1') throw fault('baseline-newer', { facts: { file: where, found: `v${version}`, known: 'v1' } });
  if (!isObject(baselines)) throw bad('it has no "baselines"');
  for (const [name, one] of Object.entries(baselines)) {
    const problem = problemOf(one);
    if (problem !== null) throw bad(`baselines.${name}${problem}`);
  }
  return baselines as Baselines;
}

function problemOf(one: unknown): string | null {
  if (!isObject(one)) return ' is no object';
  const { hardware, intensity, samples, repeats, measured_on } = one;
  if (!Array.isArray(hardware) || !hardware.every(isHardware))
    return '.hardware is no list of kind, name, source and count';
  if (intensity !== null && !(isObject(intensity) && isText(intensity.kind) && isText(intensity.scope)))
    return '.intensity is neither null nor a kind and a scope';
  if (!isText(measured_on) || !/^\d{4}-\d\d-\d\d$/.test(measured_on)) return '.measured_on is no day';
  if (isText(one.commit) && !/^[0-9a-f]{4,64}$/.test(one.commit)) return '.commit is no hash';
  for (const key of ['commit', 'joulebook']) if (one[key] !== null && !isText(one[key])) return `.${key} is no text`;
  if (typeof one.pue_known !== 'boolean') return '.pue_known is neither true nor false';
  if (!Number.isInteger(repeats) || (repeats as number) < 1) return '.repeats is no whole number above 0';
  if (!isObject(samples)) return '.samples is no object';
  for (const [metric, values] of Object.entries(samples)) {
    if (!Array.isArray(values)) return `.samples.${metric} is no list`;
    if (values.length !== repeats)
      return `.samples.${metric} has ${values.length} values, and there are ${repeats} repeats`;
    const wrong = values.findIndex(
      (value) => value !== null && !(typeof value === 'number' && value > 0 && value < Infinity),
    );
    if (wrong >= 0) return `.samples.${metric}[${wrong}] is neither null nor a number above 0`;
  }
  return null;
}

/** Of what a terminal shows as it is: nothing in it steers one. */
const isText = (value: unknown): value is string => typeof value === 'string' && !/\p{Cc}/u.test(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isHardware = (one: unknown): boolean =>
  isObject(one) && isText(one.kind) && isText(one.name) && isText(one.source) && Number.isInteger(one.count);
