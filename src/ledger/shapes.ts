// Whether a JSON file of the ledger holds what it should. A damaged disk or a foreign hand may have left anything
// there; what passes can be used as its type without a second look.

import { isRecord } from '../core/record.ts';
import { QUALITIES } from '../grid/chain.ts';
import { STAGES } from '../workload/stage.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => Number.isFinite(value);
const flag: Check = (value) => typeof value === 'boolean';
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);
const shape =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([key, check]) => check((value as Record<string, unknown>)[key]));

const chainSpec = shape({
  ...{ kind: oneOf('average', 'marginal'), scope: orNull(oneOf('direct', 'lifecycle')) },
  ...{ providers: orNull(listOf(text)), qualities: listOf(oneOf(...QUALITIES)) },
});

const isPlace = shape({
  ...{ name: text, city: text, pue_source: orNull(text), pue_scope: orNull(text), pue_year: orNull(number) },
  ...{ wue_l_per_kwh: orNull(number), wue_source: orNull(text), wue_scope: orNull(text), wue_year: orNull(number) },
});

const fileRef = shape({ file: text, hash: text });
const priceRef = shape({ file: text, hash: text, currency: text });
const given = shape({ value: number, low: orAbsent(number), high: orAbsent(number), source: text });
const isAccount = shape({
  market: orAbsent(shape({ contract: orAbsent(given), residual: orAbsent(given), certificates: orAbsent(fileRef) })),
  marginal: orAbsent(fileRef),
  water: orAbsent(shape({ onsite: orAbsent(given), electricity: orAbsent(given) })),
  embodied: orAbsent(
    shape({
      ...{ source: orAbsent(oneOf('range', 'vendor', 'bottom-up')), lifetime_y: orAbsent(number) },
      ...{ devices: orAbsent(mapOf(given)), server: orAbsent(given) },
    }),
  ),
});

/** run.json as a RunRecord. */
export const isRun = shape({
  ...{ id: text, name: orNull(text), command: listOf(text), created_at_ms: number, tags: mapOf(text) },
  git: orNull(shape({ commit: text, branch: text, dirty: orNull(flag) })),
  ...{ zone: orNull(text), pue: orNull(number), price: orNull(shape({ per_kwh: number, currency: text })) },
  ...{ intensity: orNull(fileRef), place: orAbsent(isPlace) },
  ...{ pue_series: orAbsent(fileRef), price_series: orAbsent(priceRef), account: orAbsent(isAccount) },
  grid: orAbsent(chainSpec),
  ...{ model: orAbsent(text), stage: orAbsent(oneOf(...STAGES)), parent: orAbsent(text) },
  ...{ pue_low: orAbsent(number), pue_high: orAbsent(number) },
  moves: (value) => value === undefined, // in memory alone
});

/** amend.NNNNNN.json as an AmendmentRecord. */
export const isAmendment = shape({
  ...{ schema: oneOf('joulebook/amendment/v1'), at_ms: number, user: orNull(text), why: orNull(text) },
  what: shape({
    ...{ zone: orAbsent(text), from_ms: orAbsent(number), to_ms: orAbsent(number), grid: orAbsent(orNull(chainSpec)) },
    ...{ intensity: orAbsent(orNull(fileRef)), pue: orAbsent(number), pue_series: orAbsent(fileRef) },
    ...{ pue_low: orAbsent(number), pue_high: orAbsent(number), place: orAbsent(orNull(isPlace)) },
    ...{ price: orAbsent(shape({ per_kwh: number, currency: text })), price_series: orAbsent(priceRef) },
    account: orAbsent(orNull(isAccount)),
    ...{ tags: orAbsent(mapOf(text)), untag: orAbsent(listOf(text)), model: orAbsent(orNull(text)) },
    ...{ stage: orAbsent(orNull(oneOf(...STAGES))), parent: orAbsent(orNull(text)) },
  }),
});

const figure = shape({ value: orNull(number), low: orAbsent(number), high: orAbsent(number), why: orAbsent(text) });
const said = shape({
  ...{ operational_g: figure, mean_g_per_kwh: orNull(number), zone: orNull(text), pue: orNull(number) },
  ...{ kind: orNull(text), scope: orNull(text) },
  parts: listOf(shape({ zone: text, provider: text, quality: text, share: number, mean_g_per_kwh: number })),
});

/** statement.NNNNNN.json as a StatementRecord. */
export const isStatement = shape({
  ...{ schema: oneOf('joulebook/statement/v1'), at_ms: number, user: orNull(text), version: text },
  ...{ before_as_of_ms: number, as_of_ms: number, before: said, after: said },
  ...{ change_g: orNull(number), change_share: orNull(number), not_comparable: orNull(text) },
  causes: listOf(shape({ by: text, what: text, change_g: orNull(number) })),
});

/** writer.json as a WriterRecord. */
export const isWriter = shape({
  ...{ writer: text, host: text, boot_id: orNull(text), pid_namespace: orNull(text), pid: number },
  ...{ pid_start: orNull(text), started_at_ms: number },
  ...{ role: orAbsent(text), clock_offset_ms: orAbsent(orNull(number)), clock_bound_ms: orAbsent(orNull(number)) },
  ...{ place: orAbsent(shape({ zone: text, grid: orNull(chainSpec) })), boards: orAbsent(number) },
  machine: orAbsent(
    shape({
      ...{ cpu: orNull(text), sockets: orNull(number), cores: orNull(number), threads: orNull(number), virtual: flag },
      ...{ memory_bytes: orNull(number), ssd_bytes: orNull(number), hdd_bytes: orNull(number) },
      nvidia_gpus: orNull(number),
    }),
  ),
  rank: orAbsent(orNull(shape({ launcher: text, rank: number, world: number, local_rank: orNull(number) }))),
});

