// Budgets of joulebook run: its own by options, the standing ones that the run is in → what acts on the job, or why it may not
// start.
//
// What others have spent must be known before the command starts, and is waited for a while; what is not known by then
// forbids nothing, as nothing is made up.

import type { Said } from '../app/account-config.ts';
import { standingBudgets } from '../app/budgets.ts';
import { channelsOf } from '../app/notify.ts';
import type { Settings } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import type { Budget } from '../decide/budget.ts';
import { limitOf } from '../decide/limit.ts';
import { rulesOf } from '../decide/rule.ts';
import { inScope } from '../decide/scope.ts';
import type { Span } from '../grid/provider.ts';
import { withPue } from '../grid/values.ts';
import type { RunRecord } from '../ledger/records.ts';
import { keepBudgets } from '../run/budget-keeper.ts';
import { createBudgetLooks } from '../run/budget-looks.ts';
import { createEnforcer, type Enforcer, type Wanting } from '../run/enforce.ts';
import { greenWant } from '../run/green-want.ts';
import { type Chain, zoneChain } from '../run/intensity.ts';
import type { Moving } from '../run/moving.ts';
import { checkSight } from './blind-budgets.ts';
import { checkpointWayOf } from './checkpoint-way.ts';
import { greenRuleOf } from './green-options.ts';
import { accountOfRun, type liveOf } from './live.ts';
import { movingOf } from './move-options.ts';
import { durationMs } from './options.ts';
import { refusals, tellRefused } from './refused-start.ts';
import { type BudgetRunOptions, goalOf, OF_BUDGETS } from './run-budget-options.ts';

/** What is known of the run that is about to start. */
export interface AboutRun {
  readonly settings: Settings;
  readonly chain: Chain;
  readonly said: Said;
  readonly record: Pick<RunRecord, 'id' | 'name' | 'tags' | 'pue' | 'price' | 'work'>;
  /** It goes on with a run, or joins one: what that has spent counts. */
  readonly joins: boolean;
  readonly captured: boolean;
  readonly env: NodeJS.ProcessEnv;
  say(message: string): void;
}

export interface InForce {
  readonly enforcer: Enforcer;
  /** What the live line tells of them, by the account that is kept in any case. */
  readonly watched: NonNullable<Parameters<typeof liveOf>[1]['watched']>;
  readonly resume_command: string | null;
  readonly moving: Moving | null;
}

/** Why a run is not started. */
export interface Refused {
  readonly refused: readonly string[];
}

const DWELL_MS = 60_000;
const STOP_GRACE_MS = 30_000;
const FIRST_MS = 10_000;
const MOST_MS = 30 * 86_400_000;

/** Null where no budget is in force after all. Rejects with Fault usage, ledger-newer. */
export async function budgetsOfRun(options: BudgetRunOptions, about: AboutRun): Promise<InForce | Refused | null> {
  const { settings, record, say } = about;
  checkCommands(options);
  const own = ownBudgets(options);
  const { standing, faults } = standingBudgets(settings);
  const wrong = faults.find(({ code }) => code === 'config-bad');
  if (wrong !== undefined) throw wrong;
  for (const { message, hint } of faults) say(`${message}; ${hint}`);
  const others = standing.filter(({ budget }) => inScope(budget.scope, record));
  const budgets = [...own, ...others.map(({ budget }) => budget)];
  const wanting = greenOf(options, about);
  if (budgets.length === 0 && wanting === null) return lonely(options);
  checkSight(budgets, about);
  const way = checkpointWayOf(options, about);
  const max_freeze_ms = durationMs({ text: options.maxFreeze ?? '4min', from: '--max-freeze' }, 0, MOST_MS);
  checkHook(options, budgets);
  const channels = channelsOf(settings.notify, options.notify ?? []);
  const moving = await movingOf(options, about, budgets);

  const kept = about.joins ? budgets : others.map(({ budget }) => budget);
  const { keeper, writing } = keeperOf(kept, about);
  if (keeper !== null) {
    await keeper.first(FIRST_MS);
    const refused = refusals({ budgets: kept, standing: others, keeper });
    if (refused.length > 0 && options.force !== true) {
      keeper.end();
      await tellRefused(refused, { ...about, channels });
      return { refused: refused.map(({ text }) => text) };
    }
    for (const { text } of refused) say(`started all the same: ${text}`);
  }
  // Also one that a resume gives later.
  const othersOf = (budget: Budget, now_ms: number) =>
    about.joins || budget.scope.of !== 'run' ? keeper!.others(budget, now_ms) : null;
  const { chain, said } = about;
  const { account, refresh } = accountOfRun({
    ...{ chain, run: record, pue: said.values.pue, ledger: settings.folder, ...goalOf(options) },
  });
  const grace_ms = way?.grace_ms ?? null;
  const enforcer = createEnforcer({
    ...{ ledger: settings.folder, run: record.id, keeper, account, refresh, about: record, env: about.env, say },
    looks: createBudgetLooks(budgets, othersOf, { forced: options.force === true }),
    means: { grace_ms, can_move: false, dwell_ms: DWELL_MS, pause_s: resumeCost_s(options), pause_cost: {} },
    orders: {
      ...{ way, max_freeze_ms, stop_grace_ms: Math.max(STOP_GRACE_MS, grace_ms ?? 0) },
      can_restart: options.resumeCmd !== undefined,
    },
    ...{ writing, hook: options.hook ?? null, channels, wanting, moving },
  });
  const budgetsTold = () => ({ budgets: enforcer.told, held: enforcer.held });
  return { enforcer, watched: { account, budgets: budgetsTold }, resume_command: options.resumeCmd ?? null, moving };
}

