// What a report tells of its run's amendments, and of what was said each time its account was told anew.

import { dayOf } from '../core/timestamp.ts';
import type { AmendmentRecord } from '../ledger/records.ts';
import type { StatementRecord } from '../ledger/statements.ts';
import { changeWords } from './change-words.ts';
import { mass } from './format.ts';
import type { ReportJson, RunJson, StatementJson } from './model.ts';
import { shareText } from './restate-text.ts';

export const amendmentJson = ({ at_ms, user, why, what }: AmendmentRecord): RunJson['amendments'][number] => ({
  ...{ at_ms, user, why, what },
});

/** As the report keeps it. */
export function statementJson({ at_ms, as_of_ms, before, after, ...rest }: StatementRecord): StatementJson {
  const { change_g, change_share, not_comparable, causes } = rest;
  return {
    ...{ at_ms, as_of_ms, before_g: before.operational_g, operational_g: after.operational_g },
    ...{ change_g, change_share, not_comparable, causes },
  };
}

/** "2026-11-28 by kim: zone FR (it ran in Paris)". */
export function amendmentText({ at_ms, user, why, what }: RunJson['amendments'][number]): string {
  const reason = why === null ? '' : ` (${why})`;
  return `${dayOf(at_ms)}${user === null ? '' : ` by ${user}`}: ${changeWords(what, null).join(', ')}${reason}`;
}

/** From what was said first to what was said last; null where nothing was, or the same. */
export function restatedText({ emissions: { statements } }: Pick<ReportJson, 'emissions'>): string | null {
  const [first, last] = [statements[0]?.before_g, statements.at(-1)];
  if (first === undefined || last === undefined || first.value === last.operational_g.value) return null;
  const said = (value: number | null) => (value === null ? 'unknown' : mass(value));
  const other = statements.some(({ not_comparable }) => not_comparable !== null);
  const known = first.value !== null && last.operational_g.value !== null && first.value > 0 && !other;
  const share = known ? ` (${shareText(last.operational_g.value! / first.value! - 1)})` : '';
  const why = statements.length === 1 && last.causes.length === 1 ? `: ${last.causes[0]!.what}` : '';
  const from = `${said(first.value)} → ${said(last.operational_g.value)}${share}`;
  return `${from} on ${dayOf(last.at_ms)}${other ? ', of another kind or scope' : ''}${why}`;
}
