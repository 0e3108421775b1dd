// Zones as the API tells them, hour by hour: what was measured up to now, what is forecast from then on, and holes.

import type { Grid, Point } from '../../src/web/views/grid-document.ts';

const HOUR_MS = 3_600_000;
/** Half past nine. */
export const NOW_MS = Date.UTC(2026, 10, 28, 9, 30);

interface Shape {
  readonly g: (hour_of_day: number) => number;
  /** Hours since the epoch of which nothing is known. */
  readonly hole?: (hour_ms: number) => boolean;
}

/** GB is 400 g/kWh but for 100 from 12:00 to 18:00; FR is 50, and its day before yesterday is not known; of XX there is a mean alone. */
const SHAPES: Readonly<Record<string, Shape>> = {
  GB: { g: (hour) => (hour >= 12 && hour < 18 ? 100 : 400) },
  FR: { g: () => 50, hole: (at_ms) => at_ms < Date.UTC(2026, 10, 27, 12) },
};

export const gridZones = (zones: readonly string[] = ['FR', 'GB', 'XX']) => ({
  schema: 'joulebook/grid-zones/v1',
  zones: zones.map((zone) => ({
    zone,
    name: zone === 'GB' ? 'Great Britain' : zone,
    annual: null,
    providers: [],
    places: [],
  })),
  places: [],
});

/** The answer for an address of /api/grid/ZONE. */
export function gridPage(url: URL): Grid {
  const zone = decodeURIComponent(url.pathname.split('/').at(-1)!);
  const [from_ms, to_ms] = ['from_ms', 'to_ms'].map((name) => Number(url.searchParams.get(name))) as [number, number];
  const shape = SHAPES[zone];
  const points: Point[] = [];
  if (shape === undefined)
    points.push({ from_ms, to_ms, g_per_kwh: 380, quality: 'annual', provider: 'ember', retrieved_at_ms: null });
  else
    for (let at_ms = from_ms; at_ms < to_ms; at_ms += HOUR_MS)
      if (!shape.hole?.(at_ms))
        points.push({
          ...{
            from_ms: at_ms,
            to_ms: at_ms + HOUR_MS,
            g_per_kwh: shape.g(new Date(at_ms).getUTCHours()),
            provider: 'neso',
            retrieved_at_ms: NOW_MS,
          },
          quality: at_ms <= NOW_MS ? 'measured' : 'forecast',
        });
  const source = {
    provider: shape === undefined ? 'ember' : 'neso',
    source: 'api.carbonintensity.org.uk',
    licence: 'CC BY 4.0',
    year: shape === undefined ? 2025 : null,
  };
  return {
    ...{ schema: 'joulebook/grid/v1', provider: source.provider, region: null, basis: null, holes: [] },
    ...{
      source: source.source,
      licence: source.licence,
      zone,
      kind: 'average',
      scope: 'direct',
      from_ms,
      to_ms,
      mean_g_per_kwh: null,
      coverage: 1,
      points,
    },
    ...{ issued_at_ms: null, sources: [source], warnings: [] },
  };
}
