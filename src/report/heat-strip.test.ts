import { describe, expect, test } from 'vitest';
import type { Piece } from './heat-cells.ts';
import { heatStrip, type StripOptions } from './heat-strip.ts';

const H = 3_600_000;
/** A Monday. */
const T = Date.UTC(2024, 2, 4);
const PLAIN: StripOptions = { columns: 80, paint: 'none', utf8: true, time_zone: null };

/** One piece an hour from T on; null is a hole. */
const hourly = (values: readonly (number | null)[], quality: Piece['quality'] = 'measured'): Piece[] =>
  values.flatMap((g_per_kwh, i) =>
    g_per_kwh === null ? [] : [{ from_ms: T + i * H, to_ms: T + (i + 1) * H, g_per_kwh, quality }],
  );
const strip = (pieces: readonly Piece[], hours: number, more: Partial<StripOptions> = {}, from_h = 0) =>
  heatStrip(pieces, { from_ms: T + from_h * H, to_ms: T + (from_h + hours) * H }, { ...PLAIN, ...more });
const cells = (lines: readonly string[], row = 0) => lines[row]!.slice(9);
const RISING = [0, 100, 200, 300, 400, 500, 600, 700];

describe('a strip of hours', () => {
  test('eight even steps are the eight blocks, as wide as the window lets them be', () => {
    expect(cells(strip(hourly(RISING), 8))).toBe([...'▁▂▃▄▅▆▇█'].map((sign) => sign.repeat(6)).join(''));
    expect(cells(strip(hourly(RISING), 8, { columns: 33 }))).toBe('▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███');
    expect(cells(strip(hourly(RISING), 8, { utf8: false, columns: 17 }))).toBe('_,-~=+*#');
  });

  test('a hole is a dot, letters tell the quality, and the values are in words', () => {
    const pieces = [...hourly([100, 300]), { ...hourly([0, 0, 0, 200])[3]!, quality: 'forecast' as const }];
    expect(strip(pieces, 4, { columns: 13 })).toEqual([
      '         ▁█·▅',
      '         mm f',
      '  UTC    03-04 00',
      '  min 100, mean 200, max 300 g/kWh  m measured  f forecast  · unknown',
    ]);
  });

  test.each<[string, readonly (number | null)[], string]>([
    ['all alike: the middle', [50, 50, 50, 50], '▅▅▅▅'],
    ['alike but for how numbers are kept', [330, 330 + 1e-13, 330, 330], '▅▅▅▅'],
    ['nothing known', [null, null, null, null], '····'],
    ['one value', [null, 7, null, null], '·▅··'],
    ['0 g/kWh is a value', [0, 7, 7, 7], '▁███'],
  ])('%s', (_, values, wanted) => {
    expect(cells(strip(hourly(values), 4, { columns: 13 }))).toBe(wanted);
  });

  test('an hour of two halves is their mean by time, and has the quality of the longer part', () => {
    const at = (from: number, to: number, g_per_kwh: number, quality: Piece['quality']): Piece => ({
      ...{ from_ms: T + from * H, to_ms: T + to * H, g_per_kwh, quality },
    });
    // 0.25 × 100 + 0.75 × 300 = 250, halfway between 200 and 300: the fifth of eight blocks.
    const pieces = [
      at(0, 0.25, 100, 'measured'),
      at(0.25, 1, 300, 'estimated'),
      at(1, 2, 200, 'annual'),
      at(2, 3, 300, 'climatology'),
    ];
    const lines = strip(pieces, 3, { columns: 21 });
    expect([cells(lines), cells(lines, 1)]).toEqual(['▅▅▅▅▁▁▁▁████', 'eeeeaaaacccc']);
  });

  test('a narrow window has cells of several hours', () => {
    const two = Array.from({ length: 48 }, (_, i) => (i < 24 ? 100 : 200));
    expect(cells(strip(hourly(two), 48, { columns: 21 }))).toBe('▁▁▁▁▁▁██████');
  });

  test('a piece without beginning and end is in every cell', () => {
    const annual = { from_ms: -Infinity, to_ms: Infinity, g_per_kwh: 300, quality: 'annual' as const };
    expect(strip([annual], 2, { columns: 13 }).at(-1)).toBe('  min 300, mean 300, max 300 g/kWh  a annual');
  });
});

