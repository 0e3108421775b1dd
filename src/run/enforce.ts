// Budgets in force while a job runs: once a second what is known of the run → a verdict on each budget → at most one order to
// the job, with everything that was decided told and recorded.
//
// Whatever fails here is told once, and the job goes on as if there were no budget. It lives as long as the run: over all
// segments of it that are started here, and while it waits between two of them.

import { constants } from 'node:os';
import { basename } from 'node:path';
import { reasonOf } from '../core/fault.ts';
import {
  type DecisionRow,
  decisionDocument,
  decisionRow,
  type Inputs,
  type Looked,
  reasonsOf,
} from '../decide/decision.ts';
import { type SeenBudget, seenBudgets } from '../decide/decisions-in.ts';
import { leftOf } from '../decide/foresight.ts';
import { limitOf } from '../decide/limit.ts';
import { explained, wantsMove } from '../decide/move.ts';
import { decide, gently, type JobMemory, type Means, NEW_JOB, type Order, type Want } from '../decide/orders.ts';
import { rank } from '../decide/verdict.ts';
import { addLateEvent } from '../ledger/late-events.ts';
import { resumesAsked, tellPaused } from '../ledger/pauses.ts';
import type { EventRow, RunRecord, StepRow } from '../ledger/records.ts';
import type { EnergyRow } from '../meter/rows.ts';
import type { BudgetKeeper } from './budget-keeper.ts';
import type { BudgetLooks } from './budget-looks.ts';
import type { Beat, Enforcement, Segment } from './enforcement.ts';
import { runHook } from './hook.ts';
import { createInForce } from './in-force.ts';
import { ENDING_SIGNALS, type JobOrders, jobOrders, type Numbered, type OrderMeans } from './job-orders.ts';
import { createStepWindow, type Figures, type LiveAccount } from './live-account.ts';
import type { BudgetTold } from './live-text.ts';
import { createLogLines } from './log-lines.ts';
import type { Moving } from './moving.ts';
import { createNotifier } from './notifier.ts';
import type { Channel } from './notify/channel.ts';
import { createRunKnown } from './run-known.ts';
import { createStuckPause } from './stuck-pause.ts';

/** Somebody beside the budgets who may want a pause, such as a policy that waits for a greener grid. */
export interface Wanting {
  at(now: { readonly now_ms: number; readonly figures: Figures; readonly paused: boolean }): Want;
  /** When the pause that it wants is expected to end, epoch ms; null: nobody can tell. */
  readonly until_ms: number | null;
}

export interface EnforcePlan {
  readonly ledger: string;
  readonly run: string;
  readonly looks: BudgetLooks;
  /** Of those that others' use counts toward; null: there is none. */
  readonly keeper: BudgetKeeper | null;
  /** Told which writer of the run we are: its own metering is not others'. */
  writing(writer: string): void;
  readonly account: LiveAccount;
  /** Called at each look: what is known of the grid may have changed. */
  readonly refresh?: ((now_ms: number) => void) | undefined;
  readonly means: Means;
  readonly orders: Omit<OrderMeans, 'run' | 'lines' | 'say' | 'moving'>;
  readonly hook: string | null;
  /** Where decisions are told; empty: nowhere. */
  readonly channels: readonly Channel[];
  readonly env: NodeJS.ProcessEnv;
  readonly about: Pick<RunRecord, 'name' | 'pue' | 'price' | 'work'>;
  readonly wanting: Wanting | null;
  /** Where it may go on; null or absent: nowhere. */
  readonly moving?: Moving | null | undefined;
  say(message: string): void;
}

/** What ended the waiting for a job to be started again. */
export type Waited = 'resume' | 'stop' | NodeJS.Signals;

export interface Enforcer extends Enforcement {
  /** How each limit stands, for people. */
  readonly told: readonly BudgetTold[];
  /** All that was known of each at the last look. */
  readonly seen: readonly SeenBudget[];
  readonly held: boolean;
  /** Looks on, without a job, until it may be started again. Signals of the numbers `ignored` end nothing. */
  wait(ignored: readonly number[]): Promise<Waited>;
  close(): void;
}

const LOOK_MS = 1000;

