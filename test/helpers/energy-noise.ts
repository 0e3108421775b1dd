// Repeats of real jobs, by group (test/fixtures/README.md).

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const FILE = resolve(import.meta.dirname, '../fixtures/energy-noise.csv');

/** The values of one column, of the groups whose name begins so. */
export function energyNoise(begin: string, column: string): number[][] {
  const [head, ...lines] = readFileSync(FILE, 'utf8').trim().split('\n');
  const at = head!.split(',').indexOf(column);
  const groups = new Map<string, number[]>();
  for (const cells of lines.map((line) => line.split(','))) {
    if (!cells[0]!.startsWith(begin)) continue;
    groups.set(cells[0]!, [...(groups.get(cells[0]!) ?? []), Number(cells[at])]);
  }
  return [...groups.values()];
}
