// Which part of a run is looked at, and with which series: that of the zoom where it covers it, else that of the whole run.

import type { Series } from '../../../server/contract/series.ts';
import type { Range } from '../../ui/chart-of.ts';

/** As the address tells it (from, to: epoch ms); null: all, also where it says what cannot be. */
export function zoomIn(query: URLSearchParams): Range | null {
  const [from, to] = [query.get('from'), query.get('to')].map((text) =>
    text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null,
  );
  return from === null || from === undefined || to === null || to === undefined || to <= from ? null : { from, to };
}

interface Known {
  readonly whole: Series | null;
  /** Of the zoom asked for, or still of one before it. */
  readonly fine: Series | null;
  readonly asked: Range | null;
}

/** What to show now: a zoom that lies outside the run is none. */
export function pictureOf({ whole, fine, asked }: Known): { shown: Series | null; zoom: Range | null } {
  if (whole === null || asked === null) return { shown: whole, zoom: null };
  const { from_ms, to_ms } = whole.run;
  const zoom = { from: Math.max(asked.from, from_ms), to: Math.min(asked.to, to_ms) };
  if (zoom.to <= zoom.from) return { shown: whole, zoom: null };
  const covers = fine !== null && fine.from_ms <= zoom.from && fine.to_ms >= zoom.to;
  return { shown: covers ? fine : whole, zoom };
}
