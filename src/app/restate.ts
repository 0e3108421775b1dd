// The accounts of runs as they were last stated and as they are known now: what changed, by how much and why; and its record.
//
// Both are told from the ledger by the same code as a report. Last stated is the last statement; before there is one, the
// run's end, and of an imported trace the time of its import.

import { dayOf } from '../core/timestamp.ts';
import { type Account, attributed, type Cause, gridChanges, type Stage } from '../emissions/restate.ts';
import { isAnswer } from '../grid/knowledge.ts';
import { openReader, type Reader } from '../ledger/reader.ts';
import { goesOn, type Limits, type RunEntry, runOf } from '../ledger/runs.ts';
import { addStatement, type SaidJson, type StatementRecord, statementsOf } from '../ledger/statements.ts';
import { staysOf } from '../ledger/stays.ts';
import type { RunEnergy } from '../ledger/use.ts';
import { buildReport } from '../report/build.ts';
import { changeWords, gridWords } from '../report/change-words.ts';
import type { ReportJson } from '../report/model.ts';
import type { Chain } from '../run/intensity.ts';
import { toldFrom } from './as-of.ts';
import { spanOf } from './reports.ts';
import { chainOfRun } from './run-chain.ts';
import { type Shelf, shelfOf } from './shelf.ts';
import { valuesOf } from './values.ts';

export interface Restated {
  readonly run: string;
  readonly name: string | null;
  readonly cut_of: string | null;
  /** The number of the statement that was made; null where none was to be. */
  readonly number: number | null;
  readonly statement: StatementRecord;
}

export interface Restatement {
  readonly restated: readonly Restated[];
  readonly unchanged: number;
  /** Runs that go on: nothing was said of them yet. */
  readonly running: number;
  /** In words. */
  readonly damage: readonly string[];
}

export interface Restating {
  readonly now_ms: number;
  readonly user: string | null;
  readonly version: string;
  /** False: nothing is recorded. */
  readonly record: boolean;
}

/** Compares and records. Rejects with what the file system says, or as a reader does. */
export async function restate(ledger: string, entries: readonly RunEntry[], options: Restating): Promise<Restatement> {
  const ended = entries.filter(({ state }) => !goesOn(state));
  const shelf = shelfOf(ledger);
  let reader: Reader | null = null;
  const restated: Restated[] = [];
  const damage: string[] = [];
  try {
    for (const entry of ended) {
      const run = { ledger, id: entry.record.id, shelf, ...options };
      damage.push(...statementsOf(ledger, run.id).damage.map((words) => `run ${run.id}: ${words}`));
      if (isAsStated(run, entry)) continue;
      reader ??= await openReader();
      const one = await restateRun(run, reader);
      if (one !== null) restated.push(one);
    }
  } finally {
    reader?.close();
  }
  return { restated, damage, unchanged: ended.length - restated.length, running: entries.length - ended.length };
}

interface Subject extends Restating {
  readonly ledger: string;
  readonly id: string;
  readonly shelf: Shelf;
}

/** Whether nothing has come since that an account could depend on; told without a look at the energy. */
function isAsStated({ ledger, id, shelf, now_ms, version }: Subject, entry: RunEntry): boolean {
  if (entry.writers.some(({ end }) => end === null)) return false;
  const last = statementsOf(ledger, id).statements.at(-1);
  const since_ms = last?.as_of_ms ?? toldFrom(entry, { last_ms: new Map() });
  const was = runOf(ledger, id, { as_of_ms: since_ms });
  if (was === null || (last !== undefined && last.version !== version)) return false;
  if (was.amendments.length !== entry.amendments.length || was.writers.length !== entry.writers.length) return false;
  const zones = new Set(staysOf(entry.record, entry.writers).flatMap(({ zone }) => zone ?? []));
  const news = (zone: string) =>
    shelf
      .known(zone)
      .some(({ entries }) =>
        entries.some((e) => isAnswer(e) && e.retrieved_at_ms > since_ms && e.retrieved_at_ms <= now_ms),
      );
  return entry.damage.length === 0 && ![...zones].some(news);
}

