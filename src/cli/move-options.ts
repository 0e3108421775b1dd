// --move-to 'zone=FR,cost=10min,cmd=sbatch job.sh' → where a job may go on that is over its budget here.

import { chainSpecOf } from '../app/grid-config.ts';
import { reasonOf, usage } from '../core/fault.ts';
import { redactText } from '../core/redact.ts';
import type { Budget } from '../decide/budget.ts';
import { restOf } from '../decide/foresight.ts';
import { type Destinations, destinations } from '../decide/move.ts';
import type { Span } from '../grid/provider.ts';
import { withPue } from '../grid/values.ts';
import type { Site } from '../ledger/records.ts';
import { goesOn, runOf } from '../ledger/runs.ts';
import { workingFolder } from '../run/identity.ts';
import { zoneChain } from '../run/intensity.ts';
import { createMoving, type Moving, nameOf } from '../run/moving.ts';
import { durationMs } from './options.ts';
import { type BudgetRunOptions, resumeCostOf } from './run-budget-options.ts';
import type { AboutRun } from './run-budgets.ts';

export interface SiteAsked {
  readonly site: Site;
  readonly cost_ms: number;
}

const FORM =
  'write zone=FR,cmd=COMMAND, or zone=FR,name=lyon,cost=10min,cmd=COMMAND: the command comes last, as all of the rest';
const MOST_MS = 30 * 86_400_000;
/** What is known of grids is looked for again so often. */
const FRESH_MS = 60_000;
const DAY_MS = 86_400_000;

/** A place as it was written; `cost` is what going to one costs that says nothing else, ms. Throws Fault usage. */
export function siteOf(text: string, cost: number): SiteAsked {
  const bad = (why: string) => usage(`--move-to: "${text}" cannot be used: ${why}`, FORM);
  const [, head, command] = /^(.*?)\bcmd=(.*\S.*)$/s.exec(text) ?? [];
  if (head === undefined || command === undefined) throw bad('it has no command');
  const said = new Map<string, string>();
  for (const part of head.split(',').filter((one) => one.trim() !== '')) {
    const [, key, value] = /^\s*(zone|name|cost)=(.*\S)\s*$/.exec(part) ?? [];
    if (key === undefined || said.has(key)) throw bad(`"${part}" is not understood`);
    said.set(key, value!);
  }
  const zone = said.get('zone');
  if (zone === undefined) throw bad('it has no zone');
  if (redactText(command) !== command)
    throw usage('--move-to: the command holds a secret, and would be kept in the ledger', 'let it read a variable');
  const own = said.get('cost');
  return {
    site: { zone, name: said.get('name') ?? null, command: command.trim() },
    cost_ms: own === undefined ? cost : durationMs({ text: own, from: '--move-to cost' }, 0, MOST_MS),
  };
}

/** Null: it goes nowhere. Rejects with Fault usage, zone-unknown, config-bad. */
export async function movingOf(
  options: BudgetRunOptions,
  about: AboutRun,
  budgets: readonly Budget[],
): Promise<Moving | null> {
  const cost_ms = resumeCostOf(options);
  const asked = (options.moveTo ?? []).map((text) => siteOf(text, cost_ms));
  checkRules(budgets, asked.length > 0);
  if (asked.length === 0) return null;
  const { settings, record, said, env, say } = about;
  const places = await Promise.all(asked.map((one) => placeOf(one, about)));
  const { pue } = said.values;
  const factor = pue === null ? (record.pue ?? 1) : 1;
  const held = createHeld();
  return createMoving({
    ...{ ledger: settings.folder, run: record.id, cwd: workingFolder(), env, say },
    choose: ({ figures: { projection, grid }, now_ms, writer }) =>
      held(now_ms, () => {
        const others = othersOf(about, writer);
        if (others.length > 0)
          return { better: [], why: `it is not moved: other processes of the run go on (${others.join(', ')})` };
        const rest = projection && restOf(projection, { now_ms, until_ms: null });
        const span = { from_ms: now_ms, to_ms: rest?.to_ms ?? now_ms };
        return destinations(
          { rest, here: grid, factor },
          places.map((place) => place(span)),
        );
      }),
  });
}

/** Rules and places ask for each other; a standing budget's rule is a pause where a run has no place. */
function checkRules(budgets: readonly Budget[], placed: boolean): void {
  const asking = budgets.filter(({ rules }) => rules.some(({ act }) => act === 'move'));
  if (!placed && asking.some(({ scope }) => scope.of === 'run'))
    throw usage('a rule says move, and it is not said where to', `give --move-to: ${FORM}`);
  if (placed && asking.length === 0)
    throw usage('--move-to: no rule says when', 'say when, such as --on-breach move or --on-breach 0.8=move');
}

/** What is known of its grid by then; none where that is not of the kind that is accounted here. Rejects for an unknown zone. */
async function placeOf({ site, cost_ms }: SiteAsked, { settings, chain, said }: AboutRun) {
  const spec = await chainSpecOf(settings.grid, site.zone);
  const seriesOf = (span: Span) => {
    const { series } = zoneChain({ zone: site.zone, own: null, spec, ledger: settings.folder, span });
    const [here, there] = [chain.series[0], series[0]];
    const alike = here === undefined || there === undefined || (here.kind === there.kind && here.scope === there.scope);
    return alike ? withPue(series, said.values.pue) : [];
  };
  const now_ms = Date.now();
  seriesOf({ from_ms: now_ms, to_ms: now_ms + DAY_MS });
  return (span: Span) => ({
    ...{ site, name: nameOf(site), cost_ms },
    chain: seriesOf({ ...span, to_ms: span.to_ms + cost_ms }),
  });
}

/** Writers of the run beside ours: a move ends one command only. */
function othersOf({ settings, record }: AboutRun, writer: string): string[] {
  const writers = runOf(settings.folder, record.id)?.writers ?? [];
  return writers.flatMap((one) => (goesOn(one.state) && one.record.writer !== writer ? [one.record.writer] : []));
}

/** Asked each second, it is found out anew once a minute, and told why not where it cannot be. */
function createHeld() {
  let last: { readonly at_ms: number; readonly found: Destinations<Site> } | null = null;
  return (now_ms: number, find: () => Destinations<Site>): Destinations<Site> => {
    const age_ms = now_ms - (last?.at_ms ?? Number.NEGATIVE_INFINITY);
    if (last !== null && age_ms >= 0 && age_ms < FRESH_MS) return last.found;
    let found: Destinations<Site>;
    try {
      found = find();
    } catch (error) {
      found = { better: [], why: `it is not moved: ${reasonOf(error)}` };
    }
    last = { at_ms: now_ms, found };
    return found;
  };
}
