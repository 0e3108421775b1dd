// Hours of a grid that were observed → how the next ones usually follow from them: a line for each of the next 24 hours,
// by least squares over the last 16 weeks.
//
// A line tells how far an hour will be off the usual course of the day (the mean of that hour on earlier days, recent ones
// counting more), by how far the last hours, that hour a day and a week before, and the last day were. Only the past counts.

/** Means of whole hours of UTC, gCO2e/kWh; NaN where one is not known. */
export interface Hours {
  /** Of the first one, hours since the epoch. */
  readonly from_h: number;
  readonly g_per_kwh: ArrayLike<number>;
}

/** The lines' weights by lead, 1 h first; null where the past is too short for one. Plain data. */
export interface Habit {
  readonly lines: readonly (readonly number[] | null)[];
}

const [DAY_H, WEEK_H] = [24, 168];
const LEADS = 24;
const LEARNED_H = 16 * WEEK_H;
/** Fewer hours to learn from than two weeks make no line. */
const LEAST_H = 2 * WEEK_H;
const DAYS = 14;
/** What a day counts of the day after it, in the usual course. */
const DAY_KEPT = 0.85;
/** Share of its own square that is added to each weight's equation (ridge), so that what moves together stays bounded and
 * what is learned from little stays near the usual course. */
const RIDGE = 0.003;

/** NaN outside and where it is not known. */
export const hourAt = ({ from_h, g_per_kwh }: Hours, hour: number): number => g_per_kwh[hour - from_h] ?? Number.NaN;

/** Learned from the hours before `until_h` alone. Takes some 20 ms: once a day is enough. */
export function habitOf(observed: Hours, until_h: number): Habit {
  const from_h = Math.max(observed.from_h, until_h - LEARNED_H);
  const usual = new Float64Array(until_h - from_h);
  for (let i = 0; i < usual.length; i++) usual[i] = usualAt(observed, from_h + i, 1);
  const cached: Usual = (hour) => usual[hour - from_h] ?? Number.NaN;
  return { lines: Array.from({ length: LEADS }, (_, i) => lineOf(observed, cached, { from_h, until_h, lead: i + 1 })) };
}

/** One hour as it is expected from all up to `last_h`, at least 0; NaN where too little is known. */
export function habitAhead(habit: Habit, observed: Hours, { last_h, hour }: { last_h: number; hour: number }): number {
  const lead = hour - last_h;
  const usual: Usual = (at) => usualAt(observed, at, at > last_h ? Math.ceil((at - last_h) / DAY_H) : 1);
  const line = habit.lines[lead - 1] ?? null;
  const told = line === null ? null : inputsOf(observed, usual, { at: last_h, lead });
  const off = told === null ? 0 : told.reduce((s, x, i) => s + x * line![i]!, 0);
  return Math.max(0, usual(hour) + off);
}

/** The usual course at an hour. */
type Usual = (hour: number) => number;

/** Mean of the same hour of 14 earlier days, beginning so many days before; NaN where none is known. */
function usualAt(observed: Hours, hour: number, first: number): number {
  let [sum, weights, weight] = [0, 0, 1];
  for (let day = first; day < first + DAYS; day++, weight *= DAY_KEPT) {
    const g = hourAt(observed, hour - day * DAY_H);
    if (Number.isNaN(g)) continue;
    sum += weight * g;
    weights += weight;
  }
  return weights > 0 ? sum / weights : Number.NaN;
}

/** What a line is of. Null where one of them is not known. */
function inputsOf(observed: Hours, usual: Usual, { at, lead }: { at: number; lead: number }): number[] | null {
  const [hour, course] = [at + lead, usual(at + lead)];
  let day = 0;
  for (let back = 0; back < DAY_H; back++) day += hourAt(observed, at - back) / DAY_H;
  const inputs = [
    ...[1, course, day],
    ...[hourAt(observed, at) - usual(at), hourAt(observed, at - 1) - usual(at - 1)],
    ...[hourAt(observed, hour - DAY_H) - course, hourAt(observed, hour - WEEK_H) - course],
  ];
  return inputs.some(Number.isNaN) ? null : inputs;
}

interface Stretch {
  readonly from_h: number;
  readonly until_h: number;
  readonly lead: number;
}

function lineOf(observed: Hours, usual: Usual, { from_h, until_h, lead }: Stretch): number[] | null {
  const size = 7;
  const squares = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const right = new Array<number>(size).fill(0);
  let rows = 0;
  for (let at = from_h; at + lead < until_h; at++) {
    const off = hourAt(observed, at + lead) - usual(at + lead);
    const inputs = Number.isNaN(off) ? null : inputsOf(observed, usual, { at, lead });
    if (inputs === null) continue;
    rows++;
    for (let i = 0; i < size; i++) {
      right[i]! += inputs[i]! * off;
      for (let j = 0; j < size; j++) squares[i]![j]! += inputs[i]! * inputs[j]!;
    }
  }
  if (rows < LEAST_H) return null;
  for (let i = 0; i < size; i++) squares[i]![i]! += RIDGE * squares[i]![i]! + 1e-9;
  return solved(squares, right);
}

/** A symmetric positive definite system, by elimination; needs no exchange of rows. */
function solved(squares: number[][], right: number[]): number[] {
  const size = right.length;
  for (let i = 0; i < size; i++) {
    for (let row = i + 1; row < size; row++) {
      const part = squares[row]![i]! / squares[i]![i]!;
      for (let j = i; j < size; j++) squares[row]![j]! -= part * squares[i]![j]!;
      right[row]! -= part * right[i]!;
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let j = i + 1; j < size; j++) right[i]! -= squares[i]![j]! * right[j]!;
    right[i]! /= squares[i]![i]!;
  }
  return right;
}
