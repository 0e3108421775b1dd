// What a gate found → a comment at a pull request, as Markdown that GitHub and GitLab show alike.
//
// Its first line shows nothing and is always the same, so that the next comment takes its place. Words that came from elsewhere
// (names, commands) stand in code, where they can neither call anybody nor be a link.

import type { Verdict } from '../emissions/regression.ts';
import { signed } from './format.ts';
import type { CheckJson, GateJson } from './gate.ts';
import { metricText } from './gate-text.ts';
import type { Measured } from './samples.ts';
import { sparkline } from './sparkline.ts';

export interface CommentFacts {
  /** Decides. */
  readonly gate: GateJson;
  /** Of further metrics, for information. */
  readonly more: readonly CheckJson[];
  /** By what the candidate was measured. */
  readonly measured: Measured | null;
  /** As they were recorded, redacted; those of the runs, each once. */
  readonly commands: readonly (readonly string[])[];
  /** The words of joulebook ci gate that tell the same. */
  readonly again: readonly string[];
  /** The baseline's file where it is not that of the repository: then both sides are told how to be measured. */
  readonly file?: string | undefined;
  /** The end of the comment's first line: several comments of one request are told apart by it. */
  readonly key: string;
}

const TITLES: Readonly<Record<Verdict, string>> = {
  ...{
    regression: 'Energy: more than is allowed',
    ok: 'Energy: no more than is allowed',
    better: 'Energy: less than before',
  },
  'cannot-tell': 'Energy: cannot tell yet',
};
const WORDS: Readonly<Record<Verdict, string>> = {
  ...{ regression: '**worse**', ok: 'not worse', better: '**better**', 'cannot-tell': 'cannot tell yet' },
};
const MOST_COMMANDS = 5;
const MOST_LEFT_OUT = 10;

/** The line that a comment is found by. */
export const markerOf = (key: string): string =>
  `<!-- joulebook: ${key.replace(/[^\w ./#-]/g, '_').replace(/--+/g, '-')} -->`;

/** The comment as Markdown; its first line is what it is found by again. */
export function commentOf(facts: CommentFacts): string {
  const { gate, more, measured } = facts;
  const { baseline, candidate } = gate;
  return [
    ...[markerOf(facts.key), `### ${TITLES[gate.verdict]}`, ''],
    `| | ${code(baseline.name)} | here | change (90 %) | | |`,
    '|---|--:|--:|--:|---|---|',
    ...gate.checks.map((check) => row(check, WORDS[check.verdict])),
    ...more.map((check) => row(check, '')),
    '',
    ...gate.checks.map(({ reason }) => `- ${plain(reason)}`),
    ...gate.warnings.map((warning) => `- ${plain(warning)}`),
    ...gate.left_out.slice(0, MOST_LEFT_OUT).map(({ run, why }) => `- left out: run ${code(run)}, ${plain(why)}`),
    ...(gate.left_out.length > MOST_LEFT_OUT ? [`- and ${gate.left_out.length - MOST_LEFT_OUT} more left out`] : []),
    '',
    `${code(baseline.name)} is ${commitOf(baseline)}, ${plain(baseline.measured_on)}, ${times(baseline.repeats)}; here is ${commitOf(candidate)}, ${times(candidate.runs.length)}.`,
    measuredOn(measured, gate.different),
    ...gridOf(gate.checks),
    '',
    ...['<details><summary>How to repeat it</summary>', '', ...reproduce(facts), '', '</details>', ''],
  ].join('\n');
}

/** With the repeats of both sides as small bars. */
function row(check: CheckJson, words: string): string {
  const { metric, baseline, candidate, increase } = check;
  const told = (value: number | null) => (value === null ? 'unknown' : metricText(metric, value));
  // The gate has the newest of the candidate first, and of the baseline last.
  const groups = [baseline.values, [...candidate.values].reverse()];
  const bars = sparkline(groups.filter((values) => values.length > 0));
  const cells = [code(metric), told(baseline.value), told(candidate.value), changeOf(increase)];
  return `| ${[...cells, words, bars === '' ? '' : code(bars)].join(' | ')} |`;
}

function changeOf(increase: CheckJson['increase']): string {
  if (increase === null) return 'unknown';
  const { value, low, high } = increase;
  return low === null || high === null ? signed(value) : `${signed(value)} (${signed(low)} to ${signed(high)})`;
}

const times = (n: number): string => `${n} run${n === 1 ? '' : 's'}`;

function commitOf({ commit, dirty }: { readonly commit: string | null; readonly dirty: boolean | null }): string {
  if (commit === null) return 'of no commit';
  return `${code(commit.slice(0, 12))}${dirty === true ? ' with changes that were not committed' : ''}`;
}

function measuredOn(measured: Measured | null, different: readonly string[]): string {
  if (different.length > 0) return `**Measured otherwise**: ${different.map(plain).join('; ')}.`;
  const devices = (measured?.hardware ?? []).map(
    ({ kind, name, source, count }) => `${count} × ${code(name || kind)} (${kind}, ${source})`,
  );
  return devices.length === 0 ? 'None of the runs here can be compared.' : `Both measured on ${devices.join(', ')}.`;
}

function gridOf(checks: readonly CheckJson[]): string[] {
  const grid = checks.find(({ equal_grid_g_per_kwh }) => equal_grid_g_per_kwh !== null)?.equal_grid_g_per_kwh;
  return grid == null ? [] : [`Emissions of both at ${Number(grid.toPrecision(3))} gCO2e/kWh, the baseline's.`];
}

function reproduce({ gate, commands, again, file }: CommentFacts): string[] {
  const { commit, runs } = gate.candidate;
  const tried = runs.length + gate.left_out.length;
  const metered = commands.slice(0, MOST_COMMANDS).map((words) => `joulebook run -- ${words.map(quoted).join(' ')}`);
  const at = (of: string | null) => (of === null ? [] : [`git checkout ${of}`]);
  const { name, commit: before } = gate.baseline;
  const update = ['joulebook ci baseline update --name', name, '--file', file ?? ''];
  const lines = [
    ...(file === undefined ? [] : [...at(before), ...metered, line(update)]),
    ...[...at(commit), ...metered, line(again)],
  ];
  const text = lines.join('\n').replace(/[^\P{Cc}\n]/gu, ' ');
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return [`${times(tried)} of:`, '', `${fence}sh`, text, fence];
}

/** Words as a shell takes them; the first are ours. */
const line = ([ours = '', ...words]: readonly string[]): string => [ours, ...words.map(quoted)].join(' ');

/** A word as a shell takes it. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** As code in a line of a table: nothing in it means anything. */
function code(text: string): string {
  const line = text
    .replace(/\p{Cc}+/gu, ' ')
    .replaceAll('|', '\\|')
    .slice(0, 200);
  const ticks = '`'.repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map(([found]) => found.length)) + 1);
  const gap = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${gap}${line}${gap}${ticks}`;
}

/** Our own words, in which names of others may stand. */
const plain = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[\\`*[\]<>#|~$]/g, (mark) => `\\${mark}`)
    .replace(/@(?=\w)/g, '@\u200b');
