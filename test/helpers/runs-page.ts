// A list of runs as the API tells it, as long as one likes: what the page makes of many runs needs no ledger of them.

import type { FigureJson } from '../../src/core/figure.ts';
import type { RunRow, RunsPage, RunsTable } from '../../src/server/contract/runs.ts';
import { columnsOf } from '../../src/server/index/columns.ts';

const STATES = ['finished', 'failed', 'stopped', 'interrupted'];
const MODELS = ['llama-8b', 'llama-70b', 'bert'];
const NONE: FigureJson = { value: null, why: 'not told' };

/** Run i used i Wh, emitted i g and took i + 1 s; every fifth one's energy is unknown, the first is the newest. */
export function runRow(i: number, more: Partial<RunRow> = {}): RunRow {
  const started_at_ms = Date.UTC(2026, 10, 28) - i * 60_000;
  const known = (value: number, low: number, high: number): FigureJson =>
    i % 5 === 4 ? { value: null, why: 'no reading' } : { value, low, high };
  return {
    ...{ id: `run-${i}`, name: `try ${i}`, kind: 'run', state: STATES[i % STATES.length]! },
    ...{
      command: ['python', 'train.py'],
      exit_code: 0,
      signal: null,
      started_at_ms,
      ended_at_ms: started_at_ms + 1000,
    },
    ...{ duration_s: i + 1, zone: 'DE', place: null, model: MODELS[i % MODELS.length]!, stage: null, parent: null },
    git: { branch: i % 2 === 0 ? 'main' : 'wider', commit: 'c0ffee', dirty: false },
    tags: { project: i % 10 === 0 ? 'atlas' : 'borea', seed: String(i) },
    ...{ segments: 1, hosts: ['h'], amendments: [], currency: null, tokens: null, coverage: null, budget: null },
    ...{ it_j: known(i * 3600, i * 3400, i * 3800), total_g: known(i, 0.9 * i, 1.1 * i) },
    ...{
      operational_g: NONE,
      embodied_g: NONE,
      cost: NONE,
      j_per_token: NONE,
      g_per_million_tokens: NONE,
      mean_w: NONE,
    },
    ...more,
  };
}

export const runRows = (many: number): RunRow[] => Array.from({ length: many }, (_, i) => runRow(i));

const DONE = { unread: 0, working: 0, warnings: [] };

export const runsPage = (many: number): RunsPage => ({
  ...{ schema: 'joulebook/runs-page/v1', runs: runRows(many), of: many, next: null, ...DONE },
});

export const runsTable = (many: number, more: Partial<RunsTable> = {}): RunsTable => ({
  ...{ schema: 'joulebook/runs-table/v1', ...columnsOf(runRows(many)), ...DONE, ...more },
});
