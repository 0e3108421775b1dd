// Follows the bars of one program, and lends their numbers to its records that have none (Hugging Face's Trainer).
//
// Bars and records come in two pipes whose order is chance, and tqdm draws every 0.1 s: a number that is lent may be a redraw
// off. So the first and the last number of a bar that has lent are steps of their own, and totals do not hang on chance.

import { type Bar, type Lender, type Standing, type Step, stepOf } from '../step.ts';
import { barOn, purposeOf } from './bars.ts';

const MOST_TOTALS = 100;

export interface BarTracker extends Lender {
  /** The bar on the line, if any; it was drawn at at_ms. */
  see(line: string, at_ms: number): Bar | null;
  /** A result of evaluation was printed: the bar before it was the evaluation's. */
  evaluated(): void;
  /** Steps that bars have told by themselves since the last call, in the order of their numbers. */
  due(): readonly Step[];
  /** No bar will be drawn any more. */
  end(): void;
}

interface Course extends Standing {
  n: number;
  at_ms: number;
  /** Which in the order of beginnings. */
  readonly place: number;
  readonly named: boolean;
  first: Standing | null;
}

/** Follows the bars of one program. An evaluation's without a name is known by its total once its result is printed. */
export function createBarTracker(): BarTracker {
  const courses = new Map<number, Course>();
  let begun = 0;
  /** Totals of evaluations. */
  const others = new Set<number>();
  let last: Bar | null = null;
  /** The last that may be the training's, and the last before it that counts to another total. */
  let progress: Course | null = null;
  let before: Course | null = null;
  let lender: Course | null = null;
  /** Its training is over. */
  let over = false;
  let told = 0;
  /** The number that was lent last: another record is of another step. */
  let lent = 0;
  /** A record came before any bar had begun. */
  let wanted = false;
  let doubted: Course | null = null;
  let due: Step[] = [];

  const tell = ({ n, total, at_ms }: Standing) => {
    if (n > told) due.push(stepOf(at_ms, { step: n, total }));
    told = Math.max(told, n);
  };
  /** A bar that has lent once lends on while others are drawn, until it has ended and another one gets on. */
  const chosen = (): Course | null => {
    if (progress === null || progress === lender) return progress;
    if (lender === null || over) return within(progress) && doubted !== progress ? doubt(progress) : progress;
    return progress.total === lender.total || (lender.n === lender.total && progress.n > 0) ? progress : lender;
  };
  /** It began while another went on: an evaluation's, or else it will still be drawn at the next record. */
  const within = ({ place, named }: Course) =>
    !named && before !== null && before.n < before.total && before.place < place;
  const doubt = (bar: Course) => {
    doubted = bar;
    return null;
  };
  /** A bar that goes on around another, which began later, holds it: that is not the training's. */
  const enclose = (bar: Course) => {
    const inner = progress === bar ? before : progress;
    if (inner === null || inner.named || bar.place >= inner.place || others.size > MOST_TOTALS) return;
    others.add(inner.total);
    if (lender === inner) lender = null;
  };
  /** The course that a bar goes on with, or begins: its number has fallen, or its total is another. */
  const onwards = ({ n, total, desc }: Bar, at_ms: number): Course => {
    let course = courses.get(total);
    if (course === undefined || n < course.n) {
      if (courses.size >= MOST_TOTALS) courses.delete(courses.keys().next().value!);
      course = { n, total, at_ms, place: begun++, named: desc !== '', first: null };
      courses.set(total, course);
    } else if (n > course.n) {
      course.n = n;
      course.at_ms = at_ms;
      enclose(course);
    }
    if (n > 0) course.first ??= { n, total, at_ms };
    return course;
  };
  /** From now on `bar` lends; what is left of the one before it, and its own first number, become steps. */
  const turnTo = (bar: Course) => {
    if (bar === lender) return;
    if (lender !== null) tell(lender);
    if (over) told = lent = 0;
    [lender, over] = [bar, false];
    if (bar.first !== null && bar.first.n < bar.n) tell(bar.first);
  };
  const lendOf = (bar: Course | null): Course | null => {
    if (bar === null || bar.n === 0) {
      wanted = true;
      return null;
    }
    turnTo(bar);
    told = Math.max(told, bar.n);
    return bar;
  };

  return {
    see(line, at_ms) {
      const bar = barOn(line);
      if (bar === null) return null;
      const purpose = purposeOf(bar);
      last = bar;
      if (purpose !== 'training' && (purpose !== 'unnamed' || others.has(bar.total))) return bar;
      const course = onwards(bar, at_ms);
      if (progress !== null && progress.total !== bar.total) before = progress;
      progress = course;
      return bar;
    },
    evaluated() {
      if (last === null || last.n < last.total || before === null || others.size > MOST_TOTALS) return;
      if (last.total === lender?.total) return; // the training's, drawn again behind the result
      if (progress?.total === last.total) progress = before;
      others.add(last.total);
    },
    lend() {
      const bar = lendOf(chosen());
      if (bar === null || bar.n === lent) return null;
      lent = bar.n;
      return bar;
    },
    close() {
      const bar = over ? progress : (lender ?? progress);
      if (bar !== null && (bar === lender ? over : bar.named)) return null;
      const closing = lendOf(bar);
      if (closing === null) return null;
      over = true;
      return { n: closing.n === lent ? null : closing.n, total: closing.total, at_ms: closing.at_ms };
    },
    due() {
      const steps = due;
      if (steps.length > 0) due = [];
      return steps;
    },
    end() {
      const bar = lender ?? (wanted ? progress : null);
      for (const standing of [bar?.first, bar]) if (standing != null) tell(standing);
    },
  };
}
