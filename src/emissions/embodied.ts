// What making the hardware has to do with a run: kg × share reserved × time reserved ÷ lifetime, summed over accelerators
// and hosts (M = TE · TiR/EL · RR/ToR of ISO/IEC 21031). Pure.
//
// Time is that in which the run held a piece, idle or not. A choice of source is one cause for all pieces of a kind, so
// it cancels between runs on the same hardware.

import {
  asGiven,
  exactly,
  type Figure,
  type FigureJson,
  type Given,
  type Known,
  plus,
  times,
  toJson,
  unknown,
  withRelative,
} from '../core/figure.ts';
import type { Cause } from './errors.ts';
import {
  acceleratorMade,
  bestFor,
  type EmbodiedSource,
  type Host,
  hostMade,
  LIFETIME_Y,
  type Made,
} from './hardware.ts';

export interface EmbodiedSpec {
  readonly source?: EmbodiedSource;
  readonly lifetime_y?: number;
  /** kg of one accelerator, by words of its name. */
  readonly devices?: Readonly<Record<string, Given>>;
  /** kg of a whole host without its accelerators. */
  readonly server?: Given;
}

export interface AcceleratorUse {
  readonly device: string;
  readonly host: string;
  readonly name: string;
  /** Part of it that is reserved: 1, of a slice its part; more where one device stands for several. */
  readonly share: number;
  readonly reserved_s: number;
  /** W that it may draw; null where not told. */
  readonly limit_w: number | null;
}

export interface HostUse {
  readonly host: string;
  /** 0..1: of its accelerators those that are reserved, else 1. */
  readonly share: number;
  readonly reserved_s: number;
  /** What it is made of; null where that was not recorded. */
  readonly machine: Host | null;
}

export interface EmbodiedPart {
  kind: 'accelerator' | 'cpu' | 'memory' | 'storage' | 'server';
  /** Null of what is the host's. */
  device: string | null;
  host: string;
  name: string;
  /** Of one whole piece; of a host's parts all of the kind. */
  kg: FigureJson;
  scope: string | null;
  /** range, vendor, bottom-up, estimate or given. */
  by: string | null;
  source: string | null;
  share: number;
  reserved_s: number;
  embodied_g: FigureJson;
}

export interface Embodied {
  /** gCO2e; unknown where an accelerator is, or where nothing of the hardware is known. */
  readonly figure: Figure;
  readonly causes: readonly Cause[];
  readonly parts: EmbodiedPart[];
  readonly lifetime_y: number;
  /** What the figure leaves out or takes for granted, in words. */
  readonly notes: readonly string[];
}

const SECONDS_PER_YEAR = 8760 * 3600;
const LIFETIME: Cause = {
  id: 'embodied:lifetime',
  label: 'how long hardware is used',
  hint: 'give the years that it is kept: account.embodied.lifetime_y',
};
/** kg × time goes with 1/lifetime: 6 years are a sixth less than 5, 4 a quarter more. */
const LIFETIME_REACH = { down: 1 - LIFETIME_Y.value / LIFETIME_Y.high, up: LIFETIME_Y.value / LIFETIME_Y.low - 1 };

interface Piece extends Pick<EmbodiedPart, 'kind' | 'device' | 'host' | 'name' | 'share' | 'reserved_s'> {
  readonly made: Made | null;
}

/** The embodied part of a run that reserved these, gCO2e. Linear in share and time; parts add up to it. */
export function embodied(
  uses: { readonly accelerators: readonly AcceleratorUse[]; readonly hosts: readonly HostUse[] },
  spec: EmbodiedSpec,
): Embodied {
  const lifetime_y = spec.lifetime_y ?? LIFETIME_Y.value;
  const pieces = [
    ...uses.accelerators.map((use) => acceleratorPiece(use, spec)),
    ...uses.hosts.flatMap((use) => hostPieces(use, spec)),
  ];
  const causes = new Map<string, Cause>();
  const over: Known = spec.lifetime_y === undefined ? withRelative(1, { [LIFETIME.id]: LIFETIME_REACH }) : exactly(1);
  if (spec.lifetime_y === undefined) causes.set(LIFETIME.id, LIFETIME);
  let sum = exactly(0);
  const parts = pieces.map(({ made, ...piece }): EmbodiedPart => {
    const about = {
      ...piece,
      scope: made?.scope ?? null,
      by: made?.by ?? null,
      source: made?.source ?? null,
    };
    const why = `what it took to make ${piece.name} is not known`;
    if (made === null) return { ...about, kg: { value: null, why }, embodied_g: { value: null, why } };
    const cause = causeOf(piece.kind, made);
    if (made.low < made.high) causes.set(cause.id, cause);
    const kg = asGiven(made, cause.id);
    const of_life = (piece.share * piece.reserved_s) / (lifetime_y * SECONDS_PER_YEAR);
    const grams = times(times(kg, exactly(1000 * of_life)), over);
    sum = plus(sum, grams);
    return { ...about, kg: toJson(kg), embodied_g: toJson(grams) };
  });
  const dark = pieces.filter(({ made }) => made === null);
  const lost = dark.find(({ kind }) => kind === 'accelerator');
  const why = lost ?? (dark.length === pieces.length ? (dark[0] ?? null) : null);
  return {
    figure: pieces.length === 0 ? unknown('no hardware of the run is known') : why === null ? sum : unknown(whyOf(why)),
    ...{ causes: [...causes.values()], parts, lifetime_y, notes: notesOf(pieces, spec) },
  };
}