export function createEnforcer(plan: EnforcePlan): Enforcer {
  const { account, looks } = plan;
  const steps = createStepWindow();
  const lines = createLogLines();
  const stuck = createStuckPause();
  let segment: Segment | null = null;
  let orders: JobOrders | null = null;
  let job: JobMemory = NEW_JOB;
  let looked: readonly Looked[] = [];
  let last: { readonly now_ms: number; readonly energy_j: number } | null = null;
  let begun_j = 0;
  let charged: ReadonlySet<string> = new Set();
  let decisions = 0;
  let heard = resumesAsked(plan.ledger, plan.run).length;
  /** The folder of the last segment's writer. */
  let left: string | null = null;
  let off = false;
  let wanting = plan.wanting;
  /** Decided while there was no writer, and no folder of one. */
  let unwritten: EventRow[] = [];

  const put = (row: EventRow) => {
    if (segment !== null) segment.put('events', row);
    else if (left === null || !putLate(left, row)) unwritten.push(row);
  };
  const warn = (message: string) =>
    put({ at_ms: Math.round(segment?.now() ?? Date.now()), event: 'warn:budget', message });
  const tell = (message: string) => {
    plan.say(message);
    warn(message);
  };
  const inForce = createInForce(warn);
  const { channels, env } = plan;
  const notifier = channels.length === 0 ? null : createNotifier(channels, { env, warn });
  /** Runs work that must not harm the job; after a failure there is no budget any more. */
  const guarded = (work: () => void) => {
    if (off) return;
    try {
      work();
    } catch (error) {
      off = true;
      tell(`budgets are not looked at any more: ${reasonOf(error)}; the job goes on without them`);
      void orders?.ended().catch(() => {});
    }
  };

  const known = createRunKnown(plan.about, steps, warn);

  /** Whether somebody has asked that it goes on; the limits are then waived or replaced. */
  const askedToGoOn = (): boolean => {
    const asked = resumesAsked(plan.ledger, plan.run);
    const fresh = asked.slice(heard);
    heard = asked.length;
    for (const one of fresh) {
      wanting = null;
      looks.waive();
      if (one?.budget == null) continue;
      const were = looks.replace(limitOf(one.budget, '--budget')).map(({ limit }) => limit.text);
      plan.say(`the budget is ${one.budget} now${were.length === 0 ? '' : `, in the place of ${were.join(' and ')}`}`);
    }
    return fresh.length > 0;
  };

  const look = ({ now_ms, charged }: Beat): Order | null => {
    plan.refresh?.(now_ms);
    const figures = account.figures(charged, now_ms, steps);
    const held = orders === null ? job.phase === 'paused' : orders.held;
    const energy_j = figures.energy_j ?? 0;
    if (held && last !== null)
      account.paused({ s: Math.max(0, now_ms - last.now_ms) / 1000, energy_j: energy_j - last.energy_j });
    last = { now_ms, energy_j };
    const resume = askedToGoOn();
    const now = known.at(now_ms, figures);
    looked = looks.at(now);
    inForce.look(segment?.folder ?? left, now_ms, looked);
    const why = stuck.at({ held, looked, known: { ...now, figures } });
    if (why !== null) tell(`${why}; joulebook resume ${plan.run} lets it go on`);
    const other = wanting?.at({ now_ms, figures, paused: held });
    const wants: Want[] = [...looked.map(({ verdict }) => verdict), ...(other === undefined ? [] : [other])];
    const firm = orders?.spared(now_ms) === true ? wants.map(gently) : wants;
    const moving = firm.some(wantsMove) && segment !== null ? (plan.moving ?? null) : null;
    const found = moving?.choose({ figures, now_ms, writer: segment!.writer }) ?? null;
    const means = { ...plan.means, can_move: (found?.better.length ?? 0) > 0 };
    const { memory, order: made } = decide(means, job, { now_ms, wants: firm, resume, ...orders?.news() });
    job = memory;
    const order = made && explained(made, found?.why ?? null);
    if (order !== null) carry(order, inputsOf(figures, now_ms), { wants, to: found?.better ?? [] });
    orders?.second(now_ms);
    return order;
  };

  /** When all that holds the job up is expected to have ended; null: nobody can tell. */
  const untilOf = (wants: readonly Want[]): number | null => {
    const holding = wants.filter((want) => want.holding.some(({ act }) => rank(act) >= rank('pause')));
    const ends = holding.map((want) =>
      want.measure === undefined ? (wanting?.until_ms ?? null) : (want.renews_ms ?? null),
    );
    return ends.length === 0 || ends.includes(null) ? null : Math.max(...(ends as number[]));
  };

  const inputsOf = ({ projection, end_g, emissions_g: own_g }: Figures, now_ms: number): Inputs => ({
    ...{ looked, grid: account.grid(now_ms), left: leftOf(projection, { end_g, own_g }) },
  });
  const carry = (order: Order, inputs: Inputs, { wants, to }: { wants: readonly Want[]; to: Numbered['to'] }) => {
    const number = ++decisions;
    const row = decisionRow(order, number, inputs);
    put(row);
    notifier?.tell(documentOf(row));
    if (order.act === 'warn' || order.act === 'hook') plan.say(reasonsOf(order));
    // Also where something stricter is done by the same look.
    if (wants.some(({ due }) => due.some(({ act }) => act === 'hook'))) void callHook(row);
    orders?.carry({ order, number, until_ms: untilOf(wants), to });
  };
  const documentOf = (row: DecisionRow) =>
    decisionDocument(
      { run: plan.run, name: plan.about.name, writer: segment?.writer ?? (left && basename(left)) },
      row,
    );
  const callHook = async (row: DecisionRow) => {
    const how =
      plan.hook === null ? 'there is none: give it with --hook' : await runHook(plan.hook, documentOf(row), plan.env);
    if (how !== null) tell(`the hook ${how}`);
  };

  return {
    add(table, row) {
      if (table === 'energy') guarded(() => account.row(row as EnergyRow));
      // A segment's steps count its own energy, the account all of it.
      const step = row as StepRow;
      if (table === 'steps') steps.add(step.it_j === null ? step : { ...step, it_j: step.it_j + begun_j });
    },
    begin(next) {
      guarded(() => {
        if (left !== null) tellPaused(left, null);
        [segment, left] = [next, next.folder];
        plan.writing(next.writer);
        known.begin(next);
        begun_j = last?.energy_j ?? 0;
        for (const row of unwritten) next.put('events', row);
        unwritten = [];
        orders = jobOrders(next, {
          ...plan.orders,
          ...{ run: plan.run, moving: plan.moving ?? null, lines: next.captured ? lines : null, say: plan.say },
        });
      });
    },
    second(beat) {
      charged = beat.charged;
      guarded(() => void look(beat));
    },
    output: lines.push,
    signalled: (signal) => orders?.signalled(signal),
    exited: () => orders?.exited(),
    async ended() {
      const ending = (await orders?.ended().catch(() => null)) ?? null;
      await notifier?.settle();
      inForce.last(left);
      orders = null;
      segment = null;
      known.begin(null);
      return ending;
    },
    get told() {
      return looked.map(({ budget: { limit }, sight, verdict: { overrun } }) => ({
        ...{ limit, spent: sight.spent?.value ?? null, overrun },
      }));
    },
    get seen() {
      return seenBudgets(looked);
    },
    get held() {
      return orders?.held === true;
    },
    wait: (ignored) =>
      new Promise((resolve) => {
        const heardOf = (signal: NodeJS.Signals) => over(signal);
        const signals = ENDING_SIGNALS.filter((signal) => !ignored.includes(constants.signals[signal]));
        const over = (why: Waited) => {
          clearInterval(timer);
          for (const signal of signals) process.off(signal, heardOf);
          resolve(why);
        };
        for (const signal of signals) process.on(signal, heardOf);
        const timer = setInterval(() => {
          // Asked for while it was being ended: it goes on at once.
          if (job.phase === 'running') return over('resume');
          guarded(() => {
            const order = look({ now_ms: Date.now(), charged });
            if (order?.act !== 'resume' && order?.act !== 'stop') return;
            plan.say(`the job is ${order.act === 'resume' ? '' : 'not '}started again: ${reasonsOf(order)}`);
            if (order.act === 'stop' && left !== null)
              tellPaused(left, { since_ms: order.at_ms, by: order.by, why: reasonsOf(order), stopped: true });
            over(order.act);
          });
          if (off) over('resume');
        }, LOOK_MS);
      }),
    close: () => plan.keeper?.end(),
  };
}

/** While it waits for another segment: beside the rows of the last one. */
function putLate(folder: string, row: EventRow): boolean {
  try {
    addLateEvent(folder, row);
    return true;
  } catch {
    return false;
  }
}
