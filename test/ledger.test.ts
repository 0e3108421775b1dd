// The ledger on the real engine: what is written is read, torn lines are dropped and said, compaction can die anywhere.

import { fork, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMPACTION_STEPS, compactFolder, compactSegment } from '../src/ledger/compact.ts';
import { createOnce } from '../src/ledger/durable.ts';
import { openEngine } from '../src/ledger/engine.ts';
import { openReader } from '../src/ledger/reader.ts';
import { findRun, listRuns } from '../src/ledger/runs.ts';
import { brokenLines, segmentsOf } from '../src/ledger/segments.ts';
import { createRun } from '../src/ledger/writer.ts';
import type { Device } from '../src/meter/port.ts';
import { stepOf } from '../src/workload/step.ts';
import { endAt, gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

let ledger: string;
beforeEach(() => {
  ledger = mkdtempSync(join(tmpdir(), 'jb-ledger-'));
});
afterEach(() => rmSync(ledger, { recursive: true, force: true }));

const writerIn = (run: string, name: string, devices: Device[], host = 'h') =>
  writerOf(ledger, run, name, devices, { host });
const end = endAt(10_000);

async function energyOf(ids: string[], step: number | null = null) {
  const reader = await openReader();
  try {
    const runs = ids.map((id) => findRun(ledger, id));
    return { energy: await reader.energy(runs, step), shared: await reader.sharedEnergy(runs) };
  } finally {
    reader.close();
  }
}
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('writing and reading', () => {
  test('rows come back whole from open segments and from Parquet', async () => {
    createRun(ledger, runRecord('a'));
    const writer = writerIn('a', 'w', [gpu(0), gpu(1)]);
    for (let s = 0; s < 10; s++)
      for (const d of ['gpu-0', 'gpu-1']) writer.append('energy', second(d, s, d === 'gpu-0' ? 300 : 100));
    writer.append('events', { at_ms: 5, event: 'note', message: 'hello', facts: { n: 1 } });
    const known = {
      step: 1,
      total: 40,
      epoch: 0.5,
      tokens: 7,
      lr: 0.1,
      rank: 3,
      units: { images: 9 },
      metrics: { x: 2 },
    };
    writer.append('steps', { ...stepOf(5, { ...known, tokens_are: 'cumulative' }), it_j: 3 });
    await writer.end(end);
    for (const compacted of [false, true]) {
      if (compacted) expect(await compactFolder(writer.folder, true)).toBe(3);
      const { energy } = await energyOf(['a']);
      const found = energy.get('a')!;
      expect(found.devices.map((d) => [d.device.device, d.energy_j, d.observed_ms])).toEqual([
        ['gpu-0', 3000, 10_000],
        ['gpu-1', 1000, 10_000],
      ]);
      expect(sum(found.charged.energy_j)).toBe(4000);
      const reader = await openReader();
      expect(await reader.steps(findRun(ledger, 'a'))).toMatchObject([{ ...known, it_j: 3, loss: null }]);
      expect((await reader.events([findRun(ledger, 'a')])).get('a')).toEqual([
        { writer: 'w', at_ms: 5, event: 'note', message: 'hello', facts: { n: 1 } },
      ]);
      reader.close();
    }
    expect(listRuns(ledger)[0]!.state).toBe('finished');
  });

  test('a segment that was sealed before a column was added has it as unknown', async () => {
    createRun(ledger, runRecord('a'));
    const writer = writerIn('a', 'w', [gpu(0)]);
    await writer.end(end);
    const engine = await openEngine();
    const file = join(writer.folder, 'steps.000001.parquet');
    await engine.run(
      `COPY (SELECT 5.0 AS at_ms, 1.0 AS step, 0.5 AS epoch, 7.0 AS tokens, 'unsaid' AS tokens_are, NULL::DOUBLE AS samples,
        NULL::DOUBLE AS batch, 0.1 AS lr, NULL::DOUBLE AS loss, NULL::VARCHAR AS phase, '{"x":2}' AS metrics, 3.0 AS it_j)
        TO '${file}' (FORMAT parquet)`,
    );
    engine.close();
    const reader = await openReader();
    expect(await reader.steps(findRun(ledger, 'a'))).toEqual([
      { ...stepOf(5, { step: 1, epoch: 0.5, tokens: 7, tokens_are: 'unsaid', lr: 0.1, metrics: { x: 2 } }), it_j: 3 },
    ]);
    reader.close();
  });

  test('grouping to a grid step conserves energy and keeps rows across its edge exact', async () => {
    createRun(ledger, runRecord('a'));
    const writer = writerIn('a', 'w', [gpu(0)]);
    for (let s = 0; s < 100; s++) writer.append('energy', second('gpu-0', s, s));
    writer.append('energy', { ...second('gpu-0', 0, 50), from_ms: 100_000, to_ms: 133_000 });
    await writer.end(end);
    const { energy } = await energyOf(['a'], 30_000);
    const { charged } = energy.get('a')!;
    expect(sum(charged.energy_j)).toBe(4950 + 50);
    const across = charged.from_ms.indexOf(100_000);
    expect([charged.to_ms[across], charged.energy_j[across]]).toEqual([133_000, 50]);
    expect(charged.energy_j).toHaveLength(5); // 0, 30, 60, 90 s and the one across 120 s
  });

  test('a torn last line is dropped and counted, every whole line is kept', async () => {
    createRun(ledger, runRecord('a'));
    const writer = writerIn('a', 'w', [gpu(0)]);
    for (let s = 0; s < 5; s++) writer.append('energy', second('gpu-0', s, 300));
    writer.flush();
    const file = join(writer.folder, 'energy.000001.open');
    const whole = readFileSync(file, 'utf8').length;
    for (const cut of [1, 10, 60, 100]) {
      appendFileSync(file, JSON.stringify(second('gpu-0', 5, 300)).slice(0, cut));
      expect(brokenLines(segmentsOf([writer.folder], 'energy'))).toBe(1);
      expect((await energyOf(['a'])).energy.get('a')!.devices[0]!.energy_j).toBe(1500);
      truncateSync(file, whole);
    }
  });

  test('binary junk in the middle costs its line only', async () => {
    createRun(ledger, runRecord('a'));
    const writer = writerIn('a', 'w', [gpu(0)]);
    writer.append('energy', second('gpu-0', 0, 300));
    writer.flush();
    const file = join(writer.folder, 'energy.000001.open');
    appendFileSync(file, Buffer.from([0, 255, 254, 10]));
    appendFileSync(file, `${JSON.stringify(second('gpu-0', 1, 300))}\n`);
    expect((await energyOf(['a'])).energy.get('a')!.devices[0]!.energy_j).toBe(600);
    expect(brokenLines(segmentsOf([writer.folder], 'energy'))).toBe(1);
  });

  test('a newer format is refused with what is known', () => {
    createRun(ledger, runRecord('a'));
    writeFileSync(join(ledger, 'ledger.json'), '{"schema":"joulebook/ledger/v2","version":2}');
    expect(() => listRuns(ledger)).toThrow(/format 2.*up to 1/);
  });

  test('a newer format is not written into either: nothing in it changes', () => {
    writeFileSync(join(ledger, 'ledger.json'), '{"schema":"joulebook/ledger/v2","version":2}');
    expect(() => createRun(ledger, runRecord('a'))).toThrow(/format 2.*up to 1/);
    expect(readdirSync(ledger)).toEqual(['ledger.json']);
  });

  test('a ledger whose name holds [ ] * ? is read itself, not others that fit the pattern', async () => {
    for (const [name, joules] of [
      ['l1', 1],
      ['l[1]', 300],
      ['l*?', 500],
    ] as const) {
      const place = join(ledger, name);
      createRun(place, runRecord('a'));
      const writer = writerOf(place, 'a', 'w', [gpu(0)]);
      writer.append('energy', second('gpu-0', 0, joules));
      await writer.end(end);
    }
    for (const [name, joules] of [
      ['l[1]', 300],
      ['l*?', 500],
    ] as const) {
      for (const sealed of [false, true]) {
        if (sealed) await compactFolder(join(ledger, name, 'runs/a/w'), true);
        const reader = await openReader();
        const found = (await reader.energy([findRun(join(ledger, name), 'a')], null)).get('a')!;
        reader.close();
        expect([name, found.devices[0]!.energy_j, found.lost]).toEqual([name, joules, []]);
      }
    }
  });

  test('a run is found by id, beginning, name and last; unclear names say so', () => {
    createRun(ledger, runRecord('abc1', { name: 'first', created_at_ms: 1 }));
    createRun(ledger, runRecord('abc2', { name: 'second', created_at_ms: 2 }));
    expect(findRun(ledger, 'last').record.id).toBe('abc2');
    expect(findRun(ledger, 'first').record.id).toBe('abc1');
    expect(findRun(ledger, 'abc1').record.id).toBe('abc1');
    expect(() => findRun(ledger, 'ab')).toThrow(/matches 2 runs/);
    expect(() => findRun(ledger, 'zz')).toThrow(/no run matches "zz"/);
  });

  test('a run is created once: a second writer joins it', () => {
    expect(createRun(ledger, runRecord('a', { name: 'mine' }))).toBe(true);
    expect(createRun(ledger, runRecord('a', { name: 'other' }))).toBe(false);
    expect(findRun(ledger, 'a').record.name).toBe('mine');
  });
});

describe('compaction that dies', () => {
  test.each(COMPACTION_STEPS)('before %s: the same rows are read, and it can be done again', async (stop) => {
    createRun(ledger, runRecord('a'));
    const writer = writerIn('a', 'w', [gpu(0)]);
    for (let s = 0; s < 50; s++) writer.append('energy', second('gpu-0', s, 300));
    await writer.end(end);
    const open = join(writer.folder, 'energy.000001.open');
    const engine = await openEngine();
    const dies = compactSegment(engine, open, (step) => {
      if (step === stop) throw new Error('killed');
    });
    await expect(dies).rejects.toThrow('killed');
    expect((await energyOf(['a'])).energy.get('a')!.devices[0]!.energy_j).toBe(15_000);
    await compactFolder(writer.folder, true);
    engine.close();
    expect(existsSync(open)).toBe(false);
    expect(readdirSync(writer.folder).filter((name) => name.includes('draft'))).toEqual([]);
    expect((await energyOf(['a'])).energy.get('a')!.devices[0]!.energy_j).toBe(15_000);
  });
});

describe('a device-second counts once', () => {
  test('eight writers of one run that meter the same GPU: ×1, not ×8 (CodeCarbon #1390)', async () => {
    createRun(ledger, runRecord('a'));
    for (let w = 0; w < 8; w++) {
      const writer = writerIn('a', `w${w}`, [gpu(0, 'GPU-1')]);
      for (let s = w; s < 100; s++) writer.append('energy', second('gpu-0', s, 300));
      await writer.end(end);
    }
    const { energy } = await energyOf(['a']);
    expect(energy.get('a')!.devices).toHaveLength(1);
    expect(energy.get('a')!.devices[0]).toMatchObject({ shared: true, observed_ms: 100_000 });
    expect(energy.get('a')!.devices[0]!.energy_j).toBeCloseTo(30_000, 6);
    expect(sum(energy.get('a')!.charged.energy_j)).toBeCloseTo(30_000, 6);
  });

  test('two runs that overlap by 40 s on one GPU share 12 kJ', async () => {
    for (const [id, from, to] of [
      ['a', 0, 100],
      ['b', 60, 160],
    ] as const) {
      createRun(ledger, runRecord(id));
      const writer = writerIn(id, 'w', [gpu(0, 'GPU-1')]);
      for (let s = from; s < to; s++) writer.append('energy', second('gpu-0', s, 300));
      await writer.end(end);
    }
    const { energy, shared } = await energyOf(['a', 'b']);
    expect(energy.get('a')!.devices[0]!.energy_j).toBe(30_000);
    expect(energy.get('b')!.devices[0]!.energy_j).toBe(30_000);
    expect(shared).toBeCloseTo(12_000, 6);
  });

  test('writers one after the other share nothing', async () => {
    createRun(ledger, runRecord('a'));
    for (const [name, from] of [
      ['w1', 0],
      ['w2', 10],
    ] as const) {
      const writer = writerIn('a', name, [gpu(0, 'GPU-1')]);
      for (let s = from; s < from + 10; s++) writer.append('energy', second('gpu-0', s, 300));
      await writer.end(end);
    }
    const [device] = (await energyOf(['a'])).energy.get('a')!.devices;
    expect(device).toMatchObject({ shared: false, energy_j: 6000, observed_ms: 20_000 });
  });

  test('equal names on different hosts are different devices', async () => {
    createRun(ledger, runRecord('a'));
    for (const host of ['n1', 'n2']) {
      const writer = writerIn('a', host, [gpu(0)], host);
      writer.append('energy', second('gpu-0', 0, 300));
      await writer.end(end);
    }
    expect((await energyOf(['a'])).energy.get('a')!.devices).toHaveLength(2);
    expect(sum((await energyOf(['a'])).energy.get('a')!.charged.energy_j)).toBe(600);
  });
});

describe('damage is found, left out and named', () => {
  /** Two segments of 10 s at 300 W; the first is sealed. */
  async function twoSegments(): Promise<string> {
    createRun(ledger, runRecord('a'));
    const writer = writerIn('a', 'w', [gpu(0)]);
    for (let s = 0; s < 10; s++) writer.append('energy', second('gpu-0', s, 300));
    await writer.end(end);
    await compactFolder(writer.folder, true);
    const more = Array.from({ length: 10 }, (_, s) => `${JSON.stringify(second('gpu-0', 10 + s, 300))}\n`);
    writeFileSync(join(writer.folder, 'energy.000002.open'), more.join(''));
    return writer.folder;
  }
  const first = (folder: string) => join(folder, 'energy.000001.parquet');

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['emptied', () => Buffer.alloc(0)],
    ['overwritten inside', (bytes) => Buffer.from(bytes).fill(0xff, 4, bytes.length - 8)],
  ])('a Parquet file %s', async (_, damage) => {
    const folder = await twoSegments();
    writeFileSync(first(folder), damage(readFileSync(first(folder))));
    for (const step of [null, 5000]) {
      const found = (await energyOf(['a'], step)).energy.get('a')!;
      expect(found.lost).toEqual(['records were damaged: w/energy.000001.parquet']);
      expect(found.devices[0]!.energy_j).toBe(3000);
      expect(sum(found.charged.energy_j)).toBe(3000);
    }
  });

  test('a damaged Parquet file whose open segment is still there costs nothing, and is sealed again', async () => {
    const folder = await twoSegments();
    const rows = Array.from({ length: 10 }, (_, s) => `${JSON.stringify(second('gpu-0', s, 300))}\n`);
    writeFileSync(join(folder, 'energy.000001.open'), rows.join(''));
    truncateSync(first(folder), 20);
    for (const sealed of [false, true]) {
      if (sealed) await compactFolder(folder, true);
      const found = (await energyOf(['a'])).energy.get('a')!;
      expect([found.devices[0]!.energy_j, found.lost]).toEqual([6000, []]);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.open'))).toEqual([]);
  });

  test('damaged steps and events are named too, and the rest is read', async () => {
    createRun(ledger, runRecord('a'));
    const writer = writerIn('a', 'w', [gpu(0)]);
    writer.append('events', { at_ms: 5, event: 'note', message: 'hello' });
    await writer.end(end);
    writeFileSync(join(writer.folder, 'steps.000001.parquet'), 'PAR1 and then nothing that is PAR1');
    writeFileSync(join(writer.folder, 'events.000002.parquet'), 'x');
    const reader = await openReader();
    const run = findRun(ledger, 'a');
    expect(await reader.steps(run)).toEqual([]);
    expect((await reader.events([run])).get('a')).toHaveLength(1);
    expect(reader.damage(run).sort()).toEqual([
      'records were damaged: w/events.000002.parquet',
      'records were damaged: w/steps.000001.parquet',
    ]);
    reader.close();
  });

  test('a draft that the disk has no room for is taken away again', () => {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', ledger]).status !== 0) {
      console.warn('skipped: a small file system cannot be mounted here (not root)');
      return;
    }
    try {
      expect(() => createOnce(join(ledger, 'big.json'), 'x'.repeat(100_000))).toThrow(/ENOSPC/);
      expect(readdirSync(ledger)).toEqual([]);
    } finally {
      spawnSync('umount', [ledger]);
    }
  });
});

test('eight processes that make the same folders at once: none is refused', async () => {
  const place = mkdtempSync(join(tmpdir(), 'jb-make-'));
  const module = join(place, 'durable.mjs');
  const source = join(import.meta.dirname, '../src/ledger/durable.ts');
  await build({ entryPoints: [source], bundle: true, format: 'esm', platform: 'node', outfile: module });
  const script = `
    import { makeFolder } from '${module}';
    process.send('ready');
    await new Promise((resolve) => process.once('message', resolve));
    for (let i = 0; i < 2000; i++) makeFolder('${place}/' + i + '/runs/id/writer');
    process.disconnect();`;
  writeFileSync(join(place, 'make.mjs'), script);
  const makers = Array.from({ length: 8 }, () => fork(join(place, 'make.mjs'), { stdio: 'pipe' }));
  const ended = makers.map((maker) => new Promise((resolve) => maker.on('exit', resolve)));
  await Promise.all(makers.map((maker) => new Promise((resolve) => maker.once('message', resolve))));
  for (const maker of makers) maker.send('go');
  expect(await Promise.all(ended)).toEqual(Array(8).fill(0));
});
