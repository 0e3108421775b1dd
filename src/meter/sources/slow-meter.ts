// A meter that takes its time: it is asked in the background, one question at a time, and read() hands over what has come.
//
// It is there from its first answer on (a meter that never answers charges nothing); failures say why and are asked again,
// ever less often. A question that hangs is given up for the time being, and no other is asked beside it.

import { reasonOf } from '../../core/fault.ts';
import { patience } from '../../core/patience.ts';
import type { Device, Opened, PowerSource, Sample } from '../port.ts';

export interface Reading {
  readonly energy_j: number | null;
  readonly power_w: number | null;
  /** UTC epoch ms by the meter's own clock; without it the middle of the question. */
  readonly at_ms?: number;
  /** What beside it could not be read. */
  readonly why?: string;
}

/** A failure that asking again cannot change, or must not: management controllers lock accounts after wrong passwords. */
export class Final extends Error {}

export interface SlowMeter {
  readonly name: string;
  /** What it is, once the first reading has told what it offers. */
  device(first: Reading): Device;
  /** Readings since the last question, by time; none is no failure. Rejects with words for people, at the signal at best. */
  ask(signal: AbortSignal): Promise<readonly Reading[]>;
  /** Why there is nothing to ask; null = ask. */
  absent(): string | null;
  readonly period_ms: number;
  readonly patience_ms: number;
}

/** After so many periods at most a failing meter is asked again. */
const SLOWEST = 16;

/** One device. open() resolves with the first reading, or with why there will be none. */
export function slowMeter(meter: SlowMeter): PowerSource {
  let waiting: Sample[] = [];
  let last_ms = Number.NEGATIVE_INFINITY;
  let asking = new AbortController();
  let final = false;
  let pending: Promise<readonly Reading[]> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const close = () => {
    asking.abort();
    clearTimeout(timer);
    waiting = [];
  };

  /** Asks once; what came, or why nothing did. */
  const askOnce = async (): Promise<readonly Reading[] | string> => {
    const began = performance.now();
    const given = patience(asking.signal, meter.patience_ms);
    const { signal } = given;
    try {
      // One that heeds no signal (a file on a server that is away) holds a thread until it returns; its answer counts then.
      pending ??= meter.ask(signal);
      pending.catch(() => {
        pending = null;
      });
      const found = await Promise.race([pending, aborted(signal)]);
      pending = null;
      const middle_ms = performance.timeOrigin + (began + performance.now()) / 2;
      return found.map((reading) => ({ at_ms: middle_ms, ...reading }));
    } catch (error) {
      final = error instanceof Final;
      return given.over ? `no answer within ${meter.patience_ms / 1000} s` : reasonOf(error);
    } finally {
      given.release();
    }
  };
  const keep = (found: readonly Reading[] | string) => {
    if (typeof found === 'string') {
      const at_ms = performance.timeOrigin + performance.now();
      waiting.push({ index: 0, at_ms, energy_j: null, power_w: null, why: found });
      return;
    }
    for (const { at_ms, ...reading } of found) {
      if (at_ms === undefined || at_ms <= last_ms) continue;
      last_ms = at_ms;
      waiting.push({ index: 0, at_ms, ...reading });
    }
  };
  const goOn = (failures: number) => {
    timer = setTimeout(
      async () => {
        const found = await askOnce();
        if (asking.signal.aborted) return;
        keep(found);
        if (!final) goOn(typeof found === 'string' ? failures + 1 : 0);
      },
      meter.period_ms * Math.min(SLOWEST, 2 ** failures),
    );
    timer.unref();
  };

  return {
    name: meter.name,
    background: true,
    async open(): Promise<Opened> {
      close();
      asking = new AbortController();
      last_ms = Number.NEGATIVE_INFINITY;
      const absent = meter.absent();
      if (absent !== null) return { devices: [], absent };
      for (;;) {
        const found = await askOnce();
        if (asking.signal.aborted) return { devices: [], absent: `${meter.name} was closed before it answered` };
        if (typeof found === 'string') return { devices: [], absent: `${meter.name}: ${found}`, again: !final };
        const [first] = found;
        if (first !== undefined) {
          keep(found);
          goOn(0);
          return { devices: [meter.device(first)], absent: null };
        }
        await new Promise((resolve) => {
          timer = setTimeout(resolve, meter.period_ms).unref();
        });
      }
    },
    read(now) {
      // The sampler's clock began at another instant than ours.
      const off_ms = now() - (performance.timeOrigin + performance.now());
      const out = waiting.map((sample) => ({ ...sample, at_ms: Math.min(sample.at_ms + off_ms, now()) }));
      waiting = [];
      return out;
    },
    close,
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
