// What of the total is shown, as the address says it: ?by=project&measure=energy&since=2026-01-01&until=2026-07-01&tz=Europe/Berlin.
// Days are those of UTC, half-open: until is the first day that does not count.

export const DIVISIONS = ['project', 'model', 'stage', 'user', 'host', 'workflow', 'month'] as const;

export interface Asked {
  /** One of DIVISIONS, or tag:NAME. */
  readonly by: string;
  readonly measure: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly tz: string | null;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function askedOf(query: URLSearchParams): Asked {
  const day = (name: string) => {
    const text = query.get(name) ?? '';
    return DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
  };
  return {
    ...{ by: query.get('by') || 'project', measure: query.get('measure') || 'energy' },
    ...{ since: day('since'), until: day('until'), tz: query.get('tz') || null },
  };
}

/** Of the API, divided by `by`. */
export function pathOf({ since, until, tz }: Asked, by: string): string {
  const query = new URLSearchParams({ by });
  if (since !== null) query.set('since_ms', String(Date.parse(since)));
  if (until !== null) query.set('until_ms', String(Date.parse(until)));
  // A time zone is of months.
  if (tz !== null && by.split(',').includes('month')) query.set('tz', tz);
  return `/api/totals?${query}`;
}
