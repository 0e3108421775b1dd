// What the budgets of a job, and whoever else has a say, ask for → one order at a time to the job. All of them hold: of
// those that differ the strictest is done.
//
// Between two switches from running to paused or back lies a dwell, so that a job never flutters; a pause that costs more
// than it can save is not made; pause, move and stop wait for a checkpoint where there is a way to make one.

import type { Act, Measure } from './budget.ts';
import { lateBy, type Reason, rank, strictest } from './verdict.ts';

/** Who wants something: a verdict is one, and so is a policy that pauses in dirty hours. */
export interface Want {
  readonly by: string;
  readonly due: readonly Reason[];
  readonly holding: readonly Reason[];
  /** Why it holds no longer what it held; absent: it holds, or never did. */
  readonly eased?: string;
  /** Of a budget: as in its verdict. Absent: a pause is always worth its cost. */
  readonly measure?: Measure;
  readonly left?: number | null;
  readonly renews_ms?: number | null;
}

/** What can be done to the job, and what that takes. */
export interface Means {
  /** ms that a checkpoint is waited for; null: there is no way to make one. */
  readonly grace_ms: number | null;
  /** Whether it can go on elsewhere; where not, a move is a pause. */
  readonly can_move: boolean;
  /** ms at least between a pause and the resume after it, and between a resume and the next pause. */
  readonly dwell_ms: number;
  /** What one pause and its resume take: s, and in each measure's unit what is known. */
  readonly pause_s: number;
  readonly pause_cost: Partial<Record<Measure, number>>;
}

/** What is seen of the job beside its budgets. */
export interface JobLook {
  readonly now_ms: number;
  readonly wants: readonly Want[];
  /** The checkpoint that was ordered is there. */
  readonly checkpointed?: boolean;
  /** An order that could not be carried out, and why. */
  readonly failed?: { readonly act: Order['act']; readonly why: string };
  /** Somebody asks to go on now; what the budgets hold is to be waived, or their limits raised, before. */
  readonly resume?: boolean;
}

export interface Order {
  readonly act: Act | 'resume';
  readonly at_ms: number;
  /** Who asked for it. */
  readonly by: readonly string[];
  readonly because: readonly Reason[];
  /** Why it is this and not what was asked for; null: it is. */
  readonly why: string | null;
}

/** What the next look must know of those before; plain data. */
export interface JobMemory {
  readonly phase: 'running' | 'checkpointing' | 'paused' | 'ended';
  readonly last_ms: number | null;
  /** Looks in a row that were older than the one before. */
  readonly late: number;
  /** ms since the last pause or resume, as the looks saw them; null: there was none. */
  readonly since_switch_ms: number | null;
  /** ms that the checkpoint has been waited for. */
  readonly waited_ms: number;
  /** Why a pause was put off, as it was told; null: none is. */
  readonly put_off: string | null;
}

export const NEW_JOB: JobMemory = {
  ...{ phase: 'running', last_ms: null, late: 0, since_switch_ms: null, waited_ms: 0, put_off: null },
};

/** Why a pause stands for a move. */
export const NOWHERE = 'there is nowhere else to go on';

/** A clock that is set forward, or a machine that slept, counts as a minute of dwell or grace and no more. */
const MOST_LOOK_MS = 60_000;

/** Nothing of it that would hold or end the job. */
export function gently(want: Want): Want {
  const mild = ({ act }: Reason) => rank(act) < rank('checkpoint');
  return { ...want, due: want.due.filter(mild), holding: want.holding.filter(mild) };
}

/** At most one order a look; null: leave the job as it is. Never throws. */
export function decide(
  means: Means,
  before: JobMemory,
  look: JobLook,
): { readonly memory: JobMemory; readonly order: Order | null } {
  const memory = undone(passed(before, look.now_ms), look);
  if (memory.phase === 'ended') return { memory, order: null };
  const wanted = firm(means, look.wants);
  if (look.resume === true && memory.phase === 'paused' && (wanted === null || wanted === 'pause'))
    return ordered(look, switched(memory, 'resume'), 'resume', 'it was asked for');
  if (wanted === null) return eased(means, memory, look);
  if (memory.phase === 'paused') return wanted === 'pause' ? noted(memory, look) : finished(memory, look, wanted);
  if (memory.phase === 'checkpointing') {
    const without = look.failed?.act === 'checkpoint' ? look.failed.why : undefined;
    const late = memory.waited_ms >= (means.grace_ms ?? 0) ? 'it took too long' : undefined;
    if (look.checkpointed === true) return finished(memory, look, wanted);
    const why = without ?? late;
    return why === undefined ? noted(memory, look) : finished(memory, look, wanted, why);
  }
  const put_off = wanted === 'pause' ? reasonToWait(means, memory, look) : null;
  if (put_off !== null) {
    const why = put_off === memory.put_off ? null : put_off;
    return noted({ ...memory, put_off }, look, why);
  }
  if (means.grace_ms === null) return finished(memory, look, wanted);
  const asked: JobMemory = { ...memory, phase: 'checkpointing', waited_ms: 0, put_off: null };
  return ordered(look, asked, 'checkpoint', `${wanted} follows when the checkpoint is there`);
}

type Decided = ReturnType<typeof decide>;

