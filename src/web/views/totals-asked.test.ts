import { expect, test } from 'vitest';
import { askedOf, pathOf } from './totals-asked.ts';

const path = (query: string, by?: string) => {
  const asked = askedOf(new URLSearchParams(query));
  return pathOf(asked, by ?? asked.by);
};

test('days are those of UTC, and a time zone is asked for months alone', () => {
  // By `date -u -d 2026-01-01 +%s`.
  expect(path('since=2026-01-01&until=nonsense&tz=Europe/Berlin')).toBe(
    '/api/totals?by=project&since_ms=1767225600000',
  );
  expect(path('tz=Europe/Berlin', 'month,project')).toBe('/api/totals?by=month%2Cproject&tz=Europe%2FBerlin');
  expect(path('by=tag:team&since=yesterday')).toBe('/api/totals?by=tag%3Ateam');
});
