// Gathers readings of one device as they come, in 24 bytes each, so that millions of rows stay small.

import type { Readings } from './found.ts';

const FIRST = 256;
/** A clock not yet set says 1970: readings so far from the middle would make a gap of decades. */
const FAR_MS = 400 * 86_400_000;

export interface Gathered {
  readonly readings: Readings;
  /** Readings of a time that was there already. */
  readonly twice: number;
  /** Readings more than 400 days from the middle one. */
  readonly far: number;
}

export class Gatherer {
  #at = new Float64Array(FIRST);
  #energy = new Float64Array(FIRST);
  #power = new Float64Array(FIRST);
  #length = 0;
  #sorted = true;
  #merged = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a reading: epoch ms, counter in J or NaN, power in W or NaN. A second of the same time right away completes the first. */
  push(at_ms: number, energy_j: number, power_w: number): void {
    const last = this.#length - 1;
    if (last >= 0 && this.#at[last] === at_ms && this.#complete(last, energy_j, power_w)) return;
    if (this.#length === this.#at.length) this.#grow();
    if (last >= 0 && at_ms <= this.#at[last]!) this.#sorted = false;
    this.#at[this.#length] = at_ms;
    this.#energy[this.#length] = energy_j;
    this.#power[this.#length++] = power_w;
  }

  /** All of them by time, one for each time. */
  gathered(): Gathered {
    const all = this.#ordered();
    const middle = all.at_ms[all.at_ms.length >> 1] ?? 0;
    const from = all.at_ms.findIndex((at) => at >= middle - FAR_MS);
    const to = all.at_ms.findLastIndex((at) => at <= middle + FAR_MS) + 1;
    const near = slice(all, Math.max(0, from), to);
    return {
      readings: near,
      twice: this.#length - all.at_ms.length - this.#merged,
      far: all.at_ms.length - near.at_ms.length,
    };
  }

  #complete(i: number, energy_j: number, power_w: number): boolean {
    const fits = (old: number, more: number) => Number.isNaN(old) || Number.isNaN(more);
    if (!fits(this.#energy[i]!, energy_j) || !fits(this.#power[i]!, power_w)) return false;
    if (!Number.isNaN(energy_j)) this.#energy[i] = energy_j;
    if (!Number.isNaN(power_w)) this.#power[i] = power_w;
    return true;
  }

  #ordered(): Readings {
    const whole = { at_ms: this.#at, energy_j: this.#energy, power_w: this.#power };
    if (this.#sorted) return slice(whole, 0, this.#length);
    const order = Uint32Array.from({ length: this.#length }, (_, i) => i).sort(
      (a, b) => this.#at[a]! - this.#at[b]! || a - b,
    );
    const into = new Gatherer();
    for (const i of order) {
      const at = this.#at[i]!;
      const last = into.length - 1;
      if (last >= 0 && into.#at[last] === at) {
        if (into.#complete(last, this.#energy[i]!, this.#power[i]!)) this.#merged++;
      } else into.push(at, this.#energy[i]!, this.#power[i]!);
    }
    return into.#ordered();
  }

  #grow(): void {
    const wider = (old: Float64Array) => {
      const made = new Float64Array(old.length * 2);
      made.set(old);
      return made;
    };
    this.#at = wider(this.#at);
    this.#energy = wider(this.#energy);
    this.#power = wider(this.#power);
  }
}

function slice({ at_ms, energy_j, power_w }: Readings, from: number, to: number): Readings {
  return {
    at_ms: at_ms.subarray(from, to),
    energy_j: energy_j.subarray(from, to),
    power_w: power_w.subarray(from, to),
  };
}
