import { expect, test } from 'vitest';
import type { ChainSpec } from '../grid/chain.ts';
import { gridAdvice } from './grid-advice.ts';
import type { PartJson } from './model.ts';

const spec = (providers: readonly string[] | null): ChainSpec => ({
  ...{ kind: 'average', scope: 'direct', providers, qualities: ['measured', 'annual'] },
});
const part = (quality: PartJson['quality'], share: number): PartJson => ({
  ...{ zone: 'GB', provider: 'x', kind: 'average', scope: 'direct', quality, share, year: null, source: '' },
  ...{ mean_g_per_kwh: 1, retrieved_at_ms: null },
});

test.each<[string, readonly string[] | null, readonly PartJson[], RegExp | null]>([
  ['nothing configured', null, [part('annual', 1)], null],
  ['only people’s own files', ['import'], [part('annual', 1)], null],
  ['all told', ['neso'], [part('measured', 0.5), part('estimated', 0.5)], null],
  [
    'all by the annual mean',
    ['neso'],
    [part('annual', 1)],
    /^the energy stands on the annual mean: once neso tells .*joulebook grid sync GB gets it$/,
  ],
  [
    'a part',
    ['import', 'neso', 'eia'],
    [part('measured', 0.75), part('forecast', 0.15), part('annual', 0.1)],
    /^25\.0 % of the energy stands on the annual mean and forecasts: once neso or eia/,
  ],
])('%s', (_, providers, parts, wanted) => {
  const told = gridAdvice(providers === null ? {} : { grid: spec(providers) }, parts);
  if (wanted === null) expect(told).toEqual([]);
  else expect(told).toEqual([expect.stringMatching(wanted)]);
});