/** Null where nothing has changed. Another process that states it at the same time comes first: then it is looked at again. */
async function restateRun(run: Subject, reader: Reader): Promise<Restated | null> {
  for (;;) {
    const { statements, last } = statementsOf(run.ledger, run.id);
    const entry = runOf(run.ledger, run.id, { as_of_ms: run.now_ms });
    const statement = entry === null ? null : await compared(run, reader, { entry, last: statements.at(-1) ?? null });
    if (entry === null || statement === null) return null;
    const { name, cut_of = null } = entry.record;
    const number = run.record ? addStatement(run.ledger, run.id, { value: statement, last }) : null;
    if (number !== null || !run.record) return { run: run.id, name, cut_of, number, statement };
  }
}

async function compared(
  run: Subject,
  reader: Reader,
  { entry, last }: { readonly entry: RunEntry; readonly last: StatementRecord | null },
): Promise<StatementRecord | null> {
  const { ledger, id, now_ms, user, version } = run;
  const teller = await tellerOf(run, reader);
  const before_as_of_ms = last?.as_of_ms ?? toldFrom(entry, await teller.energy(entry));
  const was = runOf(ledger, id, { as_of_ms: before_as_of_ms })!;
  const then = await teller.tell(was, before_as_of_ms);
  const stages: Stage[] = [];
  const before = last?.after ?? then.said;
  if (last !== null && before.operational_g.value !== then.said.operational_g.value) {
    const what = `told by joulebook ${version} otherwise than by ${last.version}: other tables or methods, or lost records`;
    stages.push({ ...accountOf(then.said), causes: [{ by: 'joulebook', what, change_g: null }] });
  }
  const later = (limits: Limits) => runOf(ledger, id, { as_of_ms: now_ms, ...limits })!;
  const segments = entry.writers.length - was.writers.length;
  if (segments > 0) {
    const grown = later({ amended_by_ms: before_as_of_ms });
    const what = segments === 1 ? 'a further segment' : `${segments} further segments`;
    const { said } = await teller.tell(grown, before_as_of_ms);
    stages.push({ ...accountOf(said), causes: [{ by: 'segment', what, change_g: null }] });
  }
  let amended = later({ amended_by_ms: before_as_of_ms });
  for (const { at_ms, why, what } of entry.amendments.slice(was.amendments.length)) {
    const words = changeWords(what, amended.record).join(', ');
    amended = later({ amended_by_ms: at_ms });
    const { said } = await teller.tell(amended, before_as_of_ms);
    const by = `${words} by amendment of ${dayOf(at_ms)}${why === null ? '' : ` (${why})`}`;
    stages.push({ ...accountOf(said), causes: [{ by: 'amendment', what: by, change_g: null }] });
  }
  const stale = await teller.tell(entry, before_as_of_ms);
  const lost = doubtOf(entry);
  if (lost !== null && doubtOf(was) === null)
    stages.push({ ...accountOf(stale.said), causes: [{ by: 'amendment', what: lost, change_g: null }] });
  const now = await teller.tell(entry, now_ms);
  stages.push({ ...accountOf(now.said), causes: await gridCauses(await teller.energy(entry), stale, now) });
  const causes = attributed(accountOf(before), stages);
  if (causes.length === 0 && isSame(before, now.said)) return null;
  return {
    ...{ schema: 'joulebook/statement/v1', at_ms: Math.max(Date.now(), now_ms), user, version, before_as_of_ms },
    ...{ as_of_ms: now_ms, before, after: now.said, ...changeOf(before, now.said) },
    causes: causes.length > 0 ? causes : [{ by: 'joulebook', what: reasonOf(now.said), change_g: null }],
  };
}

