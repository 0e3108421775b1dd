// The report on a screen: what was used, by what, per token, how sure, what would sharpen it.

import colors from 'picocolors';
import { goesOn } from '../ledger/runs.ts';
import { counterfactual } from './counterfactual.ts';
import { decisionLines } from './decisions-text.ts';
import { embodiedText } from './embodied.ts';
import { duration, energy, figure, many, mass, percent, three } from './format.ts';
import { marginalText, marketParts, marketTells } from './market-words.ts';
import type { ReportJson, StepEnergyJson } from './model.ts';
import { amendmentText, restatedText } from './restated.ts';
import { waterText } from './water.ts';

const LABEL = 14;

/** Lines of the account, at most a screen; `color` false gives plain text. */
export function reportText(report: ReportJson, color: boolean): string {
  const { bold, dim, yellow, green, red } = colors.createColors(color);
  const { run, energy: used, emissions, work, per } = report;
  const line = (label: string, text: string) => `  ${label.padEnd(LABEL)}${text}`;
  const out: string[] = [];
  const state = run.state === 'finished' ? green(run.state) : goesOn(run.state) ? run.state : red(run.state);
  const code =
    run.exit_code !== null && run.exit_code !== 0
      ? `, exit code ${run.exit_code}`
      : run.signal !== null
        ? `, ${run.signal}`
        : '';
  out.push(
    `${bold('joulebook')}  run ${bold(run.id)}${run.name === null ? '' : ` "${run.name}"`}  ${state}${code}  ${duration(run.duration_s)}`,
  );
  out.push(line('IT energy', bold(figure(used.it_j, energy))));
  for (const device of used.devices) {
    const share =
      device.energy_j.value === null
        ? `unknown: ${device.energy_j.why}`
        : `${energy(device.energy_j.value).padEnd(10)} mean ${three(device.mean_w ?? 0)} W`;
    const seen =
      device.energy_j.value === null || device.coverage > 0.995 ? '' : `, ${percent(device.coverage)} observed`;
    const host = run.hosts.length > 1 ? `${device.host} ` : '';
    out.push(
      dim(
        line(
          '',
          `${host}${device.device.padEnd(14)} ${share}  ${device.source}${seen}${device.charged ? '' : device.within === null ? ', not charged' : `, within ${device.within}`}  ${device.name}`,
        ),
      ),
    );
  }
  const lineage = lineageText(run);
  if (lineage !== null) out.push(line('model', lineage));
  if (run.place !== null) out.push(line('place', placeText(report)));
  for (const amendment of run.amendments) out.push(dim(line('amended', amendmentText(amendment))));
  if (used.facility_j.value !== null)
    out.push(line('with PUE', `${figure(used.facility_j, energy)}  PUE ${figure(used.pue, four)}`));
  out.push(line('emissions', bold(figure(emissions.operational_g, mass))));
  for (const part of emissions.intensity.parts) {
    const year = part.year === null ? '' : ` ${part.year}`;
    const share = part.share < 0.9995 ? `${percent(part.share)} of the energy: ` : '';
    out.push(
      dim(
        line(
          '',
          `${share}${part.zone || 'unnamed zone'} ${three(part.mean_g_per_kwh)} g/kWh, ${part.quality}${year} ${part.kind} ${part.scope}, ${part.source}`,
        ),
      ),
    );
  }
  const { embodied_g: made, embodied } = emissions;
  if (made.value !== null || embodied.parts.length > 0) out.push(line('embodied', figure(made, mass)));
  if (made.value !== null) {
    out.push(dim(line('', embodiedText(emissions).join('; '))));
    if (emissions.total_g.value !== null) out.push(line('together', bold(figure(emissions.total_g, mass))));
  }
  if (marketTells(report)) {
    out.push(line('market', figure(emissions.market_g, mass)));
    for (const text of marketParts(report)) out.push(dim(line('', text)));
  }
  if (emissions.marginal_g.value !== null) out.push(line('marginal', marginalText(report)));
  const water = waterText(report);
  if (water !== null) out.push(line('water', water));
  const restated = restatedText(report);
  if (restated !== null) out.push(line('restated', restated));
  if (report.cost.value !== null || report.currency !== null)
    out.push(
      line(
        'cost',
        figure(report.cost, (n) => `${three(n)} ${report.currency ?? ''}`),
      ),
    );
  if (work.steps !== null || work.tokens !== null) {
    const parts = [
      ...(work.steps === null ? [] : [`${work.steps} steps`]),
      ...(work.epochs === null ? [] : [`${three(work.epochs)} epochs`]),
      ...(work.tokens === null ? [] : [`${many(work.tokens)} tokens (${many(work.tokens_per_s ?? 0)}/s)`]),
      ...(work.restarts === 0 ? [] : [work.restarts === 1 ? '1 restart' : `${work.restarts} restarts`]),
      ...Object.entries(work.units).map(([name, count]) => `${three(count)} ${name}`),
    ];
    out.push(line('work', parts.join(', ')));
  }
  if (per.j_per_token.value !== null)
    out.push(
      line(
        'per token',
        figure(per.j_per_token, (n) => `${three(n)} J`),
      ),
    );
  if (per.g_per_million_tokens.value !== null) out.push(line('per 1M tokens', figure(per.g_per_million_tokens, mass)));
  if (per.j_per_token.value === null && per.j_per_step.value !== null)
    out.push(line('per step', figure(per.j_per_step, energy)));
  if (report.phases.length > 1 || report.phases[0]?.phase === 'paused') out.push(line('phases', phasesText(report)));
  if (report.step_energy !== null) out.push(line('steps', stepsText(report.step_energy, work.steps)));
  const decided = decisionLines({ ...report, run: run.id });
  for (const [i, text] of decided.entries()) out.push(line(i === 0 ? 'decisions' : '', text));
  const [widest] = report.uncertainty;
  if (widest !== undefined)
    out.push(line('to sharpen', `${percent(widest.share)} of the uncertainty is ${widest.from}: ${widest.hint}`));
  const shown = report.warnings.filter(({ code }) => code !== 'embodied-unknown' && code !== 'water').slice(0, 6);
  for (const { message } of shown) out.push(yellow(line('note', message)));
  if (emissions.hindsight !== null)
    out.push(...counterfactual(emissions.hindsight).map((text, i) => line(i === 0 ? 'started' : '', text)));
  return `${out.join('\n')}\n`;
}

