// joulebook doctor over real processes and real FFI: what it finds, survives and says, and that it writes nothing.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DoctorJson, FINDING_CODES } from '../src/app/doctor-model.ts';
import { buildFakeNvml, type FakeSpec, fakeNvmlEnv, noFakeNvml } from './fake-nvml/fake-nvml.ts';
import { CLI, joulebook, tempFolder, until } from './helpers/cli.ts';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

/** Runs in a folder of its own, with a home of its own. */
async function doctor(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const [home, cwd] = ['home', 'cwd'].map((name) => join(folder, name));
  for (const path of [home!, cwd!]) mkdirSync(path, { recursive: true });
  const result = await joulebook(['doctor', '--json', '--for', '300ms', ...args], {
    cwd: cwd!,
    env: { HOME: home, ...env },
  });
  if (result.stdout === '') throw new Error(result.stderr);
  return { ...result, told: JSON.parse(result.stdout) as DoctorJson };
}
const of = (told: DoctorJson, about: string) => told.findings.filter((one) => one.about === about);
const listing = (path: string) =>
  (readdirSync(path, { recursive: true }) as string[]).sort().map((name) => {
    const { mtimeMs, ctimeMs, size } = statSync(join(path, name));
    return [name, mtimeMs, ctimeMs, size];
  });

