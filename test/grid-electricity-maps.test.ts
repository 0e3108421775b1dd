// Electricity Maps, against a loopback server: the contract, and each trap of its interface.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ElectricityMapsOptions, electricityMaps } from '../src/grid/providers/electricity-maps.ts';
import { intensityProviderContract, SECRET } from './helpers/intensity-provider.ts';
import { type Loopback, loopback, type Reply } from './helpers/loopback.ts';

const HOUR = 3_600_000;
const T0 = Date.UTC(2024, 2, 4);
const iso = (at: number) => new Date(at).toISOString();
const row = (at: number, carbonIntensity: number | null, more: object = {}) => ({
  ...{ zone: 'DE', carbonIntensity, datetime: iso(at), updatedAt: iso(at + 2 * HOUR), createdAt: iso(at + HOUR) },
  ...{ emissionFactorType: 'lifecycle', isEstimated: false, estimationMethod: null, ...more },
});

intensityProviderContract({
  name: 'Electricity Maps',
  make: (base, passed) => electricityMaps({ base, ...passed, token: SECRET }),
  serve({ query, headers }, { from_ms, to_ms, hole }) {
    if (headers['auth-token'] !== SECRET) return { status: 401, body: { error: 'Invalid auth-token' } };
    const [start, end] = ['start', 'end'].map((name) => Date.parse(query.get(name)!)) as [number, number];
    if (end - start > 240 * HOUR) return { status: 400, body: { error: 'range too long' } };
    const hours = Array.from({ length: (to_ms - from_ms) / HOUR }, (_, i) => from_ms + i * HOUR);
    const data = hours
      .filter((at) => at >= start && at < end)
      .map((at) => row(at, hole && at === from_ms + HOUR ? null : 300));
    return { body: { zone: 'DE', data } };
  },
  zone: 'DE',
  unknownZone: 'XX',
});

