// A paragraph for a paper: what was used and emitted, within which boundary, by which method and intensity, how sure.
//
// It is made of sentences in plain words; LaTeX and Markdown differ in how a text is kept from being mark-up.

import type { FigureJson } from '../core/figure.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import { type Account, type Accounts, totalEmissions, totalEnergy } from './account.ts';
import { furtherLines } from './statement-lines.ts';
import { amount, interval, mass, massInterval, type Style, three } from './statement-words.ts';

/** The paragraph, ending with a line end. `version` is joulebook's. */
export function statement(all: Accounts, style: Style, version: string): string {
  const { accounts } = all;
  const sentences = accounts.length === 1 ? single(accounts[0]!, style) : several(all, style);
  const methods = [...new Set(accounts.map(({ emissions }) => emissions.method))].join(', ');
  const last =
    `Figures are by joulebook ${version} (method ${methods}): operational emissions are location-based; ` +
    'intervals hold the true value with a probability of 90\u00a0%.';
  return `${[...sentences, style.plain(last).replaceAll('\u00a0', style.thin)].join(' ')}\n`;
}

function single(account: Account, style: Style): string[] {
  const { run, energy } = account;
  const { plain } = style;
  const named = run.name === null ? '' : ` ${plain(`“${run.name}”`)}`;
  const day = new Date(run.started_at_ms).toISOString().slice(0, 10);
  const took = `The run${named} (${plain(run.id)}, ${day}, ${amount(run.duration_s / 3600, 'h', style)})`;
  return [
    `${took} ${known(energy.it_j, 'used', 'of electricity', style)}.`,
    ...boundary([account], style),
    ...facility(account, style),
    ...emitted(account, style),
    ...furtherLines({ accounts: [account], shared_j: 0 }, style),
    ...surety(account, style),
  ];
}

function several(all: Accounts, style: Style): string[] {
  const { accounts } = all;
  const [it, g] = [totalEnergy(all), totalEmissions(all)];
  const missing = (what: string, pick: (account: Account) => FigureJson) => {
    const without = accounts.filter((account) => pick(account).value === null);
    const why = (pick(without[0]!) as { why: string }).why;
    return style.plain(`${what} not known: of ${without.length} of the ${accounts.length} runs they are not (${why}).`);
  };
  const energy =
    it === null
      ? missing('The joint energies are', (account) => account.energy.it_j)
      : `The ${accounts.length} runs used ${amount(it.value / JOULES_PER_KWH, 'kWh', style)} of electricity ${interval(it, { per: JOULES_PER_KWH, unit: 'kWh', style })}.`;
  const emissions =
    g === null
      ? missing('The joint emissions are', (account) => account.emissions.operational_g)
      : `Their operational emissions are ${mass(g.value, style)} ${massInterval(g, style)}.`;
  const shared =
    all.shared_j > 0
      ? [style.plain('What runs used on a device that they shared at the same time is counted once.')]
      : [];
  const blind = accounts.filter(({ energy }) => energy.pue.value === null).length;
  const said = [...new Set(accounts.flatMap(({ energy }) => energy.pue.value ?? []))].sort((a, b) => a - b);
  const pues =
    blind === 0
      ? [
          style.plain(
            `Their ${said.length === 1 ? 'PUE is' : 'PUEs are'} ${[said[0]!, ...said.slice(1).slice(-1)].map(four).join(' to ')}.`,
          ),
        ]
      : [
          style.plain(
            blind === accounts.length
              ? NO_PUE
              : `The PUE of ${blind} of the runs is not known: of these IT energy alone is counted.`,
          ),
        ];
  return [
    energy,
    ...shared,
    ...boundary(accounts, style),
    ...pues,
    emissions,
    ...sources(accounts, style),
    ...furtherLines(all, style),
  ];
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ gpu: 'GPUs', 'cpu-package': 'processors', dram: 'memory', module: 'modules of GPU and processor' },
  ...{ node: 'whole servers', psys: 'whole platforms', 'host-other': 'the rest of the servers' },
};
const SOURCES: Readonly<Record<string, string>> = {
  ...{ counter: 'by their energy counters', polled: 'by sampled power', model: 'by a power model' },
  ...{ allocated: 'as a share of a device', imported: 'as recorded by another tool', missing: 'not measured' },
};

