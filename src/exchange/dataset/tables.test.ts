import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { GapReason, Piece } from '../../meter/pieces.ts';
import type { DeviceKind, EnergySource } from '../../meter/port.ts';
import type { Stage } from '../../workload/stage.ts';
import { columnsOf, type Row, TABLE_NAMES, wrongWith } from './tables.ts';
import type { DEVICE_KINDS, GAPS, QUALITIES, SOURCES, STAGES } from './words.ts';

test('docs/formats/dataset.md lists every column with its unit, and no other', () => {
  const text = readFileSync(new URL('../../../docs/formats/dataset.md', import.meta.url), 'utf8');
  for (const name of TABLE_NAMES) {
    const part = text.split(`\n### ${name}\n`)[1]!.split(/\n##/)[0]!;
    const listed = [...part.matchAll(/^\| `(\w+)` \| ?([^|]*?) \|/gm)].map(([, column, unit]) => [column, unit]);
    expect([name, listed]).toEqual([name, columnsOf(name).map((column) => [column.name, column.unit])]);
  }
});

test('the words are all that the ledger knows', () => {
  expectTypeOf<(typeof GAPS)[number]>().toEqualTypeOf<GapReason>();
  expectTypeOf<(typeof QUALITIES)[number]>().toEqualTypeOf<Piece['state']>();
  expectTypeOf<(typeof SOURCES)[number]>().toEqualTypeOf<EnergySource>();
  expectTypeOf<(typeof DEVICE_KINDS)[number]>().toEqualTypeOf<DeviceKind>();
  expectTypeOf<(typeof STAGES)[number]>().toEqualTypeOf<Stage>();
});

describe('a row', () => {
  const row: Row = { run: '0123456789abcdef0123', part: 1, from_ms: 0, to_ms: 1, g_per_kwh: 300 };
  test.each<[Row, string | null]>([
    [row, null],
    [{ ...row, more: 'a later column' }, null],
    [{ ...row, run: '../../../../../etc/x' }, 'run is none that it may be'],
    [{ ...row, part: 1.5 }, 'part is no integer'],
    [{ ...row, g_per_kwh: '300' }, 'g_per_kwh is no number'],
    [{ ...row, to_ms: Number.POSITIVE_INFINITY }, 'to_ms is no number'],
    [{ ...row, to_ms: null }, 'no to_ms'],
  ])('%j: %s', (one, wrong) => {
    expect(wrongWith('intensity', one)).toBe(wrong);
  });
});
