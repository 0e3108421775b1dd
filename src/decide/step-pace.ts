// What a step takes (joules, or seconds), learned as steps come, and what so many more of them will take.
//
// Steps are not independent draws: what a job does changes slowly, so the error of the rest does not shrink with √n. A
// stretch that takes far more than its neighbours (an evaluation, a checkpoint, a stall, steps done again) is an event of
// its own, counted on by how it recurred. Bounded memory: neighbouring stretches are merged; a log line costs O(1).

import { studentQuantile } from '../core/student.ts';
import { medianOf } from './median.ts';
import { type Block, merged, rateAhead } from './rate.ts';
import { createRecurring } from './recurring.ts';
import { MODEL, type PaceModel } from './step-pace-model.ts';

/** What is left, with how far it may be off to either side at the 90 % level; all ≥ 0. */
export interface Ahead {
  readonly value: number;
  readonly down: number;
  readonly up: number;
  /** What the next stretch between two log lines takes, an event that is due included. */
  readonly next: number;
}

export interface Pace {
  /** `done` steps (or another unit of work), after `amount` in all since any beginning. By time; what is null is left out by the caller. */
  add(done: number, amount: number): void;
  /** For `left` more steps; null with fewer than three stretches. */
  ahead(left: number): Ahead | null;
}

/** Steps between two lines that told new ones. */
interface Stretch {
  readonly steps: number;
  readonly amount: number;
  /** Work done at its end. */
  readonly end: number;
  /** Steps were done again in it. */
  readonly failed: boolean;
}

const LEAST_STRETCHES = 3;
/** The typical rate is the median of so many stretches. */
const RECENT = 31;
/** As many are needed to tell an event from a step. */
const TELLING = 5;
const MOST_BLOCKS = 128;
/** Logarithm of how many times the value the interval may reach up to. */
const MOST = 3;

export function createPace(model: PaceModel = MODEL): Pace {
  let begin: number | null = null;
  let [front, before] = [0, 0];
  let failed = false;
  let recent: Stretch[] = [];
  let waiting: Stretch[] = [];
  let [started, slowBefore] = [false, false];
  const blocks = createBlocks();
  const [events, failures] = [createRecurring(true), createRecurring(false)];

  const settle = ({ steps, amount, end, failed }: Stretch) => {
    const { rate, deviation } = typicalOf(recent);
    const usual = steps * rate;
    const excess = amount - usual;
    const most = Math.max(model.event * usual, model.event_deviations * deviation * steps);
    const slow = rate > 0 && excess > most;
    // Slow stretches before the first usual one are warm-up: spent, and not to come again.
    if (slow && !started) return;
    started = true;
    // Those in a row are no events: what steps take has changed, until they are half way back.
    const isEvent = slow && (failed || !slowBefore);
    slowBefore = slow || (slowBefore && excess > most / 2);
    blocks.add(steps, isEvent ? usual : amount);
    if (isEvent) (failed ? failures : events).add(end, excess);
  };
  const take = (stretch: Stretch) => {
    recent.push(stretch);
    if (recent.length > 2 * RECENT) recent = recent.slice(-RECENT);
    waiting.push(stretch);
    if (recent.length < TELLING && !started) return;
    for (const one of waiting) settle(one);
    waiting = [];
  };

  return {
    add(done, amount) {
      if (begin === null) {
        [begin, front, before] = [done, done, amount];
        return;
      }
      failed ||= done < front;
      const anew = amount < before; // a count from another beginning: what these steps took is not known
      if (anew) before = amount;
      if (!(done > front)) return; // done again: what it takes counts to the next new step
      if (!anew) take({ steps: done - front, amount: amount - before, end: done, failed });
      [front, before, failed] = [done, amount, false];
    },
    ahead(left) {
      const seen = blocks.all();
      const usable = seen.length > 0 ? seen : earliest(waiting, model);
      const stretches = usable.reduce((s, { stretches: n }) => s + n, 0);
      if (begin === null || stretches < LEAST_STRETCHES) return null;
      const base = rateAhead(usable, left, model);
      const { rate, steps } = typicalOf(recent);
      const course = { begin, front, left, rate };
      const [more, failing] = [events.ahead(course), failures.ahead(course)];
      const value = left * base.rate + more.value + failing.value;
      if (!(value > 0)) return { value: 0, down: 0, up: 0, next: 0 };
      const t = studentQuantile(0.95, Math.max(2, base.freedom));
      const down = t * (Math.hypot(left * base.deviation, more.down, failing.down) / value);
      const up = t * (Math.hypot(left * base.deviation, more.up, failing.up) / value);
      const unseen = left / (left + model.unseen_steps * base.steps);
      // What has not come yet can only add: of a job that showed no event, its evaluations may be still to come.
      const above = Math.hypot(model.up, model.up_unseen / (1 + events.count()));
      const below = Math.hypot(model.down, model.down_few / Math.sqrt(stretches));
      return {
        value,
        down: value * -Math.expm1(-Math.hypot(down, (left * base.risen) / value, below * unseen)),
        up: value * Math.expm1(Math.min(MOST, Math.hypot(up, above * unseen))),
        next: rate * steps + (more.value > 0 ? more.size : 0),
      };
    },
  };
}

/** Too few to tell an event from a step: what takes far more than the median counts as that. */
function earliest(waiting: readonly Stretch[], model: PaceModel): Block[] {
  const { rate } = typicalOf(waiting);
  return waiting.map(({ steps, amount }) => {
    const usual = rate * steps;
    return { stretches: 1, steps, amount: amount > (1 + model.event) * usual ? usual : amount };
  });
}

/** Median rate of the latest stretches, and the median of how far they lie from it, as a standard deviation. */
function typicalOf(recent: readonly Stretch[]): { rate: number; deviation: number; steps: number } {
  const latest = recent.slice(-RECENT);
  const rates = latest.map(({ steps, amount }) => amount / steps);
  const rate = medianOf(rates);
  const deviation = 1.4826 * medianOf(rates.map((r) => Math.abs(r - rate)));
  return { rate, deviation, steps: medianOf(latest.map(({ steps }) => steps)) };
}

/** Stretches by time, merged to blocks of equally many when they become too many. */
function createBlocks() {
  let blocks: Block[] = [];
  let per = 1;
  return {
    add(steps: number, amount: number) {
      const last = blocks.at(-1);
      if (last === undefined || last.stretches >= per) blocks.push({ stretches: 1, steps, amount });
      else {
        last.stretches++;
        last.steps += steps;
        last.amount += amount;
      }
      if (blocks.length <= MOST_BLOCKS) return;
      per *= 2;
      blocks = merged(blocks, 2);
    },
    all: (): readonly Block[] => blocks,
  };
}
