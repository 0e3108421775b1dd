import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amended } from './amendments.ts';
import type { Numbered } from './numbered.ts';
import type { AmendmentRecord, Change, RunRecord } from './records.ts';

const RUN: RunRecord = {
  ...{ schema: 'joulebook/run/v1', id: 'a', name: null, command: ['x'], created_at_ms: 0, user: null, cwd: '' },
  ...{ git: null, tags: { team: 'a', stage: 'dev' }, zone: 'DE', pue: 1.2, price: null, version: 'test' },
  intensity: { file: 'de.csv', hash: 'h' },
};
const file = (i: number) => `amend.${String(i + 1).padStart(6, '0')}.json`;
const list = (...whats: (Change | null)[]): Numbered<AmendmentRecord>[] =>
  whats.map((what, i) => ({
    ...{ number: i + 1, file: file(i) },
    value: what && { schema: 'joulebook/amendment/v1', at_ms: 100 * (i + 1), user: null, why: null, what },
  }));
const FR: Change = { zone: 'FR', grid: null, intensity: null, place: null };

test('what an amendment does not name stays', () => {
  const { record } = amended(RUN, list({ pue: 1.1 }));
  expect(record).toEqual({ ...RUN, pue: 1.1 });
});

test('several on top of each other: the last word on each thing counts', () => {
  const { record, amendments } = amended(
    RUN,
    list(FR, { pue: 1.1, tags: { team: 'b' } }, { pue: 1.3, untag: ['stage'] }, { tags: { stage: 'prod' } }),
  );
  expect(record).toMatchObject({ zone: 'FR', pue: 1.3, tags: { team: 'b', stage: 'prod' }, intensity: null });
  expect(amendments).toHaveLength(4);
});

test('model, stage and parent: said later, said otherwise, taken back', () => {
  const [run, fix] = [{ ...RUN, model: 'm' }, { stage: 'search', parent: 'b' } as const];
  expect(amended(run, list(fix, { stage: 'serve' })).record).toEqual({ ...run, stage: 'serve', parent: 'b' });
  expect(amended(run, list(fix, { model: null, stage: null, parent: null })).record).toEqual(RUN);
});

test('as of a moment: those made by then, the moment itself included', () => {
  const all = list(FR, { pue: 1.1 });
  const at = (as_of_ms: number) => amended(RUN, all, as_of_ms).record;
  expect(at(99)).toEqual(RUN);
  expect([at(100).zone, at(199).pue, at(200).pue]).toEqual(['FR', 1.2, 1.1]);
});

test('a zone for a part of the time leaves zone, series and place as they are, and is a move', () => {
  const { record } = amended(RUN, list({ zone: 'FR', grid: null, from_ms: 5 }));
  expect(record).toEqual({ ...RUN, moves: [{ zone: 'FR', grid: null, from_ms: 5, to_ms: null, at_ms: 100 }] });
});

test('a PUE that is said anew is not the place’s any more; a zone by its key has no place', () => {
  const place = {
    ...{ name: 'aws:eu-central-1', city: 'Frankfurt', pue_source: 's', pue_scope: 'region', pue_year: 2024 },
    ...{ wue_l_per_kwh: 0.1, wue_source: 's', wue_scope: 'region', wue_year: 2024 },
  };
  const there = { ...RUN, place };
  expect(amended(there, list({ pue: 1.1 })).record.place).toEqual({
    ...place,
    ...{ pue_source: null, pue_scope: null, pue_year: null },
  });
  expect(amended(there, list(FR)).record).not.toHaveProperty('place');
});

test('one that cannot be read makes unknown what it may have changed, until it is said anew', () => {
  const { record, unsure, damage, amendments } = amended(RUN, list({ pue: 1.1 }, null));
  expect(record.pue).toBe(1.1);
  expect(Object.keys(unsure).sort()).toEqual(['account', 'price', 'pue', 'zone']);
  expect(unsure.zone).toMatch(/amend\.000002\.json/);
  expect(damage).toEqual([expect.stringMatching(/^amend\.000002\.json cannot be read/)]);
  expect(amendments).toHaveLength(1);
  const said = (...more: Change[]) => Object.keys(amended(RUN, list(null, ...more)).unsure).sort();
  expect(said({ pue: 1.1 })).toEqual(['account', 'price', 'zone']);
  expect(said(FR)).toEqual(['account', 'price', 'pue']);
  expect(said({ zone: 'FR', from_ms: 5 })).toEqual(['account', 'price', 'pue', 'zone']);
  expect(said({ account: {} })).toEqual(['price', 'pue', 'zone']);
  expect(said({ ...FR, pue: 1, price: { per_kwh: 0.1, currency: 'EUR' }, account: null })).toEqual([]);
});

test('one that cannot be read counts from when it may have been made', () => {
  const all = list({ pue: 1.1 }, null, { pue: 1.3 });
  expect(amended(RUN, all, 50).unsure).toEqual({});
  expect(Object.keys(amended(RUN, all, 150).unsure)).toHaveLength(4);
});

test('folding in two goes is folding in one: amendments are a history, not a set', () => {
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ pue: fc.double({ min: 1, max: 2, noNaN: true }) }),
    fc.constantFrom<Change>(FR, { ...FR, zone: 'SE' }, { zone: 'PL', grid: null, to_ms: 7 }),
    fc.record({ tags: fc.dictionary(fc.constantFrom('team', 'stage', 'x'), fc.string()) }),
    fc.record({ untag: fc.subarray(['team', 'stage', 'x']) }),
  );
  fc.assert(
    fc.property(fc.array(change), fc.nat(), (changes, cut) => {
      const all = list(...changes);
      const first = amended(RUN, all.slice(0, cut % (all.length + 1))).record;
      expect(amended(first, all.slice(cut % (all.length + 1))).record).toEqual(amended(RUN, all).record);
    }),
  );
});
