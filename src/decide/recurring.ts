// Events by the step after which they came → how many more come, and what they take.
//
// What came once is taken to come again after as many steps, but may as well have been the only one: of a machine that was
// suspended, say. Overdue, or larger than half of all the work before it, it is not counted on: it only reaches upward.
// Much larger ones among others are judged by themselves; what keeps no period, and what failed, comes as often as it came.

export interface Coming {
  /** Of all of them. */
  readonly value: number;
  /** Standard deviation of that, to either side. */
  readonly down: number;
  readonly up: number;
  /** Of one, on average; 0 where none is counted on. */
  readonly size: number;
}

/** Where the job stands: `left` steps after `front`, its steps began at `begin`, and one takes `rate` by itself. */
export interface Course {
  readonly begin: number;
  readonly front: number;
  readonly left: number;
  readonly rate: number;
}

export interface Recurring {
  /** After the step `at`, taking `size` beyond what steps take. */
  add(at: number, size: number): void;
  count(): number;
  ahead(course: Course): Coming;
}

interface Event {
  readonly at: number;
  readonly size: number;
}

/** So many of the latest are kept, at most twice as many. */
const LATEST = 64;
/** Gaps that vary by more keep no period; one that is longer by as much is overdue. */
const UNEVEN = 0.25;
const OVERDUE = 1.5;
/** So many times the median, an event is of another kind. */
const LARGE = 8;
const NONE: Coming = { value: 0, down: 0, up: 0, size: 0 };

/** `periodic` false: of failures, which keep no period. */
export function createRecurring(periodic: boolean): Recurring {
  let count = 0;
  let latest: Event[] = [];
  let since: number | null = null;
  return {
    count: () => count,
    add(at, size) {
      count++;
      latest.push({ at, size });
      if (latest.length <= 2 * LATEST) return;
      since = latest[LATEST]!.at;
      latest = latest.slice(-LATEST);
    },
    ahead(course) {
      if (count === 0 || course.left <= 0) return NONE;
      const from = { ...course, begin: since ?? course.begin };
      const most = LARGE * lowerMedian(latest.map(({ size }) => size));
      const [usual, large] = [false, true].map((large) =>
        comingOf(
          latest.filter(({ size }) => size > most === large),
          from,
          periodic,
        ),
      ) as [Coming, Coming];
      return {
        value: usual.value + large.value,
        down: Math.hypot(usual.down, large.down),
        up: Math.hypot(usual.up, large.up),
        size: usual.size,
      };
    },
  };
}

/** Of two the smaller one. */
const lowerMedian = (sizes: readonly number[]): number => sizes.toSorted((a, b) => a - b)[(sizes.length - 1) >> 1]!;

/** Of events of one kind. */
function comingOf(events: readonly Event[], course: Course, periodic: boolean): Coming {
  const count = events.length;
  if (count === 0) return NONE;
  const size = events.reduce((s, one) => s + one.size, 0) / count;
  const often = (count / Math.max(course.front - course.begin, 1e-12)) * course.left;
  const by_chance = { expected: often, variance: often + often ** 2 / count };
  if (count === 1) return onlyOne({ at: events[0]!.at, size, often }, course, periodic);
  const { expected, variance } = (periodic && byPeriod(events, course)) || by_chance;
  const size_variance = events.reduce((s, one) => s + (one.size - size) ** 2, 0) / (count - 1);
  const deviation = Math.sqrt(
    variance * size ** 2 + expected * size_variance + (expected ** 2 * size_variance) / count,
  );
  return { value: expected * size, down: deviation, up: deviation, size };
}

/** It may come again by the steps that it came after, or never. */
function onlyOne({ at, size, often }: Event & { often: number }, course: Course, periodic: boolean): Coming {
  const { begin, front, left, rate } = course;
  const up = size * Math.sqrt(often + often ** 2);
  const period = at - begin;
  if (!periodic || front - at > OVERDUE * period || size > (rate * period) / 2) return { ...NONE, up };
  const expected = Math.floor((front + left - at) / period + 0.1);
  return { value: expected * size, down: expected * size, up: (expected * size) / 2, size };
}

/** How many more by their period; null where they keep none, or the next one is overdue. */
function byPeriod(events: readonly Event[], { begin, front, left }: Course) {
  const gaps = events.map(({ at }, i) => at - (i === 0 ? begin : events[i - 1]!.at));
  // The first is often off: it counts only where it is the longer of two.
  const regular = gaps.length > 2 ? gaps.slice(1) : [Math.max(...gaps)];
  const period = regular.reduce((s, g) => s + g, 0) / regular.length;
  const uneven = Math.sqrt(regular.reduce((s, g) => s + (g - period) ** 2, 0) / regular.length) / period;
  const last = events.at(-1)!.at;
  if (uneven > UNEVEN || front - last > OVERDUE * period) return null;
  const expected = Math.max(0, Math.floor((front + left - last) / period + 0.1));
  const few = 2 ** (1 - gaps.length); // a few come evenly by chance too
  return { expected, variance: 0.5 + (few * expected) ** 2 + (uneven * expected) ** 2 / gaps.length };
}
