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

/** What one host is made of without its accelerators: processors, memory, disks, and the server around them. */
export function hostMade(host: Host): { kind: 'cpu' | 'memory' | 'storage' | 'server'; made: Made | null }[] {
  const { cpu, memory, ssd, hdd, server } = table.host;
  const gb = (bytes: number) => bytes / 1e9;
  const scaled = (by: { low_kg_per_gb: number; high_kg_per_gb: number }, bytes: number): [number, number] => [
    by.low_kg_per_gb * gb(bytes),
    by.high_kg_per_gb * gb(bytes),
  ];
  const made = (scope: string, ends: [number, number], from: readonly string[]): Made => ({
    ...{ ...between(...ends), scope, by: 'range', source: cited(...from) },
  });
  const { ssd_bytes, hdd_bytes } = host;
  const [a, b] = [scaled(ssd, ssd_bytes ?? 0), scaled(hdd, hdd_bytes ?? 0)];
  const known = { cores: coresOf(host), sockets: host.sockets };
  const area = (known.cores ?? 0) * cpu.die_cm2_per_core + (known.sockets ?? 0) * cpu.die_cm2;
  const share = shareOfServer(host);
  const frame = `board, chassis, power supplies${host.virtual ? `, of a virtual machine its threads of ${HOST_THREADS}` : ''}`;
  return [
    {
      kind: 'cpu',
      made:
        known.cores === null || known.sockets === null
          ? null
          : made(
              'processors',
              [area * cpu.low.kg_per_cm2, area * cpu.high.kg_per_cm2 + known.sockets * cpu.high.kg],
              cpu.from,
            ),
    },
    {
      kind: 'memory',
      made: host.memory_bytes === null ? null : made('memory', scaled(memory, host.memory_bytes), memory.from),
    },
    {
      kind: 'storage',
      made:
        ssd_bytes === null || hdd_bytes === null
          ? null
          : made('disks', [a[0] + b[0], a[1] + b[1]], [...ssd.from, ...hdd.from]),
    },
    {
      kind: 'server',
      made: share === null ? null : made(frame, [share * server.low_kg, share * server.high_kg], server.from),
    },
  ];
}

/** Threads of a core, and of a server of two sockets of 64 cores, where a virtual machine shows its own alone. */
const THREADS_PER_CORE = 2;
const HOST_THREADS = 256;

const coresOf = ({ virtual, threads, cores }: Host): number | null =>
  virtual && threads !== null ? threads / THREADS_PER_CORE : cores;

/** Part of a server's frame: all of it, or of a virtual machine its threads' part. */
function shareOfServer({ virtual, threads }: Host): number | null {
  if (!virtual) return 1;
  return threads === null ? null : Math.min(1, threads / HOST_THREADS);
}

function endsOf(row: Row): { ends: [number, number]; vendor: NonNullable<Row['figures']>[number] | undefined } {
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

/** The row with the most words that are all in the name; null for none, and for a laptop's part of a card's name. */
function rowOf(name: string): Row | null {
  const words = new Set(wordsOf(name));
  if (words.has('laptop')) return null;
  const fitting = ROWS.filter(({ match }) => wordsOf(match).every((word) => words.has(word)));
  return fitting.reduce<Row | null>(
    (best, row) => (best === null || wordsOf(row.match).length > wordsOf(best.match).length ? row : best),
    null,
  );
}

const wordsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
