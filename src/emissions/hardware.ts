// What it took to make a piece of hardware, kg CO2e with its ends, from published figures and models of what it is made
// of (data/embodied.json, docs/methodology.md#embodied).
//
// The makers' figures and bottom-up models of one card lie apart severalfold, and no figure says which is right: the
// range reaches from the one to the other, and its value is the geometric mean, as far from both in proportion.

import table from '../../data/embodied.json' with { type: 'json' };

export type EmbodiedSource = 'range' | 'vendor' | 'bottom-up';

/** kg CO2e of one piece: low ≤ value ≤ high, the 90 % interval. */
export interface Made {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** What it is the making of. */
  readonly scope: string;
  /** Which of them it is: range, vendor, bottom-up; estimate of what no table has; given by the user. */
  readonly by: EmbodiedSource | 'estimate' | 'given';
  /** Citations. */
  readonly source: string;
}

/** What a machine has, of what src/meter/machine.ts finds; null: not told. */
export interface Host {
  readonly sockets: number | null;
  readonly cores: number | null;
  readonly threads: number | null;
  readonly virtual: boolean;
  readonly memory_bytes: number | null;
  readonly ssd_bytes: number | null;
  readonly hdd_bytes: number | null;
}

type Row = (typeof table.accelerators)[number] & {
  readonly figures?: readonly {
    readonly kg: number;
    readonly by: string;
    readonly scope: string;
    readonly from: string;
  }[];
};
type Model = typeof table.accelerator.maker;

const ROWS: readonly Row[] = table.accelerators;
const { maker, bottom_up, bottom_up_reach, vendor_reach } = table.accelerator;
const cited = (...ids: readonly string[]): string =>
  [...new Set(ids)].map((id) => table.sources[id as keyof typeof table.sources]).join('; ');

/** Years that hardware is used, with the ends of what large users write off by. */
export const LIFETIME_Y = { value: table.lifetime_y.value, low: table.lifetime_y.low, high: table.lifetime_y.high };

/** A range that reaches from one end to the other. */
const between = (low: number, high: number): Pick<Made, 'value' | 'low' | 'high'> => ({
  ...{ value: Math.sqrt(low * high), low, high },
});
const within = (value: number, { down, up }: { down: number; up: number }) => ({
  ...{ value, low: value * (1 - down), high: value * (1 + up) },
});

/**
 * One accelerator by its product name; one that is not in the table by the power `limit_w` that it may draw, if that is
 * told, between the least and the most kg per W of the table. Null: nothing is known of it. A maker that gives no figure
 * has the range.
 */
export function acceleratorMade(name: string, limit_w: number | null, source: EmbodiedSource): Made | null {
  const key = `${name} ${limit_w} ${source}`;
  const known = MADE.get(key);
  if (known !== undefined) return known;
  const made = acceleratorOf(name, limit_w, source);
  MADE.set(key, made);
  return made;
}
/** Thousands of runs are on a few kinds of hardware. */
const MADE = new Map<string, Made | null>();

function acceleratorOf(name: string, limit_w: number | null, source: EmbodiedSource): Made | null {
  const row = rowOf(name);
  if (row === null) return limit_w === null || !(limit_w > 0) ? null : byPower(limit_w);
  const { ends, vendor } = endsOf(row);
  if (source === 'bottom-up')
    return {
      ...within(modelled(row, bottom_up), bottom_up_reach),
      ...{ scope: 'card', by: 'bottom-up', source: cited(...bottom_up.from, ...bottom_up_reach.from) },
    };
  if (source === 'vendor' && vendor !== undefined)
    return { ...within(vendor.kg, vendor_reach), scope: vendor.scope, by: 'vendor', source: cited(vendor.from) };
  const from = [...(row.figures ?? []).map((figure) => figure.from), ...maker.from, ...bottom_up.from];
  return { ...between(...ends), scope: 'card', by: 'range', source: cited(...from) };
}

type HostKind = 'cpu' | 'memory' | 'storage' | 'server';

