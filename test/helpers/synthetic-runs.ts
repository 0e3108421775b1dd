// Made-up trainings of many kinds, for the backtest of projections: what a log and a meter would have told, line by line,
// and what it came to. All of it by chance within a kind's bounds, the same for the same seed.

import { randomFrom } from '../../src/core/resample.ts';

/** A run as its log told it: after `done[i]` steps, `s[i]` seconds and `j[i]` joules since its start. */
export interface LoggedRun {
  readonly kind: string;
  readonly done: readonly number[];
  readonly s: readonly number[];
  readonly j: readonly number[];
  readonly total: number;
  /** When the run had ended, after its last line too. */
  readonly end_s: number;
  readonly end_j: number;
}

/** What bends a run away from even steps. */
interface Shape {
  /** Factor on the energy of a step at `share` 0..1 of the work. */
  rate?(share: number): number;
  /** Energy and time in steps' worth after the step that makes `share`, beyond it. */
  extra?(share: number, before: number): number;
  /** Power during extras, of that of steps. */
  readonly extra_power?: number;
  /** Of each step by itself: relative deviation. */
  readonly noise?: number;
}

type Chance = ReturnType<typeof chances>;

/** Each kind by its chances; one step is 1/`steps` of the work. */
export const KINDS: Readonly<Record<string, (chance: Chance, steps: number) => Shape>> = {
  steady: () => ({}),
  'warm-up': (chance, steps) => {
    const [compile, ramp, by] = [chance.between(20, 200), chance.between(0.005, 0.03), chance.between(-0.3, 0.3)];
    return {
      rate: (share) => 1 + by * Math.exp(-share / ramp),
      extra: (share) => (share <= 1.5 / steps ? compile : 0),
    };
  },
  evaluations: (chance, steps) => {
    const [every, cost] = [chance.between(0.02, 0.2), chance.between(0.02, 0.3)];
    return { extra: (share, before) => (crossed(share, before, every) ? cost * every * steps : 0), extra_power: 0.8 };
  },
  checkpoints: (chance, steps) => {
    const [every, cost] = [chance.between(0.01, 0.12), chance.between(0.01, 0.1)];
    return { extra: (share, before) => (crossed(share, before, every) ? cost * every * steps : 0), extra_power: 0.4 };
  },
  'both, and warm-up': (chance, steps) => {
    const all = ['warm-up', 'evaluations', 'checkpoints'].map((kind) => KINDS[kind]!(chance, steps));
    return {
      rate: (share) => all[0]!.rate!(share),
      extra: (share, before) => all.reduce((sum, { extra }) => sum + extra!(share, before), 0),
      extra_power: 0.6,
    };
  },
  stalls: (chance, steps) => {
    const [many, long] = [chance.between(2, 12), chance.between(0.002, 0.015)];
    const often = many / steps;
    return {
      extra: () => (chance.next() < often ? -Math.log(1 - chance.next()) * long * steps : 0),
      extra_power: 0.3,
    };
  },
  'growing steps': (chance) => {
    const by = chance.between(0.1, 0.6);
    return { rate: (share) => 1 + by * share };
  },
  throttling: (chance) => {
    const [by, in_] = [chance.between(0.05, 0.2), chance.between(0.03, 0.15)];
    return { rate: (share) => 1 + by * (1 - Math.exp(-share / in_)) };
  },
  'uneven steps': (chance) => {
    const [long, often] = [chance.between(1.5, 4), chance.between(0.05, 0.5)];
    return { rate: () => (chance.next() < often ? long : 1) };
  },
  'neighbours on the machine': (chance, steps) => {
    const [by, dwell] = [chance.between(1.2, 1.8), chance.between(0.01, 0.1)];
    let busy = chance.next() < 0.5;
    return {
      rate: () => {
        if (chance.next() < 1 / (dwell * steps)) busy = !busy;
        return busy ? by : 1;
      },
    };
  },
  restarts: (chance, steps) => {
    const [many, lost] = [chance.between(1, 4), chance.between(0.002, 0.02)];
    return { extra: () => (chance.next() < many / steps ? (chance.next() * lost + 0.003) * steps : 0) };
  },
  'a later stage': (chance) => {
    const [at, by] = [chance.between(0.3, 0.9), chance.between(1.3, 2.5)];
    return { rate: (share) => (share > at ? by : 1) };
  },
};

/** A run of a kind; `seed` a whole number. */
export function syntheticRun(kind: string, seed: number): LoggedRun {
  const chance = chances(seed * 7919 + kind.length * 104_729);
  const lines = Math.round(chance.between(150, 800));
  const per = Math.round(chance.between(1, 10));
  const steps = lines * per;
  const { rate = () => 1, extra = () => 0, extra_power = 1, noise = 0 } = KINDS[kind]!(chance, steps);
  const [step_s, power_w] = [chance.between(0.1, 4), chance.between(150, 6000)];
  const [white, slow, holds] = [chance.between(0.005, 0.06) + noise, chance.between(0.002, 0.03), 1 - 10 / steps];
  let [wander, s, j] = [slow * chance.normal(), chance.between(2, 60), 0];
  j = 0.3 * power_w * s;
  const run = { kind, done: [0], s: [s], j: [j], total: steps };
  for (let n = 1; n <= steps; n++) {
    wander = holds * wander + Math.sqrt(1 - holds ** 2) * slow * chance.normal();
    const takes = step_s * rate(n / steps) * Math.exp(wander + white * chance.normal());
    const more = step_s * extra(n / steps, (n - 1) / steps);
    s += takes + more;
    j += power_w * (takes + extra_power * more);
    if (n % per > 0) continue;
    run.done.push(n);
    run.s.push(s);
    run.j.push(j);
  }
  return { ...run, end_s: s, end_j: j };
}

const crossed = (share: number, before: number, every: number): boolean =>
  Math.floor(share / every + 1e-9) > Math.floor(before / every + 1e-9);

function chances(seed: number) {
  const next = randomFrom(seed);
  return {
    next,
    between: (low: number, high: number) => low + (high - low) * next(),
    /** Of the standard normal distribution (G. E. P. Box, M. E. Muller, 1958). */
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
