// A ledger in which something of everything is told: runs with steps, a tag and a place, a pause and its decision, an amendment, a
// monitor, budgets, an intensity with a forecast.

import { join } from 'node:path';
import type { Retrieval, Topic } from '../../src/grid/knowledge.ts';
import { putBudget } from '../../src/ledger/budgets.ts';
import { withTopic } from '../../src/ledger/grid-store.ts';
import type { EventRow, RunRecord } from '../../src/ledger/records.ts';
import { createRun, ensureLedger } from '../../src/ledger/writer.ts';
import { stepOf } from '../../src/workload/step.ts';
import { tempFolder } from './cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from './ledger.ts';

/** When the first run began, s since the epoch, and when all is over, ms. */
export const T0 = Date.UTC(2024, 4, 1, 10) / 1000;
export const AFTER = (T0 + 3600) * 1000;
const SECONDS = 120;

/** run-a and run-b: two minutes each of 500 W and 400 W, 60 kJ and 48 kJ, with a step a second. */
export async function toldLedger(): Promise<string> {
  const ledger = join(tempFolder(), 'ledger');
  ensureLedger(ledger);
  const git = {
    commit: 'c'.repeat(40),
    branch: 'trunk',
    dirty: true,
    diff_hash: 'd',
    remote: 'https://example.invalid/r',
  };
  await heard(ledger);
  const tags = { project: 'atlas', lr: '1' };
  await recorded(ledger, { id: 'run-a', watts: 500, from_s: T0 }, { name: 'first', git, tags, zone: 'DE', pue: 1.25 });
  await recorded(ledger, { id: 'run-b', watts: 400, from_s: T0 + 600 }, { tags: { ...tags, lr: '2' }, zone: 'DE' }, [
    decided(T0 + 630, 'pause', 1),
    { at_ms: (T0 + 630) * 1000, event: 'paused', message: '' },
    { at_ms: (T0 + 660) * 1000, event: 'resumed', message: '' },
  ]);
  const set = { schema: 'joulebook/budget/v1', set_at_ms: T0 * 1000, user: 'ada' } as const;
  const rules = { on_breach: ['stop'], on_forecast: ['0.9=warn'] };
  putBudget(ledger, { ...set, ...rules, id: 'lab', limit: '100kJ', per: 'month', tz: 'UTC' });
  putBudget(ledger, { ...set, on_breach: [], on_forecast: [], id: 'atlas', limit: '1kgCO2e', project: 'atlas' });
  return ledger;
}

interface Recorded {
  readonly id: string;
  readonly watts: number;
  readonly from_s: number;
}

async function recorded(
  ledger: string,
  { id, watts, from_s }: Recorded,
  record: Partial<RunRecord>,
  events: readonly EventRow[] = [],
): Promise<void> {
  createRun(ledger, runRecord(id, { created_at_ms: from_s * 1000, ...record }));
  const out = writerOf(ledger, id, 'w', [gpu(0, 'GPU-0')], { started_at_ms: from_s * 1000 });
  for (let s = 0; s < SECONDS; s++) {
    out.append('energy', second('gpu-0', from_s + s, watts));
    const told = {
      step: s + 1,
      total: SECONDS,
      tokens: (s + 1) * 250,
      epoch: Math.floor(s / 60),
      loss: 3 - s / SECONDS,
    };
    out.append('steps', { ...stepOf((from_s + s + 1) * 1000, told), it_j: (s + 1) * watts });
  }
  for (const event of events) out.append('events', event);
  await out.end(endAt((from_s + SECONDS) * 1000));
}

const decided = (at_s: number, act: string, decision: number): EventRow => ({
  ...{ at_ms: at_s * 1000, event: 'decision', message: act },
  facts: { decision, act, by: 'lab', because: 'half is spent', why: null, inputs: '[]' },
});

/** DE, hour by hour, 300 and 200 g/kWh in turn; from T0 + 1 h on it is a forecast. */
async function heard(ledger: string): Promise<void> {
  const topic: Topic = { provider: 'electricity-maps', zone: 'DE', kind: 'average', scope: 'lifecycle' };
  const hours = (from: number, to: number, quality: 'measured' | 'forecast') =>
    Array.from({ length: to - from }, (_, i) => {
      const from_ms = (T0 + (from + i) * 3600) * 1000;
      return { from_ms, to_ms: from_ms + 3_600_000, g_per_kwh: (from + i) % 2 === 0 ? 300 : 200, quality };
    });
  const answer = (what: 'history' | 'forecast', points: ReturnType<typeof hours>): Retrieval => ({
    ...{ what, retrieved_at_ms: AFTER, issued_at_ms: what === 'forecast' ? AFTER : null, region: 'DE' },
    ...{ source: 'a source', licence: 'a licence' },
    ...{ from_ms: points[0]!.from_ms, to_ms: points.at(-1)!.to_ms, points },
  });
  const { signal } = new AbortController();
  const work = async (_: unknown, add: (entry: Retrieval) => void) => {
    add(answer('history', hours(-24, 1, 'measured')));
    add(answer('forecast', hours(1, 25, 'forecast')));
  };
  await withTopic(ledger, topic, { signal, work });
}