describe('Electricity Maps', () => {
  let server: Loopback;
  beforeEach(async () => {
    server = await loopback(() => ({ body: { zone: 'DE', data: [] } }));
  });
  afterEach(() => server.close());
  const make = (more: Partial<ElectricityMapsOptions> = {}) =>
    electricityMaps({ base: server.base, token: SECRET, wait: async () => {}, ...more });
  const asked = (more: object = {}) => ({
    ...{ zone: 'DE', scope: 'lifecycle' as const, from_ms: T0, to_ms: T0 + 2 * HOUR },
    ...{ signal: new AbortController().signal, ...more },
  });
  const answers = (reply: Reply) => server.answers(() => reply);

  test('every question forbids the look-up of the caller’s place, and says what it wants', async () => {
    const driver = make();
    await driver.history(asked({ scope: 'direct' }));
    answers({ body: { zone: 'DE', forecast: [], updatedAt: iso(T0) } });
    await driver.forecast(asked());
    expect(server.received.map(({ path }) => path)).toEqual([
      '/v3/carbon-intensity/past-range',
      '/v3/carbon-intensity/forecast',
    ]);
    for (const { query, headers } of server.received) {
      expect(query.get('shouldUseFallbackCallerLookup')).toBe('false');
      expect(query.get('zone')).toBe('DE');
      expect(headers['auth-token']).toBe(SECRET);
    }
    expect(server.received.map(({ query }) => query.get('emissionFactorType'))).toEqual(['direct', 'lifecycle']);
  });

  test('an answer for another zone is not taken', async () => {
    answers({ body: { zone: 'FR', data: [row(T0, 60, { zone: 'FR' })] } });
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-zone', message: /answers for FR/ });
    answers({ body: { data: [row(T0, 60, { zone: 'FR' })] } });
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-zone' });
  });

  test('an answer with other factors is not taken', async () => {
    answers({ body: { zone: 'DE', data: [row(T0, 300, { emissionFactorType: 'lifecycle' })] } });
    await expect(make().history(asked({ scope: 'direct' }))).rejects.toMatchObject({ code: 'grid-bad' });
  });

  test.each(['data', 'history', 'forecast'])('the series may be called %s', async (name) => {
    answers({ body: { zone: 'DE', [name]: [row(T0, 322)] } });
    const { points } = await make({ version: 'v4' }).history(asked());
    expect(server.received[0]!.path).toBe('/v4/carbon-intensity/past-range');
    expect(points).toEqual([{ from_ms: T0, to_ms: T0 + HOUR, g_per_kwh: 322, quality: 'measured' }]);
  });

  test('null is a hole with a note; what is estimated, or does not say, is estimated', async () => {
    answers({
      body: {
        zone: 'DE',
        data: [
          row(T0, null),
          row(T0 + HOUR, 310, { isEstimated: true, estimationMethod: 'TIME_SLICER_AVERAGE' }),
          { datetime: iso(T0 + 2 * HOUR), carbonIntensity: 320 },
        ],
      },
    });
    const { points, notes, issued_at_ms, region } = await make().history(asked({ to_ms: T0 + 3 * HOUR }));
    expect(points).toEqual([
      { from_ms: T0 + HOUR, to_ms: T0 + 2 * HOUR, g_per_kwh: 310, quality: 'estimated' },
      { from_ms: T0 + 2 * HOUR, to_ms: T0 + 3 * HOUR, g_per_kwh: 320, quality: 'estimated' },
    ]);
    expect(notes).toEqual(['1 hour has no value']);
    expect(issued_at_ms).toBe(T0 + 3 * HOUR);
    expect(region).toBe('DE');
  });

  test('25 days and a minute are asked in parts of 10 days at most, by whole hours', async () => {
    await make().history(asked({ from_ms: T0 + 60_000, to_ms: T0 + 25 * 24 * HOUR + 60_000 }));
    expect(server.received.map(({ query }) => [query.get('start'), query.get('end')])).toEqual([
      ['2024-03-04T00:00:00.000Z', '2024-03-14T00:00:00.000Z'],
      ['2024-03-14T00:00:00.000Z', '2024-03-24T00:00:00.000Z'],
      ['2024-03-24T00:00:00.000Z', '2024-03-29T01:00:00.000Z'],
    ]);
  });

  test('a forecast is one, with the time it was made', async () => {
    answers({
      body: {
        zone: 'DE',
        forecast: [
          { carbonIntensity: 326, datetime: iso(T0) },
          { carbonIntensity: 297, datetime: iso(T0 + HOUR) },
        ],
        updatedAt: iso(T0 - 600_000),
      },
    });
    const { points, issued_at_ms } = await make().forecast(asked());
    expect(server.received[0]!.query.get('horizonHours')).toBe('72');
    expect(points.map(({ g_per_kwh, quality }) => [g_per_kwh, quality])).toEqual([
      [326, 'forecast'],
      [297, 'forecast'],
    ]);
    expect(issued_at_ms).toBe(T0 - 600_000);
  });

  test('a key without a right to the zone is told from a bad key', async () => {
    answers({ status: 401, body: { error: 'Token unauthorized for zoneKey=FR' } });
    await expect(make().history(asked({ zone: 'FR' }))).rejects.toMatchObject({ code: 'grid-zone' });
  });

  test('a key for the last 24 hours alone gives these, and says so', async () => {
    server.answers(({ path }) =>
      path.endsWith('/history')
        ? { body: { zone: 'DE', history: [row(T0, 300), row(T0 + HOUR, 305)] } }
        : { status: 403, body: { error: 'Endpoint not available for this token' } },
    );
    const { points, notes } = await make().history(asked());
    expect(points.map(({ g_per_kwh }) => g_per_kwh)).toEqual([300, 305]);
    expect(notes).toEqual(['this key may ask Electricity Maps for the last 24 hours alone']);
  });

  test('a key that the provider repeats is not in the words', async () => {
    answers({ status: 401, body: { error: `Invalid auth-token ${SECRET}` } });
    const error = await make()
      .history(asked())
      .catch((reason: Error) => reason);
    expect(String(error)).toContain('Invalid auth-token [redacted]');
  });

  test('a key that cannot be sent is not in the words', async () => {
    const error = await make({ token: `${SECRET}\n${SECRET}` })
      .history(asked())
      .catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'grid-unreachable' });
    expect(String(error)).not.toContain(SECRET);
  });

  test.each([
    ['a value that is a text', { body: { zone: 'DE', data: [{ ...row(T0, 1), carbonIntensity: '322' }] } }],
    ['a value below 0', { body: { zone: 'DE', data: [row(T0, -5)] } }],
    ['a value that cannot be', { body: { zone: 'DE', data: [row(T0, 322_000)] } }],
  ])('%s is not taken, and the place is told', async (_, reply) => {
    answers(reply);
    await expect(make().history(asked())).rejects.toMatchObject({
      code: 'grid-bad',
      message: /data\.0\.carbonIntensity/,
    });
  });

  test('a time without a zone is not taken', async () => {
    answers({ body: { zone: 'DE', data: [{ ...row(T0, 1), datetime: '2024-03-04T00:00:00' }] } });
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-bad', message: /data\.0\.datetime/ });
  });
});