function acceleratorPiece(
  { device, host, name, share, reserved_s, limit_w }: AcceleratorUse,
  spec: EmbodiedSpec,
): Piece {
  const [, given = null] = bestFor(`${name} ${device}`, Object.entries(spec.devices ?? {}), ([words]) => words) ?? [];
  const made = given === null ? acceleratorMade(name, limit_w, spec.source ?? 'range') : madeOf(given, 'as given');
  return { kind: 'accelerator', device, host, name, share, reserved_s, made };
}

function hostPieces({ host, share, reserved_s, machine }: HostUse, { server }: EmbodiedSpec): Piece[] {
  const about = { device: null, host, share, reserved_s };
  if (server !== undefined)
    return [{ ...about, kind: 'server', name: `host ${host}`, made: madeOf(server, 'host without accelerators') }];
  if (machine === null) return [{ ...about, kind: 'server', name: `host ${host}`, made: null }];
  return hostMade(machine).map(({ kind, made }) => ({ ...about, kind, name: `${NAMES[kind]} of ${host}`, made }));
}

const NAMES = { cpu: 'processors', memory: 'memory', storage: 'disks', server: 'board, chassis and power supplies' };

function madeOf({ value, low = value, high = value, source }: Given, scope: string): Made {
  return { value, low, high, scope, by: 'given', source };
}

function causeOf(kind: Piece['kind'], { by }: Made): Cause {
  const what = kind === 'accelerator' ? 'accelerators' : NAMES[kind];
  return { id: `embodied:${by}:${kind}`, label: `what it took to make ${what}`, hint: HINTS[kind] };
}

const HOST_HINT = 'give the kg of a whole host by an assessment of its own: account.embodied.server';
const HINTS: Readonly<Record<Piece['kind'], string>> = {
  accelerator:
    'choose between maker and bottom-up (account.embodied.source), or give its kg by an assessment of your own (account.embodied.devices)',
  ...{ cpu: HOST_HINT, memory: HOST_HINT, storage: HOST_HINT, server: HOST_HINT },
};

const whyOf = ({ kind, name }: Piece): string =>
  kind === 'accelerator'
    ? `what it took to make ${name} is not known: give its kg under account.embodied.devices`
    : `what ${name} is made of is not recorded: give its kg under account.embodied.server`;

function notesOf(pieces: readonly Piece[], spec: EmbodiedSpec): string[] {
  const notes: string[] = [];
  const dark = pieces.filter(({ kind, made }) => made === null && kind !== 'accelerator').map(({ name }) => name);
  if (dark.length > 0 && dark.length < pieces.length)
    notes.push(
      `embodied emissions leave out ${dark.join(', ')}: not recorded, and not given under account.embodied.server`,
    );
  const guessed = pieces.filter(({ made }) => made?.by === 'estimate').map(({ name }) => name);
  if (guessed.length > 0)
    notes.push(
      `${[...new Set(guessed)].join(', ')}: in no table, so what it took to make it is estimated from its power limit`,
    );
  const untold = pieces
    .filter(({ kind, made }) => kind === 'accelerator' && made?.by === 'range')
    .map(({ name }) => name);
  if (spec.source === 'vendor' && untold.length > 0)
    notes.push(`the maker gives no figure of ${[...new Set(untold)].join(', ')}: the range stands in`);
  return notes;
}
