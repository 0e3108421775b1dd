// Model, stage and parent of runs, and the account of a model over all its runs: the whole program, with imported traces.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunsJson } from '../src/app/reports.ts';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';

let folder: string;
let ledger: string;
beforeAll(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
const ask = (...args: string[]) => joulebook([...args, '--ledger', ledger], { cwd: folder });
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ask(...args);
  expect([args, code], stderr).toEqual([args, 0]);
  return stdout;
}
const refused = async (...args: string[]): Promise<string> => {
  const { code, stderr } = await ask(...args);
  expect([args, code]).toEqual([args, 2]);
  return stderr;
};

const H = 3_600_000;
const DAY = 24 * H;
const T = Date.UTC(2026, 0, 1);
/** A trace of constant power on a GPU of its own, as a run. */
async function trace(name: string, { at, hours, w }: { at: number; hours: number; w: number }, ...more: string[]) {
  const rows = [0, 1, 2].map((i) => `${new Date(at + (i / 2) * hours * H).toISOString()},gpu-0,${w}`);
  writeFileSync(join(folder, `${name}.csv`), `timestamp,device,power_w\n${rows.join('\n')}\n`);
  return told('import', 'trace', `${name}.csv`, '--name', name, ...more);
}

describe('model, stage and parent of a run', () => {
  const lineage = async (run: string) => {
    const { model, stage, parent } = (await reportOf(ledger, run)).run;
    return [model, stage, parent];
  };

  test('are said when it is recorded, by option, variable or file, and told; null where nothing is said', async () => {
    await trace('plain', { at: T, hours: 1, w: 100 });
    await trace('base', { at: T + DAY, hours: 1, w: 100 }, '--model', 'llm-1', '--stage', 'pre-train');
    const { id: base } = (await reportOf(ledger, 'base')).run;
    expect(await lineage('plain')).toEqual([null, null, null]);
    expect(await lineage('base')).toEqual(['llm-1', 'pre-train', null]);

    const env = { JOULEBOOK_MODEL: 'llm-1-chat', JOULEBOOK_STAGE: 'fine-tune', JOULEBOOK_PARENT_RUN: base.slice(0, 6) };
    const { code } = await joulebook(['run', '--ledger', ledger, '--name', 'chat', '--', 'true'], { env });
    expect(code).toBe(0);
    expect(await lineage('chat')).toEqual(['llm-1-chat', 'fine-tune', base]);

    const { runs } = JSON.parse(await told('runs', '--json')) as RunsJson;
    expect(runs.map(({ name, model, parent }) => [name, model, parent])).toEqual([
      ['chat', 'llm-1-chat', base],
      ['base', 'llm-1', null],
      ['plain', null, null],
    ]);
  });

  test('what cannot be is refused with exit code 2 before anything is recorded', async () => {
    const before = JSON.parse(await told('runs', '--json')) as RunsJson;
    const run = (...more: string[]) => refused('run', '--ledger', ledger, ...more, '--', 'true');
    expect(await run('--stage', 'training')).toMatch(
      /"training" cannot be used\n {2}one of data, search, pre-train, fine-tune, distil, evaluate, serve/,
    );
    expect(await run('--parent-run', 'nobody')).toMatch(/no run matches "nobody"/);
    expect(await run('--model', ' ')).toMatch(/names no model/);
    expect(await refused('import', 'trace', 'base.csv', '--parent-run', 'nobody')).toMatch(/no run matches/);
    expect((JSON.parse(await told('runs', '--json')) as RunsJson).runs.length).toBe(before.runs.length);
  });

  test('are amended and taken back; a run does not come of itself', async () => {
    await told('amend', 'plain', '--model', 'llm-1', '--stage', 'search', '--parent-run', 'chat');
    const { id: chat } = (await reportOf(ledger, 'chat')).run;
    expect(await lineage('plain')).toEqual(['llm-1', 'search', chat]);
    for (const run of ['base', 'chat', 'plain'])
      expect(await refused('amend', run, '--parent-run', 'plain')).toMatch(/comes of run .* itself/);
    expect(await refused('amend', 'plain', '--stage', 'search')).toMatch(/says so already/);
    const words = await told('amend', 'plain', '--no-parent-run', '--no-model');
    expect(words).toContain(`model llm-1 → none, parent ${chat} → none`);
    expect(await lineage('plain')).toEqual([null, 'search', null]);
    await told('amend', 'plain', '--no-stage');
    expect(await lineage('plain')).toEqual([null, null, null]);
  });
});
