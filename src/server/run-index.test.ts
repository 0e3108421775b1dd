// The list of runs over ledgers written by this process, its rows worked out in this process too.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { tempFolder } from '../../test/helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from '../../test/helpers/ledger.ts';
import { addAmendment } from '../ledger/amendments.ts';
import type { RunRecord } from '../ledger/records.ts';
import { createRun } from '../ledger/writer.ts';
import { cacheFile } from './index/cache-file.ts';
import { type Done, type Job, openWorkshop } from './index/jobs.ts';
import { createRunIndex } from './run-index.ts';

/** 100 W for ten seconds: 1000 J. */
async function finished(ledger: string, id: string, more: Partial<RunRecord> = {}) {
  createRun(ledger, runRecord(id, more));
  const started_at_ms = more.created_at_ms ?? 0;
  const writer = writerOf(ledger, id, 'w', [gpu(0, `GPU-${id}`)], { started_at_ms });
  for (let s = 0; s < 10; s++) writer.append('energy', second('gpu-0', started_at_ms / 1000 + s, 100));
  await writer.end(endAt(started_at_ms + 10_000));
}

function indexOf(ledger: string, cache: string | null = null, version = '1') {
  let now_ms = 0;
  const worked: Job[] = [];
  const done: Done[] = [];
  const inner = openWorkshop(ledger);
  const index = createRunIndex({
    ...{ ledger, now: () => now_ms, cache: cacheFile(cache, { ledger, version }) },
    workshop: {
      async work(jobs) {
        worked.push(...jobs);
        const told = await inner.work(jobs);
        done.push(...told);
        return told;
      },
      close: inner.close,
    },
  });
  onTestFinished(() => index.close());
  /** Of some seconds later, with all figures there. */
  const later = async (s = 3) => {
    now_ms += s * 1000;
    return vi.waitFor(
      async () => {
        const list = await index.list();
        expect(list.unread + list.working).toBe(0);
        return list;
      },
      { timeout: 10_000, interval: 20 },
    );
  };
  return { index, later, worked, done, pass: (s: number) => (now_ms += s * 1000) };
}
const fresh = () => join(tempFolder(), 'ledger');

test('a row is told before its figures are, and then with them', async () => {
  const ledger = fresh();
  await finished(ledger, 'one', {
    created_at_ms: 1000,
    tags: { project: 'atlas' },
    price: { per_kwh: 3.6, currency: 'EUR' },
  });
  const { index, later } = indexOf(ledger);
  const [first] = (await index.list()).rows;
  expect(first).toMatchObject({ id: 'one', state: 'finished', duration_s: 10, tags: { project: 'atlas' } });
  expect(first!.it_j).toEqual({ value: null, why: 'being worked out' });
  const [row] = (await later()).rows;
  // 1000 J are 1/3600 kWh: at 3.6 EUR that is 0.001 EUR.
  expect(row).toMatchObject({
    it_j: { value: 1000 },
    mean_w: { value: 100 },
    coverage: 1,
    currency: 'EUR',
    tokens: null,
  });
  expect((row!.cost as { value: number }).value).toBeCloseTo(0.001, 9);
  expect(row!.total_g.value).toBeNull();
  expect(row!.j_per_token).toEqual({ value: null, why: 'no tokens were seen in the log' });
});

test('what comes, changes and goes is seen, and the tag is another one only then', async () => {
  const ledger = fresh();
  await finished(ledger, 'one', { created_at_ms: 1000 });
  const { later } = indexOf(ledger);
  const first = await later();
  await new Promise((resolve) => setTimeout(resolve, 80)); // beyond what a folder's time may hide
  await later();
  const calm = await later();
  expect((await later()).tag).toBe(calm.tag);
  await finished(ledger, 'two', { created_at_ms: 5000 });
  const second = await later();
  expect(second.rows.map(({ id }) => id)).toEqual(['two', 'one']);
  addAmendment(ledger, 'one', { at_ms: 9000, user: null, why: null, what: { tags: { kept: 'yes' } } });
  const third = await later();
  expect(third.rows[1]).toMatchObject({ tags: { kept: 'yes' }, it_j: { value: 1000 } });
  rmSync(join(ledger, 'runs', 'two'), { recursive: true });
  const fourth = await later();
  expect(fourth.rows.map(({ id }) => id)).toEqual(['one']);
  expect(new Set([first, second, third, fourth].map(({ tag }) => tag)).size).toBe(4);
});

