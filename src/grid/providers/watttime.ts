// WattTime v3: marginal (co2_moer) or average (co2_aoer) emission rates of its own regions, in lbs of CO2 per MWh.
//
// A login gives a token of half an hour, which all questions share. An answer never mixes models: what only another model
// knows is left out, and the notes say so.

import * as v from 'valibot';
import { Fault, fault } from '../../core/fault.ts';
import { createHttp, type Passed } from '../http.ts';
import {
  type Answer,
  type Asked,
  type IntensityProvider,
  type Offer,
  type Point,
  partsOf,
  type Span,
  tidy,
} from '../provider.ts';
import { shared } from './shared.ts';

export interface WattTimeOptions extends Passed {
  readonly base?: string;
  readonly user: string;
  readonly password: string;
  /** Marginal where not told. */
  readonly signal?: 'co2_moer' | 'co2_aoer';
  /** Its region for a zone, where the table has none or another one is meant: { 'US-TEX-ERCO': 'ERCOT_NORTHCENTRAL' }. */
  readonly regions?: Readonly<Record<string, string>>;
}

const NAME = 'watttime';
const HOUR_MS = 3_600_000;
const STEP_MS = 300_000;
const DAY_MS = 24 * HOUR_MS;
/** The international pound is 0.45359237 kg. */
const G_PER_KWH_PER_LB_PER_MWH = 453.59237 / 1000;
/** A token lasts 30 minutes; a question that begins with it should end with it. */
const TOKEN_MS = 29 * 60_000;
const FORECAST_H = 72;

/**
 * Regions that cover one zone, by the names of GET /v3/my-access. Markets that WattTime divides (ERCOT, PJM, MISO, SPP,
 * ISO-NE) have no one region and are to be named; CAISO_NORTH stands for CISO, and is the one that its free plan shows.
 */
const SAME = 'CPLE CPLW DUK SC SCEG FMPP FPC FPL GVL JEA SEC TAL TEC AECI LGEE AVA CHPD DOPD IPCO NEVP PACE PACW PGE'
  .concat(' PSCO PSEI SCL TPWR WACM WAUW SOCO AZPS PNM SRP TEPC WALC TVA BANC IID LDWP SPA')
  .split(' ');
const RENAMED: Readonly<Record<string, string>> = { BPAT: 'BPA', TIDC: 'TID', EPE: 'ELE' };