describe.skipIf(noFakeNvml !== null)(`NVIDIA${noFakeNvml === null ? '' : ` (skipped: ${noFakeNvml})`}`, () => {
  let built: string;
  let nvml: string;
  beforeAll(() => {
    built = tempFolder();
    nvml = buildFakeNvml(built);
  });
  const fake = (spec: Omit<FakeSpec, 't0'>) => ({
    FAKE_NVML: fakeNvmlEnv({ t0: Date.now() - 5000, ...spec }),
    JOULEBOOK_NVML: nvml,
  });
  function library(name: string, source: string): string {
    writeFileSync(join(built, `${name}.c`), source);
    const flags = ['-shared', '-fPIC', '-I', join(import.meta.dirname, 'fake-nvml'), '-o', join(built, `${name}.so`)];
    execFileSync('cc', [...flags, join(built, `${name}.c`), '-lm']);
    return join(built, `${name}.so`);
  }

  test('two GPUs that are well: power, update period, latency, nothing to do about them', async () => {
    const env = fake({ devices: 2, mean: 300, update_ms: 50, latency_us: 1000 });
    const { told, code } = await doctor(['--strict', '--for', '1.5s'], env);
    expect(code).toBe(0);
    expect(told.sources.find(({ source }) => source === 'nvml')).toMatchObject({ state: 'read', devices: 2 });
    const gpus = told.sensors.filter(({ kind }) => kind === 'gpu');
    expect(gpus.map(({ device }) => device)).toEqual(['gpu-0', 'gpu-1']);
    for (const { power_w, power_from, update, source, charged, driver, failed_looks, looks, part } of gpus) {
      expect({ power_w, power_from, source, charged, driver, failed_looks }).toEqual({
        ...{ power_w: { value: 300 }, power_from: 'reading', source: 'counter', charged: true, driver: 'nvml' },
        failed_looks: 0,
      });
      expect(part).toMatch(/^gpu/);
      expect(looks).toBeGreaterThan(3);
      // The fake's counter moves every 50 ms: the bounds hold that.
      expect(update).toMatchObject({ of: 'counter' });
      expect(update!.low_ms!).toBeLessThanOrEqual(50);
      expect(update!.high_ms!).toBeGreaterThanOrEqual(50);
      expect(update!.period_ms!).toBeGreaterThanOrEqual(update!.low_ms!);
      expect(update!.period_ms!).toBeLessThanOrEqual(update!.high_ms!);
    }
    // Each of two GPUs takes a call of 1 ms.
    const { read } = told.sources.find(({ source }) => source === 'nvml')!;
    expect(read!.median_ms).toBeGreaterThanOrEqual(2);
    expect(read!.p95_ms).toBeGreaterThanOrEqual(read!.median_ms);
    expect(of(told, 'gpu-0')).toMatchObject([{ level: 'ok', code: 'sensor-read', remedy: null }]);
    expect(told.ok).toBe(true);
  });

  test('a counter without power readings gives a mean, a hidden GPU does not count', async () => {
    const env = { ...fake({ devices: 2, mean: 250, unsupported: '186,185,power' }), CUDA_VISIBLE_DEVICES: '1' };
    const { told } = await doctor(['--for', '1.5s'], env);
    const [hidden, mine] = told.sensors.filter(({ kind }) => kind === 'gpu');
    expect([hidden!.charged, mine!.charged]).toEqual([false, true]);
    expect(mine!.power_from).toBe('counter');
    // 250 W over some 1.5 s, by a counter that moves every 20 ms.
    expect(mine!.power_w.value!).toBeGreaterThan(250 * 0.95);
    expect(mine!.power_w.value!).toBeLessThan(250 * 1.05);
  });

  test('one GPU lost: it is named, with its remedy, the other is read', async () => {
    const { told, code } = await doctor(['--strict'], fake({ devices: 2, unsupported: 'handle', unsupported_gpu: 1 }));
    expect(code).toBe(3);
    expect(told.ok).toBe(false);
    expect(of(told, 'gpu-0')).toMatchObject([{ level: 'ok' }]);
    expect(of(told, 'gpu-1')).toMatchObject([
      {
        level: 'problem',
        code: 'sensor-unreadable',
        why: expect.stringMatching(/NVML error 15/),
        remedy: expect.stringMatching(/xid/),
      },
    ]);
    const lost = told.sensors.find(({ device }) => device === 'gpu-1')!;
    expect([lost.power_w.value, lost.energy_j, lost.update]).toEqual([null, null, null]);
  });

  test('a counter that stands while power is drawn is no zero', async () => {
    const { told } = await doctor(['--for', '1s'], fake({ mean: 300, update_ms: 1e9 }));
    expect(of(told, 'gpu-0')).toMatchObject([{ level: 'problem', code: 'counter-still' }]);
  });

  test.each([
    ['no permission', 4, /NVML error 4/, /ask the administrator|usermod|chmod/],
    ['a library of another version than the kernel’s', 18, /NVML error 18/, /reboot|container anew/],
    ['no kernel driver', 9, /NVML error 9/, /modprobe nvidia|docker run --gpus all/],
  ])('%s: said, with what to type, and the CPU is still looked at', async (_, init_rc, why, remedy) => {
    const { told, code } = await doctor(['--strict'], fake({ init_rc }));
    expect(code).toBe(3);
    expect(of(told, 'nvidia')).toMatchObject([
      { level: 'problem', code: 'gpu-unseen', why: expect.stringMatching(why), remedy: expect.stringMatching(remedy) },
    ]);
    expect(told.sensors.map(({ kind }) => kind)).toEqual(['cpu-package', 'dram']);
  });

  test('a library that crashes its process: doctor lives, says so, and tells the rest', async () => {
    const crash = library('crash', '#include <signal.h>\nint nvmlInit_v2(void) { raise(SIGSEGV); return 0; }\n');
    const { told, code } = await doctor(['--strict', '--nvml', crash]);
    expect(code).toBe(3);
    expect(told.sources.find(({ source }) => source === 'nvml')).toMatchObject({
      state: 'crashed',
      why: expect.stringMatching(/SIGSEGV/),
    });
    expect(of(told, 'nvml')).toMatchObject([
      { level: 'problem', code: 'source-failed', remedy: expect.stringMatching(/nvidia-smi/) },
    ]);
    expect(told.sensors[0]).toMatchObject({ kind: 'cpu-package', power_from: 'reading' });
  });

  test('a library that crashes while it is read: its GPU is known, and not read', async () => {
    const later = library(
      'later',
      '#include <signal.h>\n#define nvmlDeviceGetFieldValues fake_fields\n#include "fake-nvml.c"\n#undef nvmlDeviceGetFieldValues\n' +
        'int nvmlDeviceGetFieldValues(gpu_t *g, int n, field_t *f) { static int calls; if (++calls > 5) raise(SIGSEGV); return fake_fields(g, n, f); }\n',
    );
    const { told } = await doctor(['--nvml', later], fake({}));
    expect(told.sensors.find(({ device }) => device === 'gpu-0')).toMatchObject({
      ...{ looks: 0, power_w: { value: null, why: expect.stringMatching(/SIGSEGV/) } },
    });
    expect(of(told, 'nvml')).toMatchObject([{ level: 'problem', code: 'source-failed' }]);
  });

  test('a library that hangs: doctor waits as long as it was told', async () => {
    const hang = library('hang', '#include <unistd.h>\nint nvmlInit_v2(void) { sleep(300); return 0; }\n');
    const started = Date.now();
    const { told, code } = await doctor(['--strict', '--nvml', hang, '--timeout', '2s']);
    expect(code).toBe(3);
    expect(Date.now() - started).toBeLessThan(60_000); // not the 300 s that the library sleeps
    expect(told.sources.find(({ source }) => source === 'nvml')).toMatchObject({
      state: 'silent',
      why: 'no answer within 2 s',
    });
    expect(of(told, 'nvml')).toMatchObject([{ code: 'source-failed', remedy: expect.stringMatching(/--timeout/) }]);
    expect(told.sensors.map(({ kind }) => kind)).toEqual(['cpu-package', 'dram']);
    await until(
      'its process to be gone',
      () => spawnSync('sh', ['-c', `cat /proc/[0-9]*/maps 2>/dev/null | grep -c ${hang}`]).stdout.toString() === '0\n',
    );
  });
});

