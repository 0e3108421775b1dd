// Follows a folder of logs: all event files of TensorBoard in it and below it, W&B's runs, MLflow's metrics, or the
// trainer's own files, those that appear later too.
//
// One training is often logged in several ways. Counting it once, only the first kind of file that tells a step is
// listened to, the kinds with times of their own first.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS, type Kind, kindOf } from '../workload/files/formats.ts';
import { mlflowRun } from '../workload/files/mlflow.ts';
import type { FileFormat } from '../workload/files/port.ts';
import { type LogSink, type LogSource, openLogFile, type Stamp, stampOf } from './log-file.ts';
import { followStates } from './log-states.ts';
import { createRest } from './rest.ts';

/** A folder beyond these is read in part: the rest of a search costs more than it finds. */
const MOST_ENTRIES = 20_000;
const DEEPEST = 8;
/** Followed at once. */
const MOST_FILES = 500;
/** Files that appear are found so soon. */
const SEARCH_MS = 1000;
interface Found extends Stamp {
  readonly path: string;
  readonly kind: Kind;
}

/** Remembers what is there, and follows what changes or appears. `there`: whether the folder was there before the run. */
export function openLogFolder(folder: string, there: boolean, sink: LogSink): LogSource {
  const followed = new Map<string, { readonly kind: Kind; readonly source: LogSource }>();
  const runs = new Map<string, FileFormat>();
  const before = new Map((there ? search(folder) : []).map((found) => [found.path, found]));
  let teller: Kind | null = null;
  const rest = createRest(SEARCH_MS);
  const sinkOf = (kind: Kind): LogSink => ({
    ...sink,
    onStep(step) {
      teller ??= kind;
      if (teller === kind) sink.onStep(step);
    },
  });
  const states = followStates(sinkOf('trainer-state'), statesIn(before.values()));
  const formatOf = ({ kind, path }: Found): { format?: FileFormat } => {
    if (kind !== 'mlflow') return {};
    const run = path.slice(0, path.lastIndexOf('metrics'));
    const format = runs.get(run) ?? mlflowRun();
    runs.set(run, format);
    return { format };
  };
  const begin = (found: Found) => {
    const { path, kind } = found;
    const source = openLogFile({
      ...{ ...sinkOf(kind), path, before: before.get(path) ?? null, hold: kind !== 'mlflow' },
      ...formatOf(found),
    });
    followed.set(path, { kind, source });
  };
  const find = () => {
    const all = search(folder);
    states.found(statesIn(all));
    for (const found of all) {
      const old = before.get(found.path);
      const same = old !== undefined && old.changed_ms === found.changed_ms && old.size === found.size;
      if (same || found.kind === 'trainer-state') continue;
      if (!followed.has(found.path) && followed.size < MOST_FILES && mayTell(found.kind)) begin(found);
    }
  };
  const mayTell = (kind: Kind): boolean => teller === null || teller === kind;
  const kinds = () =>
    new Set([...[...followed.values()].map(({ kind }) => kind), ...(states.any ? ['trainer-state' as const] : [])]);
  /** The kind that is read: the one that has told, else the best there is. */
  const chosen = (): Kind | undefined => teller ?? KINDS.find((kind) => kinds().has(kind));
  const sourcesOf = (kind: Kind | undefined): LogSource[] => [
    ...[...followed.values()].filter((one) => one.kind === kind).map(({ source }) => source),
    ...(kind === 'trainer-state' ? [states] : []),
  ];
  return {
    look() {
      if (rest.over) rest.after(find);
      return sourcesOf(chosen()).reduce((more, source) => source.look() || more, false);
    },
    close() {
      find();
      for (const kind of KINDS) {
        if (!mayTell(kind)) continue;
        for (const source of sourcesOf(kind)) source.look(); // all of them before any ends: MLflow's share their steps
        for (const source of sourcesOf(kind)) source.close();
      }
    },
    get format() {
      return teller;
    },
    get dropped() {
      return [...followed.values()].reduce((sum, { source }) => sum + source.dropped, states.dropped);
    },
  };
}

const statesIn = (all: Iterable<Found>): Found[] => [...all].filter(({ kind }) => kind === 'trainer-state');

/** The files of a known kind in a folder and below it; links are not followed, which keeps it finite. */
function search(folder: string): Found[] {
  const out: Found[] = [];
  let entries = 0;
  const visit = (place: string, depth: number) => {
    for (const entry of entriesOf(place)) {
      if (entries++ > MOST_ENTRIES) return;
      const path = join(place, entry.name);
      if (entry.isDirectory() && depth < DEEPEST) visit(path, depth + 1);
      const kind = entry.isFile() ? kindOf(path) : null;
      const stamp = kind === null ? null : stampOf(path);
      if (kind !== null && stamp !== null) out.push({ ...stamp, path, kind });
    }
  };
  visit(folder, 0);
  return out;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not there any more, or not for us
  }
}
