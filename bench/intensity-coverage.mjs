// How often the stated 90 % interval of an intensity holds the truth, for each stand-in of the fallback chain, on zones
// whose data its numbers were not taken from. Reads the traces of ../shared/data/grid, or of GRID_TRACES.

import { load } from './load.mjs';

const { haveTraces, readTraces, TRACES } = await load('test/helpers/intensity-traces.ts');
if (!haveTraces) {
  console.log(`no traces in ${TRACES}: nothing to compare with`);
  process.exit();
}
const { readCorpus } = await load('test/helpers/intensity-corpus.ts');
const { coverageRows } = await load('test/helpers/intensity-coverage.ts');

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const rows = coverageRows(readCorpus(), readTraces());
for (const hours of [1, 24]) {
  console.log(`\n${hours} h jobs: share of starts in the 90 % interval (limits: 85–95 % over all zones, each ≥ 75 %)`);
  console.log(
    '| stated | starts | all zones | those with hours alone | the lowest | width ÷ stated |\n|---|---|---|---|---|---|',
  );
  for (const row of rows.filter((one) => one.hours === hours)) {
    const lowest = row.zones.slice(0, 3).map(({ name, share }) => `${name} ${percent(share)}`);
    const shares = [row.pooled, row.by_hours].map(percent);
    const cells = [row.what, row.starts, ...shares, lowest.join(', '), row.width.toFixed(2)];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
const within = rows.filter(({ pooled, zones }) => pooled >= 0.85 && pooled <= 0.95 && zones[0].share >= 0.75);
console.log(`\n  ${within.length} of ${rows.length} rows within both limits (limit: all)`);
