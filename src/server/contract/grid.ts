// What is known of grids, as joulebook grid now|history|forecast|zones --json print it (docs/formats/providers.md).

import * as v from 'valibot';
import * as c from './common.ts';

const span = { from_ms: c.number, to_ms: c.number };
const mean = {
  mean_g_per_kwh: c.told(c.maybeNumber, 'By time, of what is known.'),
  coverage: c.told(c.number, 'Share of the time that is known, 0..1.'),
};

const point = c.named(
  'GridPoint',
  v.object({
    ...{ ...span, g_per_kwh: c.number, quality: c.quality, provider: c.text },
    retrieved_at_ms: c.told(c.maybeNumber, 'When it was heard; null for tables.'),
  }),
  'The intensity over [from_ms, to_ms), gCO2e/kWh.',
);
const source = v.object({ provider: c.text, source: c.text, licence: c.text, year: c.maybeNumber });
const known = { points: v.array(point), sources: v.array(source), warnings: v.array(c.text) };

export const grid = c.named(
  'Grid',
  v.object({
    schema: v.literal('joulebook/grid/v1'),
    ...{ zone: c.text, provider: c.maybeText, region: c.maybeText, kind: c.kind, scope: c.scope, basis: c.maybeText },
    ...{ ...span, ...mean, ...known },
    holes: c.told(v.array(v.object(span)), 'Of which nothing is known.'),
    issued_at_ms: c.told(c.maybeNumber, 'When the provider made its last forecast, where it says so.'),
    ...{ source: c.text, licence: c.text },
  }),
  'joulebook grid history --json and grid forecast --json: what is known over a time.',
);

const standing = v.object({ ...mean, cleaner_than: c.maybeNumber, dirtier_than: c.maybeNumber });

export const gridNow = c.named(
  'GridNow',
  v.object({
    schema: v.literal('joulebook/grid-now/v1'),
    ...{ zone: c.text, at_ms: c.number, kind: c.kind, scope: c.scope },
    g_per_kwh: c.told(c.maybeNumber, 'Null where nothing is known of this moment.'),
    ...{ quality: v.nullable(c.quality), provider: c.maybeText, from_ms: c.maybeNumber, to_ms: c.maybeNumber },
    ...{ retrieved_at_ms: c.maybeNumber, age_s: c.maybeNumber },
    told_until_ms: c.told(c.maybeNumber, 'Until when it is known how it was.'),
    ...{ last_day: standing, last_week: standing },
    best: c.told(
      v.nullable(v.object({ at_ms: c.number, g_per_kwh: c.number, qualities: v.array(c.quality) })),
      'The cleanest hour to start within the next 24 h; null where they are not known, or all alike.',
    ),
    ...known,
  }),
  'joulebook grid now --json: this moment, against the last day and week; points are of the last day and the next.',
);

const published = v.object({
  ...{ value: c.number, year: c.number, scope: v.picklist(['region', 'continent', 'fleet']), source: c.text },
});

export const gridZones = c.named(
  'GridZones',
  v.object({
    schema: v.literal('joulebook/grid-zones/v1'),
    zones: v.array(
      v.object({
        ...{ zone: c.text, name: c.text },
        annual: v.nullable(
          v.object({ g_per_kwh: c.number, year: c.maybeNumber, scope: c.scope, of: c.text, source: c.text }),
        ),
        ...{ providers: v.array(c.text), places: v.array(c.text) },
      }),
    ),
    places: v.array(
      v.object({
        ...{ name: c.text, provider: c.text, city: c.text, zone: c.text },
        ...{ pue: v.nullable(published), wue: v.nullable(published), source: c.text },
      }),
    ),
  }),
  'joulebook grid zones --json: those of the ledger, by its runs, its grid store and its settings.',
);

const zone = c.told(
  v.pipe(v.string(), v.maxLength(100)),
  'A key such as FR or US-CAL-CISO, or a place such as aws:eu-west-3.',
);
export const gridNowAsked = v.strictObject({ zone });
export const gridAsked = v.strictObject({
  zone,
  from_ms: v.optional(c.moment('Epoch ms; else a week ago.')),
  to_ms: v.optional(c.moment('Epoch ms; else in 24 h.')),
});
