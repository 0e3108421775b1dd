// EIA v2 (Form EIA-930): hourly generation by fuel of the balancing authorities of the United States, as an intensity.
//
// Its periods name the end of their hour, its numbers are texts, and each fuel's feed ends when it likes: a week before
// what is asked is read too, so that a fuel that lags is missed and not taken for none.

import * as v from 'valibot';
import { fault } from '../../core/fault.ts';
import { createHttp, type Passed } from '../http.ts';
import { type Codes, EXPECTED_WITHIN_MS, hoursBehind, type MixRow, mixAnswer } from '../mix.ts';
import { type IntensityProvider, type Offer, partsOf, type Span } from '../provider.ts';

export interface EiaOptions extends Passed {
  readonly base?: string;
  readonly key: string;
}

const NAME = 'eia';
const HOUR_MS = 3_600_000;
/** Its most; a longer answer comes in pages. */
const ROWS = 5000;
/** No part that we ask for has more: 27 days of 40 fuels. */
const MOST_PAGES = 12;

/** Form EIA-930's energy sources. OES, UES: other and unknown storage; SNB, WNB: sun and wind with a battery beside. */
const CODES: Codes = {
  ...{ COL: 'coal', NG: 'gas', OIL: 'oil', NUC: 'nuclear', WAT: 'hydro', GEO: 'geothermal', BM: 'biomass' },
  ...{ SUN: 'solar', SNB: 'solar', WND: 'wind', WNB: 'wind', OTH: 'unknown', UNK: 'unknown' },
  ...{ BAT: 'storage', PS: 'storage', OES: 'storage', UES: 'storage' },
};

/** EIA's codes of balancing authorities that generate (eia.gov/electricity/gridmonitor), under Electricity Maps' regions. */
const AUTHORITIES: Readonly<Record<string, string>> = {
  CAL: 'BANC CISO IID LDWP TIDC',
  CAR: 'CPLE CPLW DUK SC SCEG YAD',
  CENT: 'SPA SWPP',
  FLA: 'FMPP FPC FPL GVL HST JEA SEC TAL TEC',
  MIDA: 'PJM',
  MIDW: 'AECI LGEE MISO',
  NE: 'ISNE',
  NW: 'AVA BPAT CHPD DOPD GCPD GRID IPCO NEVP NWMT PACE PACW PGE PSCO PSEI SCL TPWR WACM WAUW',
  NY: 'NYIS',
  SE: 'SEPA SOCO',
  SW: 'AZPS EPE PNM SRP TEPC WALC',
  TEN: 'TVA',
  TEX: 'ERCO',
};

const LONGEST_MS = 27 * 86_400_000;
const OFFER: Offer = {
  ...{ name: NAME, kind: 'average', scopes: ['lifecycle', 'direct'], basis: 'production' },
  step_s: 3600,
  forecast_h: 0,
  longest_ms: LONGEST_MS - EXPECTED_WITHIN_MS,
  settled_h: null, // authorities send corrections for months
  rate: { requests: 4, per_s: 2 }, // its FAQ: beneath 5 a second, and less than some 9,000 an hour
  source:
    'https://api.eia.gov/v2/electricity/rto/fuel-type-data × IPCC 2014 medians (data/emission-factors.json), imports not counted',
  licence: 'public domain; named: U.S. Energy Information Administration',
  needs: ['EIA_API_KEY'],
};

/** A driver. */
export function eia({ base = 'https://api.eia.gov', key, ...passed }: EiaOptions): IntensityProvider {
  const secret = { api_key: key };
  const http = createHttp({ provider: NAME, base, secret, ...passed });

  const page = async (region: string, part: Span, offset: number, signal: AbortSignal): Promise<Page> => {
    const query = {
      ...{ frequency: 'hourly', 'data[]': 'value', 'facets[respondent][]': region },
      // Both ends are inside, and a period is named by its end.
      ...{ start: periodOf(part.from_ms + HOUR_MS), end: periodOf(part.to_ms) },
      ...{ offset: String(offset), length: String(ROWS) },
      ...{ 'sort[0][column]': 'period', 'sort[0][direction]': 'asc' },
      ...{ 'sort[1][column]': 'fueltype', 'sort[1][direction]': 'asc' }, // else a page may begin anywhere within an hour
    };
    return checked(await http.json('/v2/electricity/rto/fuel-type-data/data/', { query, signal }), key);
  };
  const pages = async (region: string, part: Span, signal: AbortSignal): Promise<Row[]> => {
    const rows: Row[] = [];
    for (let pages = 1; ; pages++) {
      const { total, data } = await page(region, part, rows.length, signal);
      rows.push(...data);
      if (rows.length >= total) return rows;
      if (data.length === 0 || pages === MOST_PAGES)
        throw bad(`${total} rows are said to be there, ${rows.length} came`);
    }
  };

  return {
    offer: OFFER,
    async history(asked) {
      const region = respondentOf(asked.zone);
      const rows: Row[] = [];
      for (const part of partsOf(hoursBehind(asked), LONGEST_MS))
        rows.push(...(await pages(region, part, asked.signal)));
      return mixAnswer(region, hoursOf(rows, region), CODES, asked);
    },
    async forecast({ zone }) {
      return { region: respondentOf(zone), points: [], issued_at_ms: null, notes: [] };
    },
  };
}

