// joulebook run as a user meets it: the command untouched, the account right, the ledger never in the way.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CLI, joulebook, metered, reportOf, start, tempFolder, until } from './helpers/cli.ts';
import { event, simple } from './helpers/log-bytes.ts';

let folder: string;
let ledger: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
const TRAINER = `
let step = 0;
const t = setInterval(() => {
  step++;
  console.log(JSON.stringify({ step, epoch: step / 10, tokens: step * 512, loss: 4 - step / 20 }));
  if (step === 20) clearInterval(t);
}, 50);`;

describe('the account of a run', () => {
  test('report of the run and report of the ledger are the same', async () => {
    const { result, report } = await metered(folder, [
      '--zone',
      'FR',
      '--pue',
      '1.1',
      '--name',
      'x',
      '--tag',
      'team=a',
      '--',
      'node',
      '-e',
      TRAINER,
    ]);
    expect(result.code).toBe(0);
    expect(report.work).toMatchObject({ steps: 20, tokens: 20 * 512 });
    expect(report.energy.it_j.value).toBeGreaterThan(0);
    expect(report.energy.coverage).toBeGreaterThan(0.7); // a busy machine brings the first reading late
    const stored = await reportOf(ledger, 'x');
    expect(stored.energy.it_j.value! / report.energy.it_j.value!).toBeCloseTo(1, 9);
    expect(stored.emissions.operational_g.value! / report.emissions.operational_g.value!).toBeCloseTo(1, 9);
    expect({ ...stored.run, command: 0 }).toEqual({ ...report.run, command: 0 });
    expect(stored.run.tags).toEqual({ team: 'a' });
    const steps = await reportOf(ledger, 'x', '--by', 'step');
    expect(steps.rows!.filter((row) => row.step !== null)).toHaveLength(20);
    expect(steps.rows!.reduce((s, row) => s + row.energy_j!, 0) / stored.energy.it_j.value!).toBeCloseTo(1, 9);
    // Steps every 50 ms have energy of their own: the curve inside a second is not flat.
    expect(new Set(steps.rows!.slice(2, 20).map((row) => row.energy_j!.toFixed(6))).size).toBeGreaterThan(3);
  });

  test('--json without a file goes to stderr, after the child, and stdout is the child alone', async () => {
    const result = await joulebook(['run', '--ledger', ledger, '--json', 'echo', 'hi']);
    expect(result.stdout).toBe('hi\n');
    expect(JSON.parse(result.stderr)).toMatchObject({ schema: 'joulebook/report/v1', run: { state: 'finished' } });
  });

  test('--quiet says nothing; the child keeps its environment and learns its run', async () => {
    const result = await joulebook(['run', '--ledger', ledger, '--quiet', '--', 'sh', '-c', 'echo $JOULEBOOK_RUN_ID']);
    expect(result.stderr).toBe('');
    const [run] = JSON.parse((await joulebook(['runs', '--json', '--ledger', ledger])).stdout).runs;
    expect(result.stdout.trim()).toBe(run.id);
  });

  test('a replayed trace is metered live', async () => {
    const t0 = 1_700_000_000;
    const rows = Array.from({ length: 400 }, (_, i) => `${t0 + i / 10},gpu-0,300`);
    const trace = join(folder, 'trace.csv');
    writeFileSync(trace, `timestamp,device,power_w\n${rows.join('\n')}\n`);
    const { report } = await metered(folder, ['--replay', trace, '--replay-speed', '2', '--', 'sleep', '1.5']);
    const { it_j } = report.energy;
    expect(it_j.value! / report.run.duration_s).toBeCloseTo(600, 3);
    expect(report.energy.devices[0]).toMatchObject({ device: 'gpu-0', source: 'imported' });
  });

  test('steps from a --log file, and from stdout that is a file', async () => {
    const log = join(folder, 'train.log');
    const { report } = await metered(folder, [
      '--log',
      log,
      '--no-capture',
      '--',
      'sh',
      '-c',
      `for i in 1 2 3; do echo "{\\"step\\": $i, \\"loss\\": 1}" >> ${log}; sleep 0.1; done`,
    ]);
    expect(report.work.steps).toBe(3);
    const out = join(folder, 'out.txt');
    const file = join(folder, 'r.json');
    spawnSync('sh', [
      '-c',
      `"${process.execPath}" "${CLI}" run --ledger "${ledger}" --json="${file}" -- sh -c 'for i in 1 2 3 4; do echo "{\\"step\\": $i, \\"loss\\": 1}"; sleep 0.1; done' > "${out}"`,
    ]);
    expect(readFileSync(out, 'utf8').trim().split('\n')).toHaveLength(4);
    expect(JSON.parse(readFileSync(file, 'utf8')).work.steps).toBe(4);
  });
});

