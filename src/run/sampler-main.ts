// The process that reads the sensors: alone, because a bad pointer in a vendor's library ends the whole process.
//
// It reads ten times a second at moments of its own, sends what it saw once a second, and ends when its parent does.

import { clockOf } from '../core/clock.ts';
import { reasonOf } from '../core/fault.ts';
import type { Device, PowerSource } from '../meter/port.ts';
import { cpuModelSource } from '../meter/sources/cpu-model.ts';
import { nvmlSource } from '../meter/sources/nvml.ts';
import { replaySource } from '../meter/sources/replay.ts';
import { installCanary } from './canary.ts';
import type { FlatSample, FromSampler, SamplerConfig, ToSampler } from './messages.ts';

/** A counter moves every 20 to 100 ms: looking this often at the run's edges catches the moment it does. */
const BURST_MS = 5;
const BURST_READY_MS = 120;
const BURST_END_MS = 150;
const SEND_MS = 1000;

const config = JSON.parse(process.argv[2]!) as SamplerConfig;
const now = clockOf(config.anchor);
let childPid: number | null = null;

installCanary((signal) => send({ type: 'signal', signal }));
process.on('disconnect', () => process.exit(0));

const cpu = cpuModelSource({ procfs: config.procfs, childPid: () => childPid });
const sources: PowerSource[] =
  config.replay !== null
    ? [replaySource(config.replay)]
    : [
        nvmlSource({ library: config.nvml, visible: config.visible ?? undefined, order: config.order ?? undefined }),
        cpu,
      ];

const found: { source: PowerSource; first: number }[] = [];
const devices: Device[] = [];
const absent: string[] = [];
for (const source of sources) {
  const opened = await source
    .open()
    .catch((error: unknown) => ({ devices: [], absent: `${source.name} failed: ${reasonOf(error)}` }));
  if (opened.devices.length > 0) found.push({ source, first: devices.length });
  devices.push(...opened.devices);
  if (opened.absent !== null) absent.push(opened.absent);
}

let waiting: FlatSample[] = [];
/** The last counter values and whether each has moved since watch() was called. */
const counters = new Map<number, number>();
let moved = new Set<number>();

function look(): void {
  for (const { source, first } of found) {
    for (const sample of source.read(now)) {
      const index = first + sample.index;
      waiting.push([index, Math.round(sample.at_ms * 1000) / 1000, sample.energy_j, sample.power_w]);
      if (sample.energy_j === null) continue;
      const before = counters.get(index);
      if (before !== undefined && before !== sample.energy_j) moved.add(index);
      counters.set(index, sample.energy_j);
    }
  }
}

/** Looks often until every counter has been seen to move, or for `most` ms. */
async function burst(most: number): Promise<void> {
  moved = new Set();
  const until = now() + most;
  look();
  while (now() < until && moved.size < counters.size) {
    await new Promise((resolve) => setTimeout(resolve, BURST_MS));
    look();
  }
}

function send(message: FromSampler): void {
  if (process.connected) process.send!(message);
}

function sendSamples(): void {
  const samples = waiting;
  waiting = [];
  send({ type: 'samples', samples, wall_offset_ms: Math.round(Date.now() - now()), job_share: cpu.jobShare() });
}

look();
await burst(counters.size > 0 ? BURST_READY_MS : 0);
send({ type: 'ready', devices, absent });
sendSamples();

const period = config.interval_ms;
const started = now();
let tick = 0;
let sent = started;
let timer: NodeJS.Timeout;
function next(): void {
  // Drift-free, with jitter: a job whose steps keep time with the sampler would otherwise be seen at one phase only.
  tick = Math.max(tick + 1, Math.ceil((now() - started) / period));
  const jitter = (Math.random() - 0.5) * 0.2 * period;
  timer = setTimeout(step, Math.max(1, started + tick * period + jitter - now()));
}
function step(): void {
  look();
  const at = now();
  if (at - sent >= SEND_MS - period / 2) {
    sent = at;
    sendSamples();
  }
  next();
}
if (found.length > 0) next();

process.on('message', (message: ToSampler) => {
  if (message.type === 'child') {
    childPid = message.pid;
    return;
  }
  clearTimeout(timer);
  void burst(counters.size > 0 ? BURST_END_MS : 0).then(() => {
    sendSamples();
    send({ type: 'done' });
    for (const { source } of found) source.close();
    process.disconnect?.();
  });
});
