// Readings of several devices become rows through the account of a live run, in the order of time over all of them, so
// that a step finds the energy of every one up to it.

import type { LedgerWriter } from '../ledger/writer.ts';
import type { Device } from '../meter/port.ts';
import { createAccount } from '../run/account.ts';
import type { Step } from '../workload/step.ts';

/** A device with its readings by time: epoch ms, J, W; null or NaN where a reading has none. */
export interface Recorded {
  readonly device: Device;
  readonly readings: {
    readonly at_ms: ArrayLike<number>;
    readonly energy_j: ArrayLike<number | null>;
    readonly power_w: ArrayLike<number | null>;
  };
}

export interface Recording {
  readonly from_ms: number;
  readonly to_ms: number;
  readonly steps: readonly Step[];
  /** Called after each row. */
  count(): void;
}

/** Appends the rows, and what was noticed; devices are announced by the caller. Throws what the file system says. */
export function recordReadings(
  out: LedgerWriter,
  recorded: readonly Recorded[],
  { from_ms, to_ms, steps, count }: Recording,
): void {
  const period = new Map(recorded.map(({ device, readings }) => [device.device, spacing_s(readings.at_ms)]));
  const account = createAccount(
    Math.round(from_ms),
    ({ device }) => period.get(device)!,
    (table, row) => {
      out.append(table, row);
      count();
    },
  );
  account.found(recorded.map(({ device }) => device));
  const at = recorded.map(() => 0);
  const pending = [...steps];
  for (;;) {
    let next = -1;
    let at_ms = Number.POSITIVE_INFINITY;
    for (let i = 0; i < recorded.length; i++) {
      const time = recorded[i]!.readings.at_ms[at[i]!];
      if (time === undefined || time >= at_ms) continue;
      next = i;
      at_ms = time;
    }
    if (next < 0) break;
    const { energy_j, power_w } = recorded[next]!.readings;
    const i = at[next]!++;
    while (pending.length > 0 && pending[0]!.at_ms <= at_ms) account.step(pending.shift()!);
    account.sample({ index: next, at_ms, energy_j: known(energy_j[i]), power_w: known(power_w[i]) });
    account.settle(at_ms);
  }
  for (const step of pending) account.step(step);
  account.end(Math.round(to_ms));
}

/** The usual time between two readings, s. */
export function spacing_s(at_ms: ArrayLike<number>): number {
  const gaps = Array.from({ length: Math.min(at_ms.length - 1, 5000) }, (_, i) => at_ms[i + 1]! - at_ms[i]!).sort(
    (a, b) => a - b,
  );
  return gaps[gaps.length >> 1]! / 1000;
}

const known = (value: number | null | undefined): number | null =>
  value === undefined || value === null || Number.isNaN(value) ? null : value;
