// Drivers that crash and hang, over real FFI: the command never notices, and the account says what it does not know.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildFakeNvml, fakeNvmlEnv, noFakeNvml } from '../fake-nvml/fake-nvml.ts';
import { metered, tempFolder } from '../helpers/cli.ts';

let folder: string;
beforeAll(() => {
  folder = tempFolder();
});
function library(name: string, source: string): string {
  writeFileSync(join(folder, `${name}.c`), `#include <signal.h>\n#include <unistd.h>\n${source}\n`);
  execFileSync('cc', ['-shared', '-fPIC', '-o', join(folder, `${name}.so`), join(folder, `${name}.c`)]);
  return join(folder, `${name}.so`);
}
const codes = (report: Awaited<ReturnType<typeof metered>>['report']) => report.warnings.map(({ code }) => code);

describe.skipIf(noFakeNvml !== null)(`hostile drivers${noFakeNvml === null ? '' : ` (skipped: ${noFakeNvml})`}`, () => {
  test('one that crashes at every start: the CPU is metered all the same, and the GPUs’ absence is said', async () => {
    const nvml = library('crash', 'int nvmlInit_v2(void) { raise(SIGSEGV); return 0; }');
    const { result, report } = await metered(folder, ['--', 'sh', '-c', 'sleep 2.5; echo out; exit 6'], {
      JOULEBOOK_NVML: nvml,
    });
    expect([result.code, result.stdout]).toEqual([6, 'out\n']);
    expect(report.energy.devices.map(({ device }) => device)).toEqual(['cpu-package-0', 'dram-0']); // both models
    expect(report.energy.it_j.value).toBeGreaterThan(0);
    expect(report.energy.coverage).toBeGreaterThan(0.5);
    expect(report.warnings.map(({ message }) => message).join('\n')).toMatch(/SIGSEGV.*GPUs are not metered/);
  });

  test('one that hangs when it is opened: the command starts at once, and the CPU is metered from the start', async () => {
    const nvml = library('hang', 'int nvmlInit_v2(void) { sleep(60); return 0; }');
    const started = Date.now();
    const { result, report } = await metered(folder, ['--', 'sh', '-c', 'date +%s%3N; sleep 1'], {
      JOULEBOOK_NVML: nvml,
    });
    expect(result.code).toBe(0);
    expect(Number(result.stdout) - started).toBeLessThan(3000); // a start takes a third of a second when nobody disturbs it
    expect(report.energy.coverage).toBeGreaterThan(0.6); // not 0: the CPU does not wait for the GPUs
    expect(report.warnings.map(({ message }) => message).join('\n')).toMatch(/nvml has not answered/);
    expect(report.run.duration_s).toBeLessThan(5);
  });

  test('one that takes a second to open: its GPU comes late, with a labelled head', async () => {
    const t0 = Date.now();
    const env = { FAKE_NVML: fakeNvmlEnv({ t0, mean: 300, init_ms: 1000 }), JOULEBOOK_NVML: buildFakeNvml(folder) };
    const { report } = await metered(folder, ['--', 'sleep', '3'], env);
    const gpu = report.energy.devices.find(({ device }) => device === 'gpu-0')!;
    expect(gpu.energy_j.value! / report.run.duration_s).toBeCloseTo(300, -1);
    expect(gpu.coverage).toBeLessThan(0.9);
    expect(gpu.coverage).toBeGreaterThan(0.5);
    expect(report.energy.gaps).toMatchObject([{ device: 'gpu-0', why: 'late-first-reading', state: 'estimated' }]);
    const { low, high } = gpu.energy_j as { low: number; high: number };
    expect(low).toBeLessThan(gpu.energy_j.value! - 100);
    expect(high).toBeGreaterThan(gpu.energy_j.value! + 100); // up to its limit of 700 W in that time
    expect(report.warnings.map(({ message }) => message).join('\n')).not.toMatch(/has not answered/);
  });

  test('a GPU that is lost for a second and comes back: the counter fills the hole', async () => {
    const t0 = Date.now();
    const env = {
      FAKE_NVML: fakeNvmlEnv({ t0, mean: 300, lost_at: 3000, back_at: 4000 }),
      JOULEBOOK_NVML: buildFakeNvml(folder),
    };
    const { report } = await metered(folder, ['--', 'sleep', '11'], env);
    const gpu = report.energy.devices.find(({ device }) => device === 'gpu-0')!;
    expect(gpu.energy_j.value! / report.run.duration_s).toBeCloseTo(300, -1);
    expect(report.energy.gaps).toMatchObject([{ device: 'gpu-0', why: 'unreadable', state: 'filled' }]);
    expect(gpu.utilisation).toBeCloseTo(0.77, 6);
  });

  test('a GPU that is lost for good: energy is bounded by its limit, coverage says how much was seen', async () => {
    const t0 = Date.now();
    const env = {
      FAKE_NVML: fakeNvmlEnv({ t0, mean: 300, lost_at: 2000, back_at: 1e9 }),
      JOULEBOOK_NVML: buildFakeNvml(folder),
    };
    const { report } = await metered(folder, ['--', 'sleep', '4'], env);
    const gpu = report.energy.devices.find(({ device }) => device === 'gpu-0')!;
    const seen = (t0 + 2000 - report.run.started_at_ms) / 1000;
    expect(gpu.coverage).toBeCloseTo(seen / report.run.duration_s, 1);
    const { low, high } = gpu.energy_j as { low: number; high: number };
    expect(low).toBeLessThan(300 * seen * 1.1);
    expect(high).toBeGreaterThan(300 * seen + 0.8 * 400 * (report.run.duration_s - seen));
    expect(codes(report)).toContain('gaps');
  });
});
