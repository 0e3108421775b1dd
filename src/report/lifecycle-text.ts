// The account of a model on a screen: a line for each stage, what training comes to for what is served, and when serving
// overtakes it.

import colors from 'picocolors';
import type { FigureJson } from '../core/figure.ts';
import { dayOf } from '../core/timestamp.ts';
import type { Line } from '../emissions/lifecycle.ts';
import { duration, energy, figure, many, mass, percent, three } from './format.ts';
import type { BreakEvenJson, LineJson, ModelAccountJson, ShareJson } from './lifecycle.ts';

const LABEL = 15;

/** Lines of the account; `color` false gives plain text. */
export function modelAccountText(account: ModelAccountJson, color: boolean): string {
  const { bold, dim, yellow } = colors.createColors(color);
  const { model, bases, training, training_with_bases, compared_by, serving } = account;
  const compared = (one: LineJson) =>
    figure(one[compared_by], mass) + (compared_by === 'total_g' ? '' : ', operational');
  const line = (label: string, text: string) => `  ${label.padEnd(LABEL)}${text}`;
  const based = (text: string) => (bases.length > 0 ? [line('with its base', text)] : []);
  const [header, ...rows] = stageTable(account);
  const [shareHeader, ...shares] = shareTable(account);
  return `${[
    `${bold('joulebook')}  model ${bold(model)}`,
    ...[dim(header!), ...rows, ''],
    line('training', bold(compared(training))),
    ...based(compared(training_with_bases)),
    ...(serving.runs === 0 ? [] : [line('serving', servingText(account))]),
    line('break-even', breakEvenText(account.break_even, account)),
    ...based(breakEvenText(account.break_even_with_bases, account)),
    ...(shareHeader === undefined ? [] : ['', dim(shareHeader), ...shares, '']),
    ...account.shares.filter(isDark).map((share) => line(LABELS[share.of], `unknown: ${whyOf(share, account)}`)),
    ...notesOf(account).map((note) => yellow(line('note', note))),
  ].join('\n')}\n`;
}

function stageTable({ stages, total, bases, with_bases }: ModelAccountJson): string[] {
  const cells = (name: string, one: LineJson) => [
    name,
    one.failed === 0 ? `${one.runs}` : `${one.runs}, ${one.failed} failed`,
    ...(['it_j', 'operational_g', 'embodied_g', 'total_g'] as const).map((key) => atLeast(one, key)),
  ];
  return aligned(2, [
    ['stage', 'runs', 'IT energy', 'operational', 'embodied', 'total'],
    ...stages.map((stage) => cells(stage.stage ?? '(not said)', stage)),
    cells('total', total),
    ...bases.map((base) => cells(`base ${base.model}${base.shared_with.length > 0 ? ' (shared)' : ''}`, base)),
    ...(bases.length > 0 ? [cells('with its base', with_bases)] : []),
  ]);
}

/** A value, "≥" before it where a part is not known. */
function atLeast(one: LineJson, key: Line): string {
  const write = key === 'it_j' ? energy : mass;
  const [whole, known] = [one[key], one.known[key]];
  if (whole.value !== null) return write(whole.value);
  return known === null || known.value === null || known.value === 0 ? 'unknown' : `≥ ${write(known.value)}`;
}

const LABELS: Readonly<Record<ShareJson['of'], string>> = {
  ...{ served: 'so far', expected: 'expected', life: 'over its life' },
};

/** What training comes to for what is served; empty where nothing of it is known. Its intervals are those of training. */
function shareTable({ shares, bases }: ModelAccountJson): string[] {
  const cell = ({ value }: FigureJson, write: (n: number) => string) => (value === null ? '' : write(value));
  const rows = shares
    .filter((share) => !isDark(share))
    .flatMap((share): string[][] => {
      const { of, tokens, requests, training_share, with_bases } = share;
      const pers = (one: Pick<ShareJson, 'g_per_million_tokens' | 'g_per_request'>) => [
        cell(one.g_per_million_tokens, mass),
        cell(one.g_per_request, mass),
      ];
      return [
        [LABELS[of], cell(tokens, many), cell(requests, many), ...pers(share), cell(training_share, percent)],
        ...(bases.length > 0 ? [['  with its base', '', '', ...pers(with_bases), '']] : []),
      ];
    });
  if (rows.length === 0) return [];
  const header = ['training for', 'tokens', 'requests', 'per 1M tokens', 'per request', 'of train+serve'];
  const used = header.map((_, i) => rows.some((row) => row[i] !== ''));
  return aligned(
    1,
    [header, ...rows].map((row) => row.filter((_, i) => used[i])),
  );
}

const isDark = ({ g_per_million_tokens, g_per_request, training_share }: ShareJson): boolean =>
  [g_per_million_tokens, g_per_request, training_share].every(({ value }) => value === null);

/** Columns side by side, the first `left` of them to the left. */
function aligned(left: number, table: readonly (readonly string[])[]): string[] {
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  const cell = (text: string, i: number) => (i < left ? text.padEnd(widths[i]!) : text.padStart(widths[i]!));
  return table.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd());
}

function servingText({ serving: { days, g_per_day, tokens, requests } }: ModelAccountJson): string {
  const counts = [counted(tokens, 'tokens'), counted(requests, 'requests')].flatMap((text) => text ?? []);
  return [`${figure(g_per_day, mass)} a day, over ${dayText(days)}`, ...counts].join(', ');
}

const counted = ({ value }: FigureJson, what: string) => (value === null ? null : `${many(value)} ${what}`);

function breakEvenText({ days, at_ms }: BreakEvenJson, account: ModelAccountJson): string {
  if (days.value === null) return `unknown: ${shortly(days.why, account)}`;
  const after = `after ${figure(days, dayText)} of serving`;
  if (at_ms !== null) return `serving overtook training on ${dayOf(at_ms)}, ${after}`;
  return `serving overtakes training ${after}; ${dayText(account.serving.days)} so far`;
}

function whyOf({ g_per_million_tokens }: ShareJson, account: ModelAccountJson): string {
  return g_per_million_tokens.value === null ? shortly(g_per_million_tokens.why, account) : '';
}

/** The reason why training is not known stands there already. */
function shortly(why: string, { training, compared_by }: ModelAccountJson): string {
  const made = training[compared_by];
  return made.value === null && made.why === why ? 'what training emitted is not known' : why;
}

const dayText = (days: number): string => (days < 1 ? duration(Math.round(days * 86_400)) : `${three(days)} days`);

const WORDS: Readonly<Record<Line, string>> = {
  ...{ it_j: 'energy', operational_g: 'operational emissions', embodied_g: 'embodied emissions', total_g: 'emissions' },
};

/** What is missing, once for each line and reason; then what else is to be known. */
function notesOf({ missing, warnings, bases }: ModelAccountJson): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { run, line, why } of missing) {
    if (line === 'total_g') continue; // unknown where operational emissions are
    const key = `${WORDS[line]}: ${why}`;
    groups.set(key, (groups.get(key) ?? new Set()).add(run));
  }
  const few = (runs: ReadonlySet<string>) => (runs.size > 3 ? `${runs.size} runs` : [...runs].join(', '));
  const shared = bases.filter(({ shared_with }) => shared_with.length > 0);
  return [
    ...[...groups].map(([what, runs]) => `not known of ${few(runs)}: ${what}`),
    ...shared.map(
      ({ model, shared_with: [...others] }) =>
        `${model} is the base of ${others.join(', ')} too: it was made once for all`,
    ),
    ...warnings.map(({ message }) => message),
  ];
}
