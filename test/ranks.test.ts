// Ranks of one job: one meters the host, all add steps, and whatever of them dies, ends or comes late, each joule of
// the job counts once. Real processes; the truth is the fake driver's.

import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReportJson } from '../src/report/model.ts';
import { buildFakeNvml, type FakeSpec, fakeNvmlEnv, noFakeNvml, trueEnergyJ } from './fake-nvml/fake-nvml.ts';
import { joulebook, reportOf, tempFolder, until } from './helpers/cli.ts';
import {
  begun,
  hostIn,
  noHosts,
  rowsOf,
  type Started,
  spanOf,
  srunEnv,
  startRank,
  startRankOn,
  torchrunEnv,
  trainer,
  writersOf,
} from './helpers/ranks.ts';

let library: string;
let folder: string;
let ledger: string;
let spec: FakeSpec;
beforeAll(() => {
  if (noFakeNvml === null) library = buildFakeNvml(tempFolder());
});
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  spec = { t0: Date.now(), devices: 8, wave: 'sine', mean: 400, amp: 250, period: 1.43, phase: 0.19, limit: 700 };
});

const gpuEnv = (gpus: FakeSpec = spec): NodeJS.ProcessEnv => ({
  JOULEBOOK_NVML: library,
  FAKE_NVML: fakeNvmlEnv(gpus),
});
const ended = async (ranks: readonly Started[]) => Promise.all(ranks.map(async ({ done }) => (await done).code));
const gpus = ({ energy }: ReportJson) => energy.devices.filter(({ kind }) => kind === 'gpu');

/** Energy of the report's GPUs over the truth for the window in which the run's ranks ran. */
function overTruth(report: ReportJson): number {
  const { started_at_ms, ended_at_ms } = report.run;
  const shown = gpus(report).reduce((s, { energy_j }) => s + energy_j.value!, 0);
  const truth = gpus(report).reduce(
    (s, { uuid }) => s + trueEnergyJ(spec, started_at_ms, ended_at_ms!, Number.parseInt(uuid.slice(5, 12), 16)),
    0,
  );
  return shown / truth;
}
const meters = () => writersOf(ledger).filter(({ devices }) => devices.length > 0);