function boundary(accounts: readonly Account[], { plain }: Style): string[] {
  const charged = accounts.flatMap(({ energy }) => energy.devices.filter((device) => device.charged));
  const parts = [
    ...new Set(charged.map(({ kind, source }) => `${KINDS[kind] ?? kind} (${SOURCES[source] ?? source})`)),
  ];
  if (parts.length === 0) return [];
  const lists = accounts.map(outsideOf);
  const some = [...new Set(lists.flat())];
  const all = some.filter((part) => lists.every((list) => list.includes(part)));
  const more = some.filter((part) => !all.includes(part));
  const not = [
    ...(all.length === 0 ? [] : [`${listed(all)} are outside it`]),
    ...(more.length === 0
      ? []
      : [`${listed(more)} ${more.length === 1 ? 'is' : 'are'} outside it for some of the runs`]),
  ];
  return [plain(`${[`The boundary holds ${listed(parts)}`, ...not].join('; ')}.`)];
}

/** What a run's account leaves out, by its warning: "memory", "fans". */
function outsideOf({ warnings }: Account): string[] {
  const told = warnings.find(({ code }) => code === 'boundary')?.message ?? '';
  return /: (.*) are not metered/.exec(told)?.[1]?.split(/, | and /) ?? [];
}

const NO_PUE = 'The PUE is not known: figures cover IT energy alone, without cooling and power conversion.';

function facility({ energy }: Account, style: Style): string[] {
  if (energy.pue.value === null) return [style.plain(NO_PUE)];
  return [`With a PUE of ${four(energy.pue.value)} the facility ${known(energy.facility_j, 'used', '', style)}.`];
}

function emitted(account: Account, style: Style): string[] {
  const { operational_g } = account.emissions;
  if (operational_g.value === null) return [style.plain(`Operational emissions are not known: ${operational_g.why}.`)];
  const figure = `Operational emissions are ${mass(operational_g.value, style)} ${massInterval(operational_g, style)}.`;
  return [figure, ...sources([account], style)];
}

function sources(accounts: readonly Account[], style: Style): string[] {
  const parts = accounts.flatMap(({ emissions }) => emissions.intensity.parts);
  const told = [
    ...new Set(
      parts.map(
        (p) =>
          `${p.zone || 'an unnamed zone'}: ${p.kind} ${p.scope}, ${p.quality}${p.year === null ? '' : ` ${p.year}`}, ${p.source}`,
      ),
    ),
  ];
  if (told.length === 0) return [];
  const mean = accounts.length === 1 ? accounts[0]!.emissions.intensity.mean_g_per_kwh : null;
  const at =
    mean === null ? 'The grid intensity' : `The mean grid intensity of ${three(mean)}${style.thin}g${style.co2e}/kWh`;
  return [`${at} is from ${style.plain(told.join('; '))}.`];
}

function surety({ energy, uncertainty }: Account, { plain, thin }: Style): string[] {
  const percent = (share: number) => `${three(share * 100)}\u00a0%`;
  const [first] = uncertainty;
  const most = first === undefined ? '' : `; ${percent(first.share)} of the uncertainty is ${first.from}`;
  return [plain(`Readings cover ${percent(energy.coverage)} of the time${most}.`).replaceAll('\u00a0', thin)];
}

function known(figure: FigureJson, verb: string, rest: string, style: Style): string {
  if (figure.value === null) return style.plain(`${verb} an unknown amount of energy (${figure.why})`);
  const text = `${verb} ${amount(figure.value / JOULES_PER_KWH, 'kWh', style)}${rest === '' ? '' : ` ${rest}`}`;
  return `${text} ${interval(figure, { per: JOULES_PER_KWH, unit: 'kWh', style })}`;
}

const four = (value: number): string => String(Number(value.toPrecision(4)));

const listed = (words: readonly string[]) =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
