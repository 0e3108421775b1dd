// Published training runs through our own report: how many of their figures it reproduces, and with `--write` the page that
// says so of each, docs/published-runs.md.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './load.mjs';

const { accountOf, readPublished } = await load('test/helpers/published-runs.ts');
const { pageOf } = await load('test/helpers/published-page.ts');

const all = await accountOf(readPublished());
const expected = all.filter(({ run }) => run.verdict === 'reproduced');
console.log(
  `  ${expected.filter(({ agrees }) => agrees).length} of ${expected.length} figures reproduced (limit: all)`,
);
if (process.argv.includes('--write'))
  writeFileSync(join(import.meta.dirname, '../docs/published-runs.md'), pageOf(all));
