// A Carbon Aware SDK WebAPI, against a loopback server: the contract, and each trap of its interface.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CarbonAwareSdkOptions, carbonAwareSdk } from '../src/grid/providers/carbon-aware-sdk.ts';
import { intensityProviderContract } from './helpers/intensity-provider.ts';
import { type Loopback, loopback, type Reply } from './helpers/loopback.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = Date.UTC(2024, 2, 4);
/** As .NET writes a DateTimeOffset. */
const net = (at: number) => new Date(at).toISOString().replace('.000Z', '+00:00');
const KNOWN: Omit<CarbonAwareSdkOptions, 'base'> = {
  ...({ kind: 'average', scope: 'lifecycle', basis: 'consumption' } as const),
  ...{ step_s: 3600, locations: { DE: 'germanywestcentral' } },
};
const problem = (status: number, title: string, detail: string): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: { title, status, detail, errors: {}, traceId: '00-1-2-00' },
});

intensityProviderContract({
  name: 'Carbon Aware SDK',
  make: (base, passed) => carbonAwareSdk({ ...KNOWN, base, ...passed }),
  serve({ query }, { from_ms, to_ms, hole }) {
    const [start, end] = ['time', 'toTime'].map((name) => Date.parse(query.get(name)!)) as [number, number];
    const hours = Array.from({ length: (to_ms - from_ms) / HOUR }, (_, i) => from_ms + i * HOUR);
    const rows = hours
      .filter((at) => at >= start && at < end && !(hole && at === from_ms + HOUR))
      .map((at) => ({ location: 'DE', time: net(at), rating: 300, duration: '01:00:00' }));
    return rows.length === 0 ? { status: 204 } : { body: rows };
  },
  zone: 'DE',
  unknownZone: 'XX',
  skip: { refused: 'it has no key' },
});

describe('Carbon Aware SDK', () => {
  let server: Loopback;
  beforeEach(async () => {
    server = await loopback(() => ({ status: 204 }));
  });
  afterEach(() => server.close());
  const make = (more: Partial<CarbonAwareSdkOptions> = {}) =>
    carbonAwareSdk({ ...KNOWN, base: server.base, wait: async () => {}, ...more });
  const asked = (more: object = {}) => ({
    ...{ zone: 'DE', scope: 'lifecycle' as const, from_ms: T0, to_ms: T0 + 2 * HOUR },
    ...{ signal: new AbortController().signal, ...more },
  });
  const answers = (reply: Reply) => server.answers(() => reply);

  test('a zone is asked for by its location, else by its key', async () => {
    await make().history(asked());
    await make().history(asked({ zone: 'westus' }));
    await make().forecast(asked());
    expect(server.received.map(({ path, query }) => [path, query.get('location'), query.get('time')])).toEqual([
      ['/emissions/bylocation', 'germanywestcentral', '2024-03-04T00:00:00.000Z'],
      ['/emissions/bylocation', 'westus', '2024-03-04T00:00:00.000Z'],
      ['/emissions/forecasts/current', 'germanywestcentral', null],
    ]);
  });

  test('204 is nothing known', async () => {
    for (const question of [make().history(asked()), make().forecast(asked())])
      expect(await question).toMatchObject({ points: [], issued_at_ms: null });
  });

  test.each<[string, unknown, number]>([
    ['a time span of hours', '01:00:00', 60],
    ['one of minutes and a fraction', '00:05:00.0000000', 5],
    ['one with days', '1.00:30:00', 1470],
    ['minutes as a number', 30, 30],
    ['0, where its source gave none', '00:00:00', 60],
    ['no duration, as documented', undefined, 60],
    ['null', null, 60],
  ])('a duration may be %s', async (_, duration, minutes) => {
    answers({ body: [{ location: 'DE', time: '2024-03-04T01:00:00.0000000+01:00', rating: 70, duration }] });
    const { points, region } = await make().history(asked({ to_ms: T0 + 48 * HOUR }));
    expect(points).toEqual([{ from_ms: T0, to_ms: T0 + minutes * MINUTE, g_per_kwh: 70, quality: 'estimated' }]);
    expect(region).toBe('germanywestcentral');
  });

  test.each([['1 hour'], ['-01:00:00'], [-5], ['PT1H']])('a duration of %s is not taken', async (duration) => {
    answers({ body: [{ time: net(T0), rating: 70, duration }] });
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-bad', message: /0\.duration/ });
  });

  test.each(['optimalDataPoint', 'optimalDataPoints'])('%s is not one of the values', async (name) => {
    const point = (at: number, value: number) => ({ location: 'DE', timestamp: net(at), duration: 60, value });
    const envelope = {
      ...{ requestedAt: net(T0 + 120_000), generatedAt: net(T0 - 300_000), location: 'germanywestcentral' },
      ...{ dataStartAt: net(T0), dataEndAt: net(T0 + 2 * HOUR), windowSize: 60 },
      [name]: name.endsWith('s') ? [point(T0 + HOUR, 1)] : point(T0 + HOUR, 1),
      forecastData: [point(T0, 532.02), point(T0 + HOUR, 448.44)],
    };
    answers({ body: [envelope] });
    const { points, issued_at_ms } = await make().forecast(asked());
    expect(points).toEqual([
      { from_ms: T0, to_ms: T0 + HOUR, g_per_kwh: 532.02, quality: 'forecast' },
      { from_ms: T0 + HOUR, to_ms: T0 + 2 * HOUR, g_per_kwh: 448.44, quality: 'forecast' },
    ]);
    expect(issued_at_ms).toBe(T0 - 300_000);
    const { query } = server.received[0]!;
    expect([query.get('windowSize'), query.get('dataStartAt')]).toEqual([null, null]);
  });

  test('501 is a source without a forecast, asked once', async () => {
    answers(problem(501, 'NotImplementedException', 'The method or operation is not implemented.'));
    expect(await make().forecast(asked())).toMatchObject({ points: [], notes: ['its source has no forecast'] });
    expect(server.received.length).toBe(1);
  });

  test('501 for what was is a fault', async () => {
    answers(problem(501, 'NotImplementedException', 'The method or operation is not implemented.'));
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-refused', message: /not implemented/ });
  });

  test('a location that it has not is an unknown zone, at 400', async () => {
    answers(problem(400, 'ArgumentException', "Unknown Location: 'xx' not found"));
    await expect(make().history(asked({ zone: 'xx' }))).rejects.toMatchObject({ code: 'grid-zone', message: /'xx'/ });
  });

  test('another 400 is a fault with its words', async () => {
    answers(problem(400, 'ArgumentException', 'Invalid start time'));
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-bad', message: /Invalid start time/ });
  });

  test('500 without words is tried again', async () => {
    answers({ status: 500, body: { title: 'InternalServerError', status: 500, errors: {} } });
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-unreachable' });
    expect(server.received.length).toBe(4);
  });

  test('its offer is that of its source, as told', () => {
    const { offer } = make({ kind: 'marginal', scope: 'direct', step_s: 300, licence: 'WattTime' });
    expect(offer).toMatchObject({ kind: 'marginal', scopes: ['direct'], step_s: 300, licence: 'WattTime' });
  });
});
