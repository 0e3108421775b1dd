// Expected instants are those of the tz database: Berlin is UTC+1, from the last Sunday of March to that of October UTC+2.

import { expect, test } from 'vitest';
import { zoneTime } from './zone-time.ts';

test.each([
  ['2024-01-15T13:00:00', '2024-01-15T12:00:00.000Z'],
  ['2024-07-15 13:00:00.25', '2024-07-15T11:00:00.250Z'],
  ['2024-03-31T01:59:59', '2024-03-31T00:59:59.000Z'],
  ['2024-03-31T03:00:00', '2024-03-31T01:00:00.000Z'],
  // Missing hour: with the offset from before.
  ['2024-03-31T02:30:00', '2024-03-31T01:30:00.000Z'],
  // The hour that comes twice: the first.
  ['2024-10-27T02:30:00', '2024-10-27T00:30:00.000Z'],
  ['2024-10-27T03:00:00', '2024-10-27T02:00:00.000Z'],
  ['2024-07-15T13:00:00Z', '2024-07-15T13:00:00.000Z'],
])('%s in Berlin', (text, instant) => {
  expect(new Date(zoneTime('Europe/Berlin').parse(text)!).toISOString()).toBe(instant);
});

test('what it writes it reads', () => {
  const time = zoneTime('America/New_York');
  expect(time.format(Date.UTC(2024, 6, 1, 16, 0, 0))).toBe('2024-07-01T12:00:00');
  expect(time.parse('2024-07-01T12:00:00')).toBe(Date.UTC(2024, 6, 1, 16));
});

test.each(['2024-02-30T10:00:00', '2024-01-01T25:00:00', 'yesterday', ''])('"%s" is no time', (text) => {
  expect(zoneTime('UTC').parse(text)).toBeNull();
});

test('a zone that was not said is told as a guess', () => {
  const [guessed, said] = [zoneTime(), zoneTime('UTC')];
  for (const time of [guessed, said]) time.parse('2024-01-01T00:00:00');
  expect(guessed.notes()[0]).toMatch(/this machine's zone: give --tz/);
  expect(said.notes()).toEqual(['times without a zone are taken as UTC']);
});

test('an unknown zone is refused', () => {
  expect(() => zoneTime('Mars/Olympus')).toThrow(/--tz: "Mars\/Olympus" is no time zone/);
});
