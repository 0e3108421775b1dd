// EIA v2's documented language on loopback, and its traps: hours by their end, numbers as texts, pages, fuels that lag.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Asked } from '../src/grid/provider.ts';
import { eia } from '../src/grid/providers/eia.ts';
import { intensityProviderContract, SECRET } from './helpers/intensity-provider.ts';
import { type Loopback, loopback, type Received, type Reply } from './helpers/loopback.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2024, 2, 4);
const period = (end_ms: number) => new Date(end_ms).toISOString().slice(0, 13);
const endOf = (text: string) => Date.parse(`${text}:00Z`);
const row = (end_ms: number, fueltype: string, value: string | number | null, respondent = 'CISO') => ({
  ...{ period: period(end_ms), respondent, 'respondent-name': 'California ISO', fueltype },
  ...{ 'type-name': fueltype, value, 'value-units': 'megawatthours' },
});
type Row = ReturnType<typeof row>;

/** Those of the rows that are asked for, with the envelope as documented. */
function answer(rows: readonly Row[], { query }: Received, total?: number): Reply {
  const [start, end] = [endOf(query.get('start')!), endOf(query.get('end')!)];
  const inside = rows.filter((one) => endOf(one.period) >= start && endOf(one.period) <= end);
  const offset = Number(query.get('offset'));
  const data = inside.slice(offset, offset + Number(query.get('length')));
  const response = {
    total: String(total ?? inside.length),
    dateFormat: 'YYYY-MM-DD"T"HH24',
    frequency: 'hourly',
    data,
  };
  return { body: { response, request: { params: Object.fromEntries(query) }, apiVersion: '2.1.7' } };
}

function serve(request: Received, span: { from_ms: number; to_ms: number; hole: boolean }): Reply {
  const rows: Row[] = [];
  for (let from = span.from_ms; from < span.to_ms; from += HOUR) {
    const hole = span.hole && from === span.from_ms + HOUR;
    rows.push(row(from + HOUR, 'NG', '300'), row(from + HOUR, 'SUN', hole ? null : '100'));
  }
  return answer(rows, request);
}

intensityProviderContract({
  name: 'eia',
  make: (base, passed) => eia({ base, key: SECRET, ...passed }),
  serve,
  zone: 'US-CAL-CISO',
  unknownZone: 'US-CAL-XXXX',
});