/** Adds up what others spend of them; told which writers of the run we are, it leaves these out. */
function keeperOf(budgets: readonly Budget[], { settings, record, joins }: AboutRun) {
  const before: string[] = [];
  let writer = '';
  const of = {
    ...{ ledger: settings.folder, budgets },
    get own() {
      return { run: record.id, writer, before };
    },
  };
  return {
    keeper: budgets.length === 0 && !joins ? null : keepBudgets(of, Date.now),
    writing(name: string): void {
      if (writer !== '') before.push(writer);
      writer = name;
    },
  };
}

/** Each with all of the rules; of several each is named by its limit. */
function ownBudgets({ budget = [], onBreach = [], onForecast = [] }: BudgetRunOptions): Budget[] {
  const rules = rulesOf({ breach: onBreach, forecast: onForecast });
  const made = budget.map((text): Budget => {
    const limit = limitOf(text, '--budget');
    return {
      id: budget.length === 1 ? 'run' : limit.text,
      limit,
      rules,
      scope: { of: 'run' },
      period: { kind: 'whole' },
    };
  });
  return made.filter(({ id }, i) => made.findIndex((other) => other.id === id) === i);
}

/** Waiting for a greener grid, where that is asked for. Throws Fault usage. */
function greenOf(options: BudgetRunOptions, { chain, said, record, settings, say }: AboutRun): Wanting | null {
  const rule = greenRuleOf(options, Date.now(), { moves: options.moveTo !== undefined });
  if (rule === null) return null;
  const { zone, spec, stored } = chain;
  if (chain.series.length === 0)
    throw usage('--deadline: no intensity of the grid is known', 'give --zone, or --intensity FILE');
  // A file of the user's holds all that it will ever tell; a zone's grid is learned of as time passes.
  const series = (span: Span) =>
    stored !== null || zone === null
      ? chain.series
      : zoneChain({ zone, own: null, spec, ledger: settings.folder, span }).series;
  const flat = said.values.pue === null ? (record.pue ?? 1) : 1;
  const total_s = goalOf(options).goal?.seconds ?? null;
  return greenWant({ rule, pue: flat, total_s, say, series: (span) => withPue(series(span), said.values.pue) });
}

const resumeCost_s = (options: BudgetRunOptions): number =>
  options.resumeCost === undefined
    ? 0
    : durationMs({ text: options.resumeCost, from: '--resume-cost' }, 0, MOST_MS) / 1000;

/** No budget is in force. Throws Fault usage where something is said that only means something with one. */
function lonely(options: BudgetRunOptions): null {
  const said = OF_BUDGETS.flatMap(([key, name]) => (options[key] === undefined ? [] : [name]));
  if (said.length === 0) return null;
  throw usage(`${said.join(', ')}: there is no budget`, 'give one, such as --budget 2kgCO2e');
}

/** An empty one, such as of a variable that is not set, would do nothing and call it done. */
function checkCommands({ hook, checkpointCmd, resumeCmd }: BudgetRunOptions): void {
  for (const [name, command] of Object.entries({ hook, 'checkpoint-cmd': checkpointCmd, 'resume-cmd': resumeCmd }))
    if (command?.trim() === '') throw usage(`--${name}: there is no command`, 'give one, in quotes');
}

function checkHook({ hook }: BudgetRunOptions, budgets: readonly Budget[]): void {
  const asked = budgets.find(({ rules }) => rules.some(({ act }) => act === 'hook'));
  if (hook === undefined && asked?.scope.of === 'run')
    throw usage('a rule says hook, and there is no command for it', 'give its command with --hook');
  if (hook !== undefined && asked === undefined)
    throw usage('--hook: no rule calls it', 'say when, such as --on-breach 0.9=hook');
}
