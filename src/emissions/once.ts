// Whose the energy of a machine was over one stretch of time, each joule once (pure): runs, nobody (idle), or somebody who is no run.
//
// Several may have metered a device, and a wall meter holds what others meter inside it. Of the readings of one device the best known
// counts. Who metered it whole has it, several by what each measured there; what is left is told apart by who was seen using it.

/** What one record tells of a device over the stretch. */
export interface Reading {
  /** The run or monitor whose record it is. */
  readonly owner: string;
  readonly monitor: boolean;
  /** Whether the owner is charged with the device: all of it, or someone's share; null where it looked on, as monitors do. */
  readonly claim: 'whole' | 'share' | null;
  /** Of a share: user:1000, pid:4711:88123 or nobody. */
  readonly share_of?: string;
  /** J; null where nothing is known. */
  readonly energy_j: number | null;
  readonly ms: number;
  readonly unknown_ms: number;
  readonly estimated_ms: number;
  /** Who used it, where that was seen; absent where it cannot be. */
  readonly use?: Use;
}

/** J by whose they were; what is missing to the reading's energy was looked at by nobody. */
export interface Use {
  readonly idle_j: number;
  /** How far idle_j may lie off: ≤ 0 and ≥ 0. */
  readonly idle_down_j: number;
  readonly idle_up_j: number;
  /** By user id; null: no name could be put to it. */
  readonly users: ReadonlyMap<number | null, number>;
}

/** A device with those that its reading holds. */
export interface Part<R extends Reading = Reading> {
  readonly readings: readonly R[];
  readonly inner: readonly Part<R>[];
}

export type Whose = { readonly kind: 'run' | 'idle' } | { readonly kind: 'unattributed'; readonly uid: number | null };

/** So much of a device's energy, and of its time, is whose it says. */
export interface Piece<R extends Reading = Reading> {
  readonly whose: Whose;
  /** In whose account it is: the run that claims it, or the monitor that saw it. */
  readonly of: R;
  /** The reading that tells how much it was. */
  readonly by: R;
  /** J. */
  readonly energy_j: number;
  /** Part of `by`, 0..1. */
  readonly share: number;
  /** ms of the device of `of`. */
  readonly ms: number;
  /** How far idle power may lie off, J. */
  readonly down_j: number;
  readonly up_j: number;
}

/** The best-known reading: least unknown, then least estimated, then a monitor's, then by name; null where none tells any energy. */
export function bestOf<R extends Reading>(readings: readonly R[]): R | null {
  return readings.reduce<R | null>((a, b) => (b.energy_j === null || (a !== null && !better(b, a)) ? a : b), null);
}

function better(a: Reading, b: Reading): boolean {
  const by = a.unknown_ms - b.unknown_ms || a.estimated_ms - b.estimated_ms || Number(b.monitor) - Number(a.monitor);
  return by !== 0 ? by < 0 : a.owner < b.owner;
}

/** The energy of a machine's outermost devices, shared out: pieces add up to the best readings. */
export function sharedOut<R extends Reading>(parts: readonly Part<R>[]): Piece<R>[] {
  const pieces: Piece<R>[] = [];
  const untold: Untold<R>[] = [];
  for (const part of parts) shareOut(part, { claims: [], scale: 1, top: null, outermost: true }, { pieces, untold });
  // What nobody can be seen using, such as fans, was whose the rest of the machine was that none claims.
  return [...pieces, ...untold.flatMap((one) => followed(one, pieces))];
}

/** In whose account energy is, of the device where it was claimed or seen: of one inside it each joule is a part of that one's time. */
interface Holder<R extends Reading> {
  readonly of: R;
  readonly ms: number;
  readonly whole_j: number;
}

/** Energy of a monitor's that no process can be told of. */
interface Untold<R extends Reading> {
  readonly of: Holder<R>;
  readonly by: R;
  readonly energy_j: number;
}

interface Out<R extends Reading> {
  readonly pieces: Piece<R>[];
  readonly untold: Untold<R>[];
}

/** One who is charged with a device, here or with one that holds it. */
interface Claim<R extends Reading> extends Holder<R> {
  readonly here: boolean;
}

interface Held<R extends Reading> {
  readonly claims: readonly Claim<R>[];
  /** Inner readings together are never more than what holds them: what they count for. */
  readonly scale: number;
  /** A monitor's reading of what holds it. */
  readonly top: Holder<R> | null;
  readonly outermost: boolean;
}

