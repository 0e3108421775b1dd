// The tables of a data set, column by column: what is written, what is taken back, their JSON Schemas and their document are
// all made from this.
//
// A text is an id, a word of a closed list or a name that joulebook itself knows; free text stands only where it was chosen.

import * as words from './words.ts';

export type ColumnType = 'text' | 'number' | 'integer' | 'flag';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly unit: string;
  readonly what: string;
  /** It may be null: unknown, or not chosen. */
  readonly empty: boolean;
  /** The only texts that it may hold. */
  readonly words?: readonly string[];
  readonly pattern?: string;
}

export interface Table {
  readonly what: string;
  readonly columns: readonly Column[];
}

type More = Partial<Pick<Column, 'empty' | 'words' | 'pattern' | 'unit'>>;
const column =
  (type: ColumnType) =>
  (name: string, what: string, more: More = {}): Column => ({ name, type, what, unit: '', empty: false, ...more });
const text = column('text');
const number = column('number');
const integer = column('integer');
const flag = column('flag');
const EMPTY = { empty: true } as const;
const of = (unit: string, more: More = {}): More => ({ unit, ...more });
const maybe = (unit: string): More => ({ unit, empty: true });

const ID = { pattern: '^[0-9a-f]{20}$' };
const NAME = { pattern: '^[a-z][a-z-]*[0-9]*$' };
const run = text('run', 'the run', ID);
const segment = integer('segment', 'the segment of the run, counted from 1');
const part = integer('part', 'the part of the account, the best first, counted from 1');
const device = text('device', 'the device, by its name in this segment', NAME);

