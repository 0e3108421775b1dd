// Odd places to be started in, and what must not happen to the command and its neighbours there.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { buildFakeNvml, fakeNvmlEnv, noFakeNvml } from './fake-nvml/fake-nvml.ts';
import { CLI, metered, reportOf, start, tempFolder, until } from './helpers/cli.ts';

let folder: string;
let run: string;
beforeEach(() => {
  folder = tempFolder();
  run = `${CLI} run --quiet --ledger ${folder}/ledger --`;
});
const bash = (line: string, env: NodeJS.ProcessEnv = {}) =>
  spawnSync('bash', ['-c', line], { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 30_000 });

describe('what the command inherits', () => {
  test('exported functions and oddly named variables, under nohup too', () => {
    const job = `bash -c 'foo; env | grep ^a.b='`;
    for (const before of ['', 'nohup ']) {
      const { stdout } = bash(`foo() { echo from foo; }; export -f foo; env a.b=1 ${before}${run} ${job} 2>/dev/null`);
      expect(stdout).toBe('from foo\na.b=1\n');
    }
  });

  test('descriptors beyond stderr', () => {
    bash(`exec 3>${folder}/three; ${run} sh -c 'echo hi >&3'`);
    expect(readFileSync(join(folder, 'three'), 'utf8')).toBe('hi\n');
  });
});

describe('where the command is started all the same', () => {
  const loud = () => `${CLI} run --ledger ${folder}/ledger --`;
  test.each([
    [
      'nobody reads what we say',
      () => `(${loud()} sh -c 'exit 5'; echo $? >${folder}/code) 2>&1 | true; cat ${folder}/code`,
    ],
    ['what we say cannot be written', () => `${loud()} sh -c 'exit 5' 2>/dev/full; echo $?`],
    [
      'the working directory is gone',
      () => `mkdir ${folder}/x; cd ${folder}/x; rmdir ${folder}/x; ${run} sh -c 'exit 5' 2>/dev/null; echo $?`,
    ],
    [
      'the ledger is in a place that cannot be',
      () => `${CLI} run --quiet --ledger /proc/nope -- sh -c 'exit 5' 2>/dev/null; echo $?`,
    ],
  ])('%s', (_, line) => expect(bash(line()).stdout).toBe('5\n'));

  test.skipIf(process.getuid?.() !== 0)('a user without a name and a home (needs root to become one)', () => {
    const line = `cd /; env -u HOME setpriv --reuid 54321 --clear-groups ${CLI} run --quiet --ledger /proc/nope -- echo here 2>/dev/null`;
    bash(`chmod 711 ${folder}`);
    expect(bash(line).stdout).toBe('here\n');
  });

  test('without tee nobody is killed, and the output is passed on unread', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const name of ['sh', 'cat', 'mkfifo', 'sleep', 'grep', 'base64'])
      symlinkSync(bash(`command -v ${name}`).stdout.trim(), join(bin, name));
    symlinkSync(process.execPath, join(bin, 'node'));
    const job = `sleep 5 & n=$!; PATH=${bin} ${run} sh -c 'echo out; exit 4' | cat; echo \${PIPESTATUS[0]}; kill -0 $n && echo neighbour lives; kill $n`;
    const out = spawnSync('setsid', ['-w', 'bash', '-c', job], { encoding: 'utf8' });
    expect(out.stdout).toBe('out\n4\nneighbour lives\n');
  });
});