/** The strictest of what holds that stops the job here; null: it may run. */
function firm({ can_move }: Means, wants: readonly Want[]): Firm | null {
  const held = heldOf(wants);
  if (held === null || rank(held) < rank('pause')) return null;
  if (held === 'move' && !can_move) return 'pause';
  return held as Firm;
}

const heldOf = (wants: readonly Want[]): Act | null =>
  strictest(wants.flatMap(({ holding }) => holding.map(({ act }) => act)));

/** Nothing holds the job up: one that is paused goes on after its dwell, and a checkpoint for a pause is for nothing more. */
function eased({ dwell_ms }: Means, memory: JobMemory, look: JobLook): Decided {
  if (memory.phase === 'paused' && (memory.since_switch_ms ?? 0) >= dwell_ms)
    return ordered(look, switched(memory, 'resume'), 'resume', easedText(look.wants));
  const phase = memory.phase === 'checkpointing' ? 'running' : memory.phase;
  return noted({ ...memory, phase, put_off: null }, look);
}

const easedText = (wants: readonly Want[]): string =>
  ['nothing holds it up any more', ...wants.flatMap(({ eased }) => eased ?? [])].join(': ');

/** Of what is due without stopping the job the strictest; what is frozen makes no checkpoint. `why` is to be told in any case. */
function noted(memory: JobMemory, look: JobLook, why: string | null = null): Decided {
  const due = look.wants.flatMap((want) => want.due.map(({ act }) => act));
  if (due.length === 0 && why === null) return { memory, order: null };
  const most = rank(memory.phase === 'running' ? 'checkpoint' : 'hook');
  const act = strictest(due.filter((one) => rank(one) <= most)) ?? 'warn';
  const asked = strictest(due);
  const stands = asked === null || asked === act ? null : (memory.put_off ?? `it is ${memory.phase} already`);
  return ordered(look, memory, act, why ?? stands);
}

type Firm = 'pause' | 'move' | 'stop';

function finished(memory: JobMemory, look: JobLook, act: Firm, failed?: string): Decided {
  const nowhere = act === 'pause' && heldOf(look.wants) === 'move' ? NOWHERE : null;
  const why = failed === undefined ? nowhere : `without a checkpoint: ${failed}`;
  return ordered(look, switched(memory, act), act, why);
}

function ordered(look: JobLook, memory: JobMemory, act: Order['act'], why: string | null): Decided {
  const due = look.wants.filter((want) => want.due.length > 0);
  const holding = look.wants.filter((want) => want.holding.length > 0);
  // What falls due is why now; of what was put off, or waited for, it is what holds.
  const [by, because] =
    act === 'resume'
      ? [[], []]
      : due.length > 0
        ? [due, due.flatMap((want) => want.due)]
        : [holding, holding.flatMap((want) => want.holding)];
  return { memory, order: { act, at_ms: look.now_ms, by: by.map((want) => want.by), because, why } };
}

/** Why a pause is not made now: the job was resumed just before, or it would cost more than it can save. */
function reasonToWait(means: Means, { since_switch_ms }: JobMemory, { wants, now_ms }: JobLook): string | null {
  const { dwell_ms, pause_s } = means;
  if (since_switch_ms !== null && since_switch_ms < dwell_ms)
    return `it was resumed less than ${dwell_ms / 1000} s ago`;
  const asking = wants.filter(({ holding }) => holding.some(({ act }) => rank(act) >= rank('pause')));
  const spared = asking.map(({ measure, left = null, renews_ms = null }) => {
    const cost = measure === undefined ? undefined : means.pause_cost[measure];
    if (cost !== undefined && left !== null && left <= cost) return 'a pause costs more than all that is left to do';
    const renews = renews_ms !== null && renews_ms - now_ms <= pause_s * 1000;
    return renews ? `the budget begins anew sooner than the ${pause_s} s that a pause takes` : null;
  });
  return spared.every((why) => why !== null) ? (spared[0] ?? null) : null;
}

/** An order that was not carried out left the job as it was; a pause or resume is tried again after the dwell. */
function undone(memory: JobMemory, { failed }: JobLook): JobMemory {
  if (failed === undefined || !(failed.act in PHASES)) return memory;
  const [was, is] =
    failed.act === 'resume' ? (['running', 'paused'] as const) : ([PHASES[failed.act as Firm], 'running'] as const);
  return memory.phase === was ? { ...memory, phase: is, since_switch_ms: 0 } : memory;
}

/** The time that passed since the last look, as far as that can be told. */
function passed(memory: JobMemory, now_ms: number): JobMemory {
  if (lateBy(memory, now_ms) !== null) return { ...memory, late: memory.late + 1 };
  const more = Math.min(MOST_LOOK_MS, Math.max(0, now_ms - (memory.last_ms ?? now_ms)));
  const { since_switch_ms, waited_ms } = memory;
  return {
    ...memory,
    ...{ last_ms: now_ms, late: 0, since_switch_ms: since_switch_ms === null ? null : since_switch_ms + more },
    waited_ms: memory.phase === 'checkpointing' ? waited_ms + more : waited_ms,
  };
}

const PHASES = { pause: 'paused', move: 'ended', stop: 'ended', resume: 'running' } as const;

const switched = (memory: JobMemory, act: keyof typeof PHASES): JobMemory => ({
  ...memory,
  ...{ phase: PHASES[act], since_switch_ms: 0, waited_ms: 0, put_off: null },
});