/** A driver. It logs in with the first question. */
export function watttime(options: WattTimeOptions): IntensityProvider {
  const {
    base = 'https://api.watttime.org',
    user,
    password,
    signal: signalType = 'co2_moer',
    regions,
    ...passed
  } = options;
  const http = createHttp({ provider: NAME, base, hidden: [user, password], ...passed });
  const offer = offerOf(signalType);

  let token: { readonly text: string; readonly until_ms: number } | null = null;
  const login = shared(async (signal) => {
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    const answer = await http.json('/login', { headers: { authorization: `Basic ${basic}` }, signal });
    const text = checked(v.object({ token: v.pipe(v.string(), v.minLength(1)) }), answer, 'login').token;
    token = { text, until_ms: Date.now() + TOKEN_MS };
    return text;
  });

  const ask = async (path: string, query: Record<string, string>, signal: AbortSignal): Promise<Reply> => {
    const once = async (text: string) =>
      checked(REPLY, await http.json(path, { query, headers: { authorization: `Bearer ${text}` }, signal }), path);
    const known = token !== null && Date.now() < token.until_ms ? token.text : null;
    const text = known ?? (await login(signal));
    try {
      return await once(text);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // A token that has run out reads as 401 or 403. Another question may have a new one already.
      if (token?.text === text) token = null;
      const next = token?.text ?? (await login(signal));
      return await once(next).catch((again: unknown) => {
        if (!isRefusal(again) || !String(again.facts.why).startsWith('HTTP 403')) throw again;
        const why = `${query.region}: our plan has no right to it (${again.facts.why})`;
        throw fault('grid-zone', { facts: { provider: NAME, why }, cause: again });
      });
    }
  };
  const regionOf = (zone: string): string => {
    const found = regions?.[zone] ?? tableRegion(zone, signalType);
    if (found !== null) return found;
    const why = `${zone} has no region of its own: name one, such as ERCOT_NORTHCENTRAL`;
    throw fault('grid-zone', { facts: { provider: NAME, why } });
  };

  return {
    offer,
    async history(asked) {
      const region = begin(offer, asked, regionOf);
      const query = { region, signal_type: signalType, include_imputed_marker: 'true' };
      const whole = {
        from_ms: Math.floor(asked.from_ms / HOUR_MS) * HOUR_MS,
        to_ms: Math.ceil(asked.to_ms / STEP_MS) * STEP_MS,
      };
      const get = (part: Span, more: Record<string, string> = {}) =>
        ask('/v3/historical', { ...query, ...spanQuery(part), ...more }, asked.signal);
      const replies: Part[] = [];
      for (const part of partsOf(whole, offer.longest_ms)) replies.push({ part, reply: await get(part) });
      return oneModel(replies, async (part, model) => {
        try {
          return await get(part, { model });
        } catch (error) {
          if (error instanceof Fault && ['grid-bad', 'grid-zone'].includes(error.code)) return null; // it has no such model there
          throw error;
        }
      }).then(({ kept, notes }) => {
        const points = kept.flatMap((reply) => pointsOf(reply, { region, signalType }, 'measured'));
        return {
          region,
          points: tidy(points, asked),
          issued_at_ms: null,
          notes: [...notes, ...warningsOf(replies.map(({ reply }) => reply))],
        };
      });
    },
    async forecast(asked): Promise<Answer> {
      const region = begin(offer, asked, regionOf);
      if (offer.forecast_h === 0) return { region, points: [], issued_at_ms: null, notes: [] };
      const query = { region, signal_type: signalType, horizon_hours: String(FORECAST_H) };
      const reply = await ask('/v3/forecast', query, asked.signal);
      const points = pointsOf(reply, { region, signalType }, 'forecast');
      return {
        ...{ region, points: tidy(points, asked), notes: warningsOf([reply]) },
        issued_at_ms: reply.meta.generated_at == null ? null : instant(reply.meta.generated_at, 'meta.generated_at'),
      };
    },
  };
}

function offerOf(signal: 'co2_moer' | 'co2_aoer'): Offer {
  const marginal = signal === 'co2_moer';
  return {
    ...{ name: NAME, kind: marginal ? 'marginal' : 'average', scopes: ['direct'] },
    // The marginal rate is that of the generators that answer to load here, wherever they stand.
    basis: marginal ? 'consumption' : 'production',
    step_s: STEP_MS / 1000,
    forecast_h: marginal ? FORECAST_H : 0,
    longest_ms: 32 * DAY_MS,
    settled_h: null, // a new model changes all of its past
    rate: { requests: 3000, per_s: 300 },
    source: `https://api.watttime.org/v3/historical (${signal})`,
    licence: 'WattTime’s terms of service: for the account’s own use, not to be published',
    needs: ['WATTTIME_USER', 'WATTTIME_PASSWORD'],
  };
}

/** Its region of a zone; null where it is to be named. */
export function tableRegion(zone: string, signal: string): string | null {
  if (zone === 'US-CAL-CISO') return signal === 'co2_aoer' ? 'CAISO' : 'CAISO_NORTH';
  const authority = /^US-[A-Z]+-([A-Z]+)$/.exec(zone)?.[1] ?? '';
  return RENAMED[authority] ?? (SAME.includes(authority) ? authority : null);
}

/** The region of what is asked, if it can be asked. */
function begin(offer: Offer, { zone, scope }: Asked, regionOf: (zone: string) => string): string {
  if (offer.scopes.includes(scope)) return regionOf(zone);
  const why = `it offers ${offer.scopes.join(' and ')} emissions, not ${scope}`;
  throw fault('grid-refused', { facts: { provider: NAME, why } });
}

interface Part {
  readonly part: Span;
  readonly reply: Reply;
}

/** Its ends are both inside: the last point is the one before the next part's first. */
const spanQuery = ({ from_ms, to_ms }: Span) => ({ start: iso(from_ms), end: iso(to_ms - STEP_MS) });
const iso = (at_ms: number) => new Date(at_ms).toISOString().replace('.000Z', 'Z');

