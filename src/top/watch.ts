// A run as it stands now, from the files of all its writers: what joulebook top shows.
//
// Each call reads what was added since the last one. Where writers of one run metered the same device at once, the first
// to be read counts and the others fill in what lies after it: the report counts such time exactly.

import type { Limit } from '../decide/budget.ts';
import type { Course } from '../decide/course-log.ts';
import { type Foresight, foresee } from '../decide/foresight.ts';
import { type BudgetInForce, inForceIn, limitIn } from '../decide/in-force.ts';
import { NOTHING } from '../decide/spent.ts';
import type { IntensitySeries } from '../grid/series.ts';
import { newestInForce } from '../ledger/in-force.ts';
import { pausedIn } from '../ledger/pauses.ts';
import { type Log, progressOf } from '../ledger/progress.ts';
import type { PausedRecord, RunRecord, StepRow } from '../ledger/records.ts';
import { goesOn, type RunEntry, type RunState, type WriterEntry } from '../ledger/runs.ts';
import { identityOf } from '../ledger/use.ts';
import type { Device } from '../meter/port.ts';
import { stallAfter } from '../report/phases.ts';
import {
  createLiveAccount,
  createStepWindow,
  type Figures,
  type LiveRow,
  type Steps,
  type StepWindow,
} from '../run/live-account.ts';
import { createHistory } from './history.ts';
import { createPast } from './past.ts';
import { createPausesSeen } from './pauses-seen.ts';
import { createTail, type Tail } from './tail.ts';

export interface View {
  readonly run: RunRecord;
  readonly state: RunState;
  /** Since when and why it is held; null: it is not. */
  readonly paused: Pick<PausedRecord, 'since_ms' | 'by' | 'why'> | null;
  readonly hosts: readonly string[];
  readonly started_at_ms: number;
  /** Now, or the end of a run that has ended. */
  readonly at_ms: number;
  readonly figures: Figures;
  /** Mean W over the whole run. */
  readonly mean_w: number | null;
  readonly devices: readonly DeviceView[];
  /** W of the charged devices in equal stretches of the last minutes, oldest first. */
  readonly history: readonly (number | null)[];
  readonly history_s: number;
  /** Time between log lines, by the phase that they tell. */
  readonly phases: readonly { readonly phase: string; readonly share: number }[];
  readonly epoch: number | null;
  readonly loss: number | null;
  /** Since when its log has been silent for much longer than usual, while it is not held; null: it is not. */
  readonly stalled_since_ms: number | null;
  readonly warnings: readonly string[];
  readonly budgets: readonly BudgetView[];
}

/** What a limit comes to by the end of the run (of the period, where that is sooner), of which nothing is told once it has ended. */
export interface BudgetView extends Foresight {
  readonly limit: Limit;
  /** In the unit of the measure so far; null: not known. */
  readonly spent: number | null;
  /** Of one that acts on the job: its name, how it stands and what was judged when; null: it was asked about here. */
  readonly in_force: (Pick<BudgetInForce, 'scope' | 'period' | 'rules' | 'holding' | 'standing'> & InForceAt) | null;
}

interface InForceAt {
  readonly name: string;
  readonly at_ms: number;
}

export interface DeviceView {
  readonly device: string;
  readonly host: string;
  readonly kind: Device['kind'];
  readonly name: string;
  readonly source: Device['source'];
  readonly charged: boolean;
  readonly limit_w: number | null;
  readonly power_w: number | null;
  readonly energy_j: number | null;
  /** Share of the run that was observed, 0..1. */
  readonly coverage: number;
}

export interface Watch {
  /** Another chain counts from now on. */
  learn(chain: readonly IntensitySeries[], no_intensity: string | null): void;
  /** Reads what is new. Never rejects. */
  look(entry: RunEntry, now_ms: number, stretches: number): Promise<View>;
  /** How the end looked at moments before the last look: of energy and of emissions. */
  past(): Course[];
}

