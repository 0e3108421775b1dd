// What our report says of published runs → docs/published-runs.md, all of it: a test holds the page equal to this.

import { type Account, type Accounted, agree, printed } from './published-runs.ts';

const VERDICTS = {
  reproduced: 'reproduced',
  contradicted: '**contradicted**',
  uncounted: 'not counted',
  none: '',
} as const;

/** The page as Markdown. */
export function pageOf(all: readonly Accounted[]): string {
  const accounted = all.filter(({ agrees }) => agrees !== null);
  const rest = all.filter(({ agrees }) => agrees === null);
  return `${[INTRODUCTION, countsOf(all), ACCOUNTED, ...accounted.map(accountedRow), '', REST, ...rest.map(restRow)].join('\n')}\n`;
}

const INTRODUCTION = `# Published runs, accounted again

Training runs whose energy and carbon were published, put through joulebook's own report: the energy told, or power × chips × time,
as the run's energy; the PUE told as \`--pue\`; the factor told as a file for \`--intensity\`. \`operational_g\` of the report is then beside
the figure published, **on the boundary it states**: GPUs alone or whole systems, with PUE or without, at the place (\`location\`) or after
purchases (\`net\`). What is tested is the account, not whether the energy was measured: many of these energies are nameplate power × hours.

A figure is **reproduced** where ours lies within rounding. A printed number is taken as an interval, half a unit of its last digit
either way; what the source assumes (a nameplate power, its PUE) is taken as it stands; reports of both ends give our interval, and it has to meet
that of the published figure. Where both an energy and a power are told, both have to. An energy that holds the PUE already is divided by it
first: there the PUE cancels, and only the factor is tested. **Contradicted** figures do not follow from the inputs told with them. **Not
counted** are accounts whose inputs were inferred from the figure, or could not be seen. *Seen* says how the numbers were seen: in the paper's full
text, in a repository's file, quoted elsewhere, in raw logs, or not (from memory).
`;

const ACCOUNTED = `
## Accounts

| run | figure | boundary | power × time | energy, MWh | PUE | g/kWh | published, t | ours, t: from energy; from power | off | |
|---|---|---|---|---|---|---|---|---|---|---|`;

const REST = `## No account

The implied factor is the published figure ÷ the energy, PUE and all in one: it is no input, but an implausible one gives an error away.

| run | published, t | energy, MWh | implied, g/kWh | why | source |
|---|---|---|---|---|---|`;

function countsOf(all: readonly Accounted[]): string {
  const runs = (some: readonly Accounted[]) => new Set(some.map(({ run }) => run.id)).size;
  const by = (verdict: string) => all.filter(({ run }) => run.verdict === verdict);
  const reproduced = by('reproduced');
  const same = reproduced.filter(({ run, accounts }) => agree(exactly(accounts[0]!), printed(run.published_t)));
  return `Of ${runs(all)} runs, ${runs(reproduced)} tell what an account needs, in ${reproduced.length + by('contradicted').length} figures: **${
    reproduced.length
  } are reproduced** (${same.length} to the last digit printed, the others within the rounding of their inputs), ${
    by('contradicted').length
  } is contradicted, by another paper's energy too. ${by('uncounted').length} accounts are not counted, and of ${
    runs(all) - runs([...reproduced, ...by('contradicted'), ...by('uncounted')])
  } runs none can be made.

\`node bench/published-runs.mjs --write\` makes this page anew from \`test/fixtures/published-runs.csv\`; a test holds the two equal.`;
}

const exactly = ({ t }: Account) => ({ low: t.value, value: t.value, high: t.value });

function accountedRow({ run, accounts, energy_agrees, agrees }: Accounted): string {
  const power = run.power_w === '' ? '' : [`${run.power_w} W`, run.chips, timeOf(run.time)].filter(Boolean).join(' × ');
  const energy = `${run.energy_mwh}${run.energy_of === 'facility' ? ' with PUE' : ''}${energy_agrees === false ? ' (not power × time)' : ''}`;
  const from = (which: Account['from']) => accounts.find((account) => account.from === which)?.t.value;
  const ours = [from('energy'), from('power')].map((t) => (t === undefined ? '–' : figure(t)));
  const off = percent(accounts[0]!.t.value / Number(run.published_t) - 1);
  const verdict = [`${VERDICTS[run.verdict]}${run.verdict === 'uncounted' && !agrees ? ', differs' : ''}`, run.why]
    .filter(Boolean)
    .join(': ');
  return row([
    ...[run.model, run.figure, run.boundary, power, energy, run.pue || '–', run.g_per_kwh, run.published_t],
    ...[ours.join('; '), off, `${verdict}. ${sourceOf(run)}`],
  ]);
}

function restRow({ run, energy_mwh }: Accounted): string {
  const implied =
    energy_mwh === null || run.published_t === '' ? '' : figure((Number(run.published_t) / energy_mwh) * 1000, 3);
  const energy = energy_mwh === null ? '' : run.energy_mwh || figure(energy_mwh);
  return row([run.model, run.published_t, energy, implied, run.why, sourceOf(run)]);
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const sourceOf = ({ source, locator, seen }: Accounted['run']): string => `${source}, ${locator} (${seen})`;
const timeOf = (time: string): string => `${time.slice(0, -1)} ${time.slice(-1)}`;
const figure = (value: number, digits = 4): string => String(Number(value.toPrecision(digits)));
const percent = (share: number): string => {
  const digits = Math.abs(100 * share).toFixed(1);
  return `${digits === '0.0' ? '' : share < 0 ? '−' : '+'}${digits} %`;
};