/** Replies of the newest model alone: parts of another are asked for again by its name, and left out where it knows none. */
async function oneModel(parts: readonly Part[], again: (part: Span, model: string) => Promise<Reply | null>) {
  const filled = parts.filter(({ reply }) => reply.data.length > 0);
  const newest =
    filled
      .map(({ reply }) => modelOf(reply))
      .sort()
      .at(-1) ?? '';
  const kept: Reply[] = [];
  const notes: string[] = [];
  for (const { part, reply } of filled) {
    if (modelOf(reply) === newest) {
      kept.push(reply);
      continue;
    }
    const other = await again(part, newest);
    if (other !== null && other.data.length > 0 && modelOf(other) === newest) kept.push(other);
    else
      notes.push(
        `${iso(part.from_ms)} to ${iso(part.to_ms)} is left out: model ${modelOf(reply) || '(none)'} made it, the rest is of model ${newest}`,
      );
  }
  return { kept, notes };
}

const modelOf = ({ meta }: Reply) => meta.model?.date ?? '';

const REPLY = v.object({
  data: v.array(
    v.object({
      point_time: v.string(),
      value: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
      imputed_data_used: v.nullish(v.boolean()),
    }),
  ),
  meta: v.object({
    region: v.string(),
    signal_type: v.string(),
    units: v.string(),
    data_point_period_seconds: v.pipe(v.number(), v.minValue(1), v.maxValue(3600)),
    model: v.nullish(v.object({ date: v.nullish(v.string()) })),
    generated_at: v.nullish(v.string()),
    warnings: v.nullish(v.array(v.unknown())),
  }),
});
export type Reply = v.InferOutput<typeof REPLY>;

/** Throws Fault grid-bad where units, signal or region are not those that are due. */
export function pointsOf(
  { data, meta }: Reply,
  due: { readonly region: string; readonly signalType: string },
  quality: 'measured' | 'forecast',
): Point[] {
  if (meta.units !== 'lbs_co2_per_mwh') throw bad(`meta.units is ${quote(meta.units)}, not "lbs_co2_per_mwh"`);
  if (meta.signal_type !== due.signalType) throw bad(`meta.signal_type is ${quote(meta.signal_type)}`);
  if (meta.region !== due.region) throw bad(`meta.region is ${quote(meta.region)} where ${due.region} was asked`);
  return data.flatMap(({ point_time, value, imputed_data_used }, i) => {
    if (value === null) return [];
    const from_ms = instant(point_time, `data[${i}].point_time`);
    return {
      ...{ from_ms, to_ms: from_ms + meta.data_point_period_seconds * 1000 },
      g_per_kwh: value * G_PER_KWH_PER_LB_PER_MWH,
      quality: imputed_data_used === true ? 'estimated' : quality,
    };
  });
}

/** Epoch ms. Times have a zone, else they would be read as local ones. Throws Fault grid-bad. */
export function instant(text: string, where: string): number {
  const at_ms = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at_ms)) throw bad(`${where} is ${quote(text)}, no time with its zone`);
  return at_ms;
}

function warningsOf(replies: readonly Reply[]): string[] {
  const all = replies.flatMap(({ meta }) => meta.warnings ?? []);
  const said = all.map((one) => (typeof one === 'string' ? one : (one as { message?: unknown } | null)?.message));
  return [...new Set(said.filter((one) => typeof one === 'string').map((one) => `WattTime: ${one.slice(0, 200)}`))];
}

/** An answer of /v3/historical or /v3/forecast. Throws Fault grid-bad. */
export const replyIn = (found: unknown): Reply => checked(REPLY, found, 'it');

const isRefusal = (error: unknown): error is Fault => error instanceof Fault && error.code === 'grid-refused';
const quote = (text: string) => JSON.stringify(text.slice(0, 40));
const bad = (why: string) => fault('grid-bad', { facts: { provider: NAME, why } });

function checked<S extends v.GenericSchema>(schema: S, found: unknown, what: string): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, found);
  if (success) return output;
  throw bad(
    `${what}: ${v.getDotPath(issues[0]!) ?? 'the answer'} is ${issues[0]!.received === 'undefined' ? 'missing' : issues[0]!.received.slice(0, 40)}`,
  );
}
