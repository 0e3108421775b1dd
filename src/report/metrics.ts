// Figures of a report by one name each, of which less is better: what commits are judged by.

import type { FigureJson } from '../core/figure.ts';
import { duration, energy, mass, volume } from './format.ts';
import type { ReportJson } from './model.ts';

interface Metric {
  readonly of: (report: ReportJson) => FigureJson | undefined;
  readonly words: string;
  /** A value with its unit. */
  readonly told: (value: number) => string;
}

export const METRICS = {
  it_j: { of: ({ energy }) => energy.it_j, words: 'IT energy', told: energy },
  facility_j: { of: ({ energy }) => energy.facility_j, words: 'energy with PUE', told: energy },
  operational_g: { of: ({ emissions }) => emissions.operational_g, words: 'operational emissions', told: mass },
  total_g: { of: ({ emissions }) => emissions.total_g, words: 'emissions', told: mass },
  j_per_token: { of: ({ per }) => per.j_per_token, words: 'energy per token', told: energy },
  j_per_step: { of: ({ per }) => per.j_per_step, words: 'energy per step', told: energy },
  j_per_sample: { of: ({ per }) => per.j_per_sample, words: 'energy per sample', told: energy },
  g_per_million_tokens: {
    of: ({ per }) => per.g_per_million_tokens,
    words: 'emissions per million tokens',
    told: mass,
  },
  l_per_million_tokens: { of: ({ per }) => per.l_per_million_tokens, words: 'water per million tokens', told: volume },
  g_per_epoch: { of: ({ per }) => per.g_per_epoch, words: 'emissions per epoch', told: mass },
  duration_s: { of: ({ run }) => exact(run.duration_s), words: 'duration', told: duration },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

/** Unknown with its reason where the report does not have it. */
export function metricOf(report: ReportJson, name: MetricName): FigureJson {
  return METRICS[name].of(report) ?? { value: null, why: `the report has no ${name}` };
}

const exact = (value: number): FigureJson => ({ value, low: value, high: value });
