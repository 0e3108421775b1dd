// What is seen of one budget, look by look → how it stands, which of its rules fall due, and which of them hold.
//
// A rule falls due once a crossing and holds until the budget is clearly clear of it again, for some looks. What is not
// known, is no number or comes late changes nothing: nothing falls due by it, and nothing is let go.

import { ACTS, type Act, type Budget, type Measure, type Reach, type Rule, type Sight } from './budget.ts';
import { isRatio } from './spent.ts';

/** How many looks in a row it takes, and how clear of a rule's mark one must be; a look a second is meant. */
export interface Patience {
  /** In a row that a forecast, or a ratio such as J/token, must be at its mark: one is often off for a moment. */
  readonly due_looks: number;
  /** In a row that must be clear of a mark before its rule is over. */
  readonly clear_looks: number;
  /** In a row of which too little is known before that is told. */
  readonly unknown_looks: number;
  /** Share of a mark that what is spent must be below it. */
  readonly spent_margin: number;
  /** Of probability, that a forecast must be below its mark: so much, or half of the mark where that is less. */
  readonly forecast_margin: number;
}

export const PATIENCE: Patience = {
  ...{ due_looks: 5, clear_looks: 3, unknown_looks: 30, spent_margin: 0.05, forecast_margin: 0.1 },
};

/** So many looks in a row that are older than one before are no late ones: the clock was set back. */
const CLOCK_LOOKS = 3;

/** How a budget stands. `at-risk`: a rule on its forecast holds. `unknown`: below its limit as far as that is known. */
export type Standing = 'within' | 'at-risk' | 'over' | 'unknown';

/** Something to be done and its reason in words; `rule` is null where no rule asks for it. */
export interface Reason {
  readonly act: Act;
  readonly rule: Rule | null;
  readonly why: string;
}

export interface Verdict {
  /** Id of the budget. */
  readonly by: string;
  readonly at_ms: number;
  readonly standing: Standing;
  /** What is spent as a share of the limit, with its interval; null: not known. Breached is a limit by the value. */
  readonly share: Reach | null;
  /** As it was seen; null: nobody can tell. */
  readonly overrun: number | null;
  /** Rules that were crossed by this look. */
  readonly due: readonly Reason[];
  /** All rules that hold by now, and were not waived. */
  readonly holding: readonly Reason[];
  /** What may still be spent in the measure's unit, by the upper end of its forecast; null: not known. */
  readonly left: number | null;
  readonly measure: Measure;
  readonly renews_ms: number | null;
  /** Why something is not known, or was not looked at; null: nothing is missing. */
  readonly why: string | null;
}

interface RuleMemory {
  readonly holds: boolean;
  /** The user went on in spite of it: it asks for nothing until it is crossed anew. */
  readonly waived: boolean;
  /** Looks in a row that speak against what it does now. */
  readonly looks: number;
}

/** What the next look must know of those before; plain data. */
export interface Memory {
  /** The limit and rules that it is of: another limit is judged from the beginning. */
  readonly of: string;
  readonly last_ms: number | null;
  /** Looks in a row that were older than the one before. */
  readonly late: number;
  readonly rules: readonly RuleMemory[];
  readonly unknown_looks: number;
  readonly unknown_told: boolean;
  /** That nobody can make the forecast that its rules go by. */
  readonly blind_told: boolean;
  readonly standing: Standing;
}

/** Before the first look. */
export function freshMemory(budget: Budget): Memory {
  return {
    ...{ of: markOf(budget), last_ms: null, late: 0, unknown_looks: 0, unknown_told: false, standing: 'unknown' },
    blind_told: false,
    rules: budget.rules.map(() => ({ holds: false, waived: false, looks: 0 })),
  };
}

/**
 * The user goes on in spite of all that holds: it holds nothing up until it is crossed anew. For a run that is started by
 * force this is the memory after its first look, and what was due by that look is not done.
 */
export const waived = (memory: Memory): Memory => ({
  ...memory,
  rules: memory.rules.map((rule) => ({ ...rule, waived: rule.holds })),
});