describe('without a sensor', () => {
  /** A machine that shows one NVIDIA GPU on its bus, and no CPU. */
  function bare(): string[] {
    const gpu = join(folder, 'sys/bus/pci/devices/0000:3b:00.0');
    mkdirSync(gpu, { recursive: true });
    mkdirSync(join(folder, 'proc'));
    writeFileSync(join(gpu, 'vendor'), '0x10de\n');
    writeFileSync(join(gpu, 'class'), '0x030200\n');
    return [
      '--procfs',
      join(folder, 'proc'),
      '--sysfs',
      join(folder, 'sys'),
      '--nvml',
      '/nonexistent/libnvidia-ml.so.1',
    ];
  }

  test('a GPU on the bus without its library, and a CPU whose use cannot be read', async () => {
    const { told, code } = await doctor(['--strict', ...bare()]);
    expect(code).toBe(3);
    expect(told.sensors).toEqual([]);
    expect(told.machine.accelerators).toEqual([{ vendor: 'nvidia', address: '0000:3b:00.0', driver: null }]);
    expect(of(told, 'nvidia')).toMatchObject([
      {
        level: 'problem',
        code: 'gpu-unseen',
        why: expect.stringMatching(/^1 of NVIDIA on this machine, none is read: no NVIDIA driver library/),
      },
    ]);
    expect(of(told, 'cpu-package')).toMatchObject([{ level: 'problem', code: 'cpu-unmetered' }]);
  });

  test('without --strict a problem is told, and is no failure', async () => {
    expect((await doctor(bare())).code).toBe(0);
  });

  test('a container that was told to have no GPU misses none', async () => {
    const { told } = await doctor(bare(), { NVIDIA_VISIBLE_DEVICES: 'void' });
    expect(of(told, 'nvidia')).toMatchObject([{ level: 'note' }]);
  });
});

describe('place, ledger, settings', () => {
  test('zone, its intensity, and where they were said', async () => {
    const { told } = await doctor(['--pue', '1.2'], { JOULEBOOK_ZONE: 'FR' });
    expect(told.place).toMatchObject({
      zone: { value: 'FR', from: 'JOULEBOOK_ZONE' },
      pue: { value: '1.2', from: '--pue' },
      why: null,
    });
    const table = JSON.parse(readFileSync(resolve(import.meta.dirname, '../data/grid-annual.json'), 'utf8'));
    expect(told.place.intensity[0]).toMatchObject({
      zone: 'FR',
      quality: 'annual',
      g_per_kwh: table.zones.FR.g_per_kwh,
      year: table.zones.FR.year,
    });
    expect(of(told, 'zone')).toMatchObject([{ level: 'ok' }]);
    expect(of(told, 'pue')).toEqual([]);
  });

  test('a zone that is none, a PUE that cannot be: a run would refuse, so doctor says it', async () => {
    const { told, code } = await doctor(['--strict', '--zone', 'XX-NOWHERE', '--pue', '0.5']);
    expect(code).toBe(3);
    expect(
      told.findings
        .filter((one) => one.code === 'setting-bad')
        .map(({ about }) => about)
        .sort(),
    ).toEqual(['--pue', '--zone']);
    expect(told.place.intensity).toEqual([]);
  });

  test('a settings file in force is named; one that cannot be used ends doctor as it ends a run', async () => {
    mkdirSync(join(folder, 'cwd'));
    writeFileSync(join(folder, 'cwd/joulebook.yaml'), 'zone: DE\n');
    const { told } = await doctor();
    expect(told.settings_files).toEqual([join(folder, 'cwd/joulebook.yaml')]);
    expect(told.place.zone!.from).toBe(`${join(folder, 'cwd/joulebook.yaml')}: zone`);
    writeFileSync(join(folder, 'cwd/joulebook.yaml'), 'zonne: DE\n');
    expect((await joulebook(['doctor'], { cwd: join(folder, 'cwd') })).code).toBe(2);
  });

  test('a ledger: its runs, and one of a newer format', async () => {
    const ledger = join(folder, 'ledger');
    for (const _ of [1, 2]) await joulebook(['run', '--quiet', '--ledger', ledger, '--', 'true']);
    expect((await doctor(['--ledger', ledger])).told.ledger).toMatchObject({
      path: ledger,
      exists: true,
      version: 1,
      writable: true,
      runs: 2,
      running: 0,
      why: null,
    });
    writeFileSync(join(ledger, 'ledger.json'), '{"schema":"joulebook/ledger/v1","version":99}');
    const { told, code } = await doctor(['--ledger', ledger, '--strict']);
    expect(code).toBe(3);
    expect(of(told, 'ledger')).toMatchObject([{ level: 'problem', why: expect.stringMatching(/format 99/) }]);
  });

  test('a ledger in a folder that is a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { told } = await doctor(['--ledger', join(folder, 'file')]);
    expect(told.ledger).toMatchObject({ writable: false, why: expect.stringMatching(/not a folder/) });
    expect(of(told, 'ledger')).toMatchObject([{ level: 'problem' }]);
  });

  test.skipIf(process.getuid?.() !== 0)('a user who may not write there (needs root to become one)', () => {
    chmodSync(folder, 0o711);
    mkdirSync(join(folder, 'theirs'), { mode: 0o755 });
    const args = [
      '--reuid',
      '54321',
      '--clear-groups',
      process.execPath,
      CLI,
      'doctor',
      '--json',
      '--strict',
      '--for',
      '100ms',
    ];
    const { status, stdout } = spawnSync('setpriv', [...args, '--ledger', join(folder, 'theirs/new')], {
      cwd: '/',
      encoding: 'utf8',
    });
    const told = JSON.parse(stdout) as DoctorJson;
    expect(status).toBe(3);
    expect(told.ledger).toMatchObject({ writable: false, exists: false });
    expect(told.rights.uid).toBe(54321);
  });
});

