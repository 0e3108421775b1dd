// Takes samples and steps as they come and turns them into rows, once, for the ledger and for the summary alike.

import type { EventRow, StepRow, TableName, Tables } from '../ledger/records.ts';
import { type Curve, createCurve } from '../meter/curve.ts';
import { createIntegrator, type Integrator } from '../meter/integrate.ts';
import type { Piece } from '../meter/pieces.ts';
import type { Device, Sample } from '../meter/port.ts';
import { createRowMaker, type EnergyRow, type RowMaker } from '../meter/rows.ts';
import type { Step } from '../workload/step.ts';

export type Sink = <T extends TableName>(table: T, row: Tables[T]) => void;

export interface Account {
  /**
   * Devices as a sampler found them; a second call maps a restarted sampler's devices to the known ones. The account of
   * a new one begins at its entry of `since`, epoch ms, where another process has metered it up to there.
   */
  found(devices: readonly Device[], since?: ReadonlyMap<string, number>): void;
  /** Epoch ms up to which rows of a device have been given to the sink; null where there is none. */
  reached(device: string): number | null;
  readonly devices: readonly Device[];
  /** Names of the devices that count. */
  readonly charged: ReadonlySet<string>;
  sample(sample: Pick<Sample, 'index' | 'at_ms' | 'energy_j' | 'power_w'>): void;
  /** How busy a device was lately, 0..1, by its place. */
  busy(index: number, share: number): void;
  step(step: Step): void;
  /** Calls `tell` with the J charged up to at_ms, once the sensors have reached it; null where that is not known. */
  at(at_ms: number, tell: (it_j: number | null) => void): void;
  /** Writes the steps whose energy is known by now. */
  settle(at_ms: number): void;
  /** Tells where the window ends, as soon as it is known. */
  until(to_ms: number): void;
  /** Records what was noticed so far; the newest record counts. */
  note(at_ms: number): void;
  /** Closes every device at the window's end. */
  end(to_ms: number): void;
}

interface Metered {
  device: Device;
  readonly integrator: Integrator;
  readonly rows: RowMaker;
  readonly curve: Curve;
  busySum: number;
  busyCount: number;
  reached_ms: number | null;
}

/** A question waits at most this long for the sensors to reach it. */
const STEP_WAIT_MS = 3000;
/** Steps that wait at a time. */
const MOST_WAITING = 10_000;

/**
 * An account of a window that begins at from_ms (epoch ms); `periodOf` gives a device’s sampling period in s. Rows go
 * to `sink`.
 */
export function createAccount(from_ms: number, periodOf: (device: Device) => number, sink: Sink): Account {
  const metered: Metered[] = [];
  let order: Metered[] = [];
  let asked: { readonly at_ms: number; readonly tell: (it_j: number | null) => void }[] = [];

  const take = (device: Metered, pieces: readonly Piece[]) => {
    for (const piece of pieces) {
      device.curve.push(piece);
      for (const row of device.rows.push(piece)) {
        sink('energy', row);
        device.reached_ms = row.to_ms;
      }
    }
  };

  const meter = (device: Device, since_ms: number): Metered => ({
    device,
    integrator: createIntegrator({
      ...{ from_ms: since_ms, period_s: periodOf(device), limit_w: device.limit_w },
      // RAPL's update time is in its makers' manuals; NVIDIA's is what was seen on some boards.
      ...(device.wraps_at_j === undefined ? {} : { wraps_at_j: device.wraps_at_j, holds_s: device.update_s }),
      gauge: device.source === 'model' ? 'mean-since-last' : 'instant',
    }),
    rows: createRowMaker(device),
    curve: createCurve(since_ms),
    busySum: 0,
    busyCount: 0,
    reached_ms: null,
  });

  const ask: Account['at'] = (at_ms, tell) => {
    asked.push({ at_ms, tell });
    if (asked.length > MOST_WAITING) answerAll(reachedBy(at_ms)); // a flood: its rows tell enough
  };
  /** Up to when the energy of all charged devices is known, at most `most_ms`. */
  const reachedBy = (most_ms: number): number => {
    const charged = metered.filter(({ device }) => device.charged && device.source !== 'missing');
    return Math.min(...charged.map(({ curve }) => curve.reached_ms), most_ms);
  };
  const answerAll = (reached: number, late = asked.length) => {
    const ready = asked.slice(0, late);
    asked = asked.slice(late);
    for (const one of ready) answer(one, one.at_ms <= reached);
  };
  const answer = ({ at_ms, tell }: (typeof asked)[number], complete: boolean) => {
    const charged = metered.filter(({ device }) => device.charged && device.source !== 'missing');
    // A log that buffers tells of steps long past: their energy is then taken from the rows.
    const kept = charged.every(({ curve }) => at_ms >= curve.since_ms);
    const known = complete && kept && charged.length > 0;
    tell(known ? charged.reduce((s, { curve }) => s + curve.at(at_ms), 0) : null);
  };

  const note = (at_ms: number) => {
    for (const one of metered) {
      if (one.device.source === 'missing') continue;
      const facts = {
        ...one.integrator.findings(),
        ...(one.busyCount === 0 ? {} : { utilisation: one.busySum / one.busyCount }),
      };
      const { device } = one.device;
      sink('events', { at_ms, event: 'findings', device, message: 'what was noticed while metering', facts });
    }
  };

  return {
    found(devices, since) {
      const same = (a: Device, b: Device) => a.device === b.device && a.uuid === b.uuid;
      // Another rank of the run may use what we may not; a sampler that came back without a sensor knows less than we.
      const whole = metered.every((m) => devices.some((device) => same(m.device, device)));
      order = devices.map((device) => {
        const known = metered.find((m) => same(m.device, device));
        if (known !== undefined) {
          // What came late may hold it, for good: its energy is then in that of the other.
          const { charged, within, notes } = device;
          if (charged !== known.device.charged && (whole || !charged))
            known.device = { ...known.device, charged, notes, ...(within === undefined ? {} : { within }) };
          return known;
        }
        const fresh = meter(device, since?.get(device.device) ?? from_ms);
        metered.push(fresh);
        return fresh;
      });
    },
    reached: (name) => metered.find(({ device }) => device.device === name)?.reached_ms ?? null,
    get devices() {
      return metered.map(({ device }) => device);
    },
    get charged() {
      return new Set(metered.filter(({ device }) => device.charged).map(({ device }) => device.device));
    },
    sample(sample) {
      const device = order[sample.index];
      if (device !== undefined) take(device, device.integrator.push(sample));
    },
    busy(index, share) {
      const device = order[index];
      if (device === undefined) return;
      device.busySum += share;
      device.busyCount++;
    },
    step(step) {
      const at_ms = Math.round(step.at_ms * 1000) / 1000;
      ask(step.at_ms, (it_j) => sink('steps', { ...step, at_ms, it_j } satisfies StepRow));
    },
    at: ask,
    settle(at_ms) {
      const reached = reachedBy(at_ms);
      const late = asked.findIndex((one) => one.at_ms > reached && one.at_ms > at_ms - STEP_WAIT_MS);
      answerAll(reached, late < 0 ? asked.length : late);
    },
    note,
    until(to_ms) {
      for (const { integrator } of metered) integrator.until(to_ms);
    },
    end(to_ms) {
      for (const device of metered) {
        take(device, device.integrator.end(to_ms));
        for (const row of device.rows.flush()) sink('energy', row);
      }
      for (const one of asked) answer(one, true);
      asked = [];
      note(to_ms);
    },
  };
}