describe('traps of EIA', () => {
  let server: Loopback;
  const asked = (more: Partial<Asked> = {}): Asked => ({
    ...{ zone: 'US-CAL-CISO', scope: 'lifecycle', from_ms: T0, to_ms: T0 + HOUR, signal: new AbortController().signal },
    ...more,
  });
  const make = () => eia({ base: server.base, key: SECRET, wait: async () => {} });
  const rows = (...all: Row[]) => server.answers((request) => answer(all, request));
  beforeEach(async () => {
    server = await loopback(() => ({}));
  });
  afterEach(() => server.close());

  test('a period names the end of its hour', async () => {
    for (const [end, g] of [
      [T0, 12],
      [T0 + HOUR, 490],
    ] as const) {
      rows(row(end, end === T0 ? 'NUC' : 'NG', '1'));
      const { points } = await make().history(asked({ from_ms: end - HOUR, to_ms: end }));
      expect(points).toEqual([{ from_ms: end - HOUR, to_ms: end, g_per_kwh: g, quality: 'measured' }]);
    }
    // 00:00 to 01:00 is the period 01, and the week before it
    expect(server.received.at(-1)!.query.get('start')).toBe('2024-02-26T01');
    expect(server.received.at(-1)!.query.get('end')).toBe('2024-03-04T01');
  });

  test('numbers are texts, or numbers as before January 2024: (3 × 490 + 45) / 4 = 378.75', async () => {
    rows(row(T0 + HOUR, 'NG', '300'), row(T0 + HOUR, 'SUN', 100));
    expect((await make().history(asked())).points[0]!.g_per_kwh).toBe(378.75);
    expect((await make().history(asked({ scope: 'direct' }))).points[0]!.g_per_kwh).toBe(277.5);
  });

  test.each(['', ' ', 'n/a', '1e999', '12 MWh'])('a value that is no number (%j) is said, not 0', async (value) => {
    rows(row(T0 + HOUR, 'NG', value));
    await expect(make().history(asked())).rejects.toMatchObject({
      code: 'grid-bad',
      message: expect.stringContaining('2024-03-04T01 NG'),
    });
  });

  test('null is a fuel that is not reported: a hole with a note, not a mix without it', async () => {
    rows(
      ...[row(T0 + HOUR, 'NG', '300'), row(T0 + HOUR, 'SUN', '100')],
      ...[row(T0 + 2 * HOUR, 'NG', null), row(T0 + 2 * HOUR, 'SUN', '100')],
    );
    const { points, notes } = await make().history(asked({ to_ms: T0 + 2 * HOUR }));
    expect(points.length).toBe(1);
    expect(notes).toEqual(['1 piece is left out: not every kind of generation is reported there (NG)']);
  });

  test('a feed that ended days before what is asked is missed all the same', async () => {
    rows(row(T0 - 3 * DAY, 'COL', '500'), row(T0 - 3 * DAY, 'NG', '500'), row(T0 + HOUR, 'NG', '500'));
    const { points, notes } = await make().history(asked());
    expect(points).toEqual([]);
    expect(notes.join()).toContain('(COL)');
  });

  test('pumping and a plant’s own use (negative) and storage are no generation', async () => {
    const at = T0 + HOUR;
    rows(row(at, 'NG', '100'), row(at, 'WAT', '-900'), row(at, 'SUN', '-3'), row(at, 'BAT', '50'), row(at, 'PS', '70'));
    expect((await make().history(asked())).points[0]!.g_per_kwh).toBe(490);
  });

  test('a fuel with a code of its own is unknown: 700', async () => {
    rows(row(T0 + HOUR, 'NEW', '100'));
    expect((await make().history(asked())).points[0]!.g_per_kwh).toBe(700);
  });

  test('of two rows for one fuel and hour the later counts', async () => {
    rows(row(T0 + HOUR, 'NG', '1'), row(T0 + HOUR, 'COL', '999'), row(T0 + HOUR, 'COL', '1'));
    expect((await make().history(asked())).points[0]!.g_per_kwh).toBe(655); // (490 + 820) / 2
  });

  test('more than 5,000 rows come in pages until their total', async () => {
    const fuels = ['COL', 'NG', 'NUC', 'OIL', 'WAT', 'SUN', 'WND', 'OTH', 'GEO', 'BM', 'SNB', 'WNB'];
    const hours = Array.from({ length: 20 * 24 }, (_, i) => T0 + (i + 1) * HOUR);
    rows(...hours.flatMap((end) => fuels.map((fuel) => row(end, fuel, '10'))));
    const { points } = await make().history(asked({ to_ms: T0 + 20 * DAY }));
    expect(points.length).toBe(480);
    // (820 + 490 + 12 + 650 + 24 + 45 + 11 + 700 + 38 + 230 + 45 + 11) / 12 = 3076 / 12
    for (const { g_per_kwh } of points) expect(g_per_kwh).toBeCloseTo(3076 / 12, 9);
    expect(server.received.map(({ query }) => [query.get('offset'), query.get('length')])).toEqual([
      ['0', '5000'],
      ['5000', '5000'],
    ]);
    const orders = [0, 1].map((i) => server.received[0]!.query.get(`sort[${i}][column]`));
    expect(orders).toEqual(['period', 'fueltype']);
  });

  test('a total that is never reached ends in a fault', async () => {
    server.answers((request) => answer([row(T0 + HOUR, 'NG', '1')], request, 9999));
    await expect(make().history(asked())).rejects.toMatchObject({
      code: 'grid-bad',
      message: expect.stringContaining('9999 rows are said to be there, 1 came'),
    });
    expect(server.received.length).toBe(2);
  });

  test('the key is in the query and in no message, though it be said back', async () => {
    rows(row(T0 + HOUR, 'NG', '1'));
    await make().history(asked());
    expect(server.received[0]!.query.get('api_key')).toBe(SECRET);
    for (const [status, body] of [
      [403, { error: { code: 'API_KEY_INVALID', message: `${SECRET} is no key` } }],
      [200, { error: `${SECRET} is no key` }],
      [400, `api_key=${SECRET}`],
    ] as const) {
      server.answers(() => ({ status, body }));
      await expect(make().history(asked())).rejects.toMatchObject({
        code: status === 403 ? 'grid-refused' : 'grid-bad',
        message: expect.not.stringContaining(SECRET),
      });
    }
  });

  test('another frequency, unit or authority is refused', async () => {
    for (const [more, words] of [
      [{ 'value-units': 'megawatts' }, 'value-units'],
      [{ respondent: 'PJM' }, 'PJM'],
      [{ period: '2024-03-04' }, '2024-03-04'],
    ] as const) {
      const bad = { ...row(T0 + HOUR, 'NG', '1'), ...more };
      server.answers(() => ({ body: { response: { total: 1, data: [bad] } } }));
      await expect(make().history(asked())).rejects.toMatchObject({
        code: 'grid-bad',
        message: expect.stringContaining(words),
      });
    }
  });

  test('no rows: no points', async () => {
    rows();
    expect((await make().history(asked())).points).toEqual([]);
  });

  test('it has no forecast, and asks nothing for it', async () => {
    expect((await make().forecast(asked())).points).toEqual([]);
    expect(server.received).toEqual([]);
  });
});
