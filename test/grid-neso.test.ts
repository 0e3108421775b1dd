// NESO's Carbon Intensity API, against a loopback server: the contract, and each trap of its interface.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { neso } from '../src/grid/providers/neso.ts';
import { intensityProviderContract } from './helpers/intensity-provider.ts';
import { type Loopback, loopback, type Received, type Reply } from './helpers/loopback.ts';

const HALF = 1_800_000;
const DAY = 48 * HALF;
const T0 = Date.UTC(2024, 2, 4);
const time = (at: number) => `${new Date(at).toISOString().slice(0, 16)}Z`;
const row = (at: number, forecast: number | null, actual: number | null | undefined) => ({
  ...{ from: time(at), to: time(at + HALF) },
  intensity: { forecast, ...(actual === undefined ? {} : { actual }), index: 'moderate' },
});
/** As the service answers a span: all of it half an hour early. */
const served = (request: Received, from_ms: number, to_ms: number, rowAt: (at: number) => object): Reply => {
  const [from, to] = request.path
    .split('/')
    .filter((part) => /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(part))
    .map(Date.parse) as [number, number];
  if (to - from > 14 * DAY)
    return { status: 400, body: { error: { code: '400 Bad Request', message: 'more than 14 days' } } };
  const all = Array.from({ length: (to_ms - from_ms) / HALF }, (_, i) => from_ms + i * HALF);
  return { body: { data: all.filter((at) => at >= from - HALF && at + HALF < to).map(rowAt) } };
};

intensityProviderContract({
  name: 'NESO',
  make: (base, passed) => neso({ base, ...passed }),
  serve: (request, { from_ms, to_ms, hole }) =>
    served(request, from_ms, to_ms, (at) => (hole && at === from_ms + HALF ? row(at, null, null) : row(at, 266, 263))),
  zone: 'GB',
  unknownZone: 'GB-NIR',
  skip: { refused: 'it has no key' },
});

