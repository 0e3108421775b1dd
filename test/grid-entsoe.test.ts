// ENTSO-E's documented language (A75) on loopback, and its traps: curves, consumption, resolutions, "no data" as an answer.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Asked } from '../src/grid/provider.ts';
import { entsoe } from '../src/grid/providers/entsoe.ts';
import { intensityProviderContract, SECRET } from './helpers/intensity-provider.ts';
import { type Loopback, loopback, type Received, type Reply } from './helpers/loopback.ts';

const QUARTER = 900_000;
const HOUR = 4 * QUARTER;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2024, 2, 4);
const DE = '10Y1001A1001A83F';
const minute = (at_ms: number) => `${new Date(at_ms).toISOString().slice(0, 16)}Z`;
const timeOf = (stamp: string) => Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5Z'));

interface Given {
  readonly psr: string;
  readonly from_ms: number;
  readonly to_ms: number;
  /** Position and MW. */
  readonly points: readonly (readonly [number, number | string])[];
  readonly resolution?: string;
  readonly curve?: string | null;
  readonly out?: boolean;
}
const series = ({ psr, from_ms, to_ms, points, resolution = 'PT60M', curve = 'A01', out = false }: Given) => `
  <TimeSeries>
    <mRID>1</mRID><businessType>A01</businessType><objectAggregation>A08</objectAggregation>
    <${out ? 'out' : 'in'}BiddingZone_Domain.mRID codingScheme="A01">${DE}</${out ? 'out' : 'in'}BiddingZone_Domain.mRID>
    <quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name>
    ${curve === null ? '' : `<curveType>${curve}</curveType>`}
    <MktPSRType><psrType>${psr}</psrType></MktPSRType>
    <Period>
      <timeInterval><start>${minute(from_ms)}</start><end>${minute(to_ms)}</end></timeInterval>
      <resolution>${resolution}</resolution>
      ${points.map(([at, mw]) => `<Point><position>${at}</position><quantity>${mw}</quantity></Point>`).join('\n')}
    </Period>
  </TimeSeries>`;
const xml = (body: string): Reply => ({ headers: { 'content-type': 'text/xml' }, body });
const documentOf = (...all: Given[]) =>
  xml(`<?xml version="1.0" encoding="utf-8"?>
<GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0">
  <mRID>c5a1</mRID><type>A75</type><process.processType>A16</process.processType>${all.map(series).join('')}
</GL_MarketDocument>`);
const refusal = (text: string, status = 200): Reply => ({
  ...{ status, headers: { 'content-type': 'text/xml' } },
  body: `<?xml version="1.0" encoding="UTF-8"?>
<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0">
  <mRID>0f1b</mRID><Reason><code>999</code><text>${text}</text></Reason>
</Acknowledgement_MarketDocument>`,
});

/** Gas and wind by quarters of an hour, in the part of the span that is asked for. */
function serve({ query }: Received, span: { from_ms: number; to_ms: number; hole: boolean }): Reply {
  const from_ms = Math.max(span.from_ms, timeOf(query.get('periodStart')!));
  const to_ms = Math.min(span.to_ms, timeOf(query.get('periodEnd')!));
  if (to_ms <= from_ms) return refusal('No matching data found');
  const count = (to_ms - from_ms) / QUARTER;
  const all = Array.from({ length: count }, (_, i) => [i + 1, 300] as const);
  const wind = all.filter(([at]) => !span.hole || from_ms + (at - 1) * QUARTER !== span.from_ms + QUARTER);
  const more = { from_ms, to_ms, resolution: 'PT15M' };
  return documentOf({ psr: 'B04', points: all, ...more }, { psr: 'B19', points: wind, ...more });
}

intensityProviderContract({
  name: 'entsoe',
  make: (base, passed) => entsoe({ base, token: SECRET, ...passed }),
  serve,
  zone: 'DE',
  unknownZone: 'US-CAL-CISO',
});

