// The command between its parent and its terminal: what it sees and gets is what it would see and get alone.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CLI, start, tempFolder, until } from './helpers/cli.ts';
import { onScreen } from './helpers/screen.ts';

const NODE = process.execPath;
let folder: string;
let run: string;
beforeEach(() => {
  folder = tempFolder();
  run = `'${CLI}' run --quiet --ledger '${folder}/ledger' --`;
});
const sh = (line: string, input = '') => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8', input, timeout: 30_000 });
  return { status, stdout, stderr };
};
/** The same line with the command alone and under joulebook. */
const both = (line: (run: string) => string, input?: string) => [sh(line(''), input), sh(line(run), input)] as const;

describe('descriptors', () => {
  const SHOW = `bash -c 'for fd in 0 1 2; do if [ -e /proc/$$/fd/$fd ]; then stat -Lc %F /proc/$$/fd/$fd; else echo closed; fi; done >"$OUT"; n=0; for fd in /proc/$$/fd/*; do n=$((n+1)); done; echo $n >>"$OUT"'`;
  test.each([
    ['a pipe each', '> >(cat) 2> >(cat >&2)'],
    ['files', `>F1 2>F2`],
    ['one file for both', '>F1 2>&1'],
    ['appended', '>>F1 2>>F2'],
    ['devices', '</dev/null >/dev/null 2>/dev/null'],
    ['stdin closed', '<&- >/dev/null 2>/dev/null'],
    ['stdout closed', '</dev/null >&- 2>/dev/null'],
    ['stderr closed', '2>&-'],
    ['all closed', '<&- >&- 2>&-'],
  ])('%s: the command sees the same kinds of them, and no more', (_, redirection) => {
    const [alone, metered] = ['alone', 'metered'].map((name) => {
      const line = `export OUT=${folder}/${name}; cd ${folder}; ${name === 'alone' ? '' : run} ${SHOW} ${redirection}`;
      return { status: sh(line).status, seen: sh(`cat ${folder}/${name}`).stdout };
    });
    expect(metered).toEqual(alone);
  });

  test('bytes of both streams, a failing exit code and stdin pass through whole', () => {
    const input = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'x'.repeat(i % 50)}`).join('\n');
    const [alone, metered] = both((r) => `${r} sh -c 'cat; echo problem >&2; exit 3'`, input);
    expect(metered).toEqual(alone);
    const bytes = `${run} head -c 300000 /dev/urandom | tee ${folder}/out | sha256sum; sha256sum <${folder}/out`;
    const [a, b] = sh(bytes).stdout.split('\n');
    expect(a).toBe(b);
    expect(sh(`wc -c <${folder}/out`).stdout.trim()).toBe('300000');
  });

  test('stdout and stderr into one pipe keep their order', () => {
    const [alone, metered] = both(
      (r) => `${r} sh -c 'for i in $(seq 300); do echo o$i; echo e$i >&2; done' 2>&1 | cat`,
    );
    expect(metered.stdout).toBe(alone.stdout);
  });

  test('a socket as stdout', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    let got = '';
    const closed = new Promise<void>((resolve) =>
      server.on('connection', (socket) => {
        socket.on('data', (chunk) => (got += chunk.toString()));
        socket.on('close', () => resolve());
      }),
    );
    spawn('bash', ['-c', `${run} sh -c 'echo one; echo two' >/dev/tcp/127.0.0.1/${port}`]);
    await closed;
    server.close();
    expect(got).toBe('one\ntwo\n');
  });

  test('/dev/full and a full pipe fail as they would alone', () => {
    const [alone, metered] = both((r) => `${r} sh -c 'echo x' >/dev/full`);
    expect(metered.status).toBe(alone.status);
  });

  test('working directory, odd arguments, umask, limits and niceness are the command’s own', () => {
    const show = `sh -c 'pwd; printf "[%s]" "$@"; umask; ulimit -Sn; nice' sh "" "a b" $'new\\nline' '*' é`;
    const [alone, metered] = both((r) => `cd /usr; umask 027; ulimit -Sn 300; nice -n 3 ${r} ${show}`);
    expect(metered).toEqual(alone);
  });

  test('the environment is the same but for the run’s id and the file that the Python helper writes', () => {
    const [alone, metered] = both((r) => `env -i A=1 B='x y' PATH="$PATH" PWD="$PWD" ${r} env | sort`);
    const extra = metered.stdout.split('\n').filter((line) => !alone.stdout.split('\n').includes(line));
    expect(extra).toEqual([expect.stringMatching(/^JOULEBOOK_RUN_ID=/), expect.stringMatching(/^JOULEBOOK_STEPS=/)]);
  });
});

describe('signals', () => {
  const COUNT = `const n = {}; for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGWINCH']) process.on(s, () => { n[s] = (n[s] ?? 0) + 1; setTimeout(() => { console.log('got ' + JSON.stringify(n)); process.exit(9); }, 400); }); console.log('ready'); setTimeout(() => {}, 20000);`;

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'] as const)(
    '%s to us alone and to the whole group reaches the command exactly once',
    async (signal) => {
      for (const group of [false, true]) {
        const { child, done } = start(['run', '--quiet', '--ledger', join(folder, 'ledger'), '--', NODE, '-e', COUNT], {
          detached: true,
        });
        await saying(child, 'ready');
        process.kill(group ? -child.pid! : child.pid!, signal);
        const { code, stdout } = await done;
        expect([code, stdout.split('\n')[1], group]).toEqual([9, `got {"${signal}":1}`, group]);
      }
    },
  );

  test('a command that dies by the forwarded signal: 128 + signal', async () => {
    const { child, done } = start(['run', '--quiet', '--ledger', join(folder, 'ledger'), '--', 'sleep', '20']);
    await until('the command', () => spawnSync('pgrep', ['-P', String(child.pid), '-x', 'sleep']).status === 0);
    child.kill('SIGTERM');
    expect((await done).code).toBe(143);
  });

  test('nohup: an ignored hang-up stays ignored, for us and the command', async () => {
    const out = join(folder, 'out');
    const child = spawn(
      'bash',
      ['-c', `exec nohup ${run} sh -c 'grep SigIgn /proc/$$/status; sleep 1; echo end' >${out} 2>&1`],
      {
        detached: true,
        stdio: 'ignore',
      },
    );
    await until('the command', () => /SigIgn/.test(sh(`cat ${out}`).stdout));
    process.kill(-child.pid!, 'SIGHUP');
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
    const text = sh(`cat ${out}`).stdout;
    expect(text).toMatch(/end/);
    expect(BigInt(`0x${/SigIgn:\s*(\w+)/.exec(text)![1]}`) & 1n).toBe(1n);
  });

  test('timeout(1) around us ends the command with its code', () => {
    const { status } = sh(`timeout 2 ${run} sleep 20`);
    expect(status).toBe(124);
    expect(sh(`pgrep -fx 'sleep 20'`).stdout).toBe('');
  });
});

