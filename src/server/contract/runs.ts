// The list of runs: rows in pages, sorted and filtered, and all of them as columns.

import * as v from 'valibot';
import type { RunRowJson } from '../../report/run-row.ts';
import { figure, warning, whole } from './common.ts';

const text = v.string();
const textOrNone = v.nullable(text);
const count = v.nullable(v.number());

const entries = {
  id: text,
  name: textOrNone,
  /** run, monitor, attach or cut. */
  kind: text,
  state: text,
  started_at_ms: v.number(),
  ended_at_ms: count,
  duration_s: v.number(),
  zone: textOrNone,
  model: textOrNone,
  stage: textOrNone,
  tokens: count,
  /** Share 0..1 of its devices' time with a reading behind it. */
  coverage: count,
  /** Of the cost. */
  currency: textOrNone,
  /** How the worst of its budgets stood when they were judged last: within, at-risk, over or unknown. */
  budget: textOrNone,
};

const figures = {
  it_j: figure,
  operational_g: figure,
  embodied_g: figure,
  total_g: figure,
  cost: figure,
  j_per_token: figure,
  g_per_million_tokens: figure,
  mean_w: figure,
};

/** A row; while its figures are worked out they are unknown, with that as the reason. */
export const runRow = v.looseObject({
  ...entries,
  ...figures,
  command: v.array(text),
  tags: v.record(text, text),
  git: v.nullable(v.looseObject({ commit: text, branch: text, dirty: v.nullable(v.boolean()) })),
  exit_code: count,
  signal: textOrNone,
  parent: textOrNone,
  segments: v.number(),
  hosts: v.array(text),
});

export const SORTS = [...Object.keys(entries), ...Object.keys(figures), 'branch', 'commit'] as (
  | keyof typeof entries
  | keyof typeof figures
  | 'branch'
  | 'commit'
)[];

/** One value or several of a name, of which one is to be met: ?state=failed&state=stopped. */
const several = v.optional(
  v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.transform((one) => [one].flat()),
    v.maxLength(200),
  ),
);

const MS = 8.64e15;
export const runsAsked = v.strictObject({
  /** `next` of the page before; sorting and filter are to be the same. */
  after: v.optional(v.pipe(text, v.maxLength(1000))),
  limit: v.optional(whole(1, 20_000)),
  sort: v.optional(v.picklist(SORTS)),
  order: v.optional(v.picklist(['asc', 'desc'])),
  /** Words, each of which is to be in the name, id, state, model, stage, branch, commit, zone, a tag or the command. */
  q: v.optional(v.pipe(text, v.maxLength(1000))),
  state: several,
  kind: several,
  model: several,
  stage: several,
  zone: several,
  branch: several,
  budget: several,
  /** The tag `project`. */
  project: several,
  /** key=value; of several keys one value of each is to be met. */
  tag: several,
  /** Started within [since_ms, until_ms). */
  since_ms: v.optional(whole(0, MS)),
  until_ms: v.optional(whole(0, MS)),
});

/** How far the list has come. */
const progress = {
  /** Runs that have not been read yet, and are not in the list. */
  unread: v.number(),
  /** Rows whose figures are still being worked out. */
  working: v.number(),
  warnings: v.array(warning),
};

export const runsPage = v.object({
  schema: v.literal('joulebook/runs-page/v1'),
  /** Newest first, where nothing else is asked for; what is unknown comes last. */
  runs: v.array(runRow),
  /** Rows that the filter leaves. */
  of: v.number(),
  /** Asks for the page after this one, also when runs have come meanwhile; null: this is the last. */
  next: v.nullable(v.string()),
  ...progress,
});

const columnOf = <T>(schema: v.GenericSchema<T>) => v.array(schema);

/** One entry a run; unknown is null, and `why` the number of its reason in `reasons`. */
export const figureColumn = v.object({
  /** Six digits. */
  value: v.array(v.nullable(v.number())),
  /** The 90 % interval, four digits. */
  low: v.array(v.nullable(v.number())),
  high: v.array(v.nullable(v.number())),
  /** Null where the value is known; absent: all are. */
  why: v.optional(v.array(v.nullable(v.number()))),
});

export const runsTable = v.object({
  schema: v.literal('joulebook/runs-table/v1'),
  runs: v.number(),
  ...progress,
  reasons: v.array(text),
  /** Each as long as there are runs, the newest first. */
  columns: v.object({
    id: columnOf(text),
    name: columnOf(textOrNone),
    kind: columnOf(text),
    state: columnOf(text),
    started_at_ms: columnOf(v.number()),
    ended_at_ms: columnOf(count),
    duration_s: columnOf(v.number()),
    zone: columnOf(textOrNone),
    model: columnOf(textOrNone),
    stage: columnOf(textOrNone),
    branch: columnOf(textOrNone),
    /** Its first twelve digits. */
    commit: columnOf(textOrNone),
    /** Its words with spaces between, two hundred characters at most. */
    command: columnOf(text),
    tags: columnOf(v.record(text, text)),
    tokens: columnOf(count),
    coverage: columnOf(count),
    currency: columnOf(textOrNone),
    budget: columnOf(textOrNone),
    it_j: figureColumn,
    operational_g: figureColumn,
    embodied_g: figureColumn,
    total_g: figureColumn,
    cost: figureColumn,
    j_per_token: figureColumn,
    g_per_million_tokens: figureColumn,
    mean_w: figureColumn,
  }),
});

export type RunsAsked = v.InferOutput<typeof runsAsked>;
export type RunRow = RunRowJson;
export type RunsPage = Omit<v.InferOutput<typeof runsPage>, 'runs'> & { readonly runs: readonly RunRow[] };
export type RunsTable = v.InferOutput<typeof runsTable>;
export type FigureColumn = v.InferOutput<typeof figureColumn>;
