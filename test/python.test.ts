// The Python helper with a plain python3, no package beside it: what it tells, and that it harms nothing.
//
// Power is a recorded trace, so that energies can be worked out by hand. Without a python3 these are skipped; in CI they fail.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { CLI, joulebook, metered, reportOf, start, tempFolder, until } from './helpers/cli.ts';

const HELPER = resolve(import.meta.dirname, '../clients/python');
const WITHOUT = spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 8)']).status !== 0;
if (WITHOUT && !process.env.CI) console.warn('the Python helper is not tested: there is no python3 of 3.8 or later');

/** A folder with a script that has the helper, a place for its files, and 100 W for 100 s to be played. */
function place(script = '') {
  const folder = tempFolder();
  const temp = join(folder, 'tmp');
  mkdirSync(temp);
  const file = join(folder, 'script.py');
  writeFileSync(file, `import os, sys, time\nimport joulebook\n${script}`);
  const trace = join(folder, 'power.csv');
  writeFileSync(trace, 'timestamp,device,power_w\n1714557600,gpu-0,100\n1714557700,gpu-0,100\n');
  // The compiled helper goes nowhere: beside it, it would be a change of the tree.
  const env = { PYTHONPATH: HELPER, TMPDIR: temp, PYTHONDONTWRITEBYTECODE: '1' };
  return { folder, temp, file, env, replay: ['--replay', trace], ledger: join(folder, 'ledger') };
}

/** Runs a script under joulebook at 100 W. */
async function run(script: string, more: readonly string[] = []) {
  const here = place(script);
  const made = await metered(here.folder, [...here.replay, ...more, '--', 'python3', here.file], here.env);
  expect(readdirSync(here.temp)).toEqual([]);
  return { ...here, ...made, by: (what: string) => reportOf(here.ledger, 'last', '--by', what) };
}