const noScript = spawnSync('script', ['--version']).status === 0 ? null : 'util-linux script is not installed';
describe.skipIf(noScript !== null)(`a terminal${noScript === null ? '' : ` (${noScript})`}`, () => {
  /** joulebook on a pseudo-terminal of its own; what is typed goes to it as from a keyboard. */
  const onTerminal = (line: string) =>
    spawn('script', ['-qefc', `stty cols 80; ${line}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });

  test('stays a terminal on all three descriptors, with its size, and the hint to give --log is in the record', async () => {
    const look = `${NODE} -p "String([process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY, process.stdout.columns, '.'])"`;
    const child = onTerminal(`${run} ${look}`);
    expect(await saying(child, '.')).toBe('true,true,true,80,.\r\n');
    await new Promise((resolve) => child.on('exit', resolve));
    const report = sh(`'${NODE}' '${CLI}' report last --json --ledger ${folder}/ledger`).stdout;
    expect(
      JSON.parse(report)
        .warnings.map((w: { message: string }) => w.message)
        .join(),
    ).toMatch(/--log FILE/);
  });

  test('Ctrl-C reaches the command once, and its exit code is ours', async () => {
    writeFileSync(
      join(folder, 'count.js'),
      `
      let n = 0;
      process.on('SIGINT', () => { n++; setTimeout(() => { console.log('counted ' + n); process.exit(9); }, 400); });
      console.log('ready');
      setTimeout(() => {}, 20000);`,
    );
    // `exec`: what a shell makes of a Ctrl-C of its own (dash dies of it, bash waits) is not looked at here.
    const child = onTerminal(`exec ${run} ${NODE} ${folder}/count.js`);
    await saying(child, 'ready');
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.stdin!.write('\x03');
    await saying(child, 'counted 1\r\n');
    expect(await ended).toBe(9);
  });

  test('Ctrl-Z stops both, fg goes on', async () => {
    writeFileSync(
      join(folder, 'z.sh'),
      `set -m\n${run} sh -c 'echo begin; sleep 1; echo finished'\necho stopped\nfg\necho back $?\n`,
    );
    const child = onTerminal(`bash ${folder}/z.sh`);
    await saying(child, 'begin');
    child.stdin!.write('\x1a');
    await saying(child, 'stopped');
    expect(await saying(child, 'back 0')).toMatch(/finished/);
  });
});

describe('the live line', () => {
  const SIZE = { columns: 100, rows: 12 };
  const loud = (...options: string[]) =>
    `'${NODE}' '${CLI}' run --zone DE ${options.join(' ')} --ledger '${folder}/ledger' --`;
  /** As tqdm draws: every step over the one before, on stderr. */
  const TQDM = `const n = 30; let i = 0; const t = setInterval(() => { i++; process.stderr.write('\\r' + String(Math.round(i * 100 / n)).padStart(3) + '%|' + '#'.repeat(i) + ' '.repeat(n - i) + '| ' + i + '/' + n); if (i === n) { process.stderr.write('\\n'); clearInterval(t); } }, 100);`;
  const bar = () => {
    writeFileSync(join(folder, 'bar.js'), TQDM.replaceAll('\\\\', '\\'));
    return `${NODE} ${folder}/bar.js`;
  };
  const DONE = `100%|${'#'.repeat(30)}| 30/30`;
  const FIGURES = /^\d+ s {2}[\d.]+ W {2}[\d.]+ Wh {2}[\d.]+ m?gCO2e$/;

  test('a bar of the command stays whole; the title tells, and is given back', async () => {
    const screen = await onScreen(`${loud()} ${bar()}; echo over`, SIZE);
    await screen.shows('over');
    await screen.ended;
    const text = screen.raw.slice(0, screen.raw.indexOf('IT energy'));
    expect(screen.titles.length).toBeGreaterThanOrEqual(2);
    for (const title of screen.titles.slice(1)) expect(title).toMatch(FIGURES);
    expect([text.split('\x1b[22;0t').length, text.split('\x1b[23;0t').length]).toEqual([2, 2]);
    // Without titles it is what the command alone shows.
    const shown = text.replace(/\x1b\](?:[^\x07]*)\x07|\x1b\[2[23];0t/g, '');
    const drawn = Array.from({ length: 30 }, (_, i) => {
      const percent = String(Math.round(((i + 1) * 100) / 30)).padStart(3);
      return `\r${percent}%|${'#'.repeat(i + 1)}${' '.repeat(29 - i)}| ${i + 1}/30`;
    });
    expect(shown.slice(0, shown.indexOf('\n') + 1)).toBe(`${drawn.join('')}\r\n`);
  });

  test('lines that pass through us: the line stands below them and is gone at the end', async () => {
    const screen = await onScreen(
      `${loud('--pty')} sh -c 'for i in $(seq 14); do echo "line $i"; sleep 0.25; done'; echo over`,
      SIZE,
    );
    await screen.shows(/line \d+\r\n\d+ s {2}[\d.]+ W/, 'raw');
    await screen.shows('over');
    await screen.ended;
    expect(screen.titles).toEqual([]);
    const lines = screen.raw.replaceAll(/\r\x1b\[K(\d+ s [^\r]*)?|\r/g, '\n').split(/\n+/);
    expect(lines.filter((line) => line.startsWith('line '))).toEqual(
      Array.from({ length: 14 }, (_, i) => `line ${i + 1}`),
    );
    expect(screen.lines().some((line) => FIGURES.test(line))).toBe(false);
  });

  test('a command that begins to draw through us: its bar stays whole, the title goes on', async () => {
    const screen = await onScreen(`${loud('--pty')} sh -c 'echo begin; sleep 3; exec ${bar()}'; echo over`, SIZE);
    await screen.shows(/begin\r\n\r\x1b\[K\d+ s/, 'raw');
    await screen.shows(DONE);
    const lines = screen.lines();
    expect(lines[lines.indexOf(DONE) - 1]).toBe('begin');
    await screen.shows('over');
    await screen.ended;
    expect(screen.titles.length).toBeGreaterThanOrEqual(1);
  });

  test('--quiet and --live off: the terminal gets the command’s own bytes', async () => {
    const command = `sh -c 'echo one; sleep 2.2; echo two'`;
    for (const options of [['--quiet'], ['--quiet', '--pty']]) {
      const screen = await onScreen(`${loud(...options)} ${command}`, SIZE);
      await screen.ended;
      expect([options, screen.raw]).toEqual([options, 'one\r\ntwo\r\n']);
    }
    const off = await onScreen(`${loud('--live', 'off')} ${command}`, SIZE);
    await off.ended;
    expect(off.titles).toEqual([]);
    expect(off.raw).toMatch(/^one\r\ntwo\r\n[^\r]*joulebook/);
  });

  test('TERM=dumb: no escape of ours while the command runs', async () => {
    const screen = await onScreen(`${loud()} sh -c 'echo one; sleep 2.2; echo two'`, SIZE, { TERM: 'dumb' });
    await screen.ended;
    expect(screen.raw).toMatch(/^one\r\ntwo\r\n/);
    expect(screen.titles).toEqual([]);
  });

  test('where it is told must be known: exit code 2, nothing started', () => {
    const { status, stderr } = sh(
      `'${NODE}' '${CLI}' run --live loud --ledger ${folder}/ledger -- touch ${folder}/started`,
    );
    expect([status, stderr.split('\n').slice(0, 2)]).toEqual([
      2,
      ['joulebook: --live: "loud" cannot be used', '  one of auto, line, title, off'],
    ]);
    expect(sh(`ls ${folder}`).stdout).toBe('');
  });
});

/** All that a process has printed on stdout, once it has said this. */
async function saying(child: ChildProcess, what: string): Promise<string> {
  const text = texts.get(child) ?? { all: '' };
  if (!texts.has(child)) {
    texts.set(child, text);
    child.stdout!.on('data', (chunk: Buffer) => (text.all += chunk.toString()));
  }
  return until(`"${what}"`, () => text.all.includes(what) && text.all);
}
const texts = new Map<ChildProcess, { all: string }>();