/** What one host is made of without its accelerators: processors, memory, disks, and the server around them. */
export function hostMade(host: Host): { kind: HostKind; made: Made | null }[] {
  const { cpu, memory, ssd, hdd, server } = table.host;
  const frame = host.virtual ? `, of a virtual machine its threads of ${HOST_THREADS}` : '';
  const made = (kind: HostKind, ends: Ends | null, about: { scope: string; from: readonly string[] }) => {
    const { scope, from } = about;
    return {
      kind,
      made: ends === null ? null : ({ ...between(...ends), scope, by: 'range', source: cited(...from) } as const),
    };
  };
  return [
    made('cpu', processorEnds(host), { scope: 'processors', from: cpu.from }),
    made('memory', perGb(memory, host.memory_bytes), { scope: 'memory', from: memory.from }),
    made('storage', added(perGb(ssd, host.ssd_bytes), perGb(hdd, host.hdd_bytes)), {
      ...{ scope: 'disks', from: [...ssd.from, ...hdd.from] },
    }),
    made('server', frameEnds(host), { scope: `board, chassis, power supplies${frame}`, from: server.from }),
  ];
}

/** kg, low and high. */
type Ends = [number, number];

const perGb = (by: { low_kg_per_gb: number; high_kg_per_gb: number }, bytes: number | null): Ends | null =>
  bytes === null ? null : [(by.low_kg_per_gb * bytes) / 1e9, (by.high_kg_per_gb * bytes) / 1e9];

const added = (a: Ends | null, b: Ends | null): Ends | null =>
  a === null || b === null ? null : [a[0] + b[0], a[1] + b[1]];

function processorEnds({ sockets, virtual, threads, cores }: Host): Ends | null {
  const { cpu } = table.host;
  const all = virtual && threads !== null ? threads / THREADS_PER_CORE : cores;
  if (all === null || sockets === null) return null;
  const area_cm2 = all * cpu.die_cm2_per_core + sockets * cpu.die_cm2;
  return [area_cm2 * cpu.low.kg_per_cm2, area_cm2 * cpu.high.kg_per_cm2 + sockets * cpu.high.kg];
}

/** Threads of a core, and of a server of two sockets of 64 cores, where a virtual machine shows its own alone. */
const THREADS_PER_CORE = 2;
const HOST_THREADS = 256;

/** A server's frame, of a virtual machine its threads' part. */
function frameEnds({ virtual, threads }: Host): Ends | null {
  const { low_kg, high_kg } = table.host.server;
  if (!virtual) return [low_kg, high_kg];
  if (threads === null) return null;
  const share = Math.min(1, threads / HOST_THREADS);
  return [share * low_kg, share * high_kg];
}

function endsOf(row: Row): { ends: Ends; vendor: NonNullable<Row['figures']>[number] | undefined } {
  const figures = row.figures ?? [];
  const vendor = figures.find(({ by }) => by === 'vendor');
  const all = [...figures.map(({ kg }) => kg), modelled(row, bottom_up)];
  if (vendor === undefined) all.push(modelled(row, maker)); // its maker's figure, as the model of another has it
  return { ends: [Math.min(...all), Math.max(...all)], vendor };
}

/** kg by chip area, memory and rated power. */
function modelled({ chip, memory, memory_gb, tdp_w }: Row, model: Pick<Model, keyof Model>): number {
  const die_cm2 = table.chips_mm2[chip as keyof typeof table.chips_mm2] / 100;
  const per_gb = memory === 'hbm' ? model.hbm_kg_per_gb : model.gddr_kg_per_gb;
  return die_cm2 * model.die_kg_per_cm2 + memory_gb * per_gb + tdp_w * model.rest_kg_per_w;
}

const PER_W = ROWS.map((row) => endsOf(row).ends.map((kg) => kg / row.tdp_w));

function byPower(limit_w: number): Made {
  const low = limit_w * Math.min(...PER_W.map(([least]) => least!));
  const high = limit_w * Math.max(...PER_W.map(([, most]) => most!));
  const source = `not in the table: by its power limit of ${limit_w} W, between the least and the most kg per W of those that are`;
  return { ...between(low, high), scope: 'card', by: 'estimate', source };
}

/** The row of a name; null for none, and for a laptop's part of a card's name. */
function rowOf(name: string): Row | null {
  return wordsOf(name).includes('laptop') ? null : bestFor(name, ROWS, ({ match }) => match);
}

/** Of those whose words are all in the name the one with the most words; null for none. */
export function bestFor<T>(name: string, all: readonly T[], called: (one: T) => string): T | null {
  const words = new Set(wordsOf(name));
  const fitting = all.filter((one) => wordsOf(called(one)).every((word) => words.has(word)));
  return fitting.toSorted((a, b) => wordsOf(called(b)).length - wordsOf(called(a)).length)[0] ?? null;
}

const wordsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
