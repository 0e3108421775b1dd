// The runs of a ledger as rows, at once and kept up to date: what run.json and its neighbours tell is read here, figures are
// worked out by a process beside (index/), the newest first, and kept for the next start.
//
// While somebody asks, folders are looked at every two seconds, which is all that it costs when nothing happens. What nobody
// looks at is looked at seldom.

import { plainRow } from '../app/run-rows.ts';
import { fault } from '../core/fault.ts';
import { runFolder } from '../ledger/records.ts';
import { goesOn, runOf } from '../ledger/runs.ts';
import { hasLedger } from '../ledger/version.ts';
import { FIGURES, type RunRowJson } from '../report/run-row.ts';
import type { CacheFile, KnownRow } from './index/cache-file.ts';
import { knowledgeOf } from './index/fingerprint.ts';
import { createFolders } from './index/folders.ts';
import type { Basis, Done, Workshop } from './index/jobs.ts';
import { inPieces } from './index/pieces.ts';

export interface RunList {
  /** Another one whenever anything of it is another. */
  readonly tag: string;
  /** The newest first. */
  readonly rows: readonly RunRowJson[];
  /** Runs whose files have not been read yet: they are not in the list. */
  readonly unread: number;
  /** Rows whose figures have not been worked out yet. */
  readonly working: number;
  /** Folders whose run.json cannot be understood. */
  readonly damaged: readonly string[];
}

export interface RunIndex {
  /** As it was two seconds ago or later. Rejects with Fault ledger-missing, ledger-newer. */
  list(): Promise<RunList>;
  close(): Promise<void>;
}

export interface RunIndexOf {
  readonly ledger: string;
  readonly now: () => number;
  readonly cache: CacheFile;
  readonly workshop: Workshop;
}

interface One {
  row: RunRowJson | null;
  basis: Basis | null;
  /** It goes on, or may: it is read again and again. */
  open: boolean;
  read_ms: number;
  worked_ms: number;
}

export const BEING_WORKED_OUT = 'being worked out';

const LOOK_MS = 2000;
/** Where nobody has asked for so long, nothing is looked at until somebody does. */
const ASKED_MS = 60_000;
/** The first answer waits for as long: then it tells what is known by then. */
const FIRST_MS = 300;
/** Figures of runs that go on are that old at most, and open ones that do not are read again as seldom. */
const GOING_MS = 5000;
const OPEN_MS = 10_000;
/** Knowledge of zones, and files inside runs that have ended, are looked at again as seldom. */
const KNOWLEDGE_MS = 10_000;
const ALL_MS = 900_000;
const SAVE_MS = 30_000;
const BATCHES = [50, 200] as const;

