import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberAt, valueAt } from './numbers.ts';

test.each<[string, number | null]>([
  ['1.376514E+01 |', 13.76514],
  ['  9.150E-06', 0.00000915],
  ['7,282  tps', 7282],
  ['1,234,567.5', 1234567.5],
  ['1,23', 1],
  ['1,234,5678', 1234],
  ['1234,567', 1234],
  ['12,345e2', 1234500],
  ['-1,234', -1234],
  ['1.5,300', 1.5],
  ['4.99, 5.01', 4.99],
  ['13.99%', 13.99],
  ['66.91GiB(37.51%)', 66.91],
  ['34.20ms', 34.2],
  ['-0.25', -0.25],
  ['+3', 3],
  ['.5', 0.5],
  ['5.', 5],
  ['5epochs', 5],
  ['5e', 5],
  ['1e5s', 100000],
  ['1e999', null],
  ['0.1', 0.1],
  ['99999999999999999999', 1e20],
  ['nan', null],
  ['-inf', null],
  ['', null],
  ['   ', null],
  ['x1', null],
])('%j is %s', (text, wanted) => {
  expect(valueAt(text, 0)).toBe(wanted);
});

test('every number is read as JavaScript reads it, up to where it ends', () => {
  const texts = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc
      .tuple(fc.nat(), fc.nat({ max: 99_999_999 }), fc.integer({ min: -30, max: 30 }))
      .map(([a, b, e]) => `${a}.${b}e${e}`),
    fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat()).map(([a, b]) => `${a}.${b}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(numberAt(`x=${text} y`, 2)).toEqual({ value: Number(text), end: 2 + text.length });
    }),
    { numRuns: 2000 },
  );
});
