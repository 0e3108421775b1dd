// The meter of a run on this host: we are it while we hold the lease; else another rank is, and we tell it what belongs
// to the run as we see it (each rank may be shown other GPUs), until it is gone and we go on where it stood.
//
// What we go on from are its last readings: a counter then knows what was used while nobody looked.

import type { ChildProcess } from 'node:child_process';
import { charge, keyOf } from '../meter/charge.ts';
import type { Device } from '../meter/port.ts';
import type { JobRoot } from '../meter/sources/job-time.ts';
import { type LeaseMessage, openLease, type Peer, type Seed } from './lease.ts';
import type { FlatSample, FromSampler, SamplerConfig } from './messages.ts';
import { type SamplerClient, startSampler } from './sampler-client.ts';
import { within } from './within.ts';

export interface Metering {
  /** What we began as: the host's meter, or a rank that another one meters. */
  readonly role: 'meter' | 'rank';
  /** Whether other processes of the run have been met on this host. */
  readonly shared: boolean;
  /** Resolves when the sensors, or the rank that meters, have answered, or after `most` ms. */
  ready(most: number): Promise<void>;
  /** Tells when our window begins; from when on what we meter counts: earlier where a rank began before us. Epoch ms. */
  begin(at_ms: number): number;
  /** As of the sampler (sampler-client.ts). */
  childStarted(root: JobRoot | null): void;
  childEnded(): void;
  /** The command has ended: until when what we meter counts, which is later where other ranks go on. Epoch ms. */
  exited(at_ms: number): Promise<number>;
  /** Asks for the last readings and resolves when they have come, or after `most` ms. */
  stop(most: number): Promise<void>;
}

export interface MeteringOptions {
  readonly config: Omit<SamplerConfig, 'without_nvml' | 'standby'>;
  /** A sampler that was started ahead; null = none. */
  readonly ahead: ChildProcess | null;
  /** The name that the ranks of a host agree on; null = there are none. */
  readonly lease: string | null;
  now(): number;
  /** Epoch ms up to which rows of a device are in the ledger. */
  reached(device: string): number | null;
  /** As the sampler says it; `since` tells from when on the account of a device that another has metered is ours. */
  message(message: FromSampler, since?: ReadonlyMap<string, number>): void;
  died(how: string): void;
  /** We go on with what another rank metered. */
  tookOver(): void;
}

/** What two ranks call gpu-0 may be two GPUs: each sees its own numbering. */
const apart = (device: Device): Device =>
  device.part === device.device && device.uuid !== '' ? { ...device, part: `${device.kind}:${device.uuid}` } : device;

interface Rank {
  claims: readonly Device[];
  granted: readonly string[];
  began_ms: number | null;
  ended_ms: number | null;
}

/** Ranks of a job end within moments of each other: so long the meter stays for those that have not. */
const HANDOVER_MS = 500;
/** Readings kept from before the end of the written rows, so that the next meter knows how the counter moves. */
const SEED_MS = 1000;

