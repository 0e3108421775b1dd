// Plays a recorded trace back as if its devices were here: the whole product runs on it, at any speed.
//
// At speed 60 an hour of trace passes in a minute: counters run 60 times as fast and power is 60 times as high,
// so that the energy of the stretch played is that of the trace.

import { reasonOf } from '../../core/fault.ts';
import { charge } from '../charge.ts';
import type { Device, Opened, PowerSource } from '../port.ts';
import { readTrace, type Trace, type TraceDevice } from '../trace.ts';

/** Devices of a trace (docs/formats/files.md), played from its beginning at the first read. */
export function replaySource({ file, speed }: { readonly file: string; readonly speed: number }): PowerSource {
  let trace: Trace | null = null;
  let started: number | null = null;
  return {
    name: 'replay',
    async open(): Promise<Opened> {
      try {
        trace = await readTrace(file);
      } catch (error) {
        return { devices: [], absent: `the trace cannot be replayed: ${reasonOf(error)}` };
      }
      return {
        devices: traceDevices(trace, `replayed from ${file.split('/').pop()} at ${speed} × its speed`),
        absent: null,
      };
    },
    read(now) {
      if (trace === null) return [];
      started ??= now();
      return trace.devices.map((device, index) => {
        const at_ms = now();
        const at = trace!.from_ms + (at_ms - started!) * speed;
        const reading = readingAt(device, at);
        if (reading === null) return { index, at_ms, energy_j: null, power_w: null, why: 'the trace is over' };
        return {
          index,
          at_ms,
          energy_j: reading.energy_j,
          power_w: reading.power_w === null ? null : reading.power_w * speed,
        };
      });
    },
    close() {
      trace = null;
    },
  };
}

/** What a trace's devices are to the account. */
export function traceDevices(trace: Trace, note: string): Device[] {
  const devices = trace.devices.map(
    ({ device, kind, name, energy_j }): Device => ({
      ...{ device, kind, name, uuid: '', source: 'imported', charged: true, limit_w: null },
      ...{ gain: { down: 0.05, up: 0.05 }, update_s: null },
      notes: [note, energy_j.some((e) => e !== null) ? 'from its energy counter' : 'from sampled power'],
    }),
  );
  return charge(devices, { psys: 'record' }).map(({ device }) => device);
}

/** Linear between neighbouring readings; null before the first and after the last. */
function readingAt(device: TraceDevice, at: number): { energy_j: number | null; power_w: number | null } | null {
  const { at_ms } = device;
  let low = 0;
  let high = at_ms.length - 1;
  if (at < at_ms[0]! || at > at_ms[high]!) return null;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (at_ms[middle]! <= at) low = middle;
    else high = middle;
  }
  const share = (at - at_ms[low]!) / (at_ms[high]! - at_ms[low]!);
  const between = (values: readonly (number | null)[]) => {
    const [a, b] = [values[low]!, values[high]!];
    return a === null || b === null ? null : b < a && values === device.energy_j ? a : a + (b - a) * share;
  };
  return { energy_j: between(device.energy_j), power_w: between(device.power_w) };
}