describe('its colours', () => {
  test('256: from bright green to bright red, and back to none at the end', () => {
    expect(cells(strip(hourly([100, 200]), 2, { columns: 21, paint: '256' }))).toBe(
      `\x1b[38;5;46m${'█'.repeat(6)}\x1b[0m\x1b[38;5;196m${'█'.repeat(6)}\x1b[0m`,
    );
  });

  test('24 bits: green, yellow, red; lighter shades for what is less sure; none for a hole', () => {
    const pieces = [...hourly([100, 150, null, 200])];
    const mixed = pieces.map((piece, i) => ({
      ...piece,
      quality: (['measured', 'estimated', 'forecast'] as const)[i]!,
    }));
    expect(cells(strip(mixed, 4, { columns: 13, paint: 'true' }))).toBe(
      ['\x1b[38;2;40;200;50m█', '\x1b[0m\x1b[38;2;230;200;50m▓', '\x1b[0m·', '\x1b[38;2;230;60;50m▒\x1b[0m'].join(''),
    );
  });
});

describe('its time axis', () => {
  const flat = hourly(Array.from({ length: 48 }, () => 100));
  test('UTC, with the date where a day begins', () => {
    const [, , utc, ...rest] = strip(flat, 48);
    expect(utc).toBe('  UTC    03-04 00    12          03-05 00    12');
    expect(rest.length).toBe(1);
  });

  test('and the reader’s own: half-hour zones, and a night in which the clocks are set forward', () => {
    const [, , , local] = strip(flat, 48, { time_zone: 'Asia/Kolkata' });
    expect(local).toBe('  local  03-04 05:30 17:30       03-05 05:30 17:30');
    // Berlin, 2024-03-31 01:00Z: 00:00Z is 01:00, 12:00Z is 14:00.
    const days = (Date.UTC(2024, 2, 31) - T) / H;
    const lines = heatStrip(
      [],
      { from_ms: T + days * H, to_ms: T + (days + 24) * H },
      { ...PLAIN, time_zone: 'Europe/Berlin' },
    );
    expect(lines[3]).toBe('  local  03-31 01    08          14          20');
  });

  test.each([
    [30, '                                       ▼ now'],
    [47, '                                                    now ▼'],
  ])('a mark at hour %i is above its cell, its name where there is room', (hour, wanted) => {
    const [line] = strip(flat, 48, { columns: 57, marks: [{ at_ms: T + hour * H, name: 'now' }] });
    expect(line).toBe(wanted);
  });

  test('a mark that another follows closely has its name to the left', () => {
    const marks = [20, 22].map((hour) => ({ at_ms: T + hour * H, name: `h${hour}` }));
    expect(strip(flat, 48, { columns: 57, marks })[0]).toBe('                         h20 ▼ ▼ h22');
  });

  test('marks outside, and marks that would cover another, are left out', () => {
    const marks = [-1, 1, 2].map((hour) => ({ at_ms: T + hour * H, name: `h${hour}` }));
    expect(strip(flat, 48, { columns: 57, marks })[0]).toBe('          ▼ h1');
  });
});

describe('long spans', () => {
  test('a row a day up to 31 days: the mean of each, and nothing where nothing was asked', () => {
    const values = Array.from({ length: 72 }, (_, i) => (i < 24 ? 100 : i < 48 ? 200 : null));
    const lines = strip(hourly(values), 60, { columns: 61 }, 12);
    expect(lines).toEqual([
      '  UTC        00          12             mean',
      '  Mon 03-04              ▁▁▁▁▁▁▁▁▁▁▁▁    100  m',
      '  Tue 03-05  ████████████████████████    200  m',
      '  Wed 03-06  ························  unknown',
      '  min 100, mean 167, max 200 g/kWh  m measured  · unknown',
    ]);
  });

  test('a row a week beyond, from Monday', () => {
    const values = Array.from({ length: 40 * 24 }, (_, i) => (Math.floor(i / 24) % 7 < 5 ? 300 : 100));
    const lines = strip(hourly(values), 39 * 24, { columns: 40 }, 24);
    expect(lines.slice(0, 3)).toEqual([
      '  week of    M T W T F S S   mean',
      '  2024-03-04   █ █ █ █ ▁ ▁    233  m',
      '  2024-03-11 █ █ █ █ █ ▁ ▁    243  m',
    ]);
    expect(lines.length).toBe(1 + 6 + 1);
  });

  test.each([20, 40, 80, 160, 300])('no line of cells is longer than a window of %i', (columns) => {
    for (const hours of [1, 24, 48, 72, 31 * 24, 365 * 24]) {
      const values = hourly(Array.from({ length: hours }, (_, i) => 100 + (i % 24)));
      const wide = strip(values, hours, { columns, time_zone: 'Asia/Kolkata' }).slice(0, -1);
      if (columns >= 40) for (const line of wide) expect([hours, [...line].length <= columns]).toEqual([hours, true]);
    }
  });
});

test('a span without length has no strip', () => {
  expect(strip([], 0)).toEqual([]);
});
