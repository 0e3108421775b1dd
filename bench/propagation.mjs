// How long the interval of one run's emissions takes: energy of eight devices × PUE × intensity of a chain of three series,
// causes named, both ends worked out. No simulation: the propagation is exact where factors multiply (docs/methodology.md#distributions).

import { load } from './load.mjs';

const { plus, times, toJson, withRelative } = await load('src/core/figure.ts');
const { accountedIntensity } = await load('src/emissions/intensity-account.ts');
const { addCells, spread } = await load('src/emissions/operational.ts');
const { accountedPue } = await load('src/emissions/pue.ts');

const HOUR_MS = 3_600_000;
const from_ms = Date.UTC(2026, 5, 1);
const series = (quality, provider, hours, g_per_kwh) => ({
  ...{ zone: 'DE', provider, kind: 'average', scope: 'lifecycle', quality, source: '', licence: '', year: 2024 },
  from_ms: Float64Array.of(from_ms + hours[0] * HOUR_MS),
  to_ms: Float64Array.of(from_ms + hours[1] * HOUR_MS),
  g_per_kwh: Float64Array.of(g_per_kwh),
});
const chain = [
  series('measured', 'entsoe', [0, 3], 300),
  series('climatology', 'entsoe', [3, 6], 340),
  series('annual', 'ember', [-9e4, 9e4], 330),
];
const span = { from_ms, to_ms: from_ms + 8 * HOUR_MS };
const cells = addCells(
  spread({ from_ms: [from_ms], to_ms: [span.to_ms], energy_j: [28.8e6] }, [from_ms, span.to_ms], chain),
);
const place = { name: 'aws:eu-central-1', pue_scope: 'region', pue_year: 2025 };

function interval() {
  const devices = Array.from({ length: 8 }, (_, i) =>
    withRelative(1, { [`sensor:${i % 2}`]: { down: 0.05, up: 0.05 } }),
  );
  const pue = accountedPue({ pue: 1.24, zone: 'DE', place }, from_ms).figure;
  const intensity = accountedIntensity(cells, chain, { span, hours: 8 }).figure;
  return toJson(times(times(devices.reduce(plus), pue), intensity));
}

const RUNS = 10_000;
for (let i = 0; i < 1000; i++) interval();
const start = performance.now();
for (let i = 0; i < RUNS; i++) interval();
const us = ((performance.now() - start) * 1000) / RUNS;
console.log(`  ${us.toFixed(1)} µs a run, ${RUNS} in a row (limit: 5000 µs)`);
