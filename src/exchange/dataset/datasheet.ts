// The datasheet of a data set, under the headings and questions of Gebru et al., "Datasheets for Datasets", Communications of
// the ACM 64(12), 2021: filled from what is in its tables. What only its maker knows is theirs to say, and that it was not is said.

import type { Manifest } from './manifest.ts';
import { TABLE_NAMES, TABLES, type TableName } from './tables.ts';

/** How often each was seen, most often first. */
export type Counts = readonly (readonly [string, number])[];

export interface Facts {
  readonly about: Pick<
    Manifest,
    'title' | 'licence' | 'creator' | 'joulebook' | 'created_at_ms' | 'times' | 'resolution_ms' | 'included'
  >;
  readonly purpose: string | null;
  readonly rows: Readonly<Record<TableName, number>>;
  /** Epoch ms of the first start and the last end; null where times are relative, or there are no runs. */
  readonly span: readonly [number, number] | null;
  readonly run_hours: number;
  /** kWh of IT energy over the runs whose energy is known, each device-second once. */
  readonly it_kwh: number;
  readonly states: Counts;
  readonly zones: Counts;
  readonly hosts: number;
  readonly hardware: Counts;
  readonly energy_sources: Counts;
  /** Mean over the runs, 0..1. */
  readonly coverage: number;
  readonly unknown: { readonly energy: number; readonly emissions: number };
  readonly grid: readonly GridSource[];
  readonly left_out: Counts;
}

export interface GridSource {
  readonly provider: string;
  readonly source: string;
  readonly licence: string;
  readonly quality: string;
  readonly runs: number;
  readonly given: boolean;
}

/** datasheet.md. What stands before the first heading of the questions is its head. */
export const datasheetText = (facts: Facts): string =>
  `${[head, motivation, composition, collection, preprocessing, uses, distribution, maintenance].map((part) => part(facts)).join('\n\n')}\n`;

function head({ about, rows, span, run_hours, it_kwh, zones, hosts, coverage }: Facts): string {
  const told: readonly (readonly [string, string])[] = [
    ['runs', `${rows.runs}, ${fixed(run_hours)} h, ${fixed(it_kwh)} kWh of IT energy`],
    ['time', span === null ? TIMES.relative : `${day(span[0])} to ${day(span[1])}`],
    ['zones', words(zones)],
    ['machines', `${hosts}`],
    ['coverage', `${fixed(coverage * 100)} % of the devices’ time was observed`],
    ['resolution', resolution(about.resolution_ms)],
    ['licence', about.licence],
    [
      'made',
      `${day(about.created_at_ms)} with joulebook ${about.joulebook}${about.creator === null ? '' : `, by ${line(about.creator)}`}`,
    ],
  ];
  return [
    `# ${line(about.title)}`,
    '',
    '| | |',
    '|---|---|',
    ...told.map(([name, text]) => `| ${name} | ${text} |`),
  ].join('\n');
}

const TIMES = {
  kept: 'as they were, UTC',
  relative: 'relative: each run begins at 0, so the time of day is not known',
};

const motivation = ({ about, purpose }: Facts): string => `## Motivation

**For what purpose was it created?** ${purpose === null ? NOT_SAID : line(purpose)}

**Who created it?** ${about.creator === null ? NOT_SAID : line(about.creator)}`;

const NOT_SAID = 'Its maker did not say.';

function composition({ rows, states, hardware, energy_sources, zones, unknown, left_out, about }: Facts): string {
  return `## Composition

**What do the instances represent?** Runs of programs on computers, most of them work of large models, with the energy of each
device over time, the progress of the training where its log told it, and the account of its emissions.

**How many are there?**

| table | rows | |
|---|---|---|
${TABLE_NAMES.map((name) => `| ${name} | ${rows[name]} | ${TABLES[name].what} |`).join('\n')}

Runs by how they ended: ${words(states)}. By zone: ${words(zones)}.

**Hardware** (devices that a run could see, by the maker's name): ${words(hardware)}.

**Is it a sample?** It holds the runs of one ledger that were chosen. Left out: ${words(left_out)}.

**Is any information missing?** The energy of ${unknown.energy} run${s(unknown.energy)} and the emissions of ${unknown.emissions} are not known; the table
accounts says why. Gaps are rows of the table energy with their reason; nothing was filled in with 0.

**Are there errors or noise?** Each figure has its 90 % interval. Energy was obtained by ${words(energy_sources)} (devices).

**Does it relate to individuals, or hold what is confidential?** ${privacy(about.included)}`;
}