describe.skipIf(noFakeNvml !== null)(
  `ranks of one host${noFakeNvml === null ? '' : ` (skipped: ${noFakeNvml})`}`,
  () => {
    test('eight, each shown one GPU: one meter, every GPU once, the work once', async () => {
      const ranks = Array.from({ length: 8 }, (_, rank) =>
        startRank(
          ledger,
          { ...torchrunEnv(rank, 8), ...gpuEnv(), CUDA_VISIBLE_DEVICES: String(rank) },
          trainer(30, 100),
        ),
      );
      expect(await ended(ranks)).toEqual(Array(8).fill(0));
      const report = await reportOf(ledger, 'last');
      expect(
        writersOf(ledger)
          .map(({ record }) => record.rank!.rank)
          .sort(),
      ).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(writersOf(ledger).filter(({ record }) => record.role === 'meter')).toHaveLength(1);
      expect(report.run).toMatchObject({ state: 'finished', segments: 8 });
      expect(report.run.id).toMatch(/^torchrun-/);
      expect(gpus(report).map(({ charged }) => charged)).toEqual(Array(8).fill(true));
      expect(overTruth(report)).toBeGreaterThan(0.98);
      expect(overTruth(report)).toBeLessThan(1.02);
      expect(report.work).toMatchObject({ steps: 30, tokens: 30 * 512, restarts: 0 });
      // All of them are in the ledger.
      for (const { folder } of writersOf(ledger))
        expect(readFileSync(join(folder, 'steps.000001.open'), 'utf8').trim().split('\n')).toHaveLength(30);
    });

    test('the meter is killed: another goes on from its last readings, and nothing is lost or doubled', async () => {
      const ranks = Array.from({ length: 3 }, (_, rank) =>
        startRank(ledger, { ...srunEnv(rank, 3, '77'), ...gpuEnv() }, ['sleep', '6']),
      );
      await begun(ledger, 3);
      const [meter] = await until(
        'its first second',
        () => meters().some((m) => rowsOf(m.folder, 'gpu-0') > 0) && meters(),
      );
      process.kill(meter!.record.pid, 'SIGKILL');
      await until('another meter', () => meters().length === 2);
      expect((await ended(ranks)).filter((code) => code === 0)).toHaveLength(2);
      const report = await reportOf(ledger, 'last');
      expect(report.run.id).toMatch(/^slurm-77\.0-/);
      expect(report.run.state).toBe('interrupted');
      expect(overTruth(report)).toBeGreaterThan(0.98);
      expect(overTruth(report)).toBeLessThan(1.02);
      // A moment in which nobody looked: the counter knows what was used, the CPU's model does not.
      const gaps = report.energy.gaps.filter(({ device }) => device === 'gpu-3');
      expect(gaps.filter(({ state }) => state === 'unknown')).toEqual([]);
    });

    test('the meter’s command ends before the others’: they are metered on', async () => {
      const env = { JOULEBOOK_RUN_ID: 'handed-over', ...gpuEnv() };
      const first = startRank(ledger, env, ['sleep', '2']);
      await until('the meter', () => meters().length === 1);
      const others = [1, 2].map(() => startRank(ledger, env, ['sleep', '4.5']));
      expect(await ended([first, ...others])).toEqual([0, 0, 0]);
      const report = await reportOf(ledger, 'handed-over');
      expect(
        meters()
          .map(({ record }) => record.role)
          .sort(),
      ).toEqual(['meter', 'rank']);
      expect(report.run).toMatchObject({ state: 'finished', segments: 3 });
      expect(overTruth(report)).toBeGreaterThan(0.98);
      expect(overTruth(report)).toBeLessThan(1.02);
      expect(report.energy.gaps.filter(({ device, state }) => device === 'gpu-0' && state === 'unknown')).toEqual([]);
    });

    test('a rank that comes late adds nothing twice', async () => {
      const env = { JOULEBOOK_RUN_ID: 'late', ...gpuEnv() };
      const first = startRank(ledger, env, ['sleep', '3']);
      await until('its first second', () => meters().some((m) => rowsOf(m.folder, 'gpu-0') > 0));
      const late = startRank(ledger, env, ['true']);
      expect(await ended([first, late])).toEqual([0, 0]);
      expect(meters()).toHaveLength(1);
      expect(overTruth(await reportOf(ledger, 'late'))).toBeCloseTo(1, 1.7);
    });

    test('a rank in a device cgroup of its own meters what the meter does not see', async () => {
      // Both think that theirs is GPU 0.
      const env = (first: number) => ({
        ...{ JOULEBOOK_RUN_ID: 'fenced', CUDA_VISIBLE_DEVICES: '0' },
        ...gpuEnv({ ...spec, devices: 1, first, wave: 'const', phase: 0 }),
      });
      spec = { ...spec, wave: 'const' };
      const ranks = [0, 1].map((first) => startRank(ledger, env(first), ['sleep', '3']));
      expect(await ended(ranks)).toEqual([0, 0]);
      const report = await reportOf(ledger, 'fenced');
      expect(
        gpus(report)
          .map(({ uuid }) => uuid.slice(4, 12))
          .sort(),
      ).toEqual(['f0000000', 'f0000001']);
      expect(report.energy.devices.filter(({ kind }) => kind === 'cpu-package')).toHaveLength(1);
      expect(report.warnings.map(({ code }) => code)).not.toContain('device-shared');
      // On a busy machine one rank starts some tenths of a second after the other.
      for (const { energy_j } of gpus(report)) {
        const share = energy_j.value! / (400 * report.run.duration_s!);
        expect(share).toBeGreaterThan(0.85);
        expect(share).toBeLessThan(1.02);
      }
    });

    test('another run at the same time meters for itself, and both together count once', async () => {
      const runs = ['one', 'two'].map((id) => startRank(ledger, { JOULEBOOK_RUN_ID: id, ...gpuEnv() }, ['sleep', '2']));
      expect(await ended(runs)).toEqual([0, 0]);
      expect(meters().map(({ record }) => record.role)).toEqual(['meter', 'meter']);
      for (const id of ['one', 'two']) expect(overTruth(await reportOf(ledger, id))).toBeCloseTo(1, 1.7);
      const { total } = JSON.parse((await joulebook(['runs', '--json', '--ledger', ledger])).stdout);
      expect(total.shared_j / total.it_j).toBeGreaterThan(0.5);
    });
  },
);