function shareOut<R extends Reading>({ readings, inner }: Part<R>, held: Held<R>, out: Out<R>): void {
  const by = bestOf(readings);
  const own = readings.filter(
    ({ claim, owner }) => claim !== null && held.claims.every(({ of }) => of.owner !== owner),
  );
  const whole_j = (by?.energy_j ?? 0) * held.scale;
  const holder = (of: R): Holder<R> => ({ of, ms: by?.ms ?? of.ms, whole_j });
  const claims = [...held.claims, ...own.map((of) => ({ ...holder(of), here: true }))];
  const monitors = readings.filter(({ monitor }) => monitor);
  const best = bestOf(monitors);
  const seen = held.top ?? (best && holder(best));
  const deeper = { claims: claims.map((one) => ({ ...one, here: false })), top: seen, outermost: false };
  if (by === null) {
    out.pieces.push(...unknownOf(own.length > 0 ? own : monitors.slice(0, held.outermost ? 1 : 0)));
    for (const part of inner) shareOut(part, { ...deeper, scale: held.scale }, out);
    return;
  }
  const energy_j = whole_j;
  const inside_j = inner.reduce((s, part) => s + knownIn(part), 0);
  const scale = inside_j * held.scale > energy_j ? energy_j / inside_j : held.scale;
  for (const part of inner) shareOut(part, { ...deeper, scale }, out);
  const left_j = Math.max(0, energy_j - inside_j * scale);
  if (inside_j > 0 && left_j === 0) return;
  const user = inside_j > 0 ? null : (monitors.find(({ use }) => use !== undefined) ?? null);
  divide({ by, claims, seen, user, energy_j: left_j }, out);
}

/** Time of which no energy is known: it is whose the device was. */
const unknownOf = <R extends Reading>(owners: readonly R[]): Piece<R>[] =>
  owners.map((of) => {
    const whose: Whose = of.monitor ? { kind: 'unattributed', uid: null } : { kind: 'run' };
    const share = 1 / owners.length;
    return { whose, of, by: of, energy_j: 0, share, ms: of.ms * share, down_j: 0, up_j: 0 };
  });

/** J that the outermost known readings in a part tell. */
function knownIn({ readings, inner }: Part): number {
  return bestOf(readings)?.energy_j ?? inner.reduce((s, one) => s + knownIn(one), 0);
}

interface Division<R extends Reading> {
  readonly by: R;
  readonly claims: readonly Claim<R>[];
  readonly seen: Holder<R> | null;
  /** A reading that tells who used the device. */
  readonly user: R | null;
  /** To be divided; less than the reading's where inner devices were taken out. */
  readonly energy_j: number;
}

function divide<R extends Reading>({ by, claims, seen, user, energy_j }: Division<R>, out: Out<R>): void {
  const whole = claims.filter(({ of }) => of.claim === 'whole');
  // A record that ends within the stretch, as one that was killed does, claims its own time alone.
  const longest_ms = Math.max(...claims.map(({ of }) => of.ms), 0);
  const covered = whole.length === 0 ? 0 : seen === null ? 1 : Math.min(1, longest_ms / Math.max(1, by.ms));
  const weights = claims.map(({ of, here }) => (here ? (of.energy_j ?? energy_j) : energy_j));
  const sum = weights.reduce((a, b) => a + b, 0);
  const asked_j = claims.reduce((s, { of }) => s + (of.energy_j ?? 0), 0);
  const fit = asked_j > energy_j ? energy_j / asked_j : 1;
  const taken = claims.map((claim, i) => {
    const { of } = claim;
    const part = sum > 0 ? weights[i]! / sum : 1 / claims.length;
    return { of, claim, energy_j: whole.length > 0 ? energy_j * covered * part : (of.energy_j ?? 0) * fit, part };
  });
  for (const { claim, energy_j: part_j, part } of taken) {
    const made = pieceOf(by, claim, { whose: { kind: 'run' }, energy_j: part_j });
    out.pieces.push(energy_j > 0 || !claim.here ? made : { ...made, ms: by.ms * part });
  }
  const rest_j = energy_j - taken.reduce((s, one) => s + one.energy_j, 0);
  const of = seen ?? claims[0];
  if (rest_j <= 1e-12 * energy_j || of === undefined) return;
  if (user === null) out.untold.push({ of, by, energy_j: rest_j });
  else out.pieces.push(...restOf({ by, user, of }, { energy_j, rest_j, taken: whole.length > 0 ? [] : taken }));
}