test('it writes nothing: not in the home, not here, not in the ledger', async () => {
  await joulebook(['run', '--quiet', '--ledger', join(folder, 'ledger'), '--', 'true']);
  await doctor([], { TMPDIR: join(folder, 'tmp') }); // makes the folders
  mkdirSync(join(folder, 'tmp'));
  const before = listing(folder);
  await doctor(['--ledger', join(folder, 'ledger')], { TMPDIR: join(folder, 'tmp') });
  await doctor([], { TMPDIR: join(folder, 'tmp') });
  expect(listing(folder)).toEqual(before);
});

describe('the page', () => {
  const PARTS = ['Sensors', 'What to do', 'Place and time', 'Ledger', 'Versions'];

  test('through a pipe: every part, no escape code, no line beyond 100 columns but for words that are', async () => {
    const { stdout, code } = await joulebook(['doctor', '--for', '300ms', '--ledger', join(folder, 'l')], {
      cwd: folder,
      env: { FORCE_COLOR: '1' },
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain('\x1b');
    expect(stdout.split('\n').filter((line) => PARTS.includes(line))).toEqual(PARTS);
    expect(stdout).toMatch(/cpu-package-0 +[\d.]+ W {2}model {2}counts/);
    for (const line of stdout.split('\n')) expect(line.length <= 100 || !line.trim().includes(' ')).toBe(true);
  });

  test.skipIf(spawnSync('script', ['--version']).status !== 0)('on a terminal: in colour (needs script)', () => {
    const line = `'${process.execPath}' '${CLI}' doctor --for 100ms --ledger '${folder}/l'`;
    const run = (env: NodeJS.ProcessEnv) =>
      spawnSync('script', ['-qec', line, '/dev/null'], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, TERM: 'xterm', ...env },
      }).stdout;
    expect(run({ NO_COLOR: undefined })).toContain('\x1b[1mSensors');
    expect(run({ NO_COLOR: '1' })).not.toContain('\x1b[1m');
  });

  test('a reader that leaves is no fault', () => {
    const { stderr, stdout } = spawnSync(
      'bash',
      ['-c', `'${process.execPath}' '${CLI}' doctor --for 100ms --json | head -c 1; echo " \${PIPESTATUS[0]}"`],
      { cwd: folder, encoding: 'utf8' },
    );
    expect([stdout, stderr]).toEqual(['{ 0\n', '']);
  });
});

describe('docs/formats/doctor.md', () => {
  const doc = readFileSync(resolve(import.meta.dirname, '../docs/formats/doctor.md'), 'utf8');

  test('names every key', async () => {
    const { told } = await doctor(['--zone', 'DE', '--ledger', join(folder, 'l')]);
    const missing = new Set<string>();
    const look = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (!Array.isArray(value) && !new RegExp(`\\b${key}\\b`).test(doc)) missing.add(key);
        look(inner);
      }
    };
    look(told);
    expect([...missing]).toEqual([]);
    expect(told.schema).toBe('joulebook/doctor/v1');
  });

  test('lists the findings’ codes, each and no other', () => {
    const listed = [...doc.split('## Findings')[1]!.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(listed.sort()).toEqual([...FINDING_CODES].sort());
  });
});
