// The report as Markdown and as CSV.

import { counterfactual } from './counterfactual.ts';
import { decisionText, sumText } from './decisions-text.ts';
import { embodiedText } from './embodied.ts';
import { duration, energy, figure, many, mass, percent, three, volume } from './format.ts';
import { marginalText, marketParts } from './market-words.ts';
import type { ReportJson } from './model.ts';
import { amendmentText, restatedText } from './restated.ts';
import { lineageText, placeText } from './text.ts';
import { waterText } from './water.ts';

/** A page of Markdown, ending with the notes. */
export function reportMarkdown(report: ReportJson): string {
  const { run, energy: used, emissions, work, per } = report;
  const [restated, lineage] = [restatedText(report), lineageText(run)];
  const water = waterText(report);
  const rows: [string, string][] = [
    [
      'State',
      `${run.state}${run.exit_code === null ? '' : ` (exit code ${run.exit_code})`}, ${duration(run.duration_s)}`,
    ],
    ...(lineage === null ? [] : [['Model', lineage] as [string, string]]),
    ...(run.place === null ? [] : [['Place', placeText(report)] as [string, string]]),
    ['IT energy', figure(used.it_j, energy)],
    ['Facility energy', figure(used.facility_j, energy)],
    ['Operational emissions', figure(emissions.operational_g, mass)],
    ['Embodied emissions', [figure(emissions.embodied_g, mass), ...embodiedText(emissions)].join('; ')],
    ...(emissions.embodied_g.value === null
      ? []
      : [['Operational and embodied', figure(emissions.total_g, mass)] as [string, string]]),
    ['Market-based emissions', [figure(emissions.market_g, mass), ...marketParts(report)].join('; ')],
    ['Marginal emissions', marginalText(report)],
    ['Water', water ?? figure(report.water_l, volume)],
    ...run.amendments.map((one): [string, string] => ['Amended', amendmentText(one)]),
    ...(restated === null ? [] : [['Restated', restated] as [string, string]]),
    ['Coverage', percent(used.coverage)],
    ['Cost', figure(report.cost, (n) => `${three(n)} ${report.currency ?? ''}`)],
    ['Work', `${work.steps ?? '–'} steps, ${work.tokens === null ? '–' : many(work.tokens)} tokens`],
    ['Per token', figure(per.j_per_token, (n) => `${three(n)} J`)],
    ['Per 1M tokens', figure(per.g_per_million_tokens, mass)],
    ...(per.l_per_million_tokens.value === null
      ? []
      : [['Water per 1M tokens', figure(per.l_per_million_tokens, volume)] as [string, string]]),
  ];
  const devices = used.devices.map(
    (d) =>
      `| ${cell(d.device)} | ${cell(d.name)} | ${d.source} | ${d.charged ? 'yes' : 'no'} | ${cell(figure(d.energy_j, energy))} | ${percent(d.coverage)} |`,
  );
  const parts = emissions.intensity.parts.map(
    (p) =>
      `- ${percent(p.share)} of the energy: ${p.zone || 'unnamed zone'} at ${three(p.mean_g_per_kwh)} g/kWh, ${p.kind} ${p.scope} ${p.quality}${p.year === null ? '' : ` ${p.year}`}, ${p.source}`,
  );
  const division = report.rows === undefined ? [] : ['', `## By ${report.by}`, '', ...rowsMarkdown(report)];
  const warnings = report.warnings.map(({ code, message }) => `- \`${code}\`: ${message}`);
  const decided = [...report.decisions.map(decisionText), ...sumText(report.saved)].map((text) => `- ${text}`);
  const hindsight = emissions.hindsight === null ? [] : counterfactual(emissions.hindsight).map((text) => `- ${text}`);
  return [
    `# Energy and carbon of run ${run.id}${run.name === null ? '' : ` "${run.name}"`}`,
    '',
    ...['| | |', '|---|---|', ...rows.map(([label, text]) => `| ${label} | ${cell(text)} |`)],
    '',
    ...['| device | name | source | charged | energy | observed |', '|---|---|---|---|---|---|', ...devices],
    ...(parts.length === 0 ? [] : ['', 'Grid intensity:', '', ...parts]),
    ...division,
    ...(report.decisions.length === 0 ? [] : ['', 'Decisions:', '', ...decided]),
    ...(warnings.length === 0 ? [] : ['', 'Notes:', '', ...warnings]),
    ...(hindsight.length === 0 ? [] : ['', 'Started:', '', ...hindsight]),
    '',
  ].join('\n');
}

function rowsMarkdown(report: ReportJson): string[] {
  const key = report.by!.replace('-', '_');
  return [
    `| ${report.by} | duration | energy | emissions | tokens |`,
    '|---|---|---|---|---|',
    ...report.rows!.map(
      (row) =>
        `| ${cell(row[key] === null ? '(outside)' : String(row[key]))} | ${duration(row.duration_s ?? 0)} | ${row.energy_j === null ? 'unknown' : energy(row.energy_j)} | ${row.emissions_g === null ? 'unknown' : mass(row.emissions_g)} | ${row.tokens === null ? '' : Math.round(row.tokens)} |`,
    ),
  ];
}

/** RFC 4180: the rows of the division where one was asked for, else one line with the run's figures. */
export function reportCsv(report: ReportJson): string {
  const rows: Record<string, unknown>[] = report.rows?.map((row) => ({ run: report.run.id, ...row })) ?? [flat(report)];
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [names.join(','), ...rows.map((row) => names.map((name) => csvField(row[name])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
}

function flat(report: ReportJson): Record<string, unknown> {
  const { run, energy: used, emissions, work, per } = report;
  // The columns of one run are those of every other, so that tables can be put below each other.
  const spread = (name: string, f: typeof used.it_j) => {
    const { value, low, high } = f.value === null ? { value: null, low: null, high: null } : f;
    return { [name]: value, [`${name}_low`]: low, [`${name}_high`]: high };
  };
  return {
    ...{ run: run.id, name: run.name, state: run.state, exit_code: run.exit_code, started_at_ms: run.started_at_ms },
    ...{ ended_at_ms: run.ended_at_ms, duration_s: run.duration_s, zone: run.zone },
    ...spread('it_j', used.it_j),
    ...spread('facility_j', used.facility_j),
    coverage: used.coverage,
    ...spread('operational_g', emissions.operational_g),
    ...spread('embodied_g', emissions.embodied_g),
    ...spread('total_g', emissions.total_g),
    ...spread('market_g', emissions.market_g),
    matched_share: emissions.market.matched_share,
    ...spread('marginal_g', emissions.marginal_g),
    ...spread('water_l', report.water_l),
    ...spread('water_onsite_l', report.water.onsite_l),
    ...spread('water_electricity_l', report.water.electricity_l),
    ...spread('cost', report.cost),
    ...{
      currency: report.currency,
      steps: work.steps,
      epochs: work.epochs,
      tokens: work.tokens,
      samples: work.samples,
    },
    ...spread('j_per_token', per.j_per_token),
    ...spread('g_per_million_tokens', per.g_per_million_tokens),
    ...spread('l_per_million_tokens', per.l_per_million_tokens),
  };
}

/** A field of RFC 4180; nothing for what is not known. */
export function csvField(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
