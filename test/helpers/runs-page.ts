// A list of runs as the API tells it, as long as one likes: what the page makes of many runs needs no ledger of them.

import type { RunsPage } from '../../src/server/contract/runs.ts';

const STATES = ['finished', 'failed', 'stopped', 'interrupted'];
const MODELS = ['llama-8b', 'llama-70b', 'bert'];

/** Run i used i Wh, emitted i g and took i + 1 s; every fifth one's energy is unknown, the first is the newest. */
export function runsPage(many: number) {
  const runs = Array.from({ length: many }, (_, i) => ({
    ...{
      id: `run-${i}`,
      name: `try ${i}`,
      kind: 'run',
      state: STATES[i % STATES.length]!,
      command: ['python', 'train.py'],
    },
    ...{ started_at_ms: Date.UTC(2026, 10, 28) - i * 60_000, ended_at_ms: Date.UTC(2026, 10, 28) - i * 60_000 + 1000 },
    ...{ duration_s: i + 1, zone: 'DE', model: MODELS[i % MODELS.length]!, stage: null },
    git: { branch: i % 2 === 0 ? 'main' : 'wider', commit: 'c0ffee', dirty: false },
    tags: { project: i % 10 === 0 ? 'atlas' : 'borea', seed: String(i) },
    it_j: i % 5 === 4 ? { value: null, why: 'no reading' } : { value: i * 3600, low: i * 3400, high: i * 3800 },
    total_g: i % 5 === 4 ? { value: null, why: 'no reading' } : { value: i, low: 0.9 * i, high: 1.1 * i },
  }));
  const page: RunsPage = { schema: 'joulebook/runs-page/v1', runs, next: null, warnings: [] };
  return page;
}
