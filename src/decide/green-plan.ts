// What each slot of time is expected to emit and how much work is left → when to run and when to wait, at the least.
//
// Exact, by dynamic programming over slots × work left × running or paused (Bellman 1957). Costs are in slots of running:
// one slot that runs costs the intensity of its time, a paused one a share of that. Of equals it runs.

export interface PlanQuestion {
  /** Mean intensity of each slot until the deadline, g/kWh. */
  readonly g_per_kwh: ArrayLike<number>;
  /** Slots of work left, whole. */
  readonly work: number;
  readonly paused: boolean;
  /** Slots that a resume takes and in which nothing is done, at the power of running; need not be whole. */
  readonly resume: number;
  /** Power while paused ÷ power while running. */
  readonly idle: number;
}

export interface Plan {
  /** Cost from now on, (g/kWh) × slots, if the first slot runs and if it waits; ∞ where the deadline could not be met. */
  readonly run: number;
  readonly wait: number;
  /** Of each slot up to the end of the work: whether it runs; a resume runs. */
  readonly runs: readonly boolean[];
}

/** O(slots × work). Where the deadline cannot be met at all it runs from now on. */
export function planOf(question: PlanQuestion): Plan {
  const { g_per_kwh: g, work, paused, resume, idle } = question;
  const [slots, wide] = [g.length, work + 1];
  const taken = Math.ceil(resume);
  const on = new Float64Array((slots + 1) * wide).fill(Number.POSITIVE_INFINITY);
  const off = on.slice();
  on[slots * wide] = 0;
  off[slots * wide] = 0;
  const resumed = (k: number, left: number): number =>
    k + taken > slots ? Number.POSITIVE_INFINITY : resumeCost(question, k) + (on[(k + taken) * wide + left] as number);
  const ran = (k: number, left: number): number => (g[k] as number) + (on[(k + 1) * wide + left - 1] as number);
  const waited = (k: number, left: number): number => idle * (g[k] as number) + (off[(k + 1) * wide + left] as number);
  for (let k = slots - 1; k >= 0; k--) {
    on[k * wide] = 0;
    off[k * wide] = 0;
    for (let left = Math.min(work, slots - k); left > 0; left--) {
      on[k * wide + left] = Math.min(ran(k, left), waited(k, left));
      // The resume that takes no time reads what was just written.
      off[k * wide + left] = Math.min(resumed(k, left), waited(k, left));
    }
  }
  const least = (k: number, left: number, stands: boolean) => ({
    run: stands ? resumed(k, left) : ran(k, left),
    wait: waited(k, left),
  });
  const runs: boolean[] = [];
  const first = work > 0 && slots > 0 ? least(0, work, paused) : { run: 0, wait: 0 };
  for (let [k, left, stands] = [0, work, paused]; k < slots && left > 0; ) {
    const { run, wait } = least(k, left, stands);
    if (run > wait) {
      runs.push(false);
      [k, stands] = [k + 1, true];
    } else if (stands && taken > 0) {
      for (let i = 0; i < taken; i++) runs.push(true);
      [k, stands] = [k + taken, false];
    } else {
      runs.push(true);
      [k, left, stands] = [k + 1, left - 1, false];
    }
  }
  return { ...first, runs };
}

/** The same cost of going on without a further pause. */
export function throughCost(question: PlanQuestion): number {
  const { g_per_kwh: g, work, paused, resume } = question;
  const from = paused ? Math.ceil(resume) : 0;
  if (from + work > g.length) return Number.POSITIVE_INFINITY;
  let cost = paused ? resumeCost(question, 0) : 0;
  for (let k = from; k < from + work; k++) cost += g[k] as number;
  return cost;
}

/** Where a resume takes part of a slot the job stands still for the rest of it: else it would be cheaper than waiting. */
function resumeCost({ g_per_kwh: g, resume, idle }: PlanQuestion, k: number): number {
  const taken = Math.ceil(resume);
  const power = (resume + idle * (taken - resume)) / taken;
  let cost = 0;
  for (let i = 0; i < taken; i++) cost += (g[k + i] as number) * power;
  return cost;
}