/** Runs a script without joulebook, its steps going to `steps`. */
function alone(
  script: string,
  steps: string | null,
  more: { readonly preload?: string; readonly words?: string } = {},
) {
  const { file, env } = place(script);
  const line = `${more.preload ?? ''} exec python3 '${file}' ${more.words ?? ''}`;
  const own = { ...process.env, ...env, ...(steps === null ? {} : { JOULEBOOK_STEPS: steps }) };
  return spawnSync('sh', ['-c', line], { encoding: 'utf8', env: own, timeout: 30_000 });
}

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.skipIf(WITHOUT && !process.env.CI)('the Python helper', () => {
  beforeAll(() => {
    expect(WITHOUT, 'python3 is needed in CI').toBe(false);
  });

  test('tells steps: as calls and as blocks, whose energy is that of exactly their time', async () => {
    const { result, report, by } = await run(`
time.sleep(0.3)
for i in range(3):
    with joulebook.step(tokens=1000, samples=4) as step:
        time.sleep(0.25)
        step.set(loss=1 / (i + 1), acc=0.5)
    time.sleep(0.1)
joulebook.step(7, tokens=500, lr=0.1, epoch=0.5)
print("done")
`);
    expect([result.code, result.stdout]).toEqual([0, 'done\n']);
    expect(report.work).toMatchObject({ steps: 7, tokens: 3500, samples: 12, restarts: 0 });
    const { rows } = await by('step');
    expect(rows!.filter(({ step }) => step !== null).map(({ step, tokens }) => [step, tokens])).toEqual([
      [1, 1000],
      [2, 1000],
      [3, 1000],
      [7, 500],
    ]);
    for (const { step, energy_j, duration_s } of rows!.filter(({ step }) => Number(step) <= 3 && step !== null)) {
      expect([step, duration_s! >= 0.25 && duration_s! < 0.35]).toEqual([step, true]);
      expect([step, energy_j]).toEqual([step, expect.closeTo(100 * duration_s!, 2)]);
    }
    const sum = rows!.reduce((s, { energy_j }) => s + energy_j!, 0);
    expect(Math.abs(sum / report.energy.it_j.value! - 1)).toBeLessThan(1e-9);
  });

  test('phases nest, and what is in none is training', async () => {
    const { report } = await run(`
with joulebook.step(): time.sleep(0.2)
with joulebook.phase("eval"):
    time.sleep(0.2)
    with joulebook.phase("checkpoint"):
        time.sleep(0.1)
    time.sleep(0.1)
`);
    const phases = new Map(report.phases.map(({ phase, ...one }) => [phase, one]));
    expect([...phases.keys()]).toEqual(['startup', 'train', 'eval', 'checkpoint']);
    const near = (phase: string, seconds: number) => {
      expect([phase, phases.get(phase)!.duration_s - seconds]).toEqual([phase, expect.closeTo(0.025, 1)]);
      expect(phases.get(phase)!.energy_j! / 100).toBeCloseTo(phases.get(phase)!.duration_s, 3);
    };
    near('eval', 0.3);
    near('checkpoint', 0.1);
    expect(phases.get('train')!.duration_s).toBeGreaterThan(0.2);
  });

  test('windows nest and overlap, shorter than a second; rows by path say how often', async () => {
    const { report, by } = await run(`
with joulebook.window("train"):
    for i in range(2):
        with joulebook.window("eval"):
            time.sleep(0.15)
joulebook.begin("a"); joulebook.begin("b"); time.sleep(0.1); joulebook.end("a"); joulebook.end("b")
joulebook.begin("open")
`);
    const { rows, warnings } = await by('window');
    expect(rows!.map(({ window, count }) => [window, count])).toEqual([
      ...[
        ['train', 1],
        ['train/eval', 2],
        ['a', 1],
        ['a/b', 1],
        ['open', 1],
      ],
    ]);
    for (const { window, energy_j, duration_s } of rows!)
      expect([window, energy_j]).toEqual([window, expect.closeTo(100 * duration_s!, 1)]);
    expect(rows![1]!.duration_s).toBeGreaterThanOrEqual(0.3);
    expect(rows![0]!.duration_s).toBeGreaterThanOrEqual(rows![1]!.duration_s!);
    expect(warnings.map(({ code }) => code)).toContain('windows');
    expect(report.work.steps).toBeNull();
  });

  test('once it has spoken the log’s steps are not counted, and that is said; windows alone leave them', async () => {
    const log = `print('{"step": %d, "tokens": %d, "loss": 1}' % (i, 10 * i), flush=True)`;
    const both = await run(`
for i in range(1, 6):
    joulebook.step(tokens=7)
    ${log}
`);
    expect(both.report.work).toMatchObject({ steps: 5, tokens: 35 });
    expect(both.report.warnings).toContainEqual({
      code: 'work',
      message: 'steps are those that the program tells itself: 5 lines of its log are not counted',
    });
    const windows = await run(`
for i in range(1, 6):
    with joulebook.window("w"):
        ${log}
`);
    expect(windows.report.work).toMatchObject({ steps: 5, tokens: 50 });
  });

  // Ten times as many: test/full/python-steps.test.ts.
  test('ten thousand steps of eight threads all arrive, in the summary and in the ledger', async () => {
    const { report, result, ledger } = await run(`
import threading
def work():
    for i in range(1300):
        joulebook.step(tokens=1, samples=2)
threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(joulebook.dropped())
`);
    expect([result.code, result.stdout]).toEqual([0, '0\n']);
    const all = { steps: 10_400, tokens: 10_400, samples: 20_800 };
    expect(report.work).toMatchObject(all);
    const kept = await reportOf(ledger, 'last');
    expect(kept.work).toMatchObject(all);
    for (const { warnings } of [report, kept]) expect(warnings.map(({ code }) => code)).not.toContain('work');
  });

  test('steps of an evaluation take no numbers of the training', async () => {
    const { report } = await run(`
for epoch in range(2):
    for i in range(5): joulebook.step(tokens=10, total=10)
    with joulebook.phase("eval"):
        for i in range(10): joulebook.step(tokens=90)
`);
    expect(report.work).toMatchObject({ steps: 10, total_steps: 10, tokens: 100 });
  });

  test('a forked process goes on counting, and the windows of its parent are its parent’s', async () => {
    const { report, by } = await run(`
with joulebook.window("outer"):
    for i in range(5): joulebook.step(tokens=10)
    child = os.fork()
    if child == 0:
        joulebook.end("outer")
        with joulebook.window("inner"):
            for i in range(5): joulebook.step(tokens=10)
        os._exit(0)
    os.waitpid(child, 0)
`);
    expect(report.work).toMatchObject({ steps: 10, tokens: 100 });
    expect((await by('window')).rows!.map(({ window, count }) => [window, count])).toEqual([
      ['outer', 1],
      ['inner', 1],
    ]);
  });

  test('a program that closes all descriptors, as a daemon does, finds nothing of ours in files of its own', async () => {
    const { report, result } = await run(`
joulebook.step(tokens=1)
os.closerange(3, 256)
own = [open(os.path.join(os.path.dirname(__file__), str(i)), "w") for i in range(20)]
joulebook.step(tokens=1); joulebook.step(tokens=1)
print([os.fstat(f.fileno()).st_size for f in own if os.fstat(f.fileno()).st_size > 0])
`);
    expect([result.code, result.stdout, report.work.tokens]).toEqual([0, '[]\n', 3]);
  });

  test('kill -9 of joulebook: the program goes on to its end, with all its output, and takes the file away', async () => {
    const { folder, env, temp, file, ledger } = place(`
for i in range(100):
    with joulebook.step(tokens=10):
        time.sleep(0.02)
    print("line", i, flush=True)
print(joulebook.dropped())
sys.exit(3)
`);
    const out = join(folder, 'out');
    const shell = `python3 '${file}' >'${out}' 2>&1; echo $? >'${out}.code'`;
    const { child, done } = start(['run', '--quiet', '--ledger', ledger, '--', 'sh', '-c', shell], { env });
    await until('some lines', () => existsSync(out) && readFileSync(out, 'utf8').includes('line 60\n'));
    child.kill('SIGKILL');
    await done;
    await until('its end', () => existsSync(`${out}.code`) && readFileSync(`${out}.code`, 'utf8') !== '');
    expect(readFileSync(`${out}.code`, 'utf8')).toBe('3\n');
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join('');
    expect(readFileSync(out, 'utf8')).toBe(`${lines}0\n`);
    expect(readdirSync(temp)).toEqual([]);
    const { run, work } = await reportOf(ledger, 'last');
    expect(run.state).toBe('interrupted');
    expect(work.steps).toBeGreaterThan(0);
    expect(work.steps).toBeLessThanOrEqual(61);
  });

  const CALLS = `
with joulebook.step(tokens=1, loss=float("nan"), odd=object(), text="x", huge=10 ** 400) as s:
    s.set(loss="no number", tokens=[1])
joulebook.step("seven", tokens=-1)
joulebook.step(None)
with joulebook.phase(None), joulebook.window(""), joulebook.window("\\n\\ud800" * 1000):
    pass
joulebook.end("never begun"); joulebook.end("never begun")
joulebook.begin("never ended")
try:
    with joulebook.step(), joulebook.window("w"), joulebook.phase("p"):
        raise KeyError("mine")
except KeyError as error:
    print("still", error)
print(joulebook.dropped() > 0)
`;

  test('odd values are left out, names are made printable, an exception of the program goes on its way', () => {
    const file = join(tempFolder(), 'steps');
    writeFileSync(file, '');
    const { status, stdout, stderr } = alone(CALLS, file);
    expect([status, stdout]).toEqual([0, "still 'mine'\nFalse\n"]);
    expect(stderr).toBe(
      'joulebook: end("never begun"): no window of that name is open in this thread; the program is not affected\n',
    );
    const lines = linesOf(file);
    expect(lines.filter(({ e }) => e === 'step').map(({ step, tokens, loss }) => [step, tokens, loss])).toEqual([
      ...[
        [1, 1, undefined],
        [1, 1, undefined],
        [2, -1, undefined],
        [3, undefined, undefined],
      ],
      [4, undefined, undefined], // the block that failed: only its begin
    ]);
    expect(lines.filter(({ e }) => e === 'begin').map(({ name }) => name)).toEqual([
      ...['unnamed', expect.stringMatching(/^[ ?]+$/), 'never ended', 'w'],
    ]);
  });

  const nowhere = tempFolder();
  const places: readonly (readonly [string, string | null, { preload?: string }, boolean])[] = [
    ['no joulebook', null, {}, false],
    ['a file that is gone', join(nowhere, 'none', 'steps'), {}, true],
    ['a folder', nowhere, {}, true],
    ['a full disk', join(nowhere, 'limited'), { preload: 'ulimit -f 0;' }, true],
    ['a FIFO that nobody reads', join(nowhere, 'fifo'), {}, true],
    ['a device', '/dev/full', {}, true],
    ['a file that may not be written', '/sys/kernel/uevent_seqnum', {}, true],
    ['closed stderr and stdin', join(nowhere, 'none'), { preload: 'exec 2>&- <&-;' }, true],
    ['a name with a null in it', 'a\nb', {}, true],
  ];
  test.each(places)('harms nothing with %s', (what, steps, more, drops) => {
    if (what.includes('FIFO')) execFileSync('mkfifo', [steps!]);
    if (what.includes('full disk')) writeFileSync(steps!, '');
    const { status, stdout, stderr } = alone(CALLS, steps, more);
    expect([status, stdout]).toEqual([0, `still 'mine'\n${drops ? 'True' : 'False'}\n`]);
    expect(stderr.split('\n').length).toBeLessThanOrEqual(2);
  });

  test('a disk that was full for a while: the lines after it are whole, and the loss is told', async () => {
    const { report } = await run(`
import resource
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
joulebook.step(tokens=1)
size = os.stat(os.environ["JOULEBOOK_STEPS"]).st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, hard))
joulebook.step(tokens=1)
joulebook.step(tokens=1)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
joulebook.step(tokens=1)
`);
    expect(report.work).toMatchObject({ steps: 4, tokens: 2 });
    // Two could not be written; the first of them left a torn line, which is read and not understood.
    expect(report.warnings).toContainEqual({
      code: 'work',
      message: '3 lines of the Python helper are lost: they could not be written, or read',
    });
  });

  test('ranks tell theirs, and the lowest counts', async () => {
    const { report, by } = await run(`
import subprocess
if len(sys.argv) == 1:
    ranks = [subprocess.Popen([sys.executable, __file__, str(r)], env=dict(os.environ, RANK=str(r))) for r in (0, 1)]
    sys.exit(max(p.wait() for p in ranks))
if sys.argv[1] == "1":
    time.sleep(0.2)
for i in range(5):
    joulebook.step(tokens=100 + int(sys.argv[1]))
    time.sleep(0.05)
`);
    expect(report.work).toMatchObject({ steps: 5, tokens: 500 });
    expect((await by('step')).rows!.filter(({ step }) => step !== null).length).toBe(5);
  });

  test('importing it loads neither torch nor transformers, and costs little', () => {
    const { stdout } = alone(
      'print([m for m in sys.modules if m.split(".")[0] in ("torch", "transformers", "lightning", "subprocess")])',
      null,
    );
    expect(stdout).toBe('[]\n');
  });

  describe('start()', () => {
    const launcher = (folder: string) => {
      const file = join(folder, 'launcher');
      writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
      chmodSync(file, 0o755);
      return file;
    };
    const begun = (script: string, more: NodeJS.ProcessEnv = {}) => {
      const here = place(script);
      const env = { ...process.env, ...here.env, JOULEBOOK_BIN: launcher(here.folder), LEDGER: here.ledger, ...more };
      const done = spawnSync('python3', [here.file], { encoding: 'utf8', env, timeout: 50_000, cwd: here.folder });
      return { ...here, ...done };
    };
    const OPTIONS = `ledger=os.environ["LEDGER"], replay=os.path.join(os.path.dirname(__file__), "power.csv")`;

    test('meters this process until stop(), and gives the report', async () => {
      const { stdout, stderr, temp, ledger } = begun(`
import json
run = joulebook.start("notebook", zone="DE", ${OPTIONS}, tag=["a=1", "b=2"])
print(run.id is not None, "metering" in repr(run))
for i in range(3):
    with joulebook.step(tokens=10):
        time.sleep(0.1)
with joulebook.window("w"): time.sleep(0.2)
report = run.stop().report()
run.stop()
print(json.dumps([run.id, report["run"]["name"], report["run"]["tags"], report["work"]["steps"], report["work"]["tokens"]]))
print(os.environ.get("JOULEBOOK_STEPS"), run._repr_html_().startswith("<table>"), " J" in repr(run))
joulebook.step()
with joulebook.start("again", ${OPTIONS}) as again:
    joulebook.step(); joulebook.step()
print(again.report()["work"]["steps"])
`);
      expect(stderr).toBe('');
      const lines = stdout.split('\n');
      expect([lines[0], lines[2], lines[3]]).toEqual(['True True', 'None True True', '2']);
      const [id, name, tags, steps, tokens] = JSON.parse(lines[1]!);
      expect([name, tags, steps, tokens]).toEqual(['notebook', { a: '1', b: '2' }, 3, 30]);
      expect(readdirSync(temp)).toEqual([]);
      const { run, rows } = await reportOf(ledger, id, '--by', 'window');
      expect([run.kind, run.state]).toEqual(['attach', 'finished']);
      expect(rows!.map(({ window, energy_j, duration_s }) => [window, energy_j! / duration_s!])).toEqual([
        ['w', expect.closeTo(100, 0)],
      ]);
    });

    test('ends with the process, also where that is killed, and leaves nothing', async () => {
      const { ledger, temp, signal } = begun(`
run = joulebook.start("killed", ${OPTIONS})
for i in range(5):
    joulebook.step()
    time.sleep(0.1)
os.kill(os.getpid(), 9)
`);
      expect(signal).toBe('SIGKILL');
      const state = async () => (await reportOf(ledger, 'killed')).run.state;
      const started = Date.now();
      while ((await state()) === 'running' && Date.now() - started < 20_000);
      const { run, work } = await reportOf(ledger, 'killed');
      expect([run.state, work.steps]).toEqual(['finished', 5]);
      // What joulebook said is left beside the steps until the next one begins.
      await joulebook(['run', '--quiet', '--ledger', ledger, '--', 'true'], { env: { TMPDIR: temp } });
      await until('nothing left', () => readdirSync(temp).length === 0);
    });

    test('without a joulebook, with bad options and under joulebook run nothing is started, and it says so', async () => {
      const script = `
run = joulebook.start("x", zone="nowhere at all", ledger=os.environ["LEDGER"])
joulebook.step()
print(run.id, run.stop().report(), run)
`;
      const none = begun(script, { JOULEBOOK_BIN: '', PATH: '/usr/bin:/bin' });
      const python = spawnSync('sh', ['-c', 'command -v python3'], { env: { PATH: '/usr/bin:/bin' } }).status === 0;
      if (python) {
        expect(none.stdout).toBe('None None <joulebook run: nothing is metered>\n');
        expect(none.stderr).toMatch(/^joulebook: no joulebook command is on PATH .*\n$/);
      }
      const bad = begun(script);
      expect([bad.stdout, bad.status]).toEqual(['None None <joulebook run: nothing is metered>\n', 0]);
      expect(bad.stderr).toMatch(/joulebook attach ended at once: .*nowhere at all/);
      expect(readdirSync(bad.temp)).toEqual([]);
      const under = await run(`
run = joulebook.start("y")
joulebook.step()
print(run.id == os.environ["JOULEBOOK_RUN_ID"])
run.stop()
`);
      expect([under.result.stdout, under.report.work.steps]).toEqual(['True\n', 1]);
    });
  });
});

describe('the command line', () => {
  test('python-path tells the folder', async () => {
    expect(await joulebook(['python-path'])).toMatchObject({ code: 0, stdout: `${HELPER}\n`, stderr: '' });
  });

  test('run --pid is attach', async () => {
    const { folder, replay, ledger } = place();
    const other = spawnSync('sh', ['-c', 'sleep 1.5 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8', cwd: folder });
    const pid = other.stdout.trim();
    const done = await joulebook(['run', '--pid', pid, ...replay, '--json', '--ledger', ledger]);
    expect([done.code, JSON.parse(done.stdout).run.kind]).toEqual([0, 'attach']);
    for (const words of [['--', 'true'], ['--resume', 'last'], ['--no-capture'], ['--json=x']])
      expect(await joulebook(['run', '--pid', pid, ...words])).toMatchObject({ code: 2, stdout: '' });
    expect(await joulebook(['run'])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no command') });
  });
});