test('a bar on stderr tells the steps of what is printed on stdout, as the Trainer of Hugging Face does', async () => {
  const job = `for i in 10 20 30 40; do
    printf '\\r %s%%|##   | %s/400 [00:10<01:30,  4.20it/s]' $i $i >&2; sleep 0.1
    echo "{'loss': '2.$i', 'learning_rate': '4e-05', 'epoch': '0.$i', 'num_input_tokens_seen': \${i}00}"; sleep 0.2
  done`;
  const { report } = await metered(folder, ['--', 'bash', '-c', job]);
  expect(report.work).toMatchObject({ steps: 40, total_steps: 400, epochs: 0.4, tokens: 4000, restarts: 0 });
});

/** Lines of steps `from` to `to` into the command's descriptor or file, one every 50 ms. */
const stepsInto = (file: string, from: number, to: number) => `
const { openSync, writeSync } = require('node:fs');
const out = ${file};
let step = ${from};
const t = setInterval(() => {
  writeSync(out, JSON.stringify({ step, loss: 1 }) + '\\n');
  if (step++ === ${to}) clearInterval(t);
}, 50);`;

describe('logs in files', () => {
  const stepRows = async () =>
    (await reportOf(ledger, 'last', '--by', 'step')).rows!.filter((row) => row.step !== null);
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

  test('of a --log file the first line counts, and one that was there before does not', async () => {
    const log = join(folder, 'train.log');
    writeFileSync(log, '{"step":1,"loss":1}\n{"step":900,"loss":1}\n');
    const script = `require('node:fs').appendFileSync('${log}', '{"step":1,"loss":1}\\n');${stepsInto(`openSync('${log}', 'a')`, 2, 10)}`;
    const { report } = await metered(folder, ['--log', log, '--no-capture', '--', 'node', '-e', script]);
    expect(report.work.steps).toBe(10);
    expect((await stepRows()).map((row) => row.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('steps of 50 ms have times of their own, in a --log file and in stdout that is a file', async () => {
    const log = join(folder, 'train.log');
    await metered(folder, ['--log', log, '--', 'node', '-e', stepsInto(`openSync('${log}', 'w')`, 1, 20)]);
    const logged = (await stepRows()).slice(1).map((row) => row.duration_s!);
    spawnSync(
      process.execPath,
      [CLI, 'run', '--ledger', ledger, '--quiet', '--', 'node', '-e', stepsInto('1', 1, 20)],
      {
        stdio: ['ignore', openSync(join(folder, 'out.txt'), 'w'), 'inherit'],
      },
    );
    const printed = (await stepRows()).slice(1).map((row) => row.duration_s!);
    for (const durations of [logged, printed]) {
      expect(durations).toHaveLength(19);
      expect(median(durations)).toBeGreaterThan(0.04);
      expect(median(durations)).toBeLessThan(0.06);
    }
  });

  test('a line written in two halves is whole, whatever other files say in between', async () => {
    const [a, b] = [join(folder, 'a.log'), join(folder, 'b.log')];
    const script = `for i in 1 2 3; do printf '{"step": %d,' $i >> ${a}; sleep 0.05; echo '{"phase": "x"}' >> ${b}; echo noise; sleep 0.05; echo '"loss": 1}' >> ${a}; sleep 0.05; done`;
    const { report } = await metered(folder, ['--log', a, '--log', b, '--', 'sh', '-c', script]);
    expect(report.work.steps).toBe(3);
  });

  test('a log that is moved away, made anew and truncated is read on', async () => {
    const log = join(folder, 'train.log');
    const line = (step: number) => `echo '{"step":${step},"loss":1}' >> ${log}; sleep 0.05`;
    const script = [
      ...[line(1), line(2), `printf '{"step":' >> ${log}; mv ${log} ${log}.1; sleep 0.3`],
      ...[line(3), line(4), `sleep 0.3; : > ${log}; sleep 0.3`, line(5), line(6)],
    ].join('; ');
    await metered(folder, ['--log', log, '--no-capture', '--', 'sh', '-c', script]);
    expect((await stepRows()).map((row) => row.step)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a FIFO named by --log holds nothing up, and is told', async () => {
    const fifo = join(folder, 'fifo');
    spawnSync('mkfifo', [fifo]);
    const { result, report } = await metered(folder, ['--log', fifo, '--', 'echo', 'hi']);
    expect(result.stdout).toBe('hi\n');
    const told = report.warnings.filter(({ code }) => code === 'log-unread').map(({ message }) => message);
    expect(told).toEqual([`${fifo}: it is neither a file nor a folder`]);
  });

  test('a folder of event files that appears while the command runs', async () => {
    const logs = join(folder, 'runs');
    const records = [1, 2, 3, 4].map((step) =>
      event(Date.now() / 1000 + step / 100, step * 10, simple('train/loss', 1)),
    );
    for (const [i, record] of records.entries()) writeFileSync(join(folder, `record${i}`), record);
    const write = records.map((_, i) => `cat ${folder}/record${i} >> ${logs}/a/events.out.tfevents.1.h.2.0; sleep 0.1`);
    const script = [`mkdir -p ${logs}/a`, ...write].join('; ');
    const { report } = await metered(folder, ['--log', logs, '--', 'sh', '-c', script]);
    expect([report.work.steps, report.warnings.map(({ code }) => code).includes('log-unread')]).toEqual([40, false]);
    expect((await stepRows()).map((row) => row.step)).toEqual([10, 20, 30, 40]);
  });
});

describe('whatever fails, the command runs', () => {
  test('exit codes: own, 128 + signal, 127, 126', async () => {
    const code = async (...command: string[]) =>
      (await joulebook(['run', '--ledger', ledger, '--quiet', '--', ...command])).code;
    expect(await code('sh', '-c', 'exit 7')).toBe(7);
    expect(await code('sh', '-c', 'kill -TERM $$')).toBe(143);
    expect(await code('sh', '-c', 'kill -KILL $$')).toBe(137);
    expect(await code('no-such-command-here')).toBe(127);
    expect(await code('/etc/passwd')).toBe(126);
    const states = JSON.parse((await joulebook(['runs', '--json', '--ledger', ledger])).stdout).runs.map(
      (run: { state: string }) => run.state,
    );
    expect(states).toEqual(Array(5).fill('failed'));
  });

  test('a ledger that cannot be made: one warning, the command and its summary are not affected', async () => {
    const blocked = join(folder, 'file');
    writeFileSync(blocked, '');
    const result = await joulebook(['run', '--ledger', join(blocked, 'ledger'), '--', 'sh', '-c', 'echo out; exit 3']);
    expect([result.code, result.stdout]).toEqual([3, 'out\n']);
    expect(result.stderr.match(/cannot write to the ledger/g)).toHaveLength(1);
    expect(result.stderr).toMatch(/IT energy +\d/);
  });

  test('no sensor at all: energy is unknown with the reason, never 0', async () => {
    const { result, report } = await metered(folder, ['--', 'true'], {
      JOULEBOOK_PROCFS: '/nonexistent',
      JOULEBOOK_NVML: '/nonexistent.so',
    });
    expect(result.code).toBe(0);
    expect(report.energy.it_j).toMatchObject({
      value: null,
      why: expect.stringContaining('no device could be metered'),
    });
    expect(report.emissions.operational_g.value).toBeNull();
    expect(report.warnings.filter((w) => w.code === 'sensor-absent')).toHaveLength(4); // GPU, CPU, memory
  });

  test('a sampler that is killed is started again, with a gap', async () => {
    const { child, done } = start(['run', '--ledger', ledger, '--quiet', '--', 'sleep', '4']);
    const sampler = await until('the sampler', () => {
      const found = spawnSync('pgrep', ['-P', String(child.pid), '-f', 'sampler.js'], {
        encoding: 'utf8',
      }).stdout.trim();
      return found !== '' && Number(found.split('\n')[0]);
    });
    await until('the child', () => spawnSync('pgrep', ['-P', String(child.pid), '-x', 'sleep']).status === 0);
    await new Promise((resolve) => setTimeout(resolve, 800));
    // Samples go out 0.2 s after each second: just before, most of a second is still in the sampler's hands.
    await new Promise((resolve) => setTimeout(resolve, (2100 - (Date.now() % 1000)) % 1000));
    process.kill(sampler, 'SIGKILL');
    expect((await done).code).toBe(0);
    const report = await reportOf(ledger, 'last');
    expect(report.run.state).toBe('finished');
    expect(report.warnings.map((w) => w.code)).toContain('sampler-restarted');
    expect(report.energy.gaps.length).toBeGreaterThan(0);
    expect(report.energy.coverage).toBeLessThan(1);
    expect(report.energy.coverage).toBeGreaterThan(0.3);
    expect(report.energy.it_j.value).toBeGreaterThan(0);
  });

  test('disk full: the command goes on, it is said once, what is kept is kept, and the next command works', async () => {
    const mount = join(folder, 'small');
    mkdirSync(mount);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', mount]).status !== 0) {
      console.warn('skipped: a small file system cannot be mounted here (not root)');
      return;
    }
    try {
      const filler = join(mount, 'filler');
      const { child, done } = start([
        'run',
        '--ledger',
        join(mount, 'ledger'),
        '--',
        'sh',
        '-c',
        'sleep 3.5; echo done',
      ]);
      await until(
        'the run',
        () =>
          existsSync(join(mount, 'ledger/runs')) &&
          spawnSync('pgrep', ['-P', String(child.pid), '-x', 'sh']).status === 0,
      );
      await new Promise((resolve) => setTimeout(resolve, 1300));
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1k'], { stdio: 'ignore' });
      const result = await done;
      expect([result.code, result.stdout]).toEqual([0, 'done\n']);
      expect(result.stderr.match(/cannot write to the ledger/g)).toHaveLength(1);
      expect(result.stderr).toMatch(/IT energy +\d/);
      spawnSync('rm', [filler]);
      const report = await reportOf(join(mount, 'ledger'), 'last');
      expect(report.energy.it_j.value).toBeGreaterThan(0);
      expect((await joulebook(['run', '--quiet', '--ledger', join(mount, 'ledger'), '--', 'true'])).code).toBe(0);
    } finally {
      spawnSync('umount', [mount]);
    }
  });

  test('two runs at once, and eight writers in one run: nothing is lost or mixed', async () => {
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) =>
        joulebook(['run', '--ledger', ledger, '--name', name, '--', 'sh', '-c', `sleep 1; echo ${name}`]),
      ),
    );
    expect([a!.stdout, b!.stdout]).toEqual(['a\n', 'b\n']);
    const env = { JOULEBOOK_RUN_ID: 'shared-job' };
    // Ranks of a job end together, however long each took to start.
    const together = tempFolder();
    const rank = `touch ${together}/$$; until [ -e ${together}/end ]; do sleep 0.05; done`;
    const begun = Array.from({ length: 8 }, () =>
      joulebook(['run', '--quiet', '--ledger', ledger, '--', 'sh', '-c', rank], { env }),
    );
    await until('all eight', () => readdirSync(together).length === 8);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    writeFileSync(join(together, 'end'), '');
    const ranks = await Promise.all(begun);
    expect(ranks.map((rank) => rank.code)).toEqual(Array(8).fill(0));
    const report = await reportOf(ledger, 'shared-job');
    expect(report.run.segments).toBe(8);
    expect(report.energy.devices.map(({ kind }) => kind)).toEqual(['cpu-package', 'dram']);
    // One CPU and one memory are metered by one of the eight and charged once: at most their highest power times the
    // wall time, up to the whole milliseconds at which rows are cut and what a late first reading leaves to be estimated.
    for (const { mean_w, max_w } of report.energy.devices) expect(mean_w!).toBeLessThan(1.05 * max_w!);
    expect(report.warnings.map((w) => w.code)).not.toContain('device-shared');
    const runs = JSON.parse((await joulebook(['runs', '--json', '--ledger', ledger])).stdout);
    expect(runs.total.shared_j).toBeGreaterThan(0);
    const sum = runs.runs.reduce((s: number, run: { it_j: { value: number } }) => s + run.it_j.value, 0);
    expect(runs.total.it_j).toBeCloseTo(sum - runs.total.shared_j, 9);
  });

  test('--resume adds a segment to the run', async () => {
    await joulebook(['run', '--ledger', ledger, '--name', 'job', '--quiet', '--', 'sleep', '0.3']);
    const before = await reportOf(ledger, 'job');
    await joulebook(['run', '--ledger', ledger, '--resume', 'job', '--quiet', '--', 'sleep', '0.3']);
    const after = await reportOf(ledger, 'job');
    expect([before.run.segments, after.run.segments, after.run.id]).toEqual([1, 2, before.run.id]);
    expect(after.energy.it_j.value!).toBeGreaterThan(before.energy.it_j.value!);
  });

  test('joulebook.yaml is taken by the built program, and its mistakes stop it before the command starts', async () => {
    writeFileSync(join(folder, 'joulebook.yaml'), `zone: FR\npue: 1.3\nledger: ${ledger}\n`);
    expect((await joulebook(['run', '--quiet', '--', 'true'], { cwd: folder })).code).toBe(0);
    const { run, energy } = await reportOf(ledger, 'last');
    expect([run.zone, energy.pue.value]).toEqual(['FR', 1.3]);
    writeFileSync(join(folder, 'joulebook.yaml'), 'zoen: FR\n');
    const wrong = await joulebook(['run', '--quiet', '--', 'touch', join(folder, 'started')], { cwd: folder });
    expect([wrong.code, existsSync(join(folder, 'started'))]).toEqual([2, false]);
    expect(wrong.stderr).toMatch(/joulebook\.yaml: zoen: there is no such setting\n +one of ledger, zone/);
  });

  test('secrets on the command line are not stored', async () => {
    await joulebook([
      'run',
      '--ledger',
      ledger,
      '--quiet',
      '--',
      'true',
      '--api-key',
      'verysecret1',
      'HF_TOKEN=verysecret2',
      'https://u:verysecret3@host/',
    ]);
    const found = spawnSync('grep', ['-r', 'verysecret', ledger], { encoding: 'utf8' });
    expect(found.stdout).toBe('');
    expect((await reportOf(ledger, 'last')).run.command).toEqual([
      'true',
      '--api-key',
      '[redacted]',
      'HF_TOKEN=[redacted]',
      'https://[redacted]@host/',
    ]);
  });

  test.each([
    [['--interval', '5'], /--interval/],
    [['--pue', '0.5'], /PUE/],
    [['--price', '12'], /price/],
    [['--log-format', 'keros'], /one of auto, none, json-lines, .*keras/],
    [['--log-format', '/(\\d+)/'], /no group named step/],
    [['--tokens-per-step', '4096', '--seq-length', '512'], /4096 and --seq-length 512 both say/],
    [['--tokens-per-step', '4000', '--batch-size', '8', '--seq-length', '512'], /4000 and 8 × 512 = 4096 both say/],
    [['--tag', 'x'], /name=value/],
    [['--zone', 'GERMANY'], /did you mean DE/],
    [['--intensity', '/no/file.csv'], /cannot read/],
    [['--resume', 'nope'], /no run matches|no ledger/],
  ])('bad options %j: exit 2 before the command starts', async (options, message) => {
    const marker = join(folder, 'started');
    const result = await joulebook(['run', '--ledger', ledger, ...options, '--', 'touch', marker]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(message);
    expect(existsSync(marker)).toBe(false);
  });

  test('tokens of a step said in two ways that agree are taken', async () => {
    const said = ['--tokens-per-step', '4096', '--batch-size', '8', '--seq-length', '512'];
    const { code } = await joulebook(['run', '--ledger', ledger, '--quiet', ...said, '--', 'true']);
    expect(code).toBe(0);
  });
});