/** devices.json as a DevicesRecord. */
export const isDevices = shape({
  devices: listOf(
    shape({
      ...{ device: text, kind: text, name: text, uuid: text, source: text, charged: flag, limit_w: orNull(number) },
      ...{ gain: shape({ down: number, up: number }), update_s: orNull(number), notes: listOf(text) },
    }),
  ),
  absent: listOf(text),
});

/** end.json as an EndRecord. */
export const isEnd = shape({
  ...{ ended_at_ms: number, exit_code: orNull(number), signal: orNull(text) },
  by_budget: orAbsent(oneOf('stopped', 'paused', 'moved')),
});

/** paused.json as a PausedRecord. */
export const isPaused = shape({
  schema: oneOf('joulebook/paused/v1'),
  since_ms: number,
  by: listOf(text),
  why: text,
  stopped: orAbsent(flag),
});

/** in-force.json as an InForceRecord. */
export const isInForce = shape({ schema: oneOf('joulebook/in-force/v1'), at_ms: number, budgets: listOf(isRecord) });

/** resume.NNNNNN.json as a ResumeRecord. */
export const isResume = shape({
  ...{ schema: oneOf('joulebook/resume-asked/v1'), at_ms: number, user: orNull(text), budget: orNull(text) },
});

const processName = shape({
  ...{ host: text, boot_id: orNull(text), pid_namespace: orNull(text), pid: number, pid_start: orNull(text) },
});

/** move.NNNNNN.json as a MoveRecord. */
export const isMove = shape({
  ...{ schema: oneOf('joulebook/move/v1'), at_ms: number, by: processName, writer: text, cwd: text, why: text },
  job: shape({
    ...{ host: text, boot_id: orNull(text), pid_namespace: orNull(text), pid: number, pid_start: orNull(text) },
    ...{ entry: orNull(text), cgroup: orNull(text) },
  }),
  to: shape({ zone: text, name: orNull(text), command: text }),
});

/** move.NNNNNN.STEP.json as a MoveStep. */
export const isMoveStep = shape({
  ...{ schema: oneOf('joulebook/move-step/v1'), at_ms: number, by: orNull(processName), how: text },
});

const isOneSeries: Check = (value) => {
  const parts = shape({
    ...{ zone: text, provider: text, source: text, year: orNull(number) },
    ...{ kind: oneOf('average', 'marginal'), scope: oneOf('direct', 'lifecycle') },
    quality: oneOf('measured', 'estimated', 'forecast', 'climatology', 'annual'),
    ...{ from_ms: listOf(number), to_ms: listOf(number), g_per_kwh: listOf(number) },
  });
  if (!parts(value)) return false;
  const { from_ms, to_ms, g_per_kwh } = value as Record<'from_ms' | 'to_ms' | 'g_per_kwh', unknown[]>;
  return from_ms.length > 0 && from_ms.length === to_ms.length && from_ms.length === g_per_kwh.length;
};

const isSeveral = shape({ series: listOf(isOneSeries), notes: listOf(text) });

/** grid/file/HASH.json: intensity series with plain arrays, or one alone, as it was before files had several qualities. */
export const isStoredSeries: Check = (value) =>
  isOneSeries(value) || (isSeveral(value) && (value as { series: unknown[] }).series.length > 0);

/** grid/file/HASH.json: a PUE or a price over time. */
export const isStoredValues: Check = (value) => {
  if (!shape({ source: text, from_ms: listOf(number), to_ms: listOf(number), value: listOf(number) })(value))
    return false;
  const { from_ms, to_ms, value: values } = value as Record<'from_ms' | 'to_ms' | 'value', unknown[]>;
  return from_ms.length > 0 && from_ms.length === to_ms.length && from_ms.length === values.length;
};

/** grid/file/HASH.json: certificates. */
export const isStoredCertificates: Check = shape({
  source: text,
  rows: listOf(shape({ from_ms: number, to_ms: number, kwh: number, g_per_kwh: number })),
});

const point = shape({
  ...{ from_ms: number, to_ms: number, g_per_kwh: number },
  quality: oneOf('measured', 'estimated', 'forecast'),
});

/** A line of grid/PROVIDER/ZONE as a Retrieval. */
export const isAnswer = shape({
  ...{ what: oneOf('history', 'forecast'), retrieved_at_ms: number, issued_at_ms: orNull(number) },
  ...{ from_ms: number, to_ms: number, region: text, source: text, licence: text, points: listOf(point) },
});

/** A line of grid/PROVIDER/ZONE as a Refusal. */
export const isRefusal = shape({
  ...{ what: oneOf('refusal'), retrieved_at_ms: number, again_at_ms: number, code: text, why: text },
});

/** budgets/NAME.json as a BudgetRecord. */
export const isBudget = shape({
  ...{ schema: oneOf('joulebook/budget/v1'), id: text, limit: text },
  ...{ project: orAbsent(text), team: orAbsent(text), tag: orAbsent(text), name: orAbsent(text) },
  ...{ per: orAbsent(text), rolling: orAbsent(text), tz: orAbsent(text) },
  ...{ on_breach: listOf(text), on_forecast: listOf(text), set_at_ms: number, user: orNull(text) },
});

/** budgets/refused/TIME-RUN.json as a RefusedStart. */
export const isRefusedStart = shape({
  ...{ schema: oneOf('joulebook/refused-start/v1'), run: text, name: orNull(text), user: orNull(text) },
  decision: shape({ at_ms: number, event: oneOf('decision'), message: text, facts: mapOf(() => true) }),
});
