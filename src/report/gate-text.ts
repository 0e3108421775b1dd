// What a gate found and what a baseline holds, for people.

import type { Verdict } from '../emissions/regression.ts';
import type { Baseline } from './baseline.ts';
import { duration, energy, mass, three, volume } from './format.ts';
import type { CheckJson, GateJson } from './gate.ts';
import { METRICS, type Metric } from './samples.ts';

const WORDS: Readonly<Record<Verdict, string>> = {
  ...{ regression: 'regression', ok: 'no regression', better: 'better' },
  'cannot-tell': 'cannot tell yet',
};

/** One line a check, then what it was compared with and what to know. */
export function gateText(gate: GateJson): string {
  const { name, commit, dirty, measured_on } = gate.baseline;
  const lines = [`joulebook  gate: ${WORDS[gate.verdict]}`];
  for (const check of gate.checks)
    lines.push(`  ${check.metric.padEnd(22)}${valuesOf(check)}`, `  ${' '.repeat(22)}${check.reason}`);
  lines.push(`  ${'baseline'.padEnd(22)}${name}: ${commitWords(commit, dirty)}, ${measured_on}`);
  const grids = gate.checks.flatMap(({ equal_grid_g_per_kwh: grid }) => grid ?? []);
  if (grids.length > 0) lines.push(`  ${'grid'.padEnd(22)}both at ${three(grids[0]!)} gCO2e/kWh, the baseline's`);
  for (const { run, why } of gate.left_out) lines.push(`  ${'left out'.padEnd(22)}run ${run}: ${why}`);
  for (const warning of gate.warnings) lines.push(`  ${'note'.padEnd(22)}${warning}`);
  return `${lines.join('\n')}\n`;
}

const valuesOf = ({ metric, baseline, candidate }: CheckJson): string =>
  `${baseline.value === null ? 'unknown' : metricText(metric, baseline.value)} → ${candidate.value === null ? 'unknown' : metricText(metric, candidate.value)}`;

/** A baseline with its spread: the standard deviation of its repeats over their mean. */
export function baselineText(name: string, baseline: Baseline, where: string): string {
  const { commit, dirty, measured_on, hardware, repeats, intensity } = baseline;
  const lines = [`joulebook  baseline ${name}: ${commitWords(commit, dirty)}, ${measured_on}, ${repeats} repeats`];
  lines.push(`  in                    ${where}`);
  for (const { kind, name: device, source, count } of hardware)
    lines.push(`  measured              ${count} × ${device || kind} (${kind}), ${source}`);
  if (intensity !== null) lines.push(`  intensity             ${intensity.kind}, ${intensity.scope}`);
  for (const metric of METRICS) {
    const known = (baseline.samples[metric] ?? []).filter((value) => value !== null);
    if (known.length === 0) continue;
    const mean = known.reduce((s, x) => s + x, 0) / known.length;
    const variance = known.reduce((s, x) => s + (x - mean) ** 2, 0) / (known.length - 1);
    const spread = known.length < 2 ? '' : `  ± ${three((100 * Math.sqrt(variance)) / mean)} %`;
    lines.push(`  ${metric.padEnd(22)}${metricText(metric, mean)}${spread}`);
  }
  return `${lines.join('\n')}\n`;
}

const commitWords = (commit: string | null, dirty: boolean | null): string =>
  commit === null
    ? 'of no commit'
    : `commit ${commit.slice(0, 12)}${dirty === true ? ' with changes that were not committed' : ''}`;

/** With its unit, three figures. */
export function metricText(metric: Metric, value: number): string {
  switch (metric) {
    case 'it_j':
    case 'job_j':
    case 'facility_j':
      return energy(value);
    case 'operational_g':
      return mass(value);
    case 'duration_s':
      return duration(value);
    case 'g_per_million_tokens':
      return `${mass(value)} per 1M tokens`;
    case 'g_per_epoch':
      return `${mass(value)} per epoch`;
    case 'l_per_million_tokens':
      return `${volume(value)} per 1M tokens`;
    default:
      return `${three(value)} J per ${metric.slice('j_per_'.length)}`;
  }
}
