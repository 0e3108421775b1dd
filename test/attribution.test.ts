// Whose CPU time it was, with real processes: what joulebook says against what they say of themselves (bash's `times`).

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AttributionJson, ReportJson } from '../src/report/model.ts';
import { folderOf, openCgroup } from '../src/run/cgroup.ts';
import { CLI, tempFolder } from './helpers/cli.ts';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

const isRoot = process.getuid?.() === 0;
const opened = openCgroup('probe');
const noCgroup = 'path' in opened ? null : opened.why;
if ('path' in opened) opened.remove();
/** Hides every cgroup from what it starts. */
const WITHOUT = ['unshare', '-m', 'sh', '-c', 'umount -a -t cgroup2; exec "$@"', 'sh'];
const METHODS = [
  { method: 'cgroup', before: [] as string[], skip: noCgroup },
  // Without a cgroup of our own to be had there is nothing to hide.
  {
    method: 'proc',
    before: noCgroup === null ? WITHOUT : [],
    skip: noCgroup === null && !isRoot ? 'needs root' : null,
  },
];

/** Meters bash's `job` in our folder, joulebook itself started by `before`. */
function meter(job: string, before: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const report = join(folder, 'report.json');
  const run = [process.execPath, CLI, 'run', '--quiet', '--ledger', join(folder, 'ledger'), `--json=${report}`, '--'];
  const [file, ...args] = [...before, ...run, 'bash', '-c', job];
  const { stdout, stderr, status } = spawnSync(file!, args, {
    // Through a socket as stdin, a first bash would read its .bashrc, as if it came over the network.
    ...{ cwd: folder, encoding: 'utf8', timeout: 60_000, env: { ...process.env, SHLVL: '5', ...env } },
  });
  expect([status, stderr]).toEqual([0, '']);
  const { energy, warnings } = JSON.parse(readFileSync(report, 'utf8')) as ReportJson;
  const device = energy.devices.find(({ kind }) => kind === 'cpu-package')!;
  return {
    stdout,
    device,
    found: device?.attribution as AttributionJson,
    warnings: warnings.filter(({ code }) => code === 'attribution'),
  };
}

/** bash's `times`: user and system time of the shell and of the children it waited for, "0m0.012s". */
const seconds = (times: string) =>
  [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest),
    0,
  );
const BUSY = 'busy() { for ((i = 0; i < $1; i++)); do :; done; }; export -f busy;';

/** What was counted is what was used, within two ticks and what a shell still needs after it has told its times. */
function near(found: AttributionJson, truth_s: number) {
  expect(truth_s).toBeGreaterThan(0.3);
  expect(found.job_cpu_s).toBeGreaterThan(truth_s - 0.02);
  expect(found.job_cpu_s).toBeLessThan(1.03 * truth_s + 0.08);
}

describe.each(METHODS)('by $method', ({ method, before, skip }) => {
  const it = skip === null ? test : test.skip;
  const why = skip === null ? '' : ` (${skip})`;

  it(`a thousand children that live for milliseconds${why}`, () => {
    const { stdout, found, device } = meter('for i in {1..1000}; do /bin/true; done; times', before);
    near(found, seconds(stdout));
    expect(found.method).toBe(method);
    expect(found.busy_cpu_s).toBeGreaterThanOrEqual(found.job_cpu_s!);
    const parts = [found.job_j, found.others_j, found.idle_j].map(({ value }) => value!);
    expect(parts.reduce((a, b) => a + b) / device.energy_j.value!).toBeCloseTo(1, 9);
  });

  it(`exec chains, pipelines, subshells and another session${why}`, () => {
    const job = `${BUSY} (busy 200000; times >a) | cat; setsid -w bash -c 'busy 200000'; exec bash -c 'exec bash -c "busy 200000; times"'`;
    const { stdout, found } = meter(job, before);
    near(found, seconds(stdout));
  });

  it(`threads${why}`, () => {
    const worker = `const { Worker, isMainThread } = require('node:worker_threads');
      if (isMainThread) { let n = 3; for (let i = 0; i < 3; i++) new Worker(__filename).on('exit', () => { if (--n === 0) { const { user, system } = process.cpuUsage(); console.log('0m' + (user + system) / 1e6 + 's'); } }); }
      else { let x = 0; for (let i = 0; i < 2e8; i++) x += i % 7; }`;
    const { stdout, found } = meter(`cat >w.js <<'E'\n${worker}\nE\n${process.execPath} w.js`, before);
    near(found, seconds(stdout));
  });

  it(`a daemon: two forks, a session of its own, and its parent has ended${why}`, () => {
    // It still lives when the command ends, so that the last look sees all that it used.
    const daemon = `(setsid bash -c 'busy 500000; times >daemon.tmp; mv daemon.tmp daemon; echo $$ >pid; exec sleep 30' >/dev/null 2>&1 </dev/null &)`;
    const { found, warnings } = meter(`${BUSY} ${daemon}; until [ -s pid ]; do sleep 0.05; done`, before);
    near(found, seconds(readFileSync(join(folder, 'daemon'), 'utf8')));
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')));
    expect(warnings.map(({ message }) => message)).toEqual(
      method === 'cgroup' ? [expect.stringMatching(/live on, in the cgroup .*joulebook-/)] : [],
    );
  });

  it(`what others compute meanwhile is theirs${why}`, () => {
    const other = spawn('bash', ['-c', 'while :; do :; done']);
    try {
      const { stdout, found } = meter(`${BUSY} busy 500000; times`, before);
      near(found, seconds(stdout));
      expect(found.job_share).toBeLessThan(0.9);
      expect(found.others_j.value!).toBeGreaterThan(0);
    } finally {
      other.kill('SIGKILL');
    }
  });

  (isRoot ? it : test.skip)(`a child with another user's rights${why || (isRoot ? '' : ' (needs root)')}`, () => {
    const { stdout, found } = meter(
      `${BUSY} setpriv --reuid 54321 --clear-groups bash -c 'busy 500000'; times`,
      before,
    );
    near(found, seconds(stdout));
  });
});