export function createRunIndex({ ledger, now, cache, workshop }: RunIndexOf): RunIndex {
  const boot = `${Math.floor(now()).toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  const folders = createFolders(ledger);
  const known = new Map<string, One>();
  const damaged = new Set<string>();
  /** Ids in the order in which they came; those that were asked for anew while they are worked on come again. */
  const unread = new Set<string>();
  const queue = new Set<string>();
  let [version, batch, saved_ms, asked_ms] = [0, 0, now(), Number.NEGATIVE_INFINITY];
  let [looked_ms, knowledge_ms, all_ms] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, now()];
  let working: ReadonlySet<string> = new Set();
  let [dirty, started, closed] = [false, false, false];
  let looking: Promise<void> | null = null;
  let pumping: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let made: { readonly version: number; readonly list: RunList } | null = null;

  const start = () => {
    started = true;
    for (const { row, basis } of cache.read())
      known.set(row.id, { row, basis, open: false, read_ms: now(), worked_ms: now() });
  };

  const read = (id: string): void => {
    const entry = runOf(ledger, id);
    const before = known.get(id);
    const folder = runFolder(ledger, id);
    const hurt = entry === null || entry.record.id !== id;
    // A folder that is still empty is a run about to be created.
    if (hurt && folders.isEmpty(id)) return;
    version++;
    if (hurt) {
      damaged.add(folder);
      known.delete(id);
      return;
    }
    damaged.delete(folder);
    const plain = plainRow(entry, { why: BEING_WORKED_OUT, now_ms: now() });
    const row = before?.row == null ? plain : { ...before.row, ...ownOf(plain) };
    const open = entry.writers.some(({ end }) => end === null) || goesOn(entry.state) || entry.writers.length === 0;
    known.set(id, { row, basis: null, open, read_ms: now(), worked_ms: before?.worked_ms ?? Number.NEGATIVE_INFINITY });
    queue.add(id);
  };

  /** What has come, gone or changed since the last look. */
  const look = async (): Promise<void> => {
    if (!started) start();
    const now_ms = now();
    const found = await folders.look();
    if (looked_ms === Number.NEGATIVE_INFINITY) {
      const there = new Set(found.came);
      for (const id of [...known.keys()]) if (!there.has(id)) forget(id);
    }
    for (const id of found.gone) forget(id);
    for (const id of found.came)
      if (known.has(id)) queue.add(id);
      else unread.add(id);
    for (const id of found.changed) unread.add(id);
    for (const [id, one] of known) {
      if (one.row === null || !one.open || queue.has(id) || working.has(id)) continue;
      const due_ms = goesOn(one.row.state) ? 0 : OPEN_MS;
      if (now_ms - one.read_ms >= due_ms) reread(id, one, now_ms);
    }
    lookAtKnowledge(now_ms);
    looked_ms = now();
    await inPieces([...unread], (id) => {
      if (closed) return;
      unread.delete(id);
      read(id);
      if (queue.size >= BATCHES[0]) pump();
    });
    pump();
  };

  /** A run that is open: its state may have changed without its folder; its figures are made anew now and then. */
  const reread = (id: string, one: One, now_ms: number): void => {
    const entry = runOf(ledger, id);
    if (entry === null || one.row === null) return;
    one.read_ms = now_ms;
    const ended = entry.writers.length > 0 && entry.writers.every(({ end }) => end !== null);
    const changed = entry.state !== one.row.state || (ended && !goesOn(entry.state));
    if (changed || (goesOn(entry.state) && now_ms - one.worked_ms >= GOING_MS)) {
      const plain = plainRow(entry, { why: BEING_WORKED_OUT, now_ms });
      one.row = { ...one.row, ...ownOf(plain) };
      one.open = !ended || goesOn(entry.state);
      one.basis = null;
      version++;
      queue.add(id);
    }
  };

  const lookAtKnowledge = (now_ms: number): void => {
    if (now_ms - all_ms >= ALL_MS) {
      all_ms = now_ms;
      for (const [id, one] of known) if (!one.open) queue.add(id);
      return;
    }
    if (now_ms - knowledge_ms < KNOWLEDGE_MS) return;
    knowledge_ms = now_ms;
    const print = knowledgeOf(ledger);
    for (const [id, { basis }] of known) if (basis !== null && print(basis.needs) !== basis.knowledge) queue.add(id);
  };

  const forget = (id: string): void => {
    if (known.delete(id)) dirty = true;
    damaged.delete(runFolder(ledger, id));
    unread.delete(id);
    queue.delete(id);
    version++;
  };

  const pump = (): void => {
    pumping ??= work().finally(() => {
      pumping = null;
    });
  };

  const work = async (): Promise<void> => {
    while (queue.size > 0 && !closed) {
      const ids = newestOf([...queue], known).slice(0, BATCHES[Math.min(batch++, BATCHES.length - 1)]);
      for (const id of ids) queue.delete(id);
      working = new Set(ids);
      const done = await workshop.work(ids.map((id) => ({ id, basis: known.get(id)?.basis ?? null })));
      working = new Set();
      for (const one of done) take(one);
      if (queue.size === 0 || now() - saved_ms >= SAVE_MS) await save(SAVE_MS);
    }
  };

  const take = (done: Done): void => {
    const one = known.get(done.id);
    if (one?.row == null) return;
    one.worked_ms = now();
    if (done.kind === 'gone' || done.kind === 'same') return;
    version++;
    if (done.kind === 'failed') {
      one.row = { ...one.row, ...Object.fromEntries(FIGURES.map((name) => [name, { value: null, why: done.why }])) };
      return;
    }
    one.row = shared(done.row);
    one.basis = done.basis;
    one.open = one.open && (goesOn(done.row.state) || done.row.state === 'interrupted');
    if (!one.open) dirty = true;
  };

  const save = async (least_ms: number): Promise<void> => {
    if (!dirty || now() - saved_ms < least_ms) return;
    [dirty, saved_ms] = [false, now()];
    const rows = [...known.values()].filter((one) => one.row !== null && one.basis !== null && !one.open);
    await cache.write(rows as unknown as KnownRow[]);
  };

  const lookSoon = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };

  /** Goes on by itself while somebody asks. */
  const tick = (): void => {
    if (timer !== null || closed) return;
    timer = setTimeout(() => {
      timer = null;
      if (now() - asked_ms > ASKED_MS) return;
      lookSoon().then(tick, tick);
    }, LOOK_MS);
    timer.unref();
  };

  return {
    async list() {
      if (!hasLedger(ledger)) throw fault('ledger-missing', { facts: { ledger } });
      asked_ms = now();
      if (asked_ms - looked_ms >= LOOK_MS || asked_ms < looked_ms) await within(lookSoon(), FIRST_MS);
      tick();
      if (made?.version === version) return made.list;
      const rows = [...known.values()].flatMap(({ row }) => row ?? []);
      rows.sort((a, b) => b.started_at_ms - a.started_at_ms || (a.id < b.id ? 1 : -1));
      const list: RunList = {
        ...{ tag: `${boot}.${version}`, rows, unread: unread.size },
        working: [...known.values()].filter(({ worked_ms }) => worked_ms === Number.NEGATIVE_INFINITY).length,
        damaged: [...damaged].sort(),
      };
      made = { version, list };
      return list;
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      workshop.close();
      await save(0);
    },
  };
}

/** What a plain row tells for sure: of the rest the figures that were known stay until the new ones are there. */
function ownOf(plain: RunRowJson): Partial<RunRowJson> {
  const { it_j, operational_g, embodied_g, total_g, cost, j_per_token, g_per_million_tokens, mean_w, ...own } = plain;
  const { tokens, coverage, ...said } = own;
  return said;
}

/** Those to be worked out first: what goes on, then the newest. */
function newestOf(ids: string[], known: ReadonlyMap<string, One>): string[] {
  const began = (id: string) => {
    const row = known.get(id)?.row;
    return row == null ? 0 : goesOn(row.state) ? Number.MAX_VALUE : row.started_at_ms;
  };
  return ids
    .map((id) => ({ id, at: began(id) }))
    .sort((a, b) => b.at - a.at)
    .map(({ id }) => id);
}

const texts = new Map<string, string>();
/** Reasons are few, and told of very many figures: each is in memory once. */
function shared(row: RunRowJson): RunRowJson {
  for (const name of FIGURES) {
    const figure = row[name];
    if (figure.value !== null) continue;
    const why = texts.get(figure.why) ?? figure.why;
    if (texts.size < 10_000) texts.set(why, why);
    figure.why = why;
  }
  return row;
}

function within(work: Promise<void>, ms: number): Promise<void> {
  work.catch(() => {}); // told to whoever waits the next time
  let timer: NodeJS.Timeout;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return Promise.race([work, over]).finally(() => clearTimeout(timer));
}