function privacy(included: readonly string[]): string {
  const texts = included.filter((one) => one !== 'intensity');
  const base =
    'Ids of runs, machines and hardware are keyed hashes. Command lines, paths, names of machines, users and runs, git states, tags, serial numbers, process ids and messages are left out';
  return texts.length === 0
    ? `${base}.`
    : `${base}, but for these, which its maker chose to include: ${texts.join(', ')}.`;
}

const collection = ({ about, energy_sources }: Facts): string => `## Collection process

**How was it acquired?** joulebook read energy counters and power sensors of the machines, or took the records of other tools
(imported): ${words(energy_sources)}. It followed the programs' own logs for steps.

**Over what time?** ${about.times === 'relative' ? 'Not told: times are relative.' : 'See the head; each run has its own times.'}

**Who was involved?** Nobody but who ran the programs. **Was it reviewed by an ethics board?** ${NOT_SAID}`;

const preprocessing = ({ about }: Facts): string => `## Preprocessing, cleaning, labelling

**Was any done?** Rows of energy: ${resolution(about.resolution_ms)}; sums are kept. Times: ${TIMES[about.times]}. Names were replaced or left out as said
above; logs' own metrics are left out. PUE, intensity and emissions are of the account as it was when the data set was made,
corrections included.

**Is the raw data there?** In the ledger that it was made of, with its owner.`;

function uses({ grid, about }: Facts): string {
  return `## Uses

**What may it be used for?** Studies of energy by hardware, of power over time, of energy per step or token, and of accounts of
emissions. \`joulebook dataset import\` makes runs of it again.

**What should it not be used for?** Runs are those that somebody chose, not a sample of all: no totals of a sector follow from it.
${about.times === 'relative' ? 'With relative times nothing can be said of the hour of the day, and no grid intensity can be joined.\n' : ''}
**What do the emissions stand on?**

| provider | quality | runs | licence | course in the data set | source |
|---|---|---|---|---|---|
${grid.map((one) => `| ${one.provider} | ${one.quality} | ${one.runs} | ${one.licence} | ${one.given ? 'yes' : 'no, only its mean'} | ${one.source} |`).join('\n') || '| none | | | | | |'}`;
}

const distribution = ({ about, grid }: Facts): string => `## Distribution

**Under what licence?** ${about.licence}. What it holds of grid data stays under the licences above${
  grid.some(({ licence }) => licence.startsWith('CC BY')) ? ': name their sources where you use them' : ''
}.`;

const maintenance = ({ about }: Facts): string => `## Maintenance

**Who maintains it?** ${about.creator === null ? NOT_SAID : line(about.creator)} **How is it told from other versions?** By the id in manifest.json, which is made
of the SHA-256 of every file. **How is it read?** The tables are Parquet; schemas/ holds a JSON Schema (draft 2020-12) of each.
Its format is version 1 of joulebook's (docs/formats/dataset.md).`;

const resolution = (ms: number): string =>
  ms === 0 ? 'as recorded, about one a second' : `put together over ${ms / 1000} s`;
const words = (counts: Counts): string =>
  counts.length === 0 ? 'none' : counts.map(([name, count]) => `${name} (${count})`).join(', ');
const fixed = (value: number): string => Number(value.toPrecision(4)).toString();
const day = (at_ms: number): string => new Date(at_ms).toISOString().slice(0, 10);
const s = (count: number): string => (count === 1 ? '' : 's');
/** What people wrote stays on its line. */
const line = (text: string): string => text.replace(/\s+/g, ' ').replace(/[|<>]/g, ' ').trim();