describe.skipIf(noCgroup !== null)(`the cgroup${noCgroup === null ? '' : ` (${noCgroup})`}`, () => {
  const own = () => folderOf(readFileSync('/proc/self/cgroup', 'utf8'), readFileSync('/proc/self/mountinfo', 'utf8'))!;
  const ours = (run: string) => readdirSync(own()).filter((name) => name.startsWith(`joulebook-${run}`));

  test('the command is in it from its first instruction, joulebook is not; afterwards it is gone', () => {
    const { stdout } = meter(
      'grep ^0:: /proc/self/cgroup; while grep -q joulebook- /proc/$PPID/cgroup; do :; done; echo out',
    );
    // joulebook steps out when the command has begun: a command that looks at once may still see it there.
    const [command, parent] = stdout.trim().split('\n');
    expect(command).toMatch(/0::.*\/joulebook-[a-z0-9]+-\d+-\d+$/);
    expect(parent).toBe('out');
    const name = command!.split('/').at(-1)!;
    expect(existsSync(join(own(), name))).toBe(false);
  });

  test('one that a killed joulebook left is removed by the next', () => {
    const run = `${process.execPath} ${CLI} run --quiet --ledger ${folder}/ledger -- bash -c 'echo $JOULEBOOK_RUN_ID; kill -9 $PPID'`;
    const id = spawnSync('bash', ['-c', `${run} | cat`], { encoding: 'utf8' }).stdout.trim();
    expect(ours(id)).toHaveLength(1);
    meter('true');
    expect(ours(id)).toEqual([]);
  });
});

describe.skipIf(!isRoot)(`places and rights${isRoot ? '' : ' (need root to be made)'}`, () => {
  const job = `${BUSY} busy 500000; times`;

  test("another user's rights: no cgroup to be had, the command is counted by /proc", () => {
    spawnSync('chmod', ['777', folder]);
    const { stdout, found } = meter(job, ['setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups']);
    near(found, seconds(stdout));
    expect(found.method).toBe('proc');
  });

  test('a PID namespace with its own /proc, where joulebook is the first process', () => {
    const { stdout, found } = meter(job, [...WITHOUT, 'unshare', '-p', '-f', '--mount-proc']);
    near(found, seconds(stdout));
    expect(found.method).toBe('proc');
  });

  test('a PID namespace that still shows the outer /proc: the command is found by NSpid', () => {
    const { stdout, found } = meter(job, [...WITHOUT, 'unshare', '-p', '-f']);
    near(found, seconds(stdout));
    expect(found.method).toBe('proc');
  });

  test('/proc that hides other users’ processes: what cannot be told is said, and reaches up to all that was busy', () => {
    spawnSync('chmod', ['777', folder]);
    const hide = ['unshare', '-m', 'sh', '-c', 'mount -t proc -o hidepid=2 proc /proc; exec "$@"', 'sh'];
    const { stdout, found, warnings } = meter(job, [
      ...hide,
      'setpriv',
      '--reuid',
      '54321',
      '--regid',
      '54321',
      '--clear-groups',
    ]);
    near(found, seconds(stdout));
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/hidepid/)]);
    const { high, value } = found.job_j as { value: number; high: number };
    expect(high).toBeGreaterThan(value);
  });

  test("the machine's /proc elsewhere: its times are read there, the command's in our own", () => {
    const host = `umount -a -t cgroup2; mkdir ${folder}/host; mount --rbind /proc ${folder}/host; exec "$@"`;
    const before = ['unshare', '-m', 'sh', '-c', host, 'sh', 'unshare', '-p', '-f', '--mount-proc'];
    const { stdout, found } = meter(job, before, { JOULEBOOK_PROCFS: join(folder, 'host') });
    near(found, seconds(stdout));
    expect(found.busy_cpu_s).toBeGreaterThanOrEqual(found.job_cpu_s!);
  });

  test("the machine's times cannot be read: nothing is attributed", () => {
    expect(meter('true', [], { JOULEBOOK_PROCFS: '/nowhere' }).device).toBeUndefined();
  });

  test('no devices but the plain ones: the command runs, and what is not there is said', () => {
    const bare = `mkdir ${folder}/dev; mount -t tmpfs none ${folder}/dev; for d in null zero urandom; do touch ${folder}/dev/$d; mount --bind /dev/$d ${folder}/dev/$d; done; mount --rbind ${folder}/dev /dev; exec "$@"`;
    const { stdout, found } = meter(job, ['unshare', '-m', 'sh', '-c', bare, 'sh']);
    near(found, seconds(stdout));
  });

  test('an empty /dev: the command runs all the same, and nothing is metered', () => {
    const empty = `mkdir ${folder}/dev; mount --bind ${folder}/dev /dev; exec "$@"`;
    const { stdout, device } = meter('echo here', ['unshare', '-m', 'sh', '-c', empty, 'sh']);
    expect([stdout, device]).toEqual(['here\n', undefined]);
  });
});
