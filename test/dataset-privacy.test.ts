// Nothing that a ledger holds of people and machines comes into a data set unless it was chosen: a secret is put wherever a text
// can stand, and looked for in every byte, decoded.

import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportDataset } from '../src/app/dataset-export.ts';
import { INCLUDES, type Include } from '../src/exchange/dataset/anonymous.ts';
import { listRuns } from '../src/ledger/runs.ts';
import { tempFolder } from './helpers/cli.ts';
import { everythingIn, PLANTED, plant } from './helpers/dataset.ts';

const WISHES = { title: 'T', creator: null, purpose: null, licence: 'CC0-1.0', key: null, version: '0.1.0' };

async function exported(include: readonly Include[], secret: (place: string) => string, more = {}): Promise<string> {
  const folder = tempFolder();
  const ledger = join(folder, 'ledger');
  await plant(ledger, secret);
  const out = join(folder, 'out');
  const wishes = { ...WISHES, folder: out, include, relative: false, resolution_ms: 0, ...more };
  expect((await exportDataset(ledger, listRuns(ledger), wishes)).manifest.tables).toMatchObject({
    ...{ runs: { rows: 1 }, devices: { rows: 2 }, steps: { rows: 60 }, events: { rows: 2 } },
  });
  return everythingIn(out);
}

/** What every secret begins with, in the forms that a filter by form may take for its own. */
const FORMS = fc.constantFrom(
  'Zq',
  'zq',
  'SIGZQ',
  'gpu-zq',
  'warn:zq',
  '/zq/',
  'measured zq',
  'NVIDIA\n zq',
  'DE zq',
  'é zq',
);

test('no secret of a ledger is in a data set of it', async () => {
  const random = fc.record({
    form: FORMS,
    tail: fc.stringMatching(/^[a-z0-9]{12}$/),
    relative: fc.boolean(),
    resolution_ms: fc.constantFrom(0, 60_000),
  });
  await fc.assert(
    fc.asyncProperty(random, async ({ form, tail, relative, resolution_ms }) => {
      const all = await exported([], (place) => `${form}${place}${tail}`, { relative, resolution_ms });
      expect(all.toLowerCase()).not.toContain(tail);
      for (const known of [PLANTED, '4000321987', '4000321988', '4000321989']) expect(all).not.toContain(known);
      if (relative) expect(all).not.toContain('17145576'); // its hours, in s or ms
    }),
    { numRuns: 12, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: false },
  );
});

test('what is chosen is there, and nothing else', async () => {
  const places: Record<Exclude<Include, 'intensity'>, readonly string[]> = {
    ...{ commands: ['command'], hosts: ['host'], users: ['user'], paths: ['cwd'], git: ['commit', 'branch'] },
    ...{ tags: ['tag', 'tag-value'], names: ['name', 'model'] },
  };
  const all = new Set<string>();
  const secret = (place: string) => {
    all.add(place);
    return `zq.${place}.qz`;
  };
  for (const include of INCLUDES) {
    const text = await exported([include], secret);
    const found = [...all].filter((place) => text.includes(secret(place)));
    expect([include, found.sort()]).toEqual([include, [...(places[include as 'tags'] ?? [])].sort()]);
  }
  expect(all.size).toBeGreaterThan(50);
});
