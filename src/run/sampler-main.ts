// The process that reads the sensors: alone, because a bad pointer in a vendor's library ends the whole process.
//
// It reads ten times a second at moments of its own, sends what it saw once a second, and ends when its parent does.

import { clockOf } from '../core/clock.ts';
import { reasonOf } from '../core/fault.ts';
import { charge, keyOf } from '../meter/charge.ts';
import type { Barred, Device, Opened, PowerSource, Sample } from '../meter/port.ts';
import { hostOtherSource, type Reading } from '../meter/sources/host-other.ts';
import { jobTime } from '../meter/sources/job-time.ts';
import { replaySource } from '../meter/sources/replay.ts';
import { sensorsOf } from '../meter/sources/sensors.ts';
import type { FlatSample, FromSampler, SamplerConfig, ToMeter, ToSampler } from './messages.ts';
import { FORWARDED } from './signals.ts';

/** A counter moves every 20 to 100 ms: looking this often at the run's edges catches the moment it does. */
const BURST_MS = 5;
const BURST_READY_MS = 120;
/** So long the command may keep us waiting for its start before we look at the usual pace. */
const BURST_CHILD_MS = 500;
const BURST_END_MS = 150;
/** Samples go out so long after each whole UTC second: by then every counter has moved, and the second's row is whole. */
const AFTER_SECOND_MS = 200;
/** A driver that takes longer to open comes late: the command does not wait for it. */
const PATIENCE_MS = 150;
/** Reasons that are told of one meter. */
const MOST_REASONS = 5;
/** What may come yet is opened again after so long, then ever later. */
const AGAIN_MS = 2000;
const LONGEST_AGAIN_MS = 60_000;
/** A rank on standby waits longer: nobody waits for it. */
const STANDBY_MS = 10_000;

let childStarted = false;
let stopping = false;
let only: ReadonlySet<string> | null = null;
let alsoCharged: ReadonlySet<string> = new Set();

/** Sources that ask in the background. */
let background: readonly PowerSource[] = [];

// Signals to the whole group are for the command; it is our parent's end that ends us.
for (const signal of FORWARDED) process.on(signal, () => {});
process.on('disconnect', leave);
if (!process.connected) leave();

/** A driver that hangs in another thread would hold a gentle exit for ever. */
function leave(): void {
  for (const source of background) source.close(); // what they have started would live on
  process.kill(process.pid, 'SIGKILL');
}

const config = await configuration();
const now = clockOf(config.anchor, config.sensors.procfs);
const sensors = sensorsOf(config.sensors);
const job = jobTime(process.ppid);
const sources: readonly PowerSource[] =
  config.replay === null
    ? sensors.map((source) =>
        source.name === 'nvml' && config.without_nvml !== null ? absentSource('nvml', config.without_nvml) : source,
      )
    : [replaySource(config.replay)];

background = sources.filter((source) => source.background);

const rest = hostOtherSource(config.host_other);
/** Its place in the account; -1 while it is not in it. */
let restPlace = -1;

const opened = new Map<PowerSource, Opened>();
/** The sources with devices, and each device's place in the account; -1 for one that is not in it. */
let found: { source: PowerSource; places: number[] }[] = [];
let announced = false;
const opening = sources.map((source) => openOne(source, 0));

async function openOne(source: PowerSource, failures: number): Promise<void> {
  const result = await source
    .open()
    .catch((error: unknown): Opened => ({ devices: [], absent: `${source.name} failed: ${reasonOf(error)}` }));
  if (result.again)
    setTimeout(() => void openOne(source, failures + 1), Math.min(AGAIN_MS * 2 ** failures, LONGEST_AGAIN_MS)).unref();
  if (result.absent !== null && result.absent === opened.get(source)?.absent) return; // nothing new
  opened.set(source, result);
  if (announced) announce();
}

let waiting: FlatSample[] = [];
/** The last counter values and whether each has moved since watch() was called. */
const counters = new Map<number, number>();
let moved = new Set<number>();

