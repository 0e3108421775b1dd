// What is known of a zone over a time (joulebook/grid/v1), as far as the page tells it.

export type Quality = 'measured' | 'estimated' | 'forecast' | 'climatology' | 'annual';

export interface Point {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly g_per_kwh: number;
  readonly quality: Quality;
  readonly provider: string;
}

export interface Grid {
  readonly zone: string;
  readonly kind: 'average' | 'marginal';
  readonly scope: 'direct' | 'lifecycle';
  readonly from_ms: number;
  readonly to_ms: number;
  readonly mean_g_per_kwh: number | null;
  readonly coverage: number;
  readonly points: readonly Point[];
  readonly issued_at_ms: number | null;
  readonly sources: readonly {
    readonly provider: string;
    readonly source: string;
    readonly licence: string;
    readonly year: number | null;
  }[];
  readonly warnings: readonly string[];
}
