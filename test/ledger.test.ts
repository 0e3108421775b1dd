// The ledger on the real engine: what is written is read, torn lines are dropped and said, compaction can die anywhere.

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
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMPACTION_STEPS, compactFolder, compactSegment } from '../src/ledger/compact.ts';
import { openEngine } from '../src/ledger/engine.ts';
import { thisProcess } from '../src/ledger/process.ts';
import { openReader } from '../src/ledger/reader.ts';
import type { RunRecord, WriterRecord } from '../src/ledger/records.ts';
import { brokenLines, findRun, listRuns, segmentsOf } from '../src/ledger/runs.ts';
import { createRun, type LedgerWriter, openWriter } from '../src/ledger/writer.ts';
import type { Device } from '../src/meter/port.ts';

let ledger: string;
beforeEach(() => {
  ledger = mkdtempSync(join(tmpdir(), 'jb-ledger-'));
});
afterEach(() => rmSync(ledger, { recursive: true, force: true }));

const runRecord = (id: string, more: Partial<RunRecord> = {}): RunRecord => ({
  ...{
    schema: 'joulebook/run/v1',
    id,
    name: null,
    command: ['x'],
    created_at_ms: 0,
    user: null,
    cwd: '',
    git: null,
    tags: {},
  },
  ...{ zone: null, pue: null, price: null, intensity: null, version: 'test' },
  ...more,
});
const gpu = (index: number, uuid = ''): Device => ({
  ...{ device: `gpu-${index}`, kind: 'gpu', name: 'test', uuid, source: 'counter', charged: true, limit_w: 700 },
  ...{ gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
});
function writerIn(run: string, name: string, devices: Device[], host = 'h'): LedgerWriter {
  const record: WriterRecord = {
    schema: 'joulebook/writer/v1',
    writer: name,
    ...thisProcess(),
    host,
    started_at_ms: 0,
    command: ['x'],
    sampling_s: 0.1,
    imported: false,
  };
  const writer = openWriter(ledger, run, record);
  writer.devices(devices, []);
  return writer;
}
const second = (device: string, s: number, energy_j: number, more = {}) => ({
  ...{ device, from_ms: s * 1000, to_ms: (s + 1) * 1000, energy_j, min_w: energy_j, max_w: energy_j },
  ...{ source: 'counter' as const, quality: 'measured' as const, ...more },
});
const end = {
  schema: 'joulebook/end/v1' as const,
  ended_at_ms: 10_000,
  exit_code: 0,
  signal: null,
  work: { lines_dropped: 0, format: null },
};

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
    writer.append('steps', {
      at_ms: 5,
      step: 1,
      epoch: 0.5,
      tokens: 7,
      tokens_are: 'cumulative',
      samples: null,
      batch: null,
      lr: 0.1,
      loss: null,
      phase: null,
      metrics: { x: 2 },
      it_j: 3,
    });
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
      expect(await reader.steps(findRun(ledger, 'a'))).toMatchObject([
        { step: 1, tokens: 7, metrics: { x: 2 }, it_j: 3, loss: null },
      ]);
      expect((await reader.events([findRun(ledger, 'a')])).get('a')).toEqual([
        { at_ms: 5, event: 'note', message: 'hello', facts: { n: 1 } },
      ]);
      reader.close();
    }
    expect(listRuns(ledger)[0]!.state).toBe('finished');
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