interface Followed {
  readonly tail: Tail;
  readonly steps: StepWindow;
  /** Of its devices, by their names. */
  identities: ReadonlyMap<string, string>;
  log: Log;
}

const HISTORY_S = 300;
const WARNINGS = 5;
/** Of so many lines the middle interval is the usual one. */
const USUAL_LINES = 50;

interface WatchOptions {
  readonly chain: readonly IntensitySeries[];
  /** Why there is no intensity; null: there is. */
  readonly none: string | null;
  /** Of energy or emissions. */
  readonly limits: readonly Limit[];
}

/** Watches one run. */
export function createWatch(run: RunRecord, { chain, none, limits }: WatchOptions): Watch {
  let no_intensity = none;
  const account = createLiveAccount(chain, run);
  const history = createHistory();
  const followed = new Map<string, Followed>();
  const devices = new Map<string, { device: Device; host: string; charged: boolean }>();
  const reached = new Map<string, number>();
  const phases = new Map<string, number>();
  const pauses = createPausesSeen();
  const past = createPast(run);
  let known = { chain, steps: NO_STEPS as Steps, to_ms: 0 };
  const warnings = new Set<string>();

  const energy = ({ shift_ms }: WriterEntry, identities: ReadonlyMap<string, string>, row: LiveRow) => {
    const identity = identities.get(row.device);
    if (identity === undefined) return;
    const counted = onwards(row, { identity, shift_ms, after_ms: reached.get(identity) ?? Number.NEGATIVE_INFINITY });
    if (counted === null) return;
    reached.set(identity, counted.to_ms);
    if (devices.get(identity)?.charged === true) {
      pauses.energy(counted);
      past.add(counted);
    }
    account.row(counted);
    history.add(identity, counted);
  };
  const follow = (writer: WriterEntry): Followed => {
    const { started_at_ms, rank } = writer.record;
    const steps = createStepWindow();
    const one: Followed = {
      ...{ steps, identities: new Map() },
      log: { folder: writer.folder, rank: rank?.rank ?? null, from_ms: started_at_ms, to_ms: started_at_ms, lines: 0 },
      tail: createTail(writer.folder, {
        energy: (row) => energy(writer, one.identities, row),
        step(row) {
          const at_ms = row.at_ms + writer.shift_ms;
          if (one.log.lines > 0) {
            const phase = row.phase ?? 'train';
            phases.set(phase, (phases.get(phase) ?? 0) + Math.max(0, at_ms - one.log.to_ms));
          }
          one.log = { ...one.log, lines: one.log.lines + 1, to_ms: Math.max(one.log.to_ms, at_ms) };
          steps.add({ ...row, at_ms });
        },
        event: (row) => {
          if (row.event.startsWith('warn:')) warnings.add(row.message);
          pauses.event({ ...row, at_ms: row.at_ms + writer.shift_ms, writer: writer.folder });
        },
      }),
    };
    return one;
  };
  const stepsNow = (charged: ReadonlySet<string>, used_j: number | null, meters: number): Steps => {
    const logs = [...followed.values()].filter(({ log }) => log.lines > 0);
    const counted = progressOf(logs.map(({ log }) => log));
    const newest = logs
      .filter(({ log }) => counted.has(log.folder))
      .reduce<Followed | null>((best, one) => (best === null || one.log.to_ms > best.log.to_ms ? one : best), null);
    if (newest === null) return { rows: [], total: null };
    if (meters < 2) return newest.steps;
    // A step's own energy is that of its writer's host: here it is that of all.
    const energyAt = (at_ms: number) => {
      const after = history.after(charged, at_ms);
      return after === null || used_j === null ? null : used_j - after;
    };
    const rows = newest.steps.rows.map((row): StepRow => ({ ...row, it_j: energyAt(row.at_ms) }));
    return { rows, total: newest.steps.total };
  };

  return {
    learn(other, why) {
      account.learn(other);
      known = { ...known, chain: other };
      no_intensity = why;
    },
    async look(entry, now_ms, stretches) {
      const writers = entry.writers.toSorted((a, b) => a.record.started_at_ms - b.record.started_at_ms);
      for (const writer of writers) {
        if (writer.record.devices.length === 0 && goesOn(writer.state)) continue; // its sensors have not answered
        noteDevices(devices, writer);
        const one = followed.get(writer.folder) ?? follow(writer);
        followed.set(writer.folder, one);
        // devices.json may have changed since the last look: a sensor came late.
        one.identities = new Map(writer.record.devices.map((device) => [device.device, nameOf(device, writer)]));
        await one.tail.read();
      }
      const charged = new Set([...devices].flatMap(([identity, { charged }]) => (charged ? [identity] : [])));
      const started_at_ms = Math.min(now_ms, ...writers.map(({ record }) => record.started_at_ms));
      const at_ms = goesOn(entry.state) ? now_ms : endOf(writers, reached, started_at_ms);
      // The last second is on its way.
      const metered_ms = Math.max(1, Math.min(at_ms, Math.max(...reached.values(), 0)) - started_at_ms);
      const meters = writers.filter(({ record }) => record.role !== 'rank').length;
      const used_j = account.figures(charged, at_ms, { rows: [], total: null }).energy_j;
      const steps = { ...stepsNow(charged, used_j, meters), held: (by_ms: number) => pauses.by(by_ms, at_ms) };
      const figures = account.figures(charged, at_ms, steps);
      known = { ...known, steps, to_ms: at_ms };
      const told = [...followed.values()].flatMap(({ tail }) => tail.broken);
      return {
        ...{ run, state: entry.state, started_at_ms, at_ms, history_s: HISTORY_S },
        figures: goesOn(entry.state) ? figures : { ...figures, power_w: null, projection: null, end_g: null },
        budgets: [
          ...limits.map((limit) => budgetOf(limit, { figures, now_ms: at_ms, running: goesOn(entry.state) })),
          ...budgetsInForce(writers, figures, goesOn(entry.state)),
        ],
        paused: entry.state === 'paused' ? pauseOf(writers) : null,
        hosts: [...new Set(writers.map(({ record }) => record.host))],
        mean_w: figures.energy_j === null ? null : (figures.energy_j * 1000) / metered_ms,
        devices: [...devices].map(([identity, { device, host, charged }]) => {
          const { power_w, energy_j, observed_ms } = account.device(identity, at_ms);
          const { kind, name, source, limit_w } = device;
          return {
            ...{ device: device.device, host, kind, name, source, charged, limit_w, energy_j },
            power_w: goesOn(entry.state) ? power_w : null,
            coverage: Math.min(1, observed_ms / metered_ms),
          };
        }),
        history: history.watts(charged, { to_ms: at_ms, span_ms: HISTORY_S * 1000, count: stretches }),
        phases: sharesOf(phases),
        epoch: steps.rows.findLast(({ epoch }) => epoch !== null)?.epoch ?? null,
        loss: steps.rows.findLast(({ loss }) => loss !== null)?.loss ?? null,
        stalled_since_ms: entry.state === 'running' ? stalledSince(steps.rows, at_ms) : null,
        warnings: [
          ...(no_intensity === null ? [] : [no_intensity]),
          ...entry.lost,
          ...entry.damage,
          ...told.map((file) => `records were damaged: ${file}`),
          ...[...warnings].slice(-WARNINGS),
        ],
      };
    },
    past: () => past.courses(known),
  };
}

