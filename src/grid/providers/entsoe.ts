// ENTSO-E's Transparency Platform, A75: generation by type of Europe's zones (XML), as an intensity.
//
// "No matching data" is an answer, with HTTP 200 or 400. Series without points for a while may mean a value that stays
// (curve A03) or nothing at all (A01), and those of the outgoing zone are consumption.

import * as v from 'valibot';
import table from '../../../data/entsoe-areas.json' with { type: 'json' };
import { fault } from '../../core/fault.ts';
import { createHttp, type Passed } from '../http.ts';
import { type Codes, EXPECTED_WITHIN_MS, hoursBehind, mixAnswer } from '../mix.ts';
import { type IntensityProvider, type Offer, partsOf, type Span } from '../provider.ts';
import { type Piece, piecesOf, rowsOf, SERIES } from './entsoe-series.ts';

export interface EntsoeOptions extends Passed {
  readonly base?: string;
  readonly token: string;
}

const NAME = 'entsoe';
const AREAS: Readonly<Record<string, string>> = table.areas;

/** psrType. Waste counts as biomass, and peat and oil shale as coal, as Electricity Maps has it. B10, B25: storage. */
const CODES: Codes = {
  ...{ B01: 'biomass', B17: 'biomass', B02: 'coal', B05: 'coal', B07: 'coal', B08: 'coal', B03: 'gas', B04: 'gas' },
  ...{
    B06: 'oil',
    B09: 'geothermal',
    B11: 'hydro',
    B12: 'hydro',
    B14: 'nuclear',
    B16: 'solar',
    B18: 'wind',
    B19: 'wind',
  },
  ...{ B13: 'unknown', B15: 'unknown', B20: 'unknown', B10: 'storage', B25: 'storage' },
};

/** It allows a year, but a year of quarter hours is some 45 MB of XML. */
const LONGEST_MS = 30 * 86_400_000;
const OFFER: Offer = {
  ...{ name: NAME, kind: 'average', scopes: ['lifecycle', 'direct'], basis: 'production' },
  step_s: 900,
  forecast_h: 0,
  longest_ms: LONGEST_MS - EXPECTED_WITHIN_MS,
  settled_h: null, // France's 2022 went from 101 to 90 g within months
  rate: { requests: 400, per_s: 60 }, // per token; beyond, it bans for ten minutes
  source:
    'https://web-api.tp.entsoe.eu/api (A75) × IPCC 2014 medians (data/emission-factors.json), imports not counted',
  licence: 'CC BY 4.0 where ENTSO-E’s list of data for free re-use names it; its terms of use',
  needs: ['ENTSOE_TOKEN'],
};

/** A driver. */
export function entsoe({ base = 'https://web-api.tp.entsoe.eu', token, ...passed }: EntsoeOptions): IntensityProvider {
  const secret = { securityToken: token };
  const http = createHttp({ provider: NAME, base, secret, ...passed });

  const piecesIn = async (area: string, part: Span, signal: AbortSignal): Promise<Piece[]> => {
    const query = {
      ...{ documentType: 'A75', processType: 'A16', in_Domain: area },
      ...{ periodStart: stamp(part.from_ms), periodEnd: stamp(part.to_ms) },
    };
    const text = await http.text('/api', { query, headers: { accept: 'application/xml' }, signal, answers: [400] });
    const found = checked(await parsed(text));
    if (found.GL_MarketDocument !== undefined) return piecesOf(found.GL_MarketDocument.TimeSeries, part, bad);
    const reasons = found.Acknowledgement_MarketDocument?.Reason;
    if (reasons === undefined) throw bad('it is neither a GL_MarketDocument nor an acknowledgement');
    if (reasons.some(({ text = '' }) => /no matching data/i.test(text))) return [];
    throw bad(
      `it says: ${reasons.map(({ code = '', text = '' }) => `${code} ${text}`.trim()).join('; ')}`.slice(0, 200),
    );
  };
  /** Words of theirs may say back what we asked with. */
  const bad = (why: string) => fault('grid-bad', { facts: { provider: NAME, why: why.replaceAll(token, '…') } });
  const checked = (found: unknown): Document => {
    const { success, output, issues } = v.safeParse(DOCUMENT, found);
    if (success) return output;
    throw bad(
      `${v.getDotPath(issues[0]!) ?? 'the answer'} is ${issues[0]!.received === 'undefined' ? 'missing' : issues[0]!.received.slice(0, 40)}`,
    );
  };
  const parsed = async (text: string): Promise<unknown> => {
    const { XMLParser } = await import('fast-xml-parser');
    const lists = ['TimeSeries', 'Period', 'Point', 'Reason'];
    const parser = new XMLParser({
      ...{ removeNSPrefix: true, parseTagValue: false, processEntities: false },
      isArray: (name) => lists.includes(name),
    });
    try {
      return parser.parse(text, true);
    } catch {
      throw bad('its answer is no XML');
    }
  };

  return {
    offer: OFFER,
    async history(asked) {
      const region = areaOf(asked.zone);
      const pieces: Piece[] = [];
      for (const part of partsOf(hoursBehind(asked), LONGEST_MS))
        for (const piece of await piecesIn(region, part, asked.signal)) pieces.push(piece);
      return mixAnswer(region, rowsOf(pieces), CODES, asked);
    },
    async forecast({ zone }) {
      return { region: areaOf(zone), points: [], issued_at_ms: null, notes: [] };
    },
  };
}

/** The code of a zone. Throws Fault grid-zone. */
export function areaOf(zone: string): string {
  if (Object.hasOwn(AREAS, zone)) return AREAS[zone]!;
  throw fault('grid-zone', { facts: { provider: NAME, why: `${zone} is not among ENTSO-E's areas` } });
}

/** 202403040500 */
const stamp = (at_ms: number) => new Date(at_ms).toISOString().slice(0, 16).replace(/\D/g, '');

const TEXT = v.optional(v.string());
const DOCUMENT = v.object({
  GL_MarketDocument: v.optional(v.object({ TimeSeries: v.optional(v.array(SERIES), []) })),
  Acknowledgement_MarketDocument: v.optional(
    v.object({ Reason: v.optional(v.array(v.object({ code: TEXT, text: TEXT })), []) }),
  ),
});
type Document = v.InferOutput<typeof DOCUMENT>;