const doubtOf = ({ unsure }: RunEntry): string | null => unsure.zone ?? unsure.pue ?? null;

interface Told {
  readonly said: SaidJson;
  readonly chain: Chain;
  readonly report: ReportJson;
}

interface Teller {
  energy(entry: RunEntry): Promise<RunEnergy>;
  /** The account with what was known of the grid by then. */
  tell(entry: RunEntry, grid_as_of_ms: number): Promise<Told>;
}

/** Reads energy and events of each set of segments once. */
async function tellerOf({ ledger, shelf }: Subject, reader: Reader): Promise<Teller> {
  const read = new Map<string, Promise<RunEnergy>>();
  const energy = (entry: RunEntry): Promise<RunEnergy> => {
    const key = entry.writers.map(({ folder }) => folder).join('\n');
    const found = read.get(key) ?? reader.energy([entry], null).then((all) => all.get(entry.record.id)!);
    read.set(key, found);
    return found;
  };
  return {
    energy,
    async tell(entry, as_of_ms) {
      const { record, writers, state, damage, amendments, unsure } = entry;
      const used = await energy(entry);
      const events = (await reader.events([entry])).get(record.id)!;
      const chain = chainOfRun(ledger, entry, { span: spanOf(entry, used), shelf, as_of_ms });
      const report = buildReport({
        ...{ run: record, state, writers, energy: used, steps: [], events, amendments, unsure, damage },
        ...{ chain: chain.series, no_intensity: chain.none, values: valuesOf(shelf, record), brief: true },
      });
      return {
        said: saidOf(report, record.pue_series === undefined ? record.pue : report.energy.pue.value),
        chain,
        report,
      };
    },
  };
}

function saidOf({ run, emissions }: ReportJson, pue: number | null): SaidJson {
  const { mean_g_per_kwh, parts } = emissions.intensity;
  return {
    ...{ operational_g: emissions.operational_g, mean_g_per_kwh, zone: run.zone, pue },
    ...{ kind: parts[0]?.kind ?? null, scope: parts[0]?.scope ?? null },
    parts: parts.map(({ zone, provider, quality, year, share, mean_g_per_kwh: mean }) => ({
      ...{ zone, provider, quality, year, share, mean_g_per_kwh: mean },
    })),
  };
}

const basisOf = ({ kind, scope }: SaidJson): string | null => (kind === null ? null : `${kind} ${scope}`);
const accountOf = (said: SaidJson): Account => ({ value_g: said.operational_g.value, basis: basisOf(said) });

/** Each with its share of the account: what one gram before overheads comes to is the same for all. */
async function gridCauses({ charged }: RunEnergy, stale: Told, now: Told): Promise<Cause[]> {
  const changes = gridChanges(charged, stale.chain.series, now.chain.series);
  const pue = now.report.energy.pue.value ?? 1;
  return changes.map((change) => ({
    ...{ by: 'grid' as const, what: gridWords(change), change_g: (change.after_g - change.before_g) * pue },
  }));
}

function changeOf(before: SaidJson, after: SaidJson) {
  const [was, is] = [before, after].map(basisOf);
  const other = was !== null && is !== null && was !== is;
  const [from, to] = [before.operational_g.value, after.operational_g.value];
  const change_g = other || from === null || to === null ? null : to - from;
  return {
    change_g,
    change_share: change_g === null || !(from! > 0) ? null : change_g / from!,
    not_comparable: other ? `the intensity was ${was}, it is ${is}` : null,
  };
}

const isSame = (a: SaidJson, b: SaidJson): boolean => {
  const told = ({ operational_g, ...rest }: SaidJson) =>
    JSON.stringify([operational_g.value === null ? null : operational_g, rest]);
  return told(a) === told(b);
};

const reasonOf = ({ operational_g }: SaidJson): string =>
  operational_g.value === null ? operational_g.why : 'how sure the account is';
