// A past run and budgets → what would have been done, from its rows, steps and intensities as they came.
//
// The account is the one that a run keeps while it goes on, fed again in order: what was learned of the grid later counts
// only from then on. The interval of what is spent is that of the whole account, as the sensors are the same.

import { usage } from '../core/fault.ts';
import type { Budget } from '../decide/budget.ts';
import type { Means } from '../decide/orders.ts';
import { type Look, replay } from '../decide/replay.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { withPue } from '../grid/values.ts';
import { zoneKey } from '../grid/zones.ts';
import { openReader } from '../ledger/reader.ts';
import type { RunEntry } from '../ledger/runs.ts';
import { staysOf } from '../ledger/stays.ts';
import { type Accounted, accountOf, type ReportInput } from '../report/build.ts';
import { type ReplayJson, replayJson } from '../report/replay.ts';
import { timeline } from '../report/timeline.ts';
import { createLiveAccount, createStepWindow, type LiveRow } from '../run/live-account.ts';
import { type Known, priceOfJoule, runSight, spreadOf } from '../run/sight.ts';
import { tokenPace, tokensBy } from '../workload/tokens-between.ts';
import { cumulativeAt } from '../workload/work.ts';
import { inputOf } from './reports.ts';
import { chainOfRun } from './run-chain.ts';
import { type Shelf, shelfOf } from './shelf.ts';

/** A month is looked at in as many looks as an hour second by second. */
const MOST_LOOKS = 3600;

/** Lines of a log by which its pace of tokens is told. */
const TOLD = 100;

/** What a past run tells of its job: no way to make a checkpoint, nowhere to go, and no cost of a pause. */
const MEANS: Means = { grace_ms: null, can_move: false, dwell_ms: 60_000, pause_s: 0, pause_cost: {} };

/** Rejects as inputOf, and with Fault usage for a limit of water, which a run does not tell while it goes on. */
export async function replayOf(ledger: string, entry: RunEntry, budgets: readonly Budget[]): Promise<ReplayJson> {
  const water = budgets.find(({ limit }) => limit.measure === 'water')?.limit;
  if (water !== undefined)
    throw usage(
      `${water.text}: water is not told while a run goes on, so it cannot be replayed`,
      'replay a limit of energy, emissions, J/token, gCO2e/Mtoken or money',
    );
  const reader = await openReader();
  try {
    const input = await inputOf(reader, { ledger, entry });
    const account = accountOf({ ...input, brief: true });
    const { looks, look_ms, warnings } = looksAt({ ledger, entry, input, account }, budgets);
    const made = replay(budgets, MEANS, looks);
    const all = [...warnings, ...budgets.flatMap((budget, i) => unforeseen(budget, looks, i))];
    return replayJson({ report: account.report, budgets, looks, look_ms, made, warnings: all });
  } finally {
    reader.close();
  }
}

/** A rule on a forecast that nobody could make at any time never falls due, which may surprise. */
function unforeseen({ limit, rules }: Budget, looks: readonly Look[], i: number): string[] {
  const asked = rules.some(({ on }) => on === 'forecast');
  if (!asked || looks.some(({ sights }) => sights[i]!.overrun !== null)) return [];
  const why = looks.at(-1)!.sights[i]!.why;
  return [`${limit.text}: no forecast could be made at any time, such as at the end: ${why}`];
}

interface Past {
  readonly ledger: string;
  readonly entry: RunEntry;
  readonly input: ReportInput;
  readonly account: Accounted;
}

function looksAt(past: Past, budgets: readonly Budget[]) {
  const { input, account } = past;
  const { from: from_ms, to: to_ms } = account.span;
  const look_ms = Math.max(1000, Math.ceil((to_ms - from_ms) / MOST_LOOKS / 1000) * 1000);
  const shelf = shelfOf(past.ledger);
  const learned = createLearned(past, shelf);
  const { run } = input;
  const pue = input.values?.pue === null || input.values === undefined ? run.pue : 1; // a course is in the chain
  const live = createLiveAccount(learned.until(from_ms) ?? [], { pue, ...(run.work && { work: run.work }) });
  const steps = createStepWindow();
  const [rows, lines] = [rowsOf(input), linesOf(input)];
  const told = cumulativeAt(input.steps, run.work);
  const facts = factsOf(past);
  const looks: Look[] = [];
  let [row, line, point] = [0, 0, 0];
  for (let now_ms = Math.min(to_ms, from_ms + look_ms); ; now_ms = Math.min(to_ms, now_ms + look_ms)) {
    const chain = learned.until(now_ms);
    if (chain !== null) live.learn(chain);
    for (; row < rows.length && rows[row]!.to_ms <= now_ms; row++) live.row(rows[row]!);
    for (; line < lines.length && lines[line]!.at_ms <= now_ms; line++) steps.add(lines[line]!);
    for (; point < told.length && told[point]!.at_ms <= now_ms; point++);
    const pace = tokenPace(told.slice(Math.max(0, point - TOLD), point), from_ms);
    // At its end no further line is to come.
    const tokens = pace === null ? null : tokensBy(pace, now_ms >= to_ms ? pace.last_ms : now_ms);
    const figures = live.figures(CHARGED, now_ms, steps);
    const sights = budgets.map(({ limit }) =>
      runSight(limit, { ...facts, now_ms, figures, tokens, tokens_told: pace?.tokens ?? null }),
    );
    looks.push({ now_ms, sights });
    if (now_ms >= to_ms) break;
  }
  const grams = budgets.some(({ limit: { measure } }) => measure === 'emissions' || measure === 'g_per_million_tokens');
  return { looks, look_ms, warnings: [...new Set([...(grams ? learned.notes : []), ...severalNote(input)])] };
}