const HALF = 0.5;

/** One look at a budget; `before` of another limit or other rules is not taken over. Never throws. */
export function judge(
  budget: Budget,
  before: Memory,
  sight: Sight,
  patience: Patience = PATIENCE,
): { readonly memory: Memory; readonly verdict: Verdict } {
  const memory = before.of === markOf(budget) ? before : freshMemory(budget);
  const share = shareOf(budget, sight.spent);
  const overrun = probability(sight.overrun);
  const seen = { budget, sight, share, overrun };
  const late = lateBy(memory, sight.now_ms);
  if (late !== null) {
    const verdict = told(seen, memory, { standing: memory.standing, due: [], why: late });
    return { memory: { ...memory, late: memory.late + 1 }, verdict };
  }
  const rules = budget.rules.map((rule, i) => next(rule, memory.rules[i]!, { ...seen, patience }));
  const known = share !== null && (sight.partial !== true || share.value >= 1);
  const unknown_looks = known ? 0 : memory.unknown_looks + 1;
  const warns = !memory.unknown_told && unknown_looks >= patience.unknown_looks;
  const why = known ? sight.why : (sight.why ?? 'what is spent is not known');
  // Early in a run nobody can tell yet; where half is spent whoever goes by the forecast can still say how long the job is.
  const unforeseen = overrun === null && budget.rules.some(({ on }) => on === 'forecast');
  const blind = !memory.blind_told && unforeseen && share !== null && share.value >= HALF && share.value < 1;
  const standing = standingOf(budget, rules, share, known);
  const after: Memory = {
    ...{ of: memory.of, last_ms: sight.now_ms, late: 0, rules, unknown_looks, standing },
    unknown_told: memory.unknown_told || warns,
    blind_told: memory.blind_told || blind,
  };
  const crossed = budget.rules.flatMap((rule, i) =>
    rules[i]!.holds && !memory.rules[i]!.holds ? [reasonOf(rule, seen)] : [],
  );
  const missing = [
    ...(warns ? [`it cannot be told how it stands: ${why}`] : []),
    ...(blind ? [`nobody can tell whether ${budget.limit.text} will suffice: ${why ?? 'there is no forecast'}`] : []),
  ].map((why): Reason => ({ act: 'warn', rule: null, why }));
  return { memory: after, verdict: told(seen, after, { standing, due: [...crossed, ...missing], why }) };
}

/**
 * Why nothing may be started under a budget; null: it may. One that is spent by its value forbids it, one that is not known
 * does not, and neither does a ratio such as J/token: better work brings that down.
 */
export function refusal(budget: Budget, sight: Sight): string | null {
  const share = shareOf(budget, sight.spent);
  if (share === null || share.value < 1 || isRatio(budget.limit.measure)) return null;
  return `${percent(share.value)} of ${budget.limit.text} is spent`;
}

/** The strictest of some acts, by their order; null of none. */
export function strictest(acts: readonly Act[]): Act | null {
  return acts.reduce<Act | null>((a, b) => (a === null || rank(b) > rank(a) ? b : a), null);
}

export const rank = (act: Act): number => ACTS.indexOf(act);

interface Seen {
  readonly budget: Budget;
  readonly sight: Sight;
  readonly share: Reach | null;
  readonly overrun: number | null;
}

/** A rule after this look: it changes sides when enough looks in a row have spoken for that. */
function next(rule: Rule, before: RuleMemory, { budget, share, overrun, patience }: Seen & { patience: Patience }) {
  const value = rule.on === 'spent' ? (share?.value ?? null) : overrun;
  if (value === null) return { ...before, looks: 0 };
  const { due_looks, clear_looks, spent_margin, forecast_margin } = patience;
  const clear = rule.on === 'spent' ? rule.at * (1 - spent_margin) : Math.max(rule.at - forecast_margin, rule.at / 2);
  const against = before.holds ? value < clear : value >= rule.at;
  const looks = against ? before.looks + 1 : 0;
  const wavers = rule.on === 'forecast' || isRatio(budget.limit.measure);
  const needed = before.holds ? clear_looks : wavers ? due_looks : 1;
  return looks < needed ? { ...before, looks } : { holds: !before.holds, waived: false, looks: 0 };
}