/** Keeps rows for the summary in bounded memory: beyond `most`, neighbouring rows of a device are merged and every other step
 * is left out. */
export function createMemory(most = 20_000) {
  let rows: EnergyRow[] = [];
  let steps: StepRow[] = [];
  const events: EventRow[] = [];
  let grain = 60_000;
  let thinned = false;
  return {
    add: ((table, row) => {
      if (table === 'energy') rows.push(row as EnergyRow);
      else if (table === 'steps') steps.push(row as StepRow);
      else if (events.length < most || (row as EventRow).event !== 'window') events.push(row as EventRow);
      else thinned = true;
      if (rows.length > most) {
        rows = merged(rows, grain);
        thinned = true;
        if (rows.length > most / 2) grain *= 2;
      }
      if (steps.length > most) {
        thinned ||= steps.some(({ told }) => told === 'helper'); // not every count survives it
        steps = halved(steps);
      }
    }) as Sink,
    rows: () => rows,
    steps: () => steps,
    /** Rows or steps were merged: sums are kept, but emissions within a grain are not exact. */
    thinned: () => thinned,
    events,
  };
}

/** Every other step, and the last. What a program tells of one step alone is added to that of the next. */
function halved(steps: readonly StepRow[]): StepRow[] {
  const out: StepRow[] = [];
  let left: StepRow | null = null;
  steps.forEach((step, i) => {
    if (i % 2 === 1 && i < steps.length - 1) {
      left = step;
      return;
    }
    out.push(left?.told === 'helper' && step.told === 'helper' ? withOther(step, left) : step);
    left = null;
  });
  return out;
}

function withOther(step: StepRow, { tokens, batch }: StepRow): StepRow {
  const sum = (a: number | null, b: number | null) => (a === null ? b : a + (b ?? 0));
  return {
    ...step,
    ...{ tokens: sum(step.tokens, tokens), tokens_are: tokens === null ? step.tokens_are : 'per-step' },
    batch: sum(step.batch, batch),
  };
}

/** Rows of one device, state and source within one grain become one; energy, bounds and extremes are kept. */
export function merged(rows: readonly EnergyRow[], grain_ms: number): EnergyRow[] {
  const out = new Map<string, EnergyRow>();
  const kept: EnergyRow[] = [];
  for (const row of rows) {
    const key = `${row.device} ${row.source} ${row.quality} ${row.why ?? ''} ${Math.floor(row.from_ms / grain_ms)}`;
    const old = out.get(key);
    if (old === undefined || old.to_ms !== row.from_ms) {
      if (old !== undefined) kept.push(old);
      out.set(key, row);
      continue;
    }
    out.set(key, {
      ...old,
      ...{
        to_ms: row.to_ms,
        energy_j: old.energy_j === null || row.energy_j === null ? null : old.energy_j + row.energy_j,
      },
      ...(old.low_j === undefined
        ? {}
        : { low_j: old.low_j + (row.low_j ?? 0), high_j: (old.high_j ?? 0) + (row.high_j ?? 0) }),
      min_w: old.min_w === null || row.min_w === null ? null : Math.min(old.min_w, row.min_w),
      max_w: old.max_w === null || row.max_w === null ? null : Math.max(old.max_w, row.max_w),
    });
  }
  return [...kept, ...out.values()].sort((a, b) => a.from_ms - b.from_ms);
}
