// WattTime's documented language on loopback, and its traps: tokens, pounds, inclusive ends, models.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Asked } from '../src/grid/provider.ts';
import { type WattTimeOptions, watttime } from '../src/grid/providers/watttime.ts';
import { intensityProviderContract, SECRET } from './helpers/intensity-provider.ts';
import { type Loopback, loopback, type Received, type Reply } from './helpers/loopback.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2024, 2, 4);
const iso = (at_ms: number) => new Date(at_ms).toISOString().replace('.000Z', '+00:00');
const metaOf = ({ query }: Received, more: object = {}) => ({
  ...{ region: query.get('region'), signal_type: query.get('signal_type'), units: 'lbs_co2_per_mwh', warnings: [] },
  model: { date: '2023-03-01', type: 'binned_regression' },
  ...{ data_point_period_seconds: 300, generated_at: '2024-03-05T01:00:00+00:00', ...more },
});

/** Points of 870 every 5 minutes in the span asked for, both ends inside, as documented. */
function serve(request: Received, span: { from_ms: number; to_ms: number; hole: boolean }): Reply {
  if (request.path === '/login') return { body: { token: 'a-token' } };
  const start = Date.parse(request.query.get('start')!);
  const end = Date.parse(request.query.get('end')!);
  const data: object[] = [];
  for (let at = span.from_ms; at < span.to_ms; at += 5 * MINUTE) {
    const hole = span.hole && at === span.from_ms + 5 * MINUTE;
    if (at >= start && at <= end && !hole) data.push({ point_time: iso(at), value: 870 });
  }
  return { body: { data, meta: metaOf(request) } };
}

intensityProviderContract({
  name: 'watttime',
  make: (base, passed) => watttime({ base, user: 'us', password: SECRET, ...passed }),
  serve,
  zone: 'US-CAL-CISO',
  unknownZone: 'US-TEX-ERCO',
});

