// What waiting for a greener grid saves: 6 h jobs with a deadline in 24 h and resumes of 5 min, started all over the year, on
// the traces of ../shared/data/grid (or GRID_TRACES): with CarbonCast's real forecasts where there are some, else with what
// the past hours alone tell. --quick: fewer starts; --work 2 --deadline 12: h; --lag 1: the current hour is not known;
// --idle 0.2: power while paused; --past 2: so many days of the past are known, instead of 18 weeks.

import { load } from './load.mjs';

const { haveTraces, readTraces, readForecasts, TRACES } = await load('test/helpers/intensity-traces.ts');
if (!haveTraces) {
  console.log(`no traces in ${TRACES}: nothing to compare with`);
  process.exit();
}
const { playAll } = await load('test/helpers/green-pause.ts');

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const job = {
  ...{ work_h: option('--work', 6), deadline_h: option('--deadline', 24), resume_ms: 300_000 },
  ...{ lag_h: option('--lag', 0), past_h: 24 * option('--past', 126), paused_power_share: option('--idle', 0) },
};
const quick = process.argv.includes('--quick');
const traces = readTraces();
const forecasts = readForecasts(traces);
const foretold = forecasts.map((forecast) => ({ trace: forecast.trace, forecast }));
const learned = traces.map((trace) => ({ trace, forecast: null }));

const withForecasts = zonesOf(foretold, quick ? 23 : 5);
const fromPast = zonesOf(learned, quick ? 101 : 11);
show('real forecasts (CarbonCast, issued daily)', withForecasts);
show('the past of the zone alone', fromPast);
const all = [...withForecasts, ...fromPast.filter(({ zone }) => !withForecasts.some((one) => one.zone === zone))];
show('all zones: forecasts where there are some, else the past', all, false);

/** Sums of all sources of one zone. */
function zonesOf(sources, apart_h) {
  const zones = new Map();
  for (const source of sources) {
    const one = playAll(source, job, apart_h);
    const sum = zones.get(source.trace.zone) ?? {
      starts: 0,
      through: 0,
      policy: 0,
      best: 0,
      worse: 0,
      pauses: 0,
      error: 0,
    };
    sum.starts += one.starts;
    sum.worse += one.worse;
    for (const key of ['through', 'policy', 'best', 'pauses', 'error']) sum[key] += one[key] * one.starts;
    zones.set(source.trace.zone, sum);
  }
  return [...zones].map(([zone, sum]) => ({
    ...{ zone, starts: sum.starts, saving: 1 - sum.policy / sum.through, best: 1 - sum.best / sum.through },
    ...{ worse: sum.worse / sum.starts, pauses: sum.pauses / sum.starts, error: sum.error / sum.starts },
  }));
}

function show(what, zones, rows = true) {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  console.log(`\n${what}`);
  if (rows) {
    console.log(
      '| zone | starts | saved | in hindsight | of that | worse by > 2 % | pauses | error of hours |\n|---|---|---|---|---|---|---|---|',
    );
    for (const { zone, starts, saving, best, worse, pauses, error } of zones) {
      const of = best > 0 ? percent(saving / best) : 'nothing to save';
      const cells = [zone, starts, percent(saving), percent(best), of, percent(worse)];
      console.log(`| ${[...cells, pauses.toFixed(2), percent(error)].join(' | ')} |`);
    }
  }
  const worth = zones.filter(({ best }) => best > 0);
  const shares = worth.map(({ saving, best }) => saving / best).sort((a, b) => a - b);
  const median = (shares[(shares.length - 1) >> 1] + shares[shares.length >> 1]) / 2;
  const starts = zones.reduce((s, one) => s + one.starts, 0);
  const worse = zones.reduce((s, one) => s + one.worse * one.starts, 0) / starts;
  const lost = zones.filter(({ saving }) => saving < 0).length;
  console.log(
    `  median zone ${percent(median)} of what hindsight saves (limit 85 %), ${lost} of ${zones.length} zones worse than running through (limit 0), ` +
      `${percent(worse)} of ${starts} starts worse by more than 2 % (limit 10 %), the most in a zone ${percent(Math.max(...zones.map((one) => one.worse)))}`,
  );
}