describe('the end', () => {
  /** Samplers of this test, told by a variable of their own, whose parent has gone, or is the one given. */
  const MARK = `JOULEBOOK_TEST_MARK=${process.pid}`;
  const samplers = (parent = 1) =>
    bash(`for p in $(pgrep -f dist/sampler.js -P ${parent}); do grep -qz '^${MARK}$' /proc/$p/environ && echo $p; done`)
      .stdout;

  test('no sampler stays behind when joulebook is killed while it starts', async () => {
    const env = Object.fromEntries([MARK.split('=')]);
    const args = ['run', '--quiet', '--ledger', join(folder, 'ledger'), '--'];
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (let i = 0; i < 8; i++) {
        const { child, done } = start([...args, 'sleep', '0.2'], { env });
        await sleep(60 + 20 * i);
        child.kill(signal);
        await done;
      }
    }
    const { child, done } = start([...args, 'sleep', '1'], { env });
    await until('a sampler that can be found', () => samplers(child.pid) !== '');
    await done;
    await until('the samplers to be gone', () => samplers() === '');
  });

  test('nor when an option stops it', async () => {
    const env = Object.fromEntries([MARK.split('=')]);
    const { code } = await start(['run', '--interval', 'often', '--', 'true'], { env }).done;
    expect(code).toBe(2);
    await until('the samplers to be gone', () => samplers() === '');
  });

  test('a second Ctrl-C while the books are closed does not keep them from being closed', async () => {
    for (const pause of [5, 20, 50, 80]) {
      const { child, done } = start(['run', '--quiet', '--ledger', join(folder, 'ledger'), '--', 'sleep', '20'], {
        detached: true,
      });
      await until('the command', () => spawnSync('pgrep', ['-P', String(child.pid), '-x', 'sleep']).status === 0);
      process.kill(-child.pid!, 'SIGINT');
      await sleep(pause);
      try {
        process.kill(-child.pid!, 'SIGINT');
      } catch {
        // it has ended already
      }
      // A signal while Node itself is being torn down ends it by that signal: 130 to a shell, all the same.
      const { code, signal } = await done;
      expect(code ?? signal).toBe(code === null ? 'SIGINT' : 130);
      expect((await reportOf(join(folder, 'ledger'), 'last')).run).toMatchObject({ state: 'failed', signal: 'SIGINT' });
    }
  });

  test('a signal to the group reaches the command once, even while the sampler is away', async () => {
    const job = `let n = 0; process.on('SIGTERM', () => { n++; setTimeout(() => { console.log('n=' + n); process.exit(0); }, 500); }); console.log('ready'); setTimeout(() => {}, 20000);`;
    const { child, done } = start(
      ['run', '--quiet', '--ledger', join(folder, 'ledger'), '--', process.execPath, '-e', job],
      { detached: true },
    );
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('the command', () => said.includes('ready'));
    spawnSync('pkill', ['-9', '-P', String(child.pid), '-f', 'sampler.js']);
    process.kill(-child.pid!, 'SIGTERM');
    expect((await done).stdout).toBe('ready\nn=1\n');
  });

  test.skipIf(noFakeNvml !== null)(
    `energy after the command's end is not the run's${noFakeNvml === null ? '' : ` (${noFakeNvml})`}`,
    async () => {
      // A grandchild holds the output for two seconds more; 300 W for the run's own time.
      const env = {
        FAKE_NVML: fakeNvmlEnv({ t0: Date.now() - 5000, mean: 300 }),
        JOULEBOOK_NVML: buildFakeNvml(folder),
      };
      const { report } = await metered(folder, ['--', 'sh', '-c', 'sleep 4 & sleep 0.5'], env);
      const gpu = report.energy.devices.find(({ device }) => device === 'gpu-0')!;
      expect(report.run.duration_s).toBeLessThan(1.5);
      expect(gpu.energy_j.value! / (300 * report.run.duration_s)).toBeGreaterThan(0.9);
      expect(gpu.energy_j.value! / (300 * report.run.duration_s)).toBeLessThan(1.1);
    },
  );

  test('--resume says what it does not change', () => {
    bash(`${CLI} run --quiet --ledger ${folder}/ledger --name job --zone FR -- true`);
    const { stderr } = bash(`${CLI} run --ledger ${folder}/ledger --resume job --pue 1.2 --tag a=b -- true`);
    expect(stderr).toMatch(/--resume keeps what the run was created with: --pue, --tag changes nothing/);
  });
});