const NO_STEPS = { rows: [], total: null };

function budgetOf(
  limit: Limit,
  { figures, now_ms, running }: { figures: Figures; now_ms: number; running: boolean },
): BudgetView {
  const spent = limit.measure === 'energy' ? figures.energy_j : figures.emissions_g;
  if (!running) return { limit, spent, ...OVER, in_force: null };
  const standing = { now_ms, own: spent, tokens: null, others: NOTHING, until_ms: null, grid: figures.grid };
  return { limit, spent, ...foresee(limit, figures.projection, standing), in_force: null };
}

const OVER = { end: null, overrun: null, crosses_ms: null, why: 'the run has ended' } as const;

/** Those that act on the job, as whoever runs it judged them last; what the run itself has spent of its own is known to the second. */
function budgetsInForce(writers: readonly WriterEntry[], figures: Figures, running: boolean): BudgetView[] {
  const told = newestInForce(writers);
  if (told === null) return [];
  return inForceIn(told.budgets).map((one) => {
    const { budget: name, scope, period, rules, holding, standing, end, overrun, crosses_ms, unknown } = one;
    return {
      ...{ limit: limitIn(one), spent: ownSpent(one, figures) ?? one.spent?.value ?? null },
      ...(running ? { end, overrun, crosses_ms, why: unknown } : OVER),
      in_force: { name, scope, period, rules, holding, standing, at_ms: told.at_ms },
    };
  });
}