describe.skipIf(noHosts !== null)(`hosts${noHosts === null ? '' : ` (skipped: ${noHosts})`}`, () => {
  test('each has its meter; clocks 5 s apart are measured, recorded and brought together', async () => {
    const enter = [hostIn(folder, 'alpha', 5000), hostIn(folder, 'beta', -5000)];
    const before = Date.now();
    const ranks = enter.map((host, rank) =>
      startRankOn(host, ledger, { ...srunEnv(rank, 2, '5'), JOULEBOOK_NVML: '/none.so' }, trainer(20, 100)),
    );
    expect(await ended(ranks)).toEqual([0, 0]);
    const after = Date.now();
    const offsets = new Map(writersOf(ledger).map(({ record }) => [record.host, record]));
    for (const [host, ahead] of [
      ['alpha', 5000],
      ['beta', -5000],
    ] as const) {
      const { clock_offset_ms, clock_bound_ms } = offsets.get(host)!;
      expect(Math.abs(clock_offset_ms! + ahead)).toBeLessThanOrEqual(clock_bound_ms! + 1);
    }
    const report = await reportOf(ledger, 'last', '--by', 'step');
    expect(report.run.hosts.toSorted()).toEqual(['alpha', 'beta']);
    expect(report.energy.devices.map(({ host }) => host).sort()).toEqual(['alpha', 'alpha', 'beta', 'beta']);
    expect(report.run.started_at_ms).toBeGreaterThan(before - 50);
    expect(report.run.ended_at_ms!).toBeLessThan(after + 50);
    expect(report.run.duration_s).toBeLessThan((after - before) / 1000 + 0.1);
    expect(report.warnings.filter(({ code }) => code === 'clock-skew').map(({ message }) => message)).toEqual([
      expect.stringMatching(/clock of alpha was [45]\.\d\d s ahead/),
      expect.stringMatching(/clock of beta was [45]\.\d\d s behind/),
    ]);
    expect(report.work.steps).toBe(20);
    const joined = report.rows!.filter((row) => row.step !== null).map((row) => row.energy_j!);
    expect(joined).toHaveLength(20);
    // Two machines' energy is under each step: neither host's lies seconds beside it.
    expect(Math.min(...joined.slice(2))).toBeGreaterThan(0);
  });

  test.skipIf(noFakeNvml !== null)('one that comes late, dies and comes back counts while it ran', async () => {
    const [alpha, beta] = [hostIn(folder, 'alpha', 0), hostIn(folder, 'beta', 0)];
    const env = (rank: number) => ({
      ...srunEnv(rank, 2, '6'),
      ...gpuEnv({ t0: spec.t0, devices: 1, first: rank, wave: 'const', mean: 400, limit: 700 }),
    });
    const ofBeta = () => writersOf(ledger).filter(({ record }) => record.host === 'beta');
    const steady = startRankOn(alpha!, ledger, env(0), trainer(70, 100));
    await begun(ledger, 1);
    const dying = startRankOn(beta!, ledger, env(1), ['sleep', '4']);
    await until('its record', () => ofBeta().some((m) => rowsOf(m.folder, 'gpu-0') > 1));
    dying.child.kill('SIGKILL');
    const [dead] = ofBeta();
    const back = startRankOn(beta!, ledger, env(1), ['sleep', '1.5']);
    expect(await ended([steady, back])).toEqual([0, 0]);
    // Another host cannot see its process: it goes by its files, which here have been silent for half a minute.
    const then = new Date(Date.now() - 31_000);
    for (const name of readdirSync(dead!.folder)) utimesSync(join(dead!.folder, name), then, then);

    const report = await reportOf(ledger, 'last');
    expect(report.run).toMatchObject({ state: 'interrupted', segments: 3 });
    expect(report.work.steps).toBe(70);
    const spans = (host: string) =>
      writersOf(ledger)
        .filter(({ record }) => record.host === host)
        .map(({ folder }) => spanOf(folder, 'gpu-0'));
    for (const gpu of gpus(report)) {
      const ran_s = spans(gpu.host).reduce((s, ms) => s + ms / 1000, 0);
      expect(ran_s).toBeGreaterThan(2);
      expect(gpu.energy_j.value! / (400 * ran_s)).toBeCloseTo(1, 1.7);
    }
    expect(
      gpus(report)
        .map(({ host }) => host)
        .sort(),
    ).toEqual(['alpha', 'beta']);
  });
});