describe('traps of ENTSO-E', () => {
  let server: Loopback;
  const asked = (more: Partial<Asked> = {}): Asked => ({
    ...{ zone: 'DE', scope: 'lifecycle', from_ms: T0, to_ms: T0 + HOUR, signal: new AbortController().signal },
    ...more,
  });
  const make = () => entsoe({ base: server.base, token: SECRET, wait: async () => {} });
  const give = (...all: Given[]) => server.answers(() => documentOf(...all));
  const hours = (count: number) => ({ from_ms: T0, to_ms: T0 + count * HOUR });
  const valuesOf = async (count: number) => {
    const { points } = await make().history(asked({ to_ms: T0 + count * HOUR }));
    return points.map(({ from_ms, to_ms, g_per_kwh }) => [(from_ms - T0) / HOUR, (to_ms - T0) / HOUR, g_per_kwh]);
  };
  beforeEach(async () => {
    server = await loopback(() => ({}));
  });
  afterEach(() => server.close());

  test('asked as documented, in UTC, with the week before, the token in the query', async () => {
    give({ psr: 'B04', ...hours(1), points: [[1, 5]] });
    await make().history(asked({ from_ms: T0 + 1, to_ms: T0 + HOUR - 1 }));
    expect(server.received[0]!.path).toBe('/api');
    expect(Object.fromEntries(server.received[0]!.query)).toEqual({
      ...{ documentType: 'A75', processType: 'A16', in_Domain: DE, securityToken: SECRET },
      ...{ periodStart: '202402260000', periodEnd: '202403040100' },
    });
  });

  test('a mix: (300 gas + 100 wind) is (3 × 490 + 11) / 4 = 370.25, direct 277.5', async () => {
    give({ psr: 'B04', ...hours(1), points: [[1, 300]] }, { psr: 'B19', ...hours(1), points: [[1, 100]] });
    expect(await valuesOf(1)).toEqual([[0, 1, 370.25]]);
    expect((await make().history(asked({ scope: 'direct' }))).points[0]!.g_per_kwh).toBe(277.5);
  });

  test('the outgoing zone is consumption: 400 made, 100 taken is 300', async () => {
    give(
      { psr: 'B04', ...hours(1), points: [[1, 400]] },
      { psr: 'B04', ...hours(1), points: [[1, 100]], out: true },
      { psr: 'B19', ...hours(1), points: [[1, 100]] },
    );
    expect(await valuesOf(1)).toEqual([[0, 1, 370.25]]);
  });

  test('pumping and what is taken beyond what is made is no generation', async () => {
    give(
      { psr: 'B04', ...hours(1), points: [[1, 300]] },
      { psr: 'B10', ...hours(1), points: [[1, 5000]], out: true },
      { psr: 'B10', ...hours(1), points: [[1, 700]] },
      { psr: 'B12', ...hours(1), points: [[1, 50]], out: true },
    );
    expect(await valuesOf(1)).toEqual([[0, 1, 490]]);
  });

  test('curve A03: what is left out stays as it was, to the end of the period', async () => {
    // gas 300, wind 100, 100, 300, 300
    give(
      { psr: 'B04', ...hours(4), points: [[1, 300]], curve: 'A03' },
      {
        ...{ psr: 'B19', ...hours(4), curve: 'A03' },
        points: [
          [1, 100],
          [3, 300],
        ],
      },
    );
    expect(await valuesOf(4)).toEqual([
      [0, 1, 370.25],
      [1, 2, 370.25],
      [2, 3, 250.5], // (490 + 11) / 2
      [3, 4, 250.5],
    ]);
  });

  test.each(['A01', null])('curve %s: what is left out is a hole', async (curve) => {
    give(
      {
        ...{ psr: 'B04', ...hours(3), curve },
        points: [
          [1, 300],
          [2, 300],
          [3, 300],
        ],
      },
      {
        ...{ psr: 'B19', ...hours(3), curve },
        points: [
          [1, 100],
          [3, 100],
        ],
      },
    );
    expect(await valuesOf(3)).toEqual([
      [0, 1, 370.25],
      [2, 3, 370.25],
    ]);
  });

  test('an instant without all kinds is left out, and the note names the kind', async () => {
    give(
      { psr: 'B04', ...hours(3), points: [[1, 300]], curve: 'A03' },
      { psr: 'B19', ...hours(1), points: [[1, 100]] },
    );
    const { points, notes } = await make().history(asked({ to_ms: T0 + 3 * HOUR }));
    expect(points.length).toBe(1);
    expect(notes).toEqual(['2 pieces are left out: not every kind of generation is reported there (B19)']);
  });

  test('a kind whose feed ended days ago is missed all the same', async () => {
    const before = { from_ms: T0 - 3 * DAY, to_ms: T0 - 3 * DAY + HOUR };
    give({ psr: 'B05', ...before, points: [[1, 300]] }, { psr: 'B04', ...hours(1), points: [[1, 300]] });
    expect(await valuesOf(1)).toEqual([]);
  });

  test('quarters and hours in one document: an hour’s power is that of its quarters', async () => {
    give(
      { psr: 'B04', ...hours(1), points: [[1, 300]] },
      {
        ...{ psr: 'B19', ...hours(1), resolution: 'PT15M' },
        points: [
          [1, 100],
          [2, 300],
          [3, 100],
          [4, 300],
        ],
      },
    );
    expect(await valuesOf(1)).toEqual([
      [0, 0.25, 370.25],
      [0.25, 0.5, 250.5],
      [0.5, 0.75, 370.25],
      [0.75, 1, 250.5],
    ]);
  });

  test('a document of hours alone has pieces of an hour', async () => {
    give({ psr: 'B04', ...hours(2), points: [[1, 1]], curve: 'A03' });
    expect(await valuesOf(2)).toEqual([
      [0, 1, 490],
      [1, 2, 490],
    ]);
  });

  test('of two series for one kind and time the later counts', async () => {
    give(
      { psr: 'B04', ...hours(1), points: [[1, 300]] },
      { psr: 'B19', ...hours(1), points: [[1, 9999]] },
      { psr: 'B19', ...hours(1), points: [[1, 100]] },
    );
    expect(await valuesOf(1)).toEqual([[0, 1, 370.25]]);
  });

  test.each([200, 400])('"No matching data found" with HTTP %i is an answer: no points', async (status) => {
    server.answers(() => refusal('No matching data found for Data item ACTUAL_GENERATION', status));
    expect((await make().history(asked())).points).toEqual([]);
    expect(server.received.length).toBe(1);
  });

  test.each([200, 400])(
    'another acknowledgement with HTTP %i is a fault with its words, less the token',
    async (status) => {
      server.answers(() => refusal(`Delivered time interval is not valid (${SECRET})`, status));
      await expect(make().history(asked())).rejects.toMatchObject({
        code: 'grid-bad',
        message: expect.stringContaining('999 Delivered time interval is not valid (…)'),
      });
    },
  );

  test('no call is for more than a year', async () => {
    server.answers(() => refusal('No matching data found'));
    await make().history(asked({ to_ms: T0 + 800 * DAY }));
    const spans = server.received.map(({ query }) => [
      timeOf(query.get('periodStart')!),
      timeOf(query.get('periodEnd')!),
    ]);
    expect(Math.max(...spans.map(([from, to]) => to! - from!))).toBeLessThanOrEqual(365 * DAY);
    expect(spans.slice(1).map(([from]) => from)).toEqual(spans.slice(0, -1).map(([, to]) => to));
    expect([spans[0]![0], spans.at(-1)![1]]).toEqual([T0 - 7 * DAY, T0 + 800 * DAY]);
  });

  test('its rate and horizon are as documented; a forecast asks nothing', async () => {
    expect(make().offer).toMatchObject({ rate: { requests: 400, per_s: 60 }, forecast_h: 0, basis: 'production' });
    expect((await make().forecast(asked())).points).toEqual([]);
    expect(server.received).toEqual([]);
  });

  test.each<[string, Partial<Given>]>([
    ['resolution "P1Y"', { resolution: 'P1Y' }],
    ['its interval is none', { to_ms: T0 }],
    ['position 0', { points: [[0, 1]] }],
    ['position 2', { points: [[2, 1]] }],
    ['quantity n/a at position 1', { points: [[1, 'n/a']] }],
    ['curveType', { curve: 'A02' }],
  ])('what is not as documented is said: %s', async (words, more) => {
    give({ psr: 'B04', ...hours(1), points: [[1, 1]], ...more });
    await expect(make().history(asked())).rejects.toMatchObject({
      code: 'grid-bad',
      message: expect.stringContaining(words),
    });
  });

  test('entities of an XML bomb are not unfolded', async () => {
    server.answers(() =>
      xml(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<Acknowledgement_MarketDocument><Reason><text>&a; &b;&b;</text></Reason></Acknowledgement_MarketDocument>`),
    );
    await expect(make().history(asked())).rejects.toMatchObject({
      code: 'grid-bad',
      message: expect.not.stringContaining('aaaa'),
    });
  });
});