/** Takes what has been opened into the account, in the sources' order, each part of the machine once. */
function gather(): { devices: Device[]; absent: string[] } {
  const all: Device[] = [];
  const absent: string[] = [];
  found = [];
  for (const source of sources) {
    const result = opened.get(source);
    if (result === undefined) absent.push(`${source.name} has not answered yet`);
    else if (result.absent !== null && result.unusual !== true) absent.push(result.absent);
    absent.push(...(result?.barred ?? []).map((one) => `${one.device} cannot be read: ${one.why}; ${one.remedy}`));
    if (result === undefined) continue;
    if (result.devices.length > 0) found.push({ source, places: result.devices.map((device) => all.push(device) - 1) });
    // Nothing stands in for a GPU: without it the total would be too low.
    all.push(...(result.barred ?? []).filter(({ kind }) => kind === 'gpu').map(unreadable));
  }
  const seen = all.map((device) => (alsoCharged.has(keyOf(device)) ? { ...device, charged: true } : device));
  let charged = charge(seen, { psys: config.psys });
  const told = only === null ? rest?.device(charged.map(({ device }) => device)) : undefined;
  restPlace = told?.device ? charged.length : -1; // last, so that nothing else moves
  if (told?.device) charged = charge([...seen, told.device], { psys: config.psys });
  if (told?.absent) absent.push(told.absent);
  charged = charged.filter(({ device }) => only === null || only.has(keyOf(device)));
  const placeOf = new Map(charged.map(({ place }, i) => [place, i]));
  found = found.map(({ source, places }) => ({ source, places: places.map((place) => placeOf.get(place) ?? -1) }));
  return { devices: charged.map(({ device }) => device), absent };
}

function unreadable({ why, remedy, charged = true, ...named }: Barred): Device {
  return {
    ...{ ...named, uuid: '', source: 'missing', charged, limit_w: null, gain: { down: 0, up: 0 }, update_s: null },
    notes: [`it cannot be read: ${why}; ${remedy}`],
  };
}

function announce(): void {
  sendSamples();
  counters.clear();
  send({ type: 'ready', ...gather() });
}

function look(): void {
  const readings = rest === null ? null : new Map<number, Reading>();
  for (const { source, places } of found) {
    if (places.every((place) => place < 0)) continue;
    for (const sample of source.read(now)) {
      const index = places[sample.index]!;
      if (index < 0) continue;
      take(index, sample);
      readings?.set(index, sample);
      if (source.background) noteUnread(index, sample);
      if (sample.energy_j === null || source.background) continue; // a slow counter is not worth waiting for
      const before = counters.get(index);
      if (before !== undefined && before !== sample.energy_j) moved.add(index);
      counters.set(index, sample.energy_j);
    }
  }
  if (rest === null) return;
  const changed = rest.observe(readings!);
  if (restPlace >= 0) take(restPlace, rest.read(now));
  else if (changed && announced) announce();
}

function take(index: number, { at_ms, energy_j, power_w }: Reading): void {
  waiting.push([index, Math.round(at_ms * 1000) / 1000, energy_j, power_w]);
}

let unread: FromSampler[] = [];
/** Reasons that were told, by place: a meter that is away for hours has one. */
const reasons = new Map<number, Set<string>>();

function noteUnread(index: number, { why }: Pick<Sample, 'why'>): void {
  const known = reasons.get(index) ?? new Set();
  if (why === undefined || known.has(why) || known.size >= MOST_REASONS) return;
  reasons.set(index, known.add(why));
  unread.push({ type: 'unread', index, why });
}

/** Looks often until every counter has been seen to move, or for `most` ms. */
async function burst(most: number): Promise<void> {
  look(); // what has moved by now did so at an unknown moment
  moved = new Set();
  await lookOften(most, () => moved.size >= counters.size);
}

async function lookOften(most: number, enough: () => boolean): Promise<void> {
  const until = now() + most;
  while (now() < until && !enough()) {
    await new Promise((resolve) => setTimeout(resolve, BURST_MS));
    look();
  }
}

function send(message: FromSampler): void {
  if (process.connected) process.send!(message);
}

function sendJob(): void {
  const look = job.look();
  if (look !== null) send({ type: 'job', look });
}

function sendSamples(): void {
  if (waiting.length === 0) return;
  const failures = unread;
  unread = [];
  const samples = waiting;
  waiting = [];
  const busy = found.flatMap(({ source, places }) =>
    places.flatMap((place, i) => {
      const share = place < 0 ? null : (source.utilisation?.(i) ?? null);
      return share === null ? [] : [[place, share.busy] as const];
    }),
  );
  send({
    type: 'samples',
    samples,
    busy,
    wall_offset_ms: Math.round(Date.now() - now()),
  });
  for (const failure of failures) send(failure);
}

