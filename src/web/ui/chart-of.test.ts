import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChartOf,
  csvOf,
  rowsOf,
  sentence,
  ticks,
  tickTexts,
  timeText,
  timeTexts,
  timeTicks,
  told,
  unknownSpans,
  zoomed,
} from './chart-of.ts';

const NOON = Date.UTC(2026, 10, 28, 12);
const chart: ChartOf = {
  title: 'Power',
  x: { name: 'time', unit: '', time: true, values: [NOON, NOON + 1000, NOON + 2000, NOON + 3000] },
  series: [
    {
      name: 'GPU 0',
      unit: 'W',
      values: [412, null, null, 300],
      band: { what: '90 %', low: [350, null, null, 300], high: [490, null, null, 300] },
    },
    { name: 'GPU 1', unit: 'W', values: [100, 200, null, 300] },
  ],
  spans: [{ from: NOON + 1000, to: NOON + 2000, name: 'evaluation', kind: 'phase' }],
};

describe('in words', () => {
  test('a value is told with its unit and its interval', () => {
    expect(told(chart.series[0]!, 0)).toBe('412 W (90 %: 350 W – 490 W)');
  });
  test('an interval without width is none', () => {
    expect(told(chart.series[0]!, 3)).toBe('300 W');
  });
  test('what is unknown is told as such', () => {
    expect(told(chart.series[0]!, 1)).toBe('unknown');
  });
  test('one x is one sentence, with the phase that it is in', () => {
    expect(sentence(chart, 1)).toBe('2026-11-28 12:00:01 UTC; GPU 0 unknown; GPU 1 200 W; evaluation');
  });
  test('a span ends before its end', () => {
    expect(sentence(chart, 2)).not.toContain('evaluation');
  });
  test('series that are switched off are not told', () => {
    expect(sentence(chart, 0, new Set(['GPU 0']))).toBe('2026-11-28 12:00:00 UTC; GPU 1 100 W');
  });
});

describe('as CSV', () => {
  test('holds all values with their units, unknown as nothing', () => {
    expect(csvOf(rowsOf(chart)).split('\r\n')).toEqual([
      'time (UTC),GPU 0 (W),"GPU 0, low of 90 % (W)","GPU 0, high of 90 % (W)",GPU 1 (W)',
      '2026-11-28T12:00:00.000Z,412,350,490,100',
      '2026-11-28T12:00:01.000Z,,,,200',
      '2026-11-28T12:00:02.000Z,,,,',
      '2026-11-28T12:00:03.000Z,300,300,300,300',
      '',
    ]);
  });
  test('a spreadsheet takes no text for a formula', () => {
    expect(csvOf({ columns: [{ name: 'a' }], rows: [['=1+1'], ['@x'], ['-x'], [-1]] })).toBe(
      "a\r\n'=1+1\r\n'@x\r\n'-x\r\n-1\r\n",
    );
  });
  test('any text comes back as it was', () => {
    const texts = fc.array(
      fc.array(
        fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text)),
        { minLength: 2, maxLength: 2 },
      ),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(texts, (rows) => {
        const read = parse(csvOf({ columns: [{ name: 'a' }, { name: 'b' }], rows }), { record_delimiter: '\r\n' });
        expect(read).toEqual([['a', 'b'], ...rows]);
      }),
    );
  });
});

describe('ticks', () => {
  test('are round', () => {
    expect(ticks(0, 412, 5)).toEqual([0, 100, 200, 300, 400]);
    expect(ticks(0.05, 0.95, 4)).toEqual([0.5]);
    expect(tickTexts(ticks(-1, 1, 4))).toEqual(['-1.0', '-0.5', '0.0', '0.5', '1.0']);
  });
  test('lie within, and are never too many', () => {
    const range = fc.tuple(
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
    );
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 20 }), ([low, width], about) => {
        const at = ticks(low, low + width, about);
        const air = width * 1e-6 + Math.abs(low) * 1e-9;
        for (const one of at) expect(one >= low - air && one <= low + width + air).toBe(true);
        expect(at.length).toBeLessThanOrEqual(about + 2);
      }),
    );
  });
  test('of time stand on whole minutes, hours and days of UTC', () => {
    const at = timeTicks(NOON - 60_000, NOON + 4 * 3_600_000, 4);
    expect(timeTexts(at)).toEqual(['12:00\n28 Nov', '14:00', '16:00']);
    expect(timeTexts(timeTicks(NOON, NOON + 3 * 86_400_000, 3))).toEqual(['29 Nov', '30 Nov', '1 Dec']);
    expect(timeTexts(timeTicks(NOON, NOON + 10_000, 2))).toEqual(['12:00:00\n28 Nov', '12:00:05', '12:00:10']);
  });
  test('a time keeps its milliseconds', () => {
    expect(timeText(NOON + 250)).toBe('2026-11-28 12:00:00.250 UTC');
  });
});

describe('what is unknown', () => {
  test('is the stretch in which no series has a value, until the next one has', () => {
    expect(unknownSpans(chart)).toEqual([{ from: NOON + 2000, to: NOON + 3000, name: 'unknown', kind: 'unknown' }]);
  });
  test('reaches to the end where nothing follows', () => {
    const ends = { ...chart, series: [{ name: 'a', unit: 'W', values: [1, null, null, null] }] };
    expect(unknownSpans(ends)).toMatchObject([{ from: NOON + 1000, to: NOON + 3000 }]);
  });
});

describe('zoom', () => {
  test('keeps what is pointed at where it is', () => {
    expect(zoomed({ from: 0, to: 100 }, { from: 0, to: 100 }, { at: 25, factor: 0.5 })).toEqual({
      from: 12.5,
      to: 62.5,
    });
  });
  test('stays within the whole', () => {
    expect(zoomed({ from: 0, to: 20 }, { from: 0, to: 100 }, { at: 0, factor: 2 })).toEqual({ from: 0, to: 40 });
    expect(zoomed({ from: 50, to: 100 }, { from: 0, to: 100 }, { at: 60, factor: 4 })).toEqual({ from: 0, to: 100 });
  });
});