const SCOPES: Readonly<Record<string, string>> = {
  ...{ region: 'of the region', continent: "is the mean of the provider's regions in that part of the world" },
  fleet: 'is the mean of all that the provider has',
};

const four = (value: number): string => String(Number(value.toPrecision(4)));

/** Which model it is of, at which stage, and what it goes on from; null where nothing of it is said. */
export function lineageText({ model, stage, parent }: ReportJson['run']): string | null {
  const said = [model, stage, parent === null ? null : `goes on from run ${parent}`].filter((text) => text !== null);
  return said.length === 0 ? null : said.join(', ');
}

/** Where it ran, and where its PUE is from. */
export function placeText({ run, energy: used }: Pick<ReportJson, 'run' | 'energy'>): string {
  const { name, city, pue_source, pue_scope, pue_year } = run.place!;
  const [title] = (pue_source ?? '').split(/,? https?:/);
  const pue = pue_source === null ? '' : `; PUE ${used.pue.value} ${SCOPES[pue_scope ?? '']}, ${pue_year} (${title})`;
  return `${name} (${city}), zone ${run.zone}${pue}`;
}

function phasesText({ phases }: ReportJson): string {
  const shown = phases.filter(({ share }) => share !== null && share >= 0.0005);
  return `${shown.map(({ phase, share }) => `${phase} ${percent(share!)}`).join(', ')} of the energy`;
}

/** A trend is never told beyond the steps that there were. */
function stepsText(energyOfSteps: StepEnergyJson, steps: number | null): string {
  const { median_j, p5_j, p95_j, change_per_1000_steps: change, outliers, outlying } = energyOfSteps;
  const clear = change.value !== null && (change.low > 0 || change.high < 0);
  const sign = (value: number) => `${value > 0 ? '+' : '−'}${percent(Math.abs(value))}`;
  const few = steps !== null && steps < 1000;
  const trend = !clear
    ? ''
    : few
      ? `, ${sign((change.value * steps) / 1000)} over its ${steps} steps`
      : `, ${sign(change.value)} in 1000 steps`;
  const [most] = outliers;
  const odd =
    most === undefined
      ? ''
      : `; ${outlying === 1 ? 'one stands' : `${outlying} stand`} out: step ${most.step} ${most.times === null ? '' : `at ${three(most.times)} ×`}`;
  return `median ${energy(median_j)} (5 % to 95 %: ${energy(p5_j)} – ${energy(p95_j)})${trend}${odd}`;
}

/** The rows of a division as an aligned table. */
export function rowsText(report: ReportJson): string {
  const rows = report.rows ?? [];
  if (rows.length === 0) return '';
  const key = report.by!.replace('-', '_');
  const header = [report.by!, 'duration', 'energy', 'emissions', 'count', 'tokens', 'J/token'];
  const body = rows.map((row) => [
    row[key] === null ? '(outside)' : String(row[key]),
    row.duration_s === null ? '' : duration(row.duration_s),
    row.energy_j === null ? 'unknown' : energy(row.energy_j),
    row.emissions_g === null ? 'unknown' : mass(row.emissions_g),
    typeof row.count === 'number' ? String(row.count) : '',
    row.tokens === null ? '' : String(Math.round(row.tokens)),
    row.tokens === null || row.tokens <= 0 || row.energy_j === null ? '' : three(row.energy_j / row.tokens),
  ]);
  const used = header.map((_, i) => i < 4 || body.some((cells) => cells[i] !== ''));
  const table = [header, ...body].map((cells) => cells.filter((_, i) => used[i]));
  const widths = table[0]!.map((_, i) => Math.max(...table.map((cells) => cells[i]!.length)));
  return `${table.map((cells) => `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`).join('\n')}\n`;
}