test('a run that goes on is told as it goes, and as it ended', async () => {
  const ledger = fresh();
  createRun(ledger, runRecord('on', { created_at_ms: 1000 }));
  const writer = writerOf(ledger, 'on', 'w', [gpu(0)], { started_at_ms: 1000 });
  const { later, worked } = indexOf(ledger);
  expect((await later(4)).rows[0]).toMatchObject({ state: 'running', ended_at_ms: null });
  const before = worked.length;
  await later(6);
  await vi.waitFor(() => expect(worked.length).toBeGreaterThan(before));
  for (let s = 1; s < 11; s++) writer.append('energy', second('gpu-0', s, 50));
  await writer.end(endAt(11_000));
  await vi.waitFor(async () => {
    const [row] = (await later()).rows;
    expect(row).toMatchObject({ state: 'finished', duration_s: 10, it_j: { value: 500 } });
  });
  const calm = worked.length;
  await later(6);
  expect(worked.length).toBe(calm);
});

test('a folder without a run.json that can be read is named, and hides no other', async () => {
  const ledger = fresh();
  await finished(ledger, 'one');
  await finished(ledger, 'torn');
  writeFileSync(join(ledger, 'runs', 'torn', 'run.json'), '{"id": "to');
  const { rows, damaged } = await indexOf(ledger).later();
  expect(rows.map(({ id }) => id)).toEqual(['one']);
  expect(damaged).toEqual([join(ledger, 'runs', 'torn')]);
});

test('no ledger is a fault; one that is made later is seen', async () => {
  const ledger = fresh();
  const { index, later } = indexOf(ledger);
  await expect(index.list()).rejects.toMatchObject({ code: 'ledger-missing' });
  await finished(ledger, 'one');
  expect((await later()).rows).toHaveLength(1);
});

test('figures are kept for the next start, and looked over', async () => {
  const [ledger, cache] = [fresh(), tempFolder()];
  await finished(ledger, 'one', { created_at_ms: 1000 });
  await finished(ledger, 'two', { created_at_ms: 2000 });
  const before = indexOf(ledger, cache);
  await before.later();
  await before.index.close();
  writeFileSync(join(ledger, 'runs', 'two', 'w', 'note'), 'x');
  const after = indexOf(ledger, cache);
  const { rows, working } = await after.index.list();
  expect([rows.map(({ it_j }) => it_j.value), working]).toEqual([[1000, 1000], 0]);
  await vi.waitFor(() => expect(after.done).toHaveLength(2));
  expect(Object.fromEntries(after.done.map(({ id, kind }) => [id, kind]))).toEqual({ one: 'same', two: 'row' });
});

test('a cache that is damaged, of another version or another ledger is not used', async () => {
  const [ledger, cache] = [fresh(), tempFolder()];
  await finished(ledger, 'one');
  const first = indexOf(ledger, cache);
  await first.later();
  await first.index.close();
  const [name] = readdirSync(cache);
  const file = join(cache, name!);
  const read = (of = ledger, version = '1') => cacheFile(cache, { ledger: of, version }).read();
  expect(read().map(({ row }) => row.id)).toEqual(['one']);
  expect(read(ledger, '2')).toEqual([]);
  const other = fresh();
  await finished(other, 'one');
  expect(read(other)).toEqual([]);
  const bytes = readFileSync(file);
  for (const at of [0, bytes.length >> 1, bytes.length - 6]) {
    const hurt = Buffer.from(bytes);
    hurt[at]! ^= 0x10;
    writeFileSync(file, hurt);
    expect(read()).toEqual([]);
  }
  writeFileSync(file, bytes.subarray(0, bytes.length - 20));
  expect(read()).toEqual([]);
  expect((await indexOf(ledger, cache).later()).rows[0]!.it_j.value).toBe(1000);
});
