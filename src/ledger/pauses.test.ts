// The state of a run by what its last writer says of a pause, in a ledger made by hand.

import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tellPaused } from './pauses.ts';
import { runOf } from './runs.ts';

/** What a run, a writer and an end must tell; the writer's machine is not this one, and has been silent for long. */
const RUN = {
  ...{ schema: 'joulebook/run/v1', id: 'r', name: null, command: ['x'], created_at_ms: 1, user: null, cwd: null },
  ...{ git: null, tags: {}, zone: null, pue: null, price: null, intensity: null, version: '0' },
};
const WRITER = {
  ...{ schema: 'joulebook/writer/v1', writer: 'w', host: 'elsewhere', boot_id: 'b', pid_namespace: null, pid: 1 },
  ...{ pid_start: null, started_at_ms: 1, interval_ms: 100, command: ['x'], version: '0' },
};
const END = {
  ...{ schema: 'joulebook/end/v1', ended_at_ms: 2, exit_code: null, signal: 'SIGTERM', by_budget: 'paused' },
  work: { lines_dropped: 0, format: null },
};

test.each([
  [undefined, 'interrupted'],
  [true, 'stopped'],
])('a job that was ended to be started again, whose joulebook is gone: stopped %p', (stopped, state) => {
  const ledger = mkdtempSync(join(tmpdir(), 'jb-pauses-'));
  const folder = join(ledger, 'runs', 'r', 'w');
  mkdirSync(folder, { recursive: true });
  tellPaused(folder, { since_ms: 1, by: ['lab'], why: '111 % of 9kJ is spent', ...(stopped && { stopped }) });
  const put = (file: string, value: object) => {
    writeFileSync(file, JSON.stringify(value));
    utimesSync(file, 1, 1);
  };
  put(join(ledger, 'runs', 'r', 'run.json'), RUN);
  put(join(folder, 'writer.json'), WRITER);
  put(join(folder, 'end.json'), END);
  utimesSync(join(folder, 'paused.json'), 1, 1);
  expect(runOf(ledger, 'r')?.state).toBe(state);
});