/** As the report counts stalls, by the latest lines. */
function stalledSince(rows: readonly StepRow[], now_ms: number): number | null {
  const recent = rows.slice(-USUAL_LINES);
  const between = recent.flatMap(({ at_ms }, i) => (i === 0 ? [] : [at_ms - recent[i - 1]!.at_ms]));
  const usual_ms = between.toSorted((a, b) => a - b)[between.length >> 1];
  if (usual_ms === undefined) return null;
  const last_ms = recent.at(-1)!.at_ms;
  return now_ms - last_ms > stallAfter(usual_ms) ? last_ms : null;
}

/** Of a budget that nobody else's use and no period counts toward; null of others, and where it is not known. */
function ownSpent({ own, measure }: BudgetInForce, { energy_j, emissions_g }: Figures): number | null {
  if (!own) return null;
  return measure === 'energy' ? energy_j : measure === 'emissions' ? emissions_g : null;
}

function pauseOf(writers: readonly WriterEntry[]): View['paused'] {
  const [first] = writers.flatMap(({ folder, shift_ms }) => {
    const told = pausedIn(folder);
    return told === null ? [] : [{ since_ms: told.since_ms + shift_ms, by: told.by, why: told.why }];
  });
  return first ?? null;
}

const nameOf = (device: Device, { record }: WriterEntry): string => identityOf(device, record.host, record.boot_id);

/** The part of a row, moved by its writer's shift, that lies after what is counted; null where none does. */
function onwards(
  { from_ms: begin, to_ms: end, energy_j, quality }: LiveRow,
  { identity, shift_ms, after_ms }: { identity: string; shift_ms: number; after_ms: number },
): LiveRow | null {
  const from_ms = Math.max(begin + shift_ms, after_ms);
  const to_ms = end + shift_ms;
  if (to_ms <= from_ms) return null;
  const share = (to_ms - from_ms) / (end - begin);
  return { device: identity, from_ms, to_ms, energy_j: energy_j === null ? null : energy_j * share, quality };
}

function noteDevices(into: Map<string, { device: Device; host: string; charged: boolean }>, writer: WriterEntry) {
  const { record } = writer;
  for (const device of record.devices) {
    const identity = nameOf(device, writer);
    const known = into.get(identity);
    // Charged wins where writers disagree on what they may use; what another holds is charged by that one.
    const keep = known?.charged === true && !device.charged && device.within === undefined;
    if (!keep) into.set(identity, { device, host: record.host, charged: device.charged });
  }
}

function endOf(writers: readonly WriterEntry[], reached: ReadonlyMap<string, number>, least: number): number {
  const ends = writers.flatMap(({ end }) => (end === null ? [] : [end.ended_at_ms]));
  return Math.max(least, ...ends, ...(ends.length < writers.length ? reached.values() : []));
}

function sharesOf(phases: ReadonlyMap<string, number>): { phase: string; share: number }[] {
  const all = [...phases.values()].reduce((s, ms) => s + ms, 0);
  if (all === 0) return [];
  return [...phases].map(([phase, ms]) => ({ phase, share: ms / all })).sort((a, b) => b.share - a.share);
}