/** Process lists hold the driver's lock for ms (MangoHud#2104): seldom, and never more than a two-hundredth of the time. */
const USERS_MS = 5000;
const USERS_COST = 200;
/** At first more often: a short command is to be seen while it lives. */
const USERS_FIRST_MS = 1000;
const usersFrom = now();
let usersNext = usersFrom + USERS_FIRST_MS;

function sendUsers(last = false): void {
  const from = now();
  if (config.users !== true || (from < usersNext && !last)) return;
  const users = found.flatMap(({ source, places }) =>
    places.flatMap((place, i) => {
      const told = place < 0 ? null : (source.users?.(i) ?? null);
      return told === null ? [] : [[place, told] as const];
    }),
  );
  const usual = Math.min(USERS_MS, Math.max(USERS_FIRST_MS, (from - usersFrom) / 4));
  usersNext = from + Math.max(usual, USERS_COST * (now() - from));
  send({ type: 'users', users });
}

await Promise.race([Promise.all(opening), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
if (config.standby) await standBy();
let first = gather();
look();
const inTime = opened.size;
if (counters.size > 0) await burst(BURST_READY_MS);
if (rest !== null && opened.size === inTime) first = gather(); // the rest may be known by now
send({ type: 'ready', ...first });
sendSamples();
announced = true;
if (opened.size > inTime) announce();

const period = config.interval_ms;
const started = now();
let tick = 0;
const secondOf = (at_ms: number) => Math.floor((at_ms - AFTER_SECOND_MS) / 1000);
let sent = secondOf(started);
let timer: NodeJS.Timeout;
function next(): void {
  // Drift-free, at a random moment of each period: whatever keeps time with the sampler is seen at every phase alike.
  tick = Math.max(tick + 1, Math.ceil((now() - started) / period));
  const jitter = (Math.random() - 0.5) * period;
  timer = setTimeout(step, Math.max(1, started + tick * period + jitter - now()));
}
function step(): void {
  if (!process.connected) leave();
  look();
  const second = secondOf(now());
  if (second > sent) {
    sent = second;
    sendSamples();
    sendJob();
    sendUsers();
  }
  next();
}

process.on('message', (message: ToSampler) => {
  if (ofTheCommand(message)) return;
  if (message.type === 'meter') {
    meter(message);
    announce();
    return;
  }
  stopping = true;
  clearTimeout(timer);
  void burst(BURST_END_MS).then(() => {
    sendSamples();
    sendJob();
    sendUsers(true);
    for (const { source } of found) source.close();
    process.send!({ type: 'done' } satisfies FromSampler, () => process.disconnect());
  });
});

// The window begins while we look often: the counters' moves before and after it are known to a few ms.
if (counters.size > 0) {
  await lookOften(BURST_CHILD_MS, () => childStarted || stopping);
  if (!stopping) moved = new Set();
  await lookOften(BURST_READY_MS, () => moved.size >= counters.size || stopping);
}
if (!stopping) next();

function ofTheCommand(message: ToSampler): boolean {
  if (message.type === 'ended') job.close();
  if (message.type === 'child') {
    childStarted = true;
    if (message.root !== null) {
      job.follow(message.root);
      sendJob();
    }
  }
  return message.type === 'ended' || message.type === 'child';
}

function meter({ only: keys, charge: also }: ToMeter): void {
  only = keys === null ? null : new Set(keys);
  alsoCharged = new Set(also);
}

/** Says what is here and waits until it is told what to meter. */
async function standBy(): Promise<void> {
  // Once all have answered: told that another meters what came first, this process would not stay to list the rest.
  const all = Promise.race([Promise.all(opening), new Promise((resolve) => setTimeout(resolve, STANDBY_MS))]);
  void all.then(() => {
    if (announced) return;
    announced = true;
    announce();
  });
  await new Promise<void>((resolve) => {
    const hear = (message: ToSampler) => {
      if (ofTheCommand(message)) return;
      if (message.type === 'stop') leave();
      if (message.type === 'meter') {
        process.off('message', hear);
        announced = true;
        meter(message);
        resolve();
      }
    };
    process.on('message', hear);
  });
}

/** The first message; later ones wait until they are listened for. */
function configuration(): Promise<SamplerConfig> {
  return new Promise((resolve) => {
    process.once('message', (message: ToSampler) => {
      if (message.type === 'config') resolve(message.config);
      else leave();
    });
  });
}

function absentSource(name: string, absent: string): PowerSource {
  return { name, open: async () => ({ devices: [], absent }), read: () => [], close() {} };
}