describe('traps of WattTime', () => {
  let server: Loopback;
  const span = { from_ms: T0, to_ms: T0 + HOUR, hole: false };
  const asked = (more: Partial<Asked> = {}): Asked => ({
    ...{ zone: 'US-CAL-CISO', scope: 'direct', from_ms: T0, to_ms: T0 + HOUR, signal: new AbortController().signal },
    ...more,
  });
  const make = (more: Partial<WattTimeOptions> = {}) =>
    watttime({ base: server.base, user: 'us', password: SECRET, wait: async () => {}, ...more });
  const questions = () => server.received.filter(({ path }) => path !== '/login');
  const logins = () => server.received.filter(({ path }) => path === '/login');
  const answer = (of: (request: Received) => Reply) =>
    server.answers((request) => (request.path === '/login' ? { body: { token: 'a-token' } } : of(request)));
  beforeEach(async () => {
    server = await loopback((request) => serve(request, span));
  });
  afterEach(async () => {
    vi.useRealTimers();
    await server.close();
  });

  test('pounds per MWh: 1000 lbs/MWh are 453.59237 g/kWh', async () => {
    answer((request) => ({ body: { data: [{ point_time: iso(T0), value: 1000 }], meta: metaOf(request) } }));
    const { points } = await make().history(asked());
    expect(points).toEqual([{ from_ms: T0, to_ms: T0 + 300_000, g_per_kwh: 453.59237, quality: 'measured' }]);
  });

  test('a unit, signal or region that is not the one asked for is refused', async () => {
    for (const [meta, words] of [
      [{ units: 'percentile' }, 'percentile'],
      [{ signal_type: 'health_damage' }, 'health_damage'],
      [{ region: 'PJM_DC' }, 'PJM_DC'],
    ] as const) {
      answer((request) => ({ body: { data: [{ point_time: iso(T0), value: 1 }], meta: metaOf(request, meta) } }));
      await expect(make().history(asked())).rejects.toMatchObject({
        code: 'grid-bad',
        message: expect.stringContaining(words),
      });
    }
  });

  test('a time without a zone is refused', async () => {
    answer((request) => ({ body: { data: [{ point_time: '2024-03-04T00:00:00', value: 1 }], meta: metaOf(request) } }));
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-bad' });
  });

  test('login is at /login with Basic; the token is shared by questions at once and by later ones', async () => {
    const driver = make();
    await Promise.all([driver.history(asked()), driver.history(asked()), driver.history(asked())]);
    await driver.history(asked());
    expect(logins().length).toBe(1);
    // "us:correct-horse-7" in Base64, by coreutils
    expect(logins()[0]!.headers.authorization).toBe('Basic dXM6Y29ycmVjdC1ob3JzZS03');
    expect(questions().map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer a-token'));
  });

  test('after half an hour there is another login', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: T0 });
    const driver = make();
    await driver.history(asked());
    vi.setSystemTime(T0 + 28 * MINUTE);
    await driver.history(asked());
    expect(logins().length).toBe(1);
    vi.setSystemTime(T0 + 30 * MINUTE);
    await driver.history(asked());
    expect(logins().length).toBe(2);
  });

  test.each([401, 403])('a token that has run out (%i) is renewed once, by one of those who ask', async (status) => {
    let valid = 1;
    let given = 0;
    server.answers((request) => {
      if (request.path === '/login') return { body: { token: `t${++given}` } };
      return request.headers.authorization === `Bearer t${valid}` ? serve(request, span) : { status, body: {} };
    });
    const driver = make();
    await driver.history(asked());
    valid = 2;
    const answers = await Promise.all([driver.history(asked()), driver.history(asked())]);
    expect(answers.map(({ points }) => points.length)).toEqual([12, 12]);
    expect(given).toBe(2);
  });

  test('a refusal of the old token that comes late does not ask for a third one', async () => {
    let given = 0;
    let refuse: (() => void) | null = null;
    server.answers((request) => {
      if (request.path === '/login') return { body: { token: `t${++given}` } };
      if (request.headers.authorization === 'Bearer t2') return serve(request, span);
      if (questions().length === 1) return { status: 401, body: {} };
      return (response) => {
        refuse = () => void response.writeHead(401).end();
      };
    });
    const driver = make();
    // Both begin with t1: the login is shared.
    const both = [driver.history(asked()), driver.history(asked())];
    await Promise.race(both);
    await vi.waitFor(() => expect(refuse).not.toBe(null));
    refuse!();
    expect((await Promise.all(both)).map(({ points }) => points.length)).toEqual([12, 12]);
    expect(given).toBe(2);
  });

  test('403 for a fresh token: our plan has no right to the region; asked twice, not for ever', async () => {
    answer(() => ({ status: 403, body: { message: 'Your account does not have access' } }));
    await expect(make().history(asked())).rejects.toMatchObject({
      code: 'grid-zone',
      message: expect.stringContaining('CAISO_NORTH: our plan has no right to it (HTTP 403: Your account'),
    });
    expect([logins().length, questions().length]).toEqual([2, 2]);
  });

  test('401 for a fresh token is a refusal, not a zone', async () => {
    answer(() => ({ status: 401, body: { message: 'no' } }));
    await expect(make().history(asked())).rejects.toMatchObject({ code: 'grid-refused' });
  });

  test('null is a hole, not 0', async () => {
    const data = [null, 1000].map((value, i) => ({ point_time: iso(T0 + i * 5 * MINUTE), value }));
    answer((request) => ({ body: { data, meta: metaOf(request) } }));
    expect((await make().history(asked())).points.map(({ from_ms }) => from_ms)).toEqual([T0 + 5 * MINUTE]);
  });

  test('user and password said back by whoever is asked are not in our words', async () => {
    answer(() => ({ status: 400, body: { message: `who is us, ${SECRET}?` } }));
    await expect(make().history(asked())).rejects.toThrow('who is [redacted], [redacted]?');
  });

  test('a token or password that it says back is not in our words', async () => {
    answer(({ headers }) => ({ status: 400, body: { message: `what is ${headers.authorization}?` } }));
    await expect(make().history(asked())).rejects.toMatchObject({ message: expect.not.stringContaining('a-token') });
    server.answers(({ headers }) => ({ status: 401, body: { message: `what is ${headers.authorization}?` } }));
    await expect(make().history(asked())).rejects.toMatchObject({ message: expect.not.stringContaining('dXM6') });
  });

  test('one who leaves does not end the login that others wait for', async () => {
    let open = () => {};
    const waits = new Promise<void>((resolve) => {
      open = resolve;
    });
    server.answers((request) => {
      if (request.path !== '/login') return serve(request, span);
      return (response) => void waits.then(() => response.end('{"token":"a-token"}'));
    });
    const driver = make();
    const stop = new AbortController();
    const first = driver.history(asked({ signal: stop.signal }));
    const second = driver.history(asked());
    await vi.waitFor(() => expect(server.received.length).toBe(1));
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    open();
    expect((await second).points.length).toBe(12);
    expect(logins().length).toBe(1);
  });

  test('both ends are inside: an hour asks for 00:00 to 00:55, and parts share no point', async () => {
    await make().history(asked());
    expect(questions()[0]!.query.get('start')).toBe('2024-03-04T00:00:00Z');
    expect(questions()[0]!.query.get('end')).toBe('2024-03-04T00:55:00Z');
    server.received.length = 0;
    await make().history(asked({ to_ms: T0 + 33 * DAY }));
    expect(questions().map(({ query }) => [query.get('start'), query.get('end')])).toEqual([
      ['2024-03-04T00:00:00Z', '2024-04-04T23:55:00Z'],
      ['2024-04-05T00:00:00Z', '2024-04-05T23:55:00Z'],
    ]);
  });

  test('points of an hour (AOER) that began before what is asked are asked for, and cut', async () => {
    answer((request) => ({
      body: {
        data: [{ point_time: iso(T0), value: 1000 }],
        meta: metaOf(request, { data_point_period_seconds: 3600 }),
      },
    }));
    const { points } = await make({ signal: 'co2_aoer' }).history(asked({ from_ms: T0 + 30 * MINUTE }));
    expect(points).toEqual([
      { from_ms: T0 + 30 * MINUTE, to_ms: T0 + HOUR, g_per_kwh: 453.59237, quality: 'measured' },
    ]);
    expect(questions()[0]!.query.get('start')).toBe('2024-03-04T00:00:00Z');
  });

  test('a point with imputed data is an estimate', async () => {
    answer((request) => ({
      body: { data: [{ point_time: iso(T0), value: 1, imputed_data_used: true }], meta: metaOf(request) },
    }));
    expect((await make().history(asked())).points[0]!.quality).toBe('estimated');
    expect(questions()[0]!.query.get('include_imputed_marker')).toBe('true');
  });

  describe('models do not mix', () => {
    const twoParts = asked({ to_ms: T0 + 64 * DAY });
    const at = (request: Received, value: number, date: string): Reply => ({
      body: {
        data: [{ point_time: request.query.get('start')!, value }],
        meta: metaOf(request, { model: { date } }),
      },
    });

    test('the part of an older model is asked for by the newer one’s name', async () => {
      answer((request) =>
        request.query.get('start')!.startsWith('2024-03') && request.query.get('model') === null
          ? at(request, 1000, '2022-10-01')
          : at(request, 2000, '2023-03-01'),
      );
      const { points, notes } = await make().history(twoParts);
      expect(points.map(({ g_per_kwh }) => g_per_kwh)).toEqual([907.18474, 907.18474]);
      expect(notes).toEqual([]);
      expect(questions().at(-1)!.query.get('model')).toBe('2023-03-01');
    });

    test.each<[string, Reply | null]>([
      ['says the other again', null],
      ['refuses that model', { status: 400, body: { message: 'no such model' } }],
    ])('where it %s, the time is left out with a note', async (_, reply) => {
      answer((request) => {
        if (!request.query.get('start')!.startsWith('2024-03')) return at(request, 2000, '2023-03-01');
        return request.query.get('model') !== null && reply !== null ? reply : at(request, 1000, '2022-10-01');
      });
      const { points, notes } = await make().history(twoParts);
      expect(points.map(({ g_per_kwh }) => g_per_kwh)).toEqual([907.18474]);
      expect(notes).toEqual([
        '2024-03-04T00:00:00Z to 2024-04-05T00:00:00Z is left out: model 2022-10-01 made it, the rest is of model 2023-03-01',
      ]);
    });
  });

  test('its warnings are notes', async () => {
    answer((request) => ({
      body: { data: [], meta: metaOf(request, { warnings: [{ type: 'LATE', message: 'data is late' }] }) },
    }));
    expect((await make().history(asked())).notes).toEqual(['WattTime: data is late']);
  });

  test('the forecast reaches 72 hours and says when it was made', async () => {
    answer((request) => ({ body: { data: [{ point_time: iso(T0), value: 1000 }], meta: metaOf(request) } }));
    const { points, issued_at_ms } = await make().forecast(asked());
    expect(points).toEqual([{ from_ms: T0, to_ms: T0 + 300_000, g_per_kwh: 453.59237, quality: 'forecast' }]);
    expect(issued_at_ms).toBe(Date.UTC(2024, 2, 5, 1));
    expect(questions()[0]).toMatchObject({ path: '/v3/forecast' });
    expect(questions()[0]!.query.get('horizon_hours')).toBe('72');
    expect(make().offer).toMatchObject({ kind: 'marginal', forecast_h: 72 });
  });

  test('the average signal has no forecast: nothing is asked', async () => {
    const driver = make({ signal: 'co2_aoer' });
    expect((await driver.forecast(asked())).points).toEqual([]);
    expect(server.received).toEqual([]);
    expect(driver.offer).toMatchObject({ kind: 'average', forecast_h: 0 });
  });

  test('regions: by option, by the table of the signal, else a fault that says how', async () => {
    const named = make({ regions: { 'US-TEX-ERCO': 'ERCOT_WESTTX' } });
    expect((await named.history(asked({ zone: 'US-TEX-ERCO' }))).region).toBe('ERCOT_WESTTX');
    expect((await make({ signal: 'co2_aoer' }).history(asked())).region).toBe('CAISO');
    expect((await make().history(asked({ zone: 'US-NW-BPAT' }))).region).toBe('BPA');
    await expect(make().history(asked({ zone: 'US-TEX-ERCO' }))).rejects.toMatchObject({
      code: 'grid-zone',
      message: expect.stringContaining('name one'),
    });
  });

  test('lifecycle emissions are not offered, and not given', async () => {
    await expect(make().history(asked({ scope: 'lifecycle' }))).rejects.toMatchObject({ code: 'grid-refused' });
    expect(server.received).toEqual([]);
  });
});
