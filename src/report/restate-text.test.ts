import { expect, test } from 'vitest';
import type { SaidJson, StatementRecord } from '../ledger/statements.ts';
import { type RestatedRun, restatementJson, restatementText } from './restate-text.ts';

const said = (value: number | null): SaidJson => ({
  operational_g: value === null ? { value: null, why: 'no zone' } : { value, low: value, high: value },
  ...{ mean_g_per_kwh: null, zone: null, pue: null, kind: null, scope: null, parts: [] },
});
const restated = (
  run: string,
  from: number | null,
  to: number | null,
  more: Partial<StatementRecord> = {},
): RestatedRun => {
  const change_g = from === null || to === null ? null : to - from;
  const statement: StatementRecord = {
    ...{ schema: 'joulebook/statement/v1', at_ms: 0, user: null, version: '1', before_as_of_ms: 0, as_of_ms: 0 },
    ...{ before: said(from), after: said(to), change_g, change_share: change_g === null ? null : change_g / from! },
    ...{ not_comparable: null, causes: [{ by: 'grid', what: 'the grid', change_g }], ...more },
  };
  return { run, name: null, cut_of: null, number: 1, statement };
};
const told = (runs: RestatedRun[], dry_run = false) =>
  restatementJson({ restated: runs, unchanged: 12, running: 1, damage: [] }, { now_ms: 0, dry_run });

test('a table with the sum of those that can be compared', () => {
  const other = {
    not_comparable: 'the intensity was average lifecycle, it is average direct',
    change_g: null,
    change_share: null,
  };
  const made = told([
    restated('a', 1010, 900),
    restated('b', 500, 600),
    restated('c', 7, 8, other),
    restated('d', null, 5),
  ]);
  expect(made.total).toEqual({ runs: 2, before_g: 1510, after_g: 1500, change_g: -10, change_share: -10 / 1510 });
  expect(restatementText(made, false)).toBe(
    [
      '  run                   before        after          change',
      '  a                1.01 kgCO2e    900 gCO2e         −10.9 %',
      '        −110 gCO2e  the grid',
      '  b                  500 gCO2e    600 gCO2e         +20.0 %',
      '        +100 gCO2e  the grid',
      '  c                 7.00 gCO2e   8.00 gCO2e  not comparable',
      '       +1.00 gCO2e  the grid',
      '                    the intensity was average lifecycle, it is average direct: the two cannot be compared',
      '  d                    unknown   5.00 gCO2e               –',
      '                    the grid',
      '                    unknown: no zone',
      '  total of 2 runs  1.51 kgCO2e  1.50 kgCO2e        −0.662 %',
      '  12 runs unchanged, 1 run still running; 4 statements recorded',
      '',
    ].join('\n'),
  );
});

test('a cut of a run that is there is in the total already', () => {
  const cut = { ...restated('b', 50, 40), cut_of: 'a' };
  expect(told([restated('a', 100, 80), cut]).total).toMatchObject({ runs: 1, before_g: 100, after_g: 80 });
  expect(told([cut]).total).toMatchObject({ runs: 1, before_g: 50 });
});

test('nothing changed; nothing recorded', () => {
  expect(restatementText(told([]), false)).toBe('  12 runs unchanged, 1 run still running\n');
  expect(restatementText(told([restated('a', 0, 5)], true), true)).toMatch(/nothing was recorded\n$/);
  expect(told([restated('a', 0, 5)]).total.change_share).toBeNull();
});
