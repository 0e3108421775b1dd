// The process that tries out one sensor source for `joulebook doctor`, or asks the kernel for the state of its clock:
// alone, because a vendor's library can crash or hang whoever loads it.
//
// It is told what to do by one message (never by its arguments, which everybody can read), says what it found, and ends.

import { reasonOf } from '../core/fault.ts';
import { type Look, latencyOf, meanPowerW, paceOf } from '../meter/pace.ts';
import type { Device, PowerSource, Sample } from '../meter/port.ts';
import { sensorsOf } from '../meter/sources/sensors.ts';
import { kernelClock } from './kernel-clock.ts';
import type { FromProbe, ToProbe, Watched } from './probe.ts';

/** The shortest pause between two looks; after a look that takes longer than this, we pause as long as it took. */
const PAUSE_MS = 1;
/** A sensor that has given no value yet may take so much longer to give its first. */
const FIRST_VALUE_MS = 4000;

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')); // a driver's thread would hold a gentle exit
process.once('message', (message: ToProbe) => {
  const done = message.type === 'clock' ? askClock() : trySource(message);
  void done
    .catch((error: unknown) => say({ type: 'failed', why: reasonOf(error) }))
    .then(() => say({ type: 'done' }))
    .then(() => process.disconnect());
});

function say(message: FromProbe): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}

async function askClock(): Promise<void> {
  await say({ type: 'clock', clock: await kernelClock() });
}

async function trySource({ sensors, place, watch_ms }: ToProbe & { type: 'source' }): Promise<void> {
  const source = sensorsOf(sensors)[place]!;
  const began = performance.now();
  const opened = await source.open();
  await say({ type: 'opened', opened, open_ms: performance.now() - began });
  if (opened.devices.length > 0) await say({ type: 'watched', ...(await watch(source, opened.devices, watch_ms)) });
  source.close();
}

async function watch(source: PowerSource, devices: readonly Device[], watch_ms: number) {
  const looks: { from_ms: number; to_ms: number; samples: Sample[] }[] = [];
  const valued = new Set<number>();
  const began = performance.now();
  const now = () => performance.timeOrigin + performance.now();
  for (;;) {
    const from_ms = performance.now();
    const samples = source.read(now);
    const to_ms = performance.now();
    looks.push({ from_ms, to_ms, samples });
    for (const { index, energy_j, power_w } of samples) if (energy_j !== null || power_w !== null) valued.add(index);
    const most = valued.size === devices.length ? watch_ms : watch_ms + slowest(devices, valued);
    if (to_ms - began >= most) break;
    await new Promise((resolve) => setTimeout(resolve, Math.max(PAUSE_MS, to_ms - from_ms)));
  }
  const took = looks.map(({ from_ms, to_ms }) => to_ms - from_ms);
  return { devices: devices.map((device, index) => watched(device, index, looks)), reads: latencyOf(took) };
}

/** Only a sensor that is read slowly by design is worth waiting for: any other that is silent now has a reason. */
function slowest(devices: readonly Device[], valued: ReadonlySet<number>): number {
  const waiting = devices.filter((device, i) => !valued.has(i) && (device.period_s ?? 0) > 0);
  return waiting.length === 0 ? 0 : FIRST_VALUE_MS;
}

function watched(
  device: Device,
  index: number,
  looks: readonly { from_ms: number; to_ms: number; samples: Sample[] }[],
): Watched {
  const mine = looks.map(({ samples, ...when }) => ({ ...when, sample: samples.find((one) => one.index === index) }));
  const of = (field: 'energy_j' | 'power_w'): Look[] =>
    mine.map(({ sample, ...when }) => ({ ...when, value: sample?.[field] ?? null }));
  const last = (of: readonly Look[]) => of.findLast(({ value }) => value !== null)?.value ?? null;
  const [counter, power] = [of('energy_j'), of('power_w')];
  const [energy_j, polled_w] = [last(counter), last(power)];
  const why = mine.findLast(({ sample }) => sample?.why !== undefined)?.sample?.why ?? null;
  const counted = energy_j === null ? null : meanPowerW(counter, device.wraps_at_j);
  const nothing = { value: null, why: why ?? 'it gave no value' };
  return {
    energy_j,
    power_w: polled_w !== null ? { value: polled_w } : (counted ?? nothing),
    power_from: polled_w !== null ? 'reading' : counted !== null && counted.value !== null ? 'counter' : null,
    pace: energy_j === null && polled_w === null ? null : paceOf(energy_j === null ? power : counter),
    pace_of: energy_j !== null ? 'counter' : polled_w !== null ? 'power' : null,
    looks: mine.length,
    failed_looks: mine.filter(({ sample }) => (sample?.energy_j ?? null) === null && (sample?.power_w ?? null) === null)
      .length,
    why,
  };
}