export const TABLES = {
  runs: {
    what: 'one row for each metered execution',
    columns: [
      text('run', 'its id: a keyed hash', ID),
      text('kind', 'how it came about', { words: words.KINDS }),
      text('state', 'how it ended', { words: words.STATES }),
      number('started_at_ms', 'when its first segment began: UTC since 1970, or 0', of('ms')),
      number('ended_at_ms', 'when its last segment ended', of('ms')),
      number('duration_s', 'time in which at least one segment ran', of('s')),
      text(
        'zone',
        'electricity grid zone, as Electricity Maps keys it; zone-… where the key is not a public one',
        EMPTY,
      ),
      text('place', 'cloud region that the zone was given by, as joulebook lists them', EMPTY),
      number('pue', 'facility energy over IT energy', EMPTY),
      number('pue_low', 'its 5th percentile, where given with it', EMPTY),
      number('pue_high', 'its 95th percentile, where given with it', EMPTY),
      text('pue_is', 'given, that of the place, or the mean of one that changes', {
        ...EMPTY,
        words: ['given', 'place', 'mean'],
      }),
      number('price_per_kwh', 'price of electricity, as given; null where it changes', maybe('currency/kWh')),
      text('currency', 'of price and cost, ISO 4217', { ...EMPTY, pattern: '^[A-Z]{3}$' }),
      text('cut_of', 'the run of this data set that it is a part of', { ...EMPTY, ...ID }),
      text('stage', "of its model's life", { ...EMPTY, words: words.STAGES }),
      text('parent', 'the run of this data set that it goes on from', { ...EMPTY, ...ID }),
      number('coverage', "share of the charged devices' time that was observed", of('0..1')),
      text('method', 'version of the account', { pattern: '^joulebook-[0-9]+$' }),
      number('intensity_mean_g_per_kwh', 'mean grid intensity of its energy', maybe('gCO2e/kWh')),
      number('intensity_coverage', 'share of its energy whose intensity is known', of('0..1')),
      number('steps', 'training steps done', EMPTY),
      number('epochs', 'epochs done', EMPTY),
      number('tokens', 'tokens processed', EMPTY),
      number('samples', 'samples processed', EMPTY),
      number('tokens_per_step', 'said of the job, over all ranks', EMPTY),
      number('batch', 'said of the job: samples of a step', EMPTY),
      number('seq_length', 'said of the job: tokens of a sample', EMPTY),
      text('account', 'numbers that its account was made with besides, as JSON, as in the account section', EMPTY),
      text('joulebook', 'version that metered it', { ...EMPTY, pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' }),
      text('name', 'its name; with --include names', EMPTY),
      text('model', 'the model that it worked for; with --include names', EMPTY),
      text('command', 'its words, as JSON; with --include commands', EMPTY),
      text('user', 'whose it was; with --include users', EMPTY),
      text('cwd', 'where it was started; with --include paths', EMPTY),
      text('git', 'commit, branch, remote and whether files were changed, as JSON; with --include git', EMPTY),
      text('tags', 'its tags, as JSON; with --include tags', EMPTY),
    ],
  },
  segments: {
    what: 'one row for each process that metered a run: a host, a rank, a resume',
    columns: [
      run,
      segment,
      text('host', 'its machine: a keyed hash; its name with --include hosts'),
      text('role', 'whether it read the sensors of its host, or only told steps', {
        ...EMPTY,
        words: ['meter', 'rank'],
      }),
      text('launcher', 'what started the ranks of the job', { ...EMPTY, words: words.LAUNCHERS }),
      integer('rank', 'its place in the job', EMPTY),
      integer('world', 'ranks of the job', EMPTY),
      integer('local_rank', 'its place on its host', EMPTY),
      text('cpu', "the maker's name of its processors", EMPTY),
      integer('sockets', 'of processors', EMPTY),
      integer('cores', 'of all sockets', EMPTY),
      integer('threads', 'logical CPUs', EMPTY),
      flag('virtual', 'whether it is a virtual machine', EMPTY),
      number('memory_bytes', 'its memory', maybe('B')),
      number('ssd_bytes', 'its disks without a platter', maybe('B')),
      number('hdd_bytes', 'its disks with one', maybe('B')),
      integer('nvidia_gpus', "boards that NVIDIA's driver has", EMPTY),
      number('sampling_s', 'time between two readings', of('s')),
      number('started_at_ms', 'its beginning', of('ms')),
      number('ended_at_ms', 'its end; null where it died', maybe('ms')),
      integer('exit_code', "the command's", EMPTY),
      text('signal', 'that ended the command', { ...EMPTY, pattern: '^SIG[A-Z0-9+-]+$' }),
      text('by_budget', 'a budget ended it: for good, to go on later, or to go on elsewhere', {
        ...EMPTY,
        words: words.ENDINGS,
      }),
    ],
  },
  devices: {
    what: 'one row for each device that a segment could see',
    columns: [
      run,
      segment,
      device,
      text('device_id', 'the same hardware has the same keyed hash in all runs', { pattern: '^[0-9a-f]{16}$' }),
      text('kind', 'what it is', { words: words.DEVICE_KINDS }),
      text('hardware', "the maker's name of it, where the driver told one", EMPTY),
      text('source', 'the best way in which it can be read', { words: [...words.SOURCES, 'missing'] }),
      flag('charged', 'whether its energy belongs to the run'),
      text('within', 'the charged device that holds its energy already', { ...EMPTY, ...NAME }),
      number('limit_w', 'highest plausible power', maybe('W')),
      number('gain_down', "reach of the sensor's systematic error, 5th percentile", of('1')),
      number('gain_up', 'the same, 95th percentile', of('1')),
      number('update_s', "time between two changes of the sensor's value", maybe('s')),
      number('period_s', 'time between two readings, where it is slower than the sampling', maybe('s')),
      number('mean_s', 'time that its power is a running mean of', maybe('s')),
      flag('share', "whether it is someone's share of a device"),
      number('reach_down_j', 'of a cut: how far its energy may lie below', maybe('J')),
      number('reach_up_j', 'of a cut: how far its energy may lie above', maybe('J')),
    ],
  },
  energy: {
    what: 'energy by device and time; rows of a device do not overlap and leave no hole, a gap is a row',
    columns: [
      run,
      segment,
      device,
      integer('from_ms', 'beginning of the half-open interval', of('ms')),
      integer('to_ms', 'its end', of('ms')),
      number('energy_j', 'energy used; null where nothing is known', maybe('J')),
      number('low_j', 'lower bound, where estimated', maybe('J')),
      number('high_j', 'upper bound, where estimated', maybe('J')),
      number('min_w', 'lowest power seen', maybe('W')),
      number('max_w', 'highest power seen', maybe('W')),
      text('source', 'how it was obtained', { words: words.SOURCES }),
      text('quality', 'filled: not watched, but a counter knows; estimated: bounded', { words: words.QUALITIES }),
      text('why', 'of a gap: the reason', { ...EMPTY, words: words.GAPS }),
    ],
  },
  steps: {
    what: 'lines of progress of the training, as the log told them; no metrics by their own names',
    columns: [
      run,
      segment,
      number('at_ms', 'when the line came', of('ms')),
      number('step', 'its number', EMPTY),
      number('total', 'steps of the whole job', EMPTY),
      number('epoch', 'epochs, with fractions', EMPTY),
      number('tokens', 'tokens as logged', EMPTY),
      text('tokens_are', 'how they count', { ...EMPTY, words: words.COUNTS }),
      number('samples', 'samples since the job began', EMPTY),
      number('batch', 'samples of one step', EMPTY),
      number('lr', 'learning rate', EMPTY),
      number('loss', 'loss', EMPTY),
      text('phase', 'null: training; other: a phase named by the log', { ...EMPTY, words: words.PHASES }),
      integer('rank', 'the process that printed it', EMPTY),
      text('told', 'helper: by the program itself', { ...EMPTY, words: ['helper'] }),
      number('it_j', 'energy charged to the segment up to here', maybe('J')),
    ],
  },
  events: {
    what: 'what was noticed of a device or of the machine, in numbers, and that there was a warning, without its words',
    columns: [
      run,
      segment,
      number('at_ms', 'when', of('ms')),
      text('event', 'findings, attribution, gpu-attribution, paused, resumed, or warn:CODE', {
        pattern: `^(${words.EVENTS.join('|')}|warn:[a-z-]+)$`,
      }),
      text('device', 'the device that it is of', { ...EMPTY, ...NAME }),
      text('facts', 'numbers by name, as JSON', EMPTY),
    ],
  },
  decisions: {
    what: 'what budgets, and waiting for a cleaner grid, decided, and what it saved by the intensities known when the data set was made; nobody and no budget is named',
    columns: [
      run,
      integer('segment', 'the segment that it was told in', EMPTY),
      number('at_ms', 'when', of('ms')),
      text('act', 'what was decided', { words: words.DECIDED }),
      text('measure', 'of the budget that asked first: what limit and spent are of', {
        ...EMPTY,
        words: words.MEASURED,
      }),
      number('limit', 'its limit, in J, gCO2e, J/token, gCO2e/Mtoken, l or money', EMPTY),
      number('spent', 'of it by then', EMPTY),
      number('overrun', 'chance that it would be passed', maybe('0..1')),
      number('g_per_kwh', 'intensity of the grid then', maybe('gCO2e/kWh')),
      number('left_j', 'what the run was still to use by its projection', maybe('J')),
      number('left_g', 'and to emit', maybe('gCO2e')),
      flag('done', 'it was carried out; null: nothing was to be, or nobody lived to tell', EMPTY),
      number('stood_from_ms', 'since when the job stood by it', maybe('ms')),
      number('stood_to_ms', 'until when; null: to the end', maybe('ms')),
      number('saved_g', 'below 0 where it cost more', maybe('gCO2e')),
      number('saved_g_low', '5th percentile', maybe('gCO2e')),
      number('saved_g_high', '95th percentile', maybe('gCO2e')),
      number('saved_j', 'below 0 where it cost more', maybe('J')),
      flag('estimate', 'it is the projection that says what was saved', EMPTY),
    ],
  },
  accounts: {
    what: 'one row for each figure of a run as joulebook reported it when the data set was made',
    columns: [
      run,
      text('line', 'it_j, operational_g and so on', { pattern: '^[a-z_]+$' }),
      text('unit', 'of value, low and high'),
      number('value', 'null where it is not known', EMPTY),
      number('low', '5th percentile', EMPTY),
      number('high', '95th percentile', EMPTY),
      text('why', 'why it is not known', EMPTY),
    ],
  },
  intensity_parts: {
    what: 'which grid intensities an account stands on; shares add up to its intensity_coverage',
    columns: [
      run,
      part,
      text('zone', 'as of runs'),
      text('provider', 'who told it'),
      text('kind', 'average or marginal', { words: ['average', 'marginal'] }),
      text('scope', 'direct or lifecycle', { words: ['direct', 'lifecycle'] }),
      text('quality', 'what it is', { words: ['measured', 'estimated', 'forecast', 'climatology', 'annual'] }),
      integer('year', 'of an annual mean', EMPTY),
      text('mean_of', 'the country whose mean stands in for that of its part', EMPTY),
      text('source', 'where it is from'),
      text('licence', 'of the intensities'),
      number('share', "of the run's IT energy", of('0..1')),
      number('mean_g_per_kwh', 'mean of that energy', of('gCO2e/kWh')),
      number('zone_mean_g_per_kwh', "mean of the zone's known hours", maybe('gCO2e/kWh')),
      number('zone_variation', 'their standard deviation over their mean', maybe('1')),
      number('lead_h', 'of a forecast: how long before, on average', maybe('h')),
      number('weeks', 'of a climatology: earlier weeks that it is the mean of', EMPTY),
      flag('given', 'whether its course is in the table intensity'),
    ],
  },
  intensity: {
    what: 'the courses of those parts that may be passed on, over the time of the run',
    columns: [
      run,
      part,
      number('from_ms', 'beginning of the half-open interval', of('ms')),
      number('to_ms', 'its end', of('ms')),
      number('g_per_kwh', 'intensity', of('gCO2e/kWh')),
    ],
  },
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];
export const columnsOf = (table: TableName): readonly Column[] => TABLES[table].columns;

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** Why a row cannot be taken, in words; null where it can. */
export function wrongWith(table: TableName, row: Readonly<Record<string, unknown>>): string | null {
  for (const { name, type, empty, words, pattern } of columnsOf(table)) {
    const value = row[name] ?? null;
    if (value === null) {
      if (!empty) return `no ${name}`;
      continue;
    }
    const fits =
      type === 'flag'
        ? typeof value === 'boolean'
        : type === 'text'
          ? typeof value === 'string'
          : Number.isFinite(value) && (type === 'number' || Number.isInteger(value));
    if (!fits) return `${name} is no ${type}`;
    const listed = words === undefined || words.includes(value as string);
    if (!listed || (pattern !== undefined && !new RegExp(pattern).test(value as string)))
      return `${name} is none that it may be`;
  }
  return null;
}