const [ALL, GAP] = ['charged', 'unknown'];
const CHARGED: ReadonlySet<string> = new Set([ALL, GAP]);

/** The charged energy as rows of one device, and what is not known of it as those of another; by their ends. */
function rowsOf(input: ReportInput): LiveRow[] {
  const { from_ms, to_ms, energy_j } = timeline({ ...input, steps: [], events: [] });
  const rows = Array.from(
    energy_j,
    (joules, i): LiveRow => ({
      ...{ device: ALL, from_ms: from_ms[i]!, to_ms: to_ms[i]!, energy_j: joules, quality: 'measured' },
    }),
  );
  const charged = new Set(input.energy.devices.flatMap(({ device }) => (device.charged ? [device.device] : [])));
  const holes = input.energy.gaps.filter(({ state, device }) => state === 'unknown' && charged.has(device));
  const missing = holes.map(
    (gap): LiveRow => ({
      ...{ device: GAP, from_ms: gap.from_ms, to_ms: gap.to_ms, energy_j: null, quality: 'unknown' },
    }),
  );
  return [...rows, ...missing].sort((a, b) => a.to_ms - b.to_ms);
}

/** Energy at a step is that of its own writer: of several there is no common one. */
function linesOf({ steps, writers }: ReportInput) {
  const own = writers.length === 1 ? steps : steps.map((step) => ({ ...step, it_j: null }));
  return own.toSorted((a, b) => a.at_ms - b.at_ms);
}

const severalNote = ({ writers }: ReportInput): string[] =>
  writers.length === 1
    ? []
    : ['several segments or hosts have no common energy by step: where the run would end is not told'];

function factsOf({ input, account }: Past): Omit<Known, 'now_ms' | 'figures' | 'tokens'> {
  const { run, values } = input;
  const { it_j, operational_g } = {
    ...account.report.energy,
    operational_g: account.report.emissions.operational_g,
  };
  const flat = run.price !== null && (values?.pue ?? null) === null;
  return {
    price_per_j: flat ? priceOfJoule(run.price!.per_kwh, run.pue) : null,
    currency: run.price?.currency ?? null,
    spread: { energy: spreadOf(it_j), emissions: spreadOf(operational_g) },
  };
}

/** What was known of the grid, as it came: a new chain at each moment at which more had been heard. */
function createLearned({ ledger, entry, input, account }: Past, shelf: Shelf) {
  const { from, to } = account.span;
  const heard = staysOf(entry.record, entry.writers)
    .flatMap(({ zone }) => (zone === null ? [] : shelf.known(zoneKey(zone))))
    .flatMap(({ entries }) => entries.map(({ retrieved_at_ms }) => retrieved_at_ms))
    .filter((at_ms) => at_ms > from && at_ms < to);
  const moments = [from, ...new Set(heard.toSorted((a, b) => a - b))];
  const notes: string[] = [];
  let next = 0;
  /** Up to a moment; null: nothing new since the last one. */
  const until = (now_ms: number): readonly IntensitySeries[] | null => {
    let as_of_ms: number | null = null;
    for (; next < moments.length && moments[next]! <= now_ms; next++) as_of_ms = moments[next]!;
    if (as_of_ms === null) return null;
    const { series, none } = chainOfRun(ledger, entry, { span: { from_ms: from, to_ms: to }, shelf, as_of_ms });
    if (none !== null) notes.push(`as known at ${new Date(now_ms).toISOString()}: ${none}`);
    return withPue(series, input.values?.pue ?? null);
  };
  return { until, notes };
}