/** Takes part in the lease and starts the sampler; resolves when it is known who meters. Never rejects. */
export async function startMetering(options: MeteringOptions): Promise<Metering> {
  const { config, now } = options;
  let first: Metering['role'] | null = null;
  let holder: Peer | null = null;
  let shared = false;
  let sampler: SamplerClient | null = null;
  /** Keys of the devices that are ours to meter. */
  let ours: 'all' | ReadonlySet<string> = new Set();
  let started = false;
  let root: JobRoot | null = null;
  let began_ms: number | null = null;
  let claims: readonly Device[] = [];
  /** As our own sampler listed them last; null before. */
  let devices: readonly Device[] | null = null;
  const alsoCharged = new Set<string>();
  const ranks = new Map<Peer, Rank>();
  const seeds = new Map<string, Seed>();
  const history = new Map<string, Seed['samples'][number][]>();
  let metered: () => void = () => {};
  const answer = new Promise<void>((resolve) => (metered = resolve));
  let changed: () => void = () => {};

  const apply = () => {
    const begins = sampler === null;
    if (sampler === null) {
      devices = null;
      sampler = startSampler(
        { ...config, standby: ours !== 'all' },
        { message: hear, died: options.died },
        options.ahead,
      );
      if (started) sampler.childStarted(root);
    }
    const charge = [...alsoCharged];
    if (ours !== 'all' && ours.size > 0) sampler.meter({ only: [...ours], charge });
    else if (ours === 'all' && (!begins || charge.length > 0)) sampler.meter({ only: null, charge });
  };

  const hear = (message: FromSampler) => {
    if (message.type === 'ready') return listed(message);
    if (message.type === 'samples') {
      options.message(message);
      remember(message.samples);
      tellSeeds([...ranks.keys(), ...(holder === null ? [] : [holder])]);
    } else options.message(message);
  };

  const listed = (message: FromSampler & { type: 'ready' }) => {
    const mine = ours;
    if (mine !== 'all' && !(mine.size > 0 && message.devices.every((device) => mine.has(keyOf(device))))) {
      claims = message.devices.filter(({ charged }) => charged);
      holder?.send({ type: 'claim', devices: claims });
      return;
    }
    const fresh = message.devices.filter((device) => !devices?.some((known) => keyOf(known) === keyOf(device)));
    devices = message.devices;
    const since = new Map<string, number>();
    const before: FlatSample[] = [];
    for (const device of fresh) {
      const seed = seeds.get(keyOf(device));
      if (seed === undefined) continue;
      since.set(device.device, seed.reached_ms);
      before.push(...seed.samples.map((sample) => [devices!.indexOf(device), ...sample] as const));
      seeds.delete(keyOf(device));
    }
    options.message(message, since);
    const nothing = { busy: [], wall_offset_ms: Math.round(Date.now() - now()) };
    if (before.length > 0) options.message({ type: 'samples', samples: before, ...nothing });
    settle();
  };

  const remember = (samples: readonly FlatSample[]) => {
    for (const [index, ...sample] of samples) {
      const device = devices?.[index];
      if (device === undefined) continue;
      const kept = history.get(keyOf(device));
      if (kept === undefined) history.set(keyOf(device), [sample]);
      else kept.push(sample);
    }
    for (const device of devices ?? []) {
      const kept = history.get(keyOf(device)) ?? [];
      const reached_ms = options.reached(device.device);
      const known = reached_ms === null ? [] : kept.filter(([at_ms]) => at_ms <= reached_ms);
      if (reached_ms === null || known.length === 0) continue;
      const newest = known[known.length - 1]![0];
      const samples = known.filter(([at_ms]) => at_ms >= Math.min(newest, reached_ms - SEED_MS));
      history.set(keyOf(device), [...samples, ...kept.slice(known.length)]);
      seeds.set(keyOf(device), { key: keyOf(device), reached_ms, samples, charged: device.charged });
    }
  };
  const tellSeeds = (peers: readonly Peer[]) => {
    if (seeds.size === 0) return;
    for (const peer of peers) peer.send({ type: 'seeds', seeds: [...seeds.values()] });
  };

  /** Answers the claims of the other ranks, as soon as we know what we see ourselves. */
  const settle = () => {
    if (devices === null || ours !== 'all') return;
    const charged = alsoCharged.size;
    for (const [peer, rank] of ranks) {
      for (const device of rank.claims) {
        const key = keyOf(device);
        const own = devices.find((one) => keyOf(one) === key);
        if (own !== undefined) {
          if (!own.charged && own.within === undefined && own.kind !== 'psys') alsoCharged.add(key);
        } else if (![...ranks.values()].some(({ granted }) => granted.includes(key)) && standsBeside(device)) {
          rank.granted = [...rank.granted, key];
        }
      }
      if (rank.claims.length > 0) peer.send({ type: 'grant', keys: rank.granted });
    }
    if (alsoCharged.size > charged) apply();
  };
  /** Whether it counts beside all that we charge: neither holds the other. */
  const standsBeside = (device: Device): boolean => {
    const own = devices!.filter(({ charged }) => charged);
    const together = charge([...own, device].map(apart), { psys: config.psys });
    return together.length > own.length && together.every((one) => one.device.charged);
  };

  const heard = (from: Peer, message: LeaseMessage) => {
    const rank = ranks.get(from);
    if (message.type === 'seeds') {
      for (const seed of message.seeds) if (!devices?.some((one) => keyOf(one) === seed.key)) seeds.set(seed.key, seed);
    } else if (rank !== undefined) {
      if (message.type === 'began') rank.began_ms = message.at_ms;
      else if (message.type === 'ended') rank.ended_ms = message.at_ms;
      else if (message.type === 'claim') rank.claims = message.devices;
      if (message.type === 'claim') settle();
      changed();
    } else if (message.type === 'metering') metered();
    else if (message.type === 'grant' && ours !== 'all') void granted(message.keys, ours);
  };
  const granted = async (keys: readonly string[], before: ReadonlySet<string>) => {
    ours = new Set([...before, ...keys]);
    if (ours.size > 0) return apply();
    const idle = sampler;
    sampler = null;
    await idle?.stop(0);
  };

  const lease = await openLease(options.lease, {
    held() {
      first ??= 'meter';
      for (const { key, charged } of seeds.values()) if (charged) alsoCharged.add(key);
      const late = first === 'rank';
      holder = null;
      ours = 'all';
      apply();
      metered();
      if (late) options.tookOver();
    },
    joined(peer) {
      shared = true;
      holder = peer;
      if (began_ms !== null) peer.send({ type: 'began', at_ms: began_ms });
      if (claims.length > 0) peer.send({ type: 'claim', devices: claims });
      if (first === null) {
        first = 'rank';
        apply();
      }
    },
    admitted(peer) {
      shared = true;
      ranks.set(peer, { claims: [], granted: [], began_ms: null, ended_ms: null });
      if (started) peer.send({ type: 'metering' });
      tellSeeds([peer]);
    },
    heard,
    left(peer) {
      ranks.delete(peer);
      settle();
      changed();
    },
  });

  /** Until every other rank has ended or left, but not for ever; when the last did, or now. */
  const othersEnded = async (at_ms: number): Promise<number> => {
    let last = at_ms;
    const live = () => [...ranks.values()].some(({ ended_ms }) => ended_ms === null);
    const latest = () => {
      for (const { ended_ms } of ranks.values()) last = Math.max(last, ended_ms ?? 0);
    };
    const all = new Promise<void>((resolve) => {
      changed = () => {
        latest();
        if (!live()) resolve();
      };
      changed();
    });
    await within(all, HANDOVER_MS);
    return live() ? now() : last;
  };

  return {
    role: first ?? 'meter',
    get shared() {
      return shared;
    },
    ready: (most) => (holder === null && sampler !== null ? sampler.ready(most) : within(answer, most)),
    begin(at_ms) {
      began_ms = at_ms;
      holder?.send({ type: 'began', at_ms });
      return Math.min(at_ms, ...[...ranks.values()].flatMap((rank) => rank.began_ms ?? []));
    },
    childStarted(of) {
      sampler?.childStarted(of);
      started = true;
      // A sampler that begins later has not seen what was used before.
      root = of === null ? null : { ...of, waited_s: null };
      for (const peer of ranks.keys()) peer.send({ type: 'metering' });
    },
    childEnded: () => sampler?.childEnded(),
    async exited(at_ms) {
      if (holder !== null) {
        holder.send({ type: 'ended', at_ms });
        lease.close();
        return at_ms;
      }
      const until = ranks.size === 0 ? at_ms : await othersEnded(at_ms);
      lease.close();
      return until;
    },
    async stop(most) {
      lease.close();
      await sampler?.stop(most);
    },
  };
}