function standingOf(budget: Budget, rules: readonly RuleMemory[], share: Reach | null, known: boolean): Standing {
  if (share !== null && share.value >= 1) return 'over';
  if (!known) return 'unknown';
  return budget.rules.some(({ on }, i) => on === 'forecast' && rules[i]!.holds) ? 'at-risk' : 'within';
}

function told(seen: Seen, memory: Memory, { standing, due, why }: Pick<Verdict, 'standing' | 'due' | 'why'>): Verdict {
  const { budget, sight, share, overrun } = seen;
  const holding = budget.rules.filter((_, i) => memory.rules[i]!.holds && !memory.rules[i]!.waived);
  const { end, renews_ms } = sight;
  const most = end === null ? null : Number.isFinite(end.high) ? end.high : end.value;
  const left = most === null || share === null ? null : Math.max(0, most - share.value * budget.limit.value);
  return {
    ...{ by: budget.id, at_ms: sight.now_ms, standing, share, overrun, due, why },
    ...{ holding: holding.map((rule) => reasonOf(rule, seen)), measure: budget.limit.measure },
    ...{ left: left !== null && Number.isFinite(left) ? left : null, renews_ms: numberOf(renews_ms) },
  };
}

function reasonOf(rule: Rule, { budget, share, overrun }: Seen): Reason {
  const of = `of ${budget.limit.text}`;
  if (rule.on === 'spent') {
    const spent = share === null ? 'was spent' : `is spent${within(share)}`;
    const much = share === null ? percent(rule.at) : percent(share.value);
    return { act: rule.act, rule, why: `${much} ${of} ${spent}` };
  }
  const odds = overrun === null ? `was at least ${percent(rule.at)}` : `is ${percent(overrun)}`;
  return { act: rule.act, rule, why: `the probability that ${budget.limit.text} will be passed ${odds}` };
}

/** Nothing where there is no width: at the first looks nobody knows yet how sure the figures are. */
function within({ low, high }: Reach): string {
  const [least, most] = [percent(low), percent(high)];
  return least === most ? '' : ` (90 %: ${least} to ${most})`;
}

/** Why a look is not judged; null: it is. A clock that was set back is believed after a few looks. */
export function lateBy({ last_ms, late }: Pick<Memory, 'last_ms' | 'late'>, now_ms: number): string | null {
  if (!Number.isFinite(now_ms)) return 'this look has no time';
  if (last_ms === null || now_ms >= last_ms || late + 1 >= CLOCK_LOOKS) return null;
  return 'this look is older than one before';
}

const markOf = ({ limit, rules }: Budget): string =>
  `${limit.measure} ${limit.value} ${rules.map(({ on, at, act }) => `${on} ${at} ${act}`).join(', ')}`;

/** Null where it is not known, or is no amount. Bounds that are none are the value. */
function shareOf({ limit }: Budget, spent: Reach | null): Reach | null {
  if (spent === null || !(spent.value >= 0) || !(spent.value / limit.value < Number.POSITIVE_INFINITY)) return null;
  const value = spent.value / limit.value;
  const bound = (x: number) => (Number.isFinite(x) ? x / limit.value : value);
  return { value, low: Math.min(value, bound(spent.low)), high: Math.max(value, bound(spent.high)) };
}

const probability = (p: number | null): number | null => (p !== null && p >= 0 && p <= 1 ? p : null);
const numberOf = (x: number | null): number | null => (x !== null && Number.isFinite(x) ? x : null);

/** Near the limit, and where it is little, with a digit more. */
const percent = (share: number): string =>
  `${(share * 100).toFixed(share < 0.1 || Math.abs(share - 1) < 0.005 ? 1 : 0)} %`;