/** What no run claims, by who was seen using the device. */
function restOf<R extends Reading>(
  { by, user, of }: { readonly by: R; readonly user: R; readonly of: Holder<R> },
  rest: { readonly energy_j: number; readonly rest_j: number; readonly taken: readonly Taken[] },
): Piece<R>[] {
  const use = user.use!;
  const scale = user.energy_j! > 0 ? rest.energy_j / user.energy_j! : 0;
  const left = without(portions(use, user.energy_j ?? 0, scale), rest.taken);
  const left_j = left.reduce((s, one) => s + one.energy_j, 0);
  const busy_j = left.reduce((s, { whose, energy_j }) => s + (whose.kind === 'idle' ? 0 : energy_j), 0);
  const kept = left_j > 0 ? rest.rest_j / left_j : 0;
  const reach = (scale * rest.rest_j) / rest.energy_j;
  return left.flatMap(({ whose, energy_j }) => {
    const made = pieceOf(by, of, { whose, energy_j: energy_j * kept });
    // What is idle less is somebody's more.
    const part = whose.kind === 'idle' ? reach : busy_j > 0 ? (-reach * energy_j) / busy_j : 0;
    const [down_j, up_j] = [use.idle_down_j * part, use.idle_up_j * part];
    return energy_j <= 0 && down_j === 0 && up_j === 0 ? [] : [{ ...made, down_j, up_j }];
  });
}

function pieceOf<R extends Reading>(by: R, holder: Holder<R>, { whose, energy_j }: Portion): Piece<R> {
  const share = by.energy_j! > 0 ? energy_j / by.energy_j! : 0;
  const { of, whole_j } = holder;
  // The time of a holder of which no energy is known is told already.
  const ms = whole_j > 0 ? (holder.ms * energy_j) / whole_j : 0;
  return { whose, of, by, energy_j, share, ms, down_j: 0, up_j: 0 };
}

interface Portion {
  readonly whose: Whose;
  readonly energy_j: number;
}

interface Taken {
  readonly of: Reading;
  readonly energy_j: number;
}

/** Who used a device, J times `scale`; what nobody looked at of the whole is somebody's. */
function portions({ idle_j, users }: Use, whole_j: number, scale: number): Portion[] {
  const looked_j = [...users.values()].reduce((a, b) => a + b, idle_j);
  const of = new Map(users).set(null, (users.get(null) ?? 0) + Math.max(0, whole_j - looked_j));
  const named = [...of].map(([uid, energy_j]): Portion => ({ whose: { kind: 'unattributed', uid }, energy_j }));
  const idle: Portion = { whose: { kind: 'idle' }, energy_j: idle_j };
  return [idle, ...named].map((one) => ({ ...one, energy_j: one.energy_j * scale }));
}

/** What shares that are runs leave: each is taken from its own user's, what is more than that from all. */
function without(all: readonly Portion[], taken: readonly Taken[]): Portion[] {
  let left = [...all];
  const take = (fits: (whose: Whose) => boolean, most_j: number): number => {
    const there_j = left.reduce((s, one) => s + (fits(one.whose) ? one.energy_j : 0), 0);
    const part = there_j > 0 ? Math.min(1, most_j / there_j) : 0;
    left = left.map((one) => (fits(one.whose) ? { ...one, energy_j: one.energy_j * (1 - part) } : one));
    return most_j - there_j * part;
  };
  for (const { of, energy_j } of taken) {
    const more_j = take((whose) => isOf(whose, of.share_of ?? ''), energy_j);
    if (more_j > 0) take(() => true, more_j);
  }
  return left;
}

/** Whose energy a share was: user:1000, pid:4711:88123 (some user's), nobody. */
function isOf(whose: Whose, share_of: string): boolean {
  if (share_of === 'nobody') return whose.kind === 'idle' || (whose.kind === 'unattributed' && whose.uid === null);
  if (whose.kind !== 'unattributed') return false;
  return share_of.startsWith('pid:') ? whose.uid !== null : share_of === `user:${whose.uid}`;
}

function followed<R extends Reading>({ of, by, energy_j }: Untold<R>, pieces: readonly Piece<R>[]): Piece<R>[] {
  const own = pieces.filter((one) => one.whose.kind !== 'run' && one.of.owner === of.of.owner);
  const all_j = own.reduce((s, one) => s + one.energy_j, 0);
  if (all_j <= 0) return [pieceOf(by, of, { whose: { kind: 'unattributed', uid: null }, energy_j })];
  return own.map(({ whose, energy_j: part_j }) => pieceOf(by, of, { whose, energy_j: (energy_j * part_j) / all_j }));
}
