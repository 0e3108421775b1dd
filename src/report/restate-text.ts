// What restating the accounts came to, on a screen and as JSON: each run before and after, why, and the sum of those that changed.

import colors from 'picocolors';
import type { FigureJson } from '../core/figure.ts';
import type { StatementRecord } from '../ledger/statements.ts';
import { mass, three } from './format.ts';

export interface RestatedRun {
  readonly run: string;
  readonly name: string | null;
  readonly cut_of: string | null;
  /** The number of the statement that was recorded; null where none was. */
  readonly number: number | null;
  readonly statement: StatementRecord;
}

export interface RestatementJson {
  readonly schema: 'joulebook/restatement/v1';
  readonly at_ms: number;
  readonly dry_run: boolean;
  readonly runs: readonly (Omit<RestatedRun, 'statement'> & Omit<StatementRecord, 'schema'>)[];
  /** Over the runs whose two accounts are known and to be compared; a cut of one of them is in it already. */
  readonly total: {
    readonly runs: number;
    readonly before_g: number;
    readonly after_g: number;
    readonly change_g: number;
    readonly change_share: number | null;
  };
  readonly unchanged: number;
  readonly running: number;
  readonly warnings: readonly { readonly code: 'ledger-damage'; readonly message: string }[];
}

/** The document (docs/formats/restatement.md). */
export function restatementJson(
  { restated, unchanged, running, damage }: Parts,
  { now_ms, dry_run }: { readonly now_ms: number; readonly dry_run: boolean },
): RestatementJson {
  return {
    ...{ schema: 'joulebook/restatement/v1', at_ms: now_ms, dry_run },
    runs: restated.map(({ statement: { schema, ...said }, ...run }) => ({ ...run, ...said })),
    ...{ total: totalOf(restated), unchanged, running },
    warnings: damage.map((message) => ({ code: 'ledger-damage', message })),
  };
}

interface Parts {
  readonly restated: readonly RestatedRun[];
  readonly unchanged: number;
  readonly running: number;
  readonly damage: readonly string[];
}

function totalOf(restated: readonly RestatedRun[]): RestatementJson['total'] {
  const known = restated.filter(({ statement }) => statement.change_g !== null);
  const ids = new Set(known.map(({ run }) => run));
  const counted = known.filter(({ cut_of }) => cut_of === null || !ids.has(cut_of));
  const sum = (side: 'before' | 'after') => counted.reduce((s, one) => s + one.statement[side].operational_g.value!, 0);
  const [before_g, after_g] = [sum('before'), sum('after')];
  const change_g = after_g - before_g;
  const change_share = before_g > 0 ? change_g / before_g : null;
  return { runs: counted.length, before_g, after_g, change_g, change_share };
}

/** Lines of a table; `color` false gives plain text. */
export function restatementText({ runs, total, ...rest }: RestatementJson, color: boolean): string {
  const { bold, dim } = colors.createColors(color);
  const table = [
    ['run', 'before', 'after', 'change'],
    ...runs.map(({ run, name, before, after, ...said }) => [
      name === null ? run : `${run} "${name}"`,
      short(before.operational_g),
      short(after.operational_g),
      said.not_comparable === null ? shareText(said.change_share) : 'not comparable',
    ]),
    [
      `total of ${counted(total.runs, 'run')}`,
      mass(total.before_g),
      mass(total.after_g),
      shareText(total.change_share),
    ],
  ];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((cells) => cells[i]!.length)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`;
  const [header, ...body] = table.map(line) as [string, ...string[]];
  const out: string[] = [];
  for (const [i, { causes, not_comparable, before, after }] of runs.entries()) {
    if (i === 0) out.push(dim(header));
    out.push(bold(body[i]!));
    for (const { what, change_g } of causes) out.push(`    ${signed(change_g).padStart(14)}  ${what}`);
    if (not_comparable !== null) out.push(`    ${''.padStart(14)}  ${not_comparable}: the two cannot be compared`);
    for (const { operational_g: figure } of [before, after])
      if (figure.value === null) out.push(dim(`    ${''.padStart(14)}  unknown: ${figure.why}`));
  }
  if (total.runs > 1) out.push(bold(body.at(-1)!));
  out.push(`  ${tail(rest, runs.length)}`);
  return `${out.join('\n')}\n`;
}

function tail({ unchanged, running, dry_run }: Omit<RestatementJson, 'runs' | 'total'>, changed: number): string {
  const going = running === 0 ? '' : `, ${counted(running, 'run')} still running`;
  const kept = changed === 0 ? '' : dry_run ? '; nothing was recorded' : `; ${counted(changed, 'statement')} recorded`;
  return `${counted(unchanged, 'run')} unchanged${going}${kept}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const short = (figure: FigureJson): string => (figure.value === null ? 'unknown' : mass(figure.value));

/** "−10.9 %", "+3.20 %"; a dash where there is none. */
export function shareText(share: number | null): string {
  if (share === null) return '–';
  return `${share > 0 ? '+' : share < 0 ? '−' : ''}${three(Math.abs(share) * 100)} %`;
}

function signed(change_g: number | null): string {
  if (change_g === null) return '';
  if (change_g === 0) return 'no change';
  return `${change_g > 0 ? '+' : '−'}${mass(Math.abs(change_g))}`;
}
