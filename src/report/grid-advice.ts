// What would make a report's intensity better: hours that stand on means or forecasts though their providers are configured.

import type { RunRecord } from '../ledger/records.ts';
import { percent } from './format.ts';
import type { PartJson } from './model.ts';

const WORDS = {
  annual: 'the annual mean',
  climatology: 'the usual course of earlier weeks',
  forecast: 'forecasts',
} as const;

/** Sentences for people, one at most. */
export function gridAdvice({ grid }: Pick<RunRecord, 'grid'>, parts: readonly PartJson[]): string[] {
  const providers = (grid?.providers ?? []).filter((name) => name !== 'import');
  if (providers.length === 0) return [];
  const better = parts.filter(({ quality, share }) => quality in WORDS && share > 0.0005);
  if (better.length === 0) return [];
  const qualities = (Object.keys(WORDS) as (keyof typeof WORDS)[]).filter((one) =>
    better.some(({ quality }) => quality === one),
  );
  const share = better.reduce((sum, part) => sum + part.share, 0);
  const how = share > 0.9995 ? '' : `${percent(share)} of `;
  const stand = qualities.map((one) => WORDS[one]).join(' and ');
  const zones = [...new Set(better.map(({ zone }) => zone))].join(' ');
  return [
    `${how}the energy stands on ${stand}: once ${providers.join(' or ')} tells how it was, joulebook grid sync ${zones} gets it`,
  ];
}
