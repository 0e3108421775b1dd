// joulebook grid: what providers know of a zone's intensity, as they say it.

import { missingOf, PROVIDERS, providerOf } from '../app/providers.ts';
import { fault } from '../core/fault.ts';
import { placeNamed } from '../grid/places.ts';
import type { Answer, Asked, IntensityProvider, Scope } from '../grid/provider.ts';
import { three } from '../report/format.ts';
import { oneOf, positive, timeOf } from './options.ts';

export interface GridOptions {
  provider?: string;
  scope?: string;
  from?: string;
  to?: string;
  hours?: string;
  json?: boolean;
  csv?: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_H = 24;

/** What was, in [--from, --to): by default the last day. Rejects with a Fault. */
export async function gridHistory(zone: string, options: GridOptions): Promise<void> {
  const to_ms = timeOf('--to', options.to) ?? Date.now();
  const from_ms = timeOf('--from', options.from) ?? to_ms - DAY_H * HOUR_MS;
  if (to_ms <= from_ms) throw usage('--to is not after --from', 'give a span of time');
  await tell(zone, options, { from_ms, to_ms }, (provider, asked) => provider.history(asked));
}

/** What is expected for the next --hours. Rejects with a Fault. */
export async function gridForecast(zone: string, options: GridOptions): Promise<void> {
  const from_ms = Date.now();
  const hours = options.hours === undefined ? DAY_H : positive('--hours', options.hours);
  await tell(zone, options, { from_ms, to_ms: from_ms + hours * HOUR_MS }, (provider, asked) =>
    provider.forecast(asked),
  );
}

/** Who can be asked, and what for. */
export function gridProviders({ json }: GridOptions): void {
  const all = PROVIDERS.map((name) => ({ name, missing: missingOf(name) }));
  const ready = all.map((one) => ({ ...one, offer: one.missing.length === 0 ? providerOf(one.name).offer : null }));
  if (json === true) {
    print(JSON.stringify({ schema: 'joulebook/grid-providers/v1', providers: ready }, null, 2));
    return;
  }
  for (const { name, missing, offer } of ready)
    print(
      offer === null
        ? `  ${name.padEnd(18)} needs ${missing.join(' and ')}`
        : `  ${name.padEnd(18)} ${offer.kind}, ${offer.scopes.join(' or ')}, of ${offer.basis}, every ${offer.step_s / 60} min, ${offer.forecast_h > 0 ? `${offer.forecast_h} h ahead` : 'no forecast'}; ${offer.licence}`,
    );
}

async function tell(
  where: string,
  options: GridOptions,
  span: Pick<Asked, 'from_ms' | 'to_ms'>,
  ask: (provider: IntensityProvider, asked: Asked) => Promise<Answer>,
): Promise<void> {
  const zone = placeNamed(where)?.zone ?? where;
  if (options.provider === undefined) throw usage('no provider is named', `--provider ${PROVIDERS.join(', ')}`);
  const provider = providerOf(options.provider);
  const { offer } = provider;
  const scope = oneOf('--scope', options.scope ?? offer.scopes[0]!, offer.scopes) as Scope;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('interrupted')));
  const answer = await ask(provider, { zone, scope, ...span, signal: stop.signal });
  for (const note of answer.notes) process.stderr.write(`joulebook: ${note}\n`);
  const { points } = answer;
  const known_ms = points.reduce((sum, { from_ms, to_ms }) => sum + to_ms - from_ms, 0);
  const weighed = points.reduce((sum, { from_ms, to_ms, g_per_kwh }) => sum + g_per_kwh * (to_ms - from_ms), 0);
  const mean = known_ms > 0 ? weighed / known_ms : null;
  const coverage = known_ms / (span.to_ms - span.from_ms);
  const { name, kind, basis, source, licence } = offer;
  if (options.json === true) {
    const about = {
      schema: 'joulebook/grid/v1',
      zone,
      provider: name,
      region: answer.region,
      kind,
      scope,
      basis,
      ...span,
    };
    const found = { mean_g_per_kwh: mean, coverage, points, issued_at_ms: answer.issued_at_ms, source, licence };
    print(JSON.stringify({ ...about, ...found }, null, 2));
    return;
  }
  if (options.csv === true) {
    print('timestamp,gco2e_per_kwh,kind,scope,zone');
    for (const { from_ms, g_per_kwh } of points) print(`${iso(from_ms)},${g_per_kwh},${kind},${scope},${zone}`);
    if (points.some(({ from_ms }, i) => i > 0 && from_ms > points[i - 1]!.to_ms))
      process.stderr.write('joulebook: there are holes: in a file each row holds until the next one\n');
    return;
  }
  for (const { from_ms, g_per_kwh, quality } of points)
    print(`  ${iso(from_ms)}  ${three(g_per_kwh).padStart(6)} g/kWh  ${quality}`);
  print(
    `  ${mean === null ? 'nothing is known of that time' : `mean ${three(mean)} g/kWh, ${(100 * coverage).toFixed(0)} % of the time`}; ${kind}, ${scope}, of ${basis}; ${name} (${licence})`,
  );
}

const iso = (at_ms: number): string => new Date(at_ms).toISOString().replace(/:00\.000Z$/, 'Z');
const usage = (problem: string, hint: string) => fault('usage', { facts: { problem, hint } });
const print = (line: string): void => void process.stdout.write(`${line}\n`);
