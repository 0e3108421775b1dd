// The live stream of a server in this process, over a ledger whose writer is this process too.

import { join } from 'node:path';
import * as v from 'valibot';
import { expect, onTestFinished, test, vi } from 'vitest';
import { tempFolder } from '../../../test/helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from '../../../test/helpers/ledger.ts';
import { tellInForce } from '../../ledger/in-force.ts';
import { tellPaused } from '../../ledger/pauses.ts';
import type { RunRecord } from '../../ledger/records.ts';
import { createRun } from '../../ledger/writer.ts';
import { foreseen, type Live, live } from '../contract/live.ts';
import { createServer } from '../server.ts';

/** Ten minutes ago, on a whole hour's second: its rows are made as time would. */
const NOW_S = Math.floor(Date.now() / 1000);
const BEGUN_S = NOW_S - 600;

function begun(ledger: string, id: string, more: Partial<RunRecord> = {}) {
  createRun(ledger, runRecord(id, { created_at_ms: BEGUN_S * 1000, ...more }));
  return writerOf(ledger, id, 'w', [gpu(0)], { started_at_ms: BEGUN_S * 1000 });
}

async function served(ledger: string) {
  const app = await createServer({ ledger, version: 'test', now: Date.now, pages: null });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => app.close());
  /** All that is heard from now on; it ends with the test. */
  const heard = async (headers: Record<string, string> = {}) => {
    const gone = new AbortController();
    onTestFinished(() => gone.abort());
    const { body, headers: told } = await fetch(`${url}/api/live`, { headers, signal: gone.signal });
    const all: { id: string; live: Live }[] = [];
    let over = false;
    const reading = (async () => {
      let text = '';
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        const parts = (text + chunk).split('\n\n');
        text = parts.pop()!;
        for (const part of parts) {
          const [, id, data] = /^id: (.*)\nevent: live\ndata: (.*)$/.exec(part) ?? [];
          if (data !== undefined) all.push({ id: id!, live: v.parse(live, JSON.parse(data)) });
        }
      }
      over = true;
    })().catch(() => {});
    return { all, type: told.get('content-type'), gone, reading, over: () => over };
  };
  return { app, url, heard };
}

const poll = (look: () => unknown) => expect.poll(look, { timeout: 10_000 });

test('a run that goes on: what it used and draws, its budgets and its grid; then held, and its end', async () => {
  const ledger = join(tempFolder(), 'ledger');
  const writer = begun(ledger, 'run-a', { name: 'a', zone: 'DE' });
  for (let s = BEGUN_S; s < NOW_S; s++) writer.append('energy', second('gpu-0', s, 500));
  writer.flush();
  const lab = { budget: 'lab', limit: '1kWh', measure: 'energy', limit_value: 3.6e6, currency: null, spent: 1.8e6 };
  tellInForce(writer.folder, { at_ms: NOW_S * 1000, budgets: [lab] });
  const { heard, url } = await served(ledger);
  const { all, type } = await heard();
  expect(type).toBe('text/event-stream; charset=utf-8');
  await poll(() => all.length).toBeGreaterThan(0);
  const [first] = all[0]!.live.runs;
  // 600 s of 500 W.
  expect(first).toMatchObject({ it_j: 300_000, power_w: 500, run: { id: 'run-a', name: 'a', state: 'running' } });
  expect(first!.budgets).toMatchObject([{ limit: '1kWh', spent: 1.8e6, in_force: { name: 'lab' } }]);
  expect(first!.history.power_w.filter((w) => w === 500).length).toBeGreaterThan(290);
  expect(first!.grid).toMatchObject({ zone: 'DE', kind: 'average' });
  expect(first!.grid!.hours).toHaveLength(24);

  writer.append('energy', second('gpu-0', NOW_S, 700));
  writer.flush();
  await poll(() => all.at(-1)!.live.runs[0]).toMatchObject({ it_j: 300_700, power_w: 700 });
  expect(all.at(-1)!.id).not.toBe(all[0]!.id);
  const list = () => all.at(-1)!.live.list;
  const before = list();
  tellPaused(writer.folder, { since_ms: NOW_S * 1000, by: ['lab'], why: 'enough is spent' });
  await poll(() => all.at(-1)!.live.runs[0]!.run).toMatchObject({
    state: 'paused',
    paused: { by: ['lab'], why: 'enough is spent' },
  });
  tellPaused(writer.folder, null);
  await writer.end(endAt((NOW_S + 1) * 1000));
  await poll(() => all.at(-1)!.live.runs[0]).toMatchObject({
    power_w: null,
    it_j: 300_700,
    run: { state: 'finished' },
  });
  expect(list()).not.toBe(before);

  const answer = v.parse(foreseen, await (await fetch(`${url}/api/live/run-a`)).json());
  const energy = answer.courses.find(({ of }) => of === 'energy')!;
  // From before somebody looked, too: 500 W from the first second on.
  expect(energy.at_ms[0]! - BEGUN_S * 1000).toBeLessThan(10_000);
  expect(energy.spent[0]! / (energy.at_ms[0]! - BEGUN_S * 1000)).toBeCloseTo(0.5, 6);
  expect(energy.spent).toContain(300_000);
  expect(answer.courses.map(({ of }) => of)).toContain('lab');
});

test('of two who look each hears the same; nobody looks, nothing is read; with nothing going on there is one message', async () => {
  const ledger = join(tempFolder(), 'ledger');
  const writer = begun(ledger, 'run-a');
  await writer.end(endAt(NOW_S * 1000));
  const { heard } = await served(ledger);
  const [one, two] = [await heard(), await heard()];
  await poll(() => Math.min(one.all.length, two.all.length)).toBe(1);
  expect(one.all[0]!.live.runs).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect([one.all.length, two.all.length]).toEqual([1, 1]);
  // A run that begins is seen within about a second.
  begun(ledger, 'run-b');
  await poll(() => two.all.at(-1)!.live.runs.map(({ run }) => run.id)).toEqual(['run-b']);
  expect(two.all.at(-1)).toEqual(one.all.at(-1));
});

test('the server ends though somebody looks, and so does the stream', async () => {
  const ledger = join(tempFolder(), 'ledger');
  begun(ledger, 'run-a');
  const { heard, app } = await served(ledger);
  const { all, over } = await heard();
  await poll(() => all.length).toBeGreaterThan(0);
  await app.close();
  await poll(over).toBe(true);
});

test('a ledger that is not there yet is one in which nothing goes on; HEAD ends at once', async () => {
  const ledger = join(tempFolder(), 'later');
  const { heard, url } = await served(ledger);
  const { all } = await heard();
  await poll(() => all[0]?.live).toMatchObject({ runs: [], more: 0 });
  expect((await fetch(`${url}/api/live`, { method: 'HEAD' })).status).toBe(200);
  const write = vi.spyOn(process.stderr, 'write');
  begun(ledger, 'run-a');
  await poll(() => all.at(-1)!.live.runs.length).toBe(1);
  expect(write).not.toHaveBeenCalled();
});