/** Its code of a zone. Throws Fault grid-zone. */
export function respondentOf(zone: string): string {
  if (zone === 'US') return 'US48';
  const [, area = '', authority = ''] = /^US-([A-Z]+)-([A-Z]+)$/.exec(zone) ?? [];
  if (Object.hasOwn(AUTHORITIES, area) && AUTHORITIES[area]!.split(' ').includes(authority)) return authority;
  throw fault('grid-zone', {
    facts: { provider: NAME, why: `${zone} is no balancing authority of the United States` },
  });
}

/** 2024-03-04T05 */
const periodOf = (end_ms: number) => new Date(end_ms).toISOString().slice(0, 13);

/** Rows by hour; of two for one fuel and hour the later given counts. A null is a fuel that is not reported. */
function hoursOf(rows: readonly Row[], region: string): MixRow[] {
  const hours = new Map<number, Map<string, number>>();
  for (const { period, respondent, fueltype, value } of rows) {
    if (respondent !== region) throw bad(`a row is of ${quote(respondent)} where ${region} was asked`);
    const end_ms = /^\d{4}-\d\d-\d\dT\d\d$/.test(period) ? Date.parse(`${period}:00Z`) : Number.NaN;
    if (Number.isNaN(end_ms)) throw bad(`period ${quote(period)} is no hour such as 2024-03-04T05`);
    const by_code = hours.get(end_ms) ?? new Map<string, number>();
    hours.set(end_ms, by_code);
    if (value !== null) by_code.set(fueltype, numberOf(value, `${period} ${fueltype}`));
  }
  return [...hours]
    .sort(([a], [b]) => a - b)
    .map(([end_ms, by_code]) => ({ from_ms: end_ms - HOUR_MS, to_ms: end_ms, by_code }));
}

/** Since v2.1.6 numbers are texts. */
function numberOf(value: string | number, where: string): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) throw bad(`${where.slice(0, 40)}: ${quote(String(value))} is no number`);
  return number;
}

const COUNT = v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.integer(), v.minValue(0));
const ANSWER = v.object({
  response: v.object({
    total: COUNT,
    frequency: v.optional(v.literal('hourly')),
    data: v.pipe(
      v.array(
        v.object({
          ...{ period: v.string(), respondent: v.string(), fueltype: v.string() },
          value: v.nullish(v.union([v.string(), v.number()]), null),
          'value-units': v.nullish(v.literal('megawatthours')),
        }),
      ),
      v.maxLength(ROWS),
    ),
  }),
});
type Page = v.InferOutput<typeof ANSWER>['response'];
type Row = Page['data'][number];

function checked(found: unknown, key: string): Page {
  const { success, output, issues } = v.safeParse(ANSWER, found);
  if (success) return output.response;
  // Some refusals come with HTTP 200.
  const said = (found as { error?: unknown } | null)?.error;
  if (typeof said === 'string') throw bad(said.replaceAll(key, '…').slice(0, 200));
  const [issue] = issues;
  throw bad(
    `${v.getDotPath(issue!) ?? 'the answer'} is ${issue!.received === 'undefined' ? 'missing' : issue!.received.slice(0, 40)}, not ${issue!.expected ?? 'that'}`,
  );
}

const quote = (text: string) => JSON.stringify(text.slice(0, 40));
const bad = (why: string) => fault('grid-bad', { facts: { provider: NAME, why } });
