// Events by the step after which they came → how many more come, and what they take.
//
// What came once is taken to come again after as many steps, until it is overdue; what keeps no period, and what failed,
// comes as often as it came.

export interface Coming {
  /** Of all of them. */
  readonly value: number;
  /** Standard deviation of that. */
  readonly deviation: number;
  /** Of one, on average; 0 where none came. */
  readonly size: number;
}

export interface Recurring {
  /** After the step `at`, taking `size` beyond what steps take. */
  add(at: number, size: number): void;
  count(): number;
  /** In `left` steps after `front`, of a job whose steps began at `begin`. */
  ahead(where: { readonly begin: number; readonly front: number; readonly left: number }): Coming;
}

/** So many of the latest tell the period. */
const LATEST = 64;
/** Gaps that vary by more keep no period; one that is longer by as much is overdue. */
const UNEVEN = 0.25;
const OVERDUE = 1.5;

/** `periodic` false: of failures, which keep no period. */
export function createRecurring(periodic: boolean): Recurring {
  let [count, sum, squares] = [0, 0, 0];
  let latest: number[] = [];
  return {
    count: () => count,
    add(at: number, size: number) {
      count++;
      sum += size;
      squares += size ** 2;
      latest.push(at);
      if (latest.length > 2 * LATEST) latest = latest.slice(-LATEST);
    },
    ahead({ begin, front, left }: { begin: number; front: number; left: number }) {
      if (count === 0 || left <= 0) return { value: 0, deviation: 0, size: 0 };
      const size = sum / count;
      const size_variance =
        count < 2 ? (size / 2) ** 2 : Math.max(0, squares / count - size ** 2) * (count / (count - 1));
      const { expected, variance } = comingOf([begin, ...latest].slice(-LATEST), {
        count,
        front,
        left,
        begin,
        periodic,
      });
      const deviation = Math.sqrt(
        variance * size ** 2 + expected * size_variance + (expected ** 2 * size_variance) / count,
      );
      return { value: expected * size, deviation, size };
    },
  };
}

/** How many more: by their period where they keep one, else by how often they came. */
function comingOf(
  marks: readonly number[],
  {
    count,
    front,
    left,
    begin,
    periodic,
  }: { count: number; front: number; left: number; begin: number; periodic: boolean },
): { expected: number; variance: number } {
  const gaps = marks.slice(1).map((at, i) => at - marks[i]!);
  const regular = count < 2 ? gaps : gaps.slice(1);
  const period = regular.reduce((s, g) => s + g, 0) / regular.length;
  const uneven = Math.sqrt(regular.reduce((s, g) => s + (g - period) ** 2, 0) / regular.length) / period;
  const last = marks.at(-1)!;
  const often = (count / Math.max(front - begin, 1e-12)) * left;
  if (!periodic || uneven > UNEVEN || front - last > OVERDUE * period)
    return { expected: often, variance: often + often ** 2 / count };
  const expected = Math.max(0, Math.floor((front + left - last) / period + 0.1));
  return { expected, variance: count < 2 ? (expected / 3) ** 2 : 0.5 + (uneven * expected) ** 2 / count };
}