describe('NESO', () => {
  let server: Loopback;
  beforeEach(async () => {
    server = await loopback(() => ({ body: { data: [] } }));
  });
  afterEach(() => server.close());
  const make = () => neso({ base: server.base, wait: async () => {} });
  const asked = (more: object = {}) => ({
    ...{ zone: 'GB', scope: 'direct' as const, from_ms: T0, to_ms: T0 + 2 * HALF },
    ...{ signal: new AbortController().signal, ...more },
  });
  const paths = () => server.received.map(({ path }) => path);

  test('spans that come back half an hour early are covered to their end', async () => {
    server.answers((request) => served(request, T0 - DAY, T0 + DAY, (at) => row(at, 200, 190)));
    const { points } = await make().history(asked());
    expect(paths()).toEqual(['/intensity/2024-03-04T00:00Z/2024-03-04T01:30Z']);
    expect(points.map(({ from_ms, to_ms }) => [from_ms, to_ms])).toEqual([
      [T0, T0 + HALF],
      [T0 + HALF, T0 + 2 * HALF],
    ]);
  });

  test('30 days are asked in parts of 14 days at most, without a hole or an overlap', async () => {
    server.answers((request) => served(request, T0, T0 + 30 * DAY, (at) => row(at, 200, 190)));
    const { points } = await make().history(asked({ to_ms: T0 + 30 * DAY }));
    expect(paths()).toEqual([
      '/intensity/2024-03-04T00:00Z/2024-03-18T00:00Z',
      '/intensity/2024-03-17T23:30Z/2024-03-31T23:30Z',
      '/intensity/2024-03-31T23:00Z/2024-04-03T00:30Z',
    ]);
    expect(points.length).toBe(30 * 48);
    expect(points.every(({ from_ms, to_ms }, i) => from_ms === T0 + i * HALF && to_ms === from_ms + HALF)).toBe(true);
  });

  test('where the actual value is null the forecast stands as one; where both are, there is a hole', async () => {
    server.answers(() => ({
      body: { data: [row(T0, 266, 263), row(T0 + HALF, 270, null), row(T0 + 2 * HALF, null, null)] },
    }));
    const { points, notes } = await make().history(asked({ to_ms: T0 + 3 * HALF }));
    expect(points.map(({ g_per_kwh, quality }) => [g_per_kwh, quality])).toEqual([
      [263, 'measured'],
      [270, 'forecast'],
    ]);
    expect(notes).toEqual(['1 half hour has no value']);
  });

  test('an actual value of 0 is one', async () => {
    server.answers(() => ({ body: { data: [row(T0, 5, 0)] } }));
    expect((await make().history(asked())).points).toMatchObject([{ g_per_kwh: 0, quality: 'measured' }]);
  });

  test('of a half hour that comes twice the measured value counts, else the later', async () => {
    const data = [row(T0, 260, 255), row(T0, 261, null), row(T0 + HALF, 262, null), row(T0 + HALF, 264, null)];
    server.answers(() => ({ body: { data } }));
    const { points } = await make().history(asked());
    expect(points).toEqual([
      { from_ms: T0, to_ms: T0 + HALF, g_per_kwh: 255, quality: 'measured' },
      { from_ms: T0 + HALF, to_ms: T0 + 2 * HALF, g_per_kwh: 264, quality: 'forecast' },
    ]);
  });

  const north = { regionid: 1, dnoregion: 'Scottish Hydro Electric Power Distribution', shortname: 'North Scotland' };
  const ofRegion = { ...north, data: [row(T0, 40, undefined), row(T0 + HALF, 41, undefined)] };
  test.each([
    ['an array', [ofRegion]],
    ['an object', ofRegion],
  ])('a region may come as %s; all it has is forecast', async (_, data) => {
    server.answers(() => ({ body: { data } }));
    const { points, region } = await make().history(asked({ zone: 'GB-REGION-1' }));
    expect(paths()).toEqual(['/regional/intensity/2024-03-04T00:00Z/2024-03-04T01:30Z/regionid/1']);
    expect(region).toBe('North Scotland');
    expect(points.map(({ g_per_kwh, quality }) => [g_per_kwh, quality])).toEqual([
      [40, 'forecast'],
      [41, 'forecast'],
    ]);
  });

  test('another region than the one asked for is not taken', async () => {
    server.answers(() => ({ body: { data: ofRegion } }));
    await expect(make().history(asked({ zone: 'GB-REGION-2' }))).rejects.toMatchObject({ code: 'grid-bad' });
  });

  test.each([
    ['GB-South Scotland', 2],
    ['GB-SOUTH-SCOTLAND', 2],
    ['gb-north-wales-merseyside', 6],
    ['GB-LONDON', 13],
    ['GB-WALES', 17],
    ['GB-REGION-17', 17],
  ])('%s is region %i', async (zone, id) => {
    await make().forecast(asked({ zone }));
    expect(paths()).toEqual([`/regional/intensity/2024-03-04T00:00Z/fw48h/regionid/${id}`]);
  });

  test.each(['GB-REGION-18', 'GB-REGION-0', 'GB-', 'GB-NIR', 'DE', ''])(
    '"%s" is no zone of its, unasked',
    async (zone) => {
      await expect(make().history(asked({ zone }))).rejects.toMatchObject({ code: 'grid-zone' });
      expect(paths()).toEqual([]);
    },
  );

  test('a forecast of 47.5 hours is what it is', async () => {
    const data = Array.from({ length: 96 }, (_, i) => row(T0 + (i - 1) * HALF, 100 + i, i === 0 ? 99 : null));
    server.answers(() => ({ body: { data } }));
    const { points, issued_at_ms } = await make().forecast(asked({ to_ms: T0 + 2 * DAY }));
    expect(paths()).toEqual(['/intensity/2024-03-04T00:00Z/fw48h']);
    expect(points.length).toBe(95);
    expect(points[0]).toEqual({ from_ms: T0, to_ms: T0 + HALF, g_per_kwh: 101, quality: 'forecast' });
    expect(points.at(-1)!.to_ms).toBe(T0 + 2 * DAY - HALF);
    expect(issued_at_ms).toBeNull();
  });

  test.each<[string, Reply]>([
    ['data that is null (before 2018-05-10)', { body: { data: null } }],
    ['an empty body', { body: '' }],
  ])('%s is nothing known', async (_, reply) => {
    server.answers(() => reply);
    for (const zone of ['GB', 'GB-REGION-3']) expect((await make().history(asked({ zone }))).points).toEqual([]);
  });

  test('an outage that says "not found" at 500 is tried again, and is not an unknown zone', async () => {
    const body = { error: { code: '500 Internal Server Error', message: 'Requested resource not found.' } };
    server.answers(() => ({ status: 500, body }));
    await expect(make().history(asked())).rejects.toMatchObject({
      ...{ code: 'grid-unreachable', message: /Requested resource not found/ },
    });
    expect(server.received.length).toBe(4);
  });
});
