// joulebook run --pty: the command has a terminal of its own, and whoever watches sees what it would show alone.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CLI, reportOf, tempFolder, until } from './helpers/cli.ts';
import { onScreen } from './helpers/screen.ts';

const NODE = process.execPath;
let folder: string;
let run: string;
beforeEach(() => {
  folder = tempFolder();
  run = `'${NODE}' '${CLI}' run --quiet --pty --ledger '${folder}/ledger' --`;
});
const sh = (line: string, input = '') => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8', input, timeout: 50_000 });
  return { status, stdout, stderr };
};
const SIZE = { columns: 90, rows: 30 };

describe('into a pipe', () => {
  test('the command sees a terminal, and lines end as it writes them', () => {
    const { status, stdout } = sh(
      `${run} sh -c 'test -t 1 && echo terminal; test -t 0 || echo no keys; exit 4' | cat; exit \${PIPESTATUS[0]}`,
    );
    expect([status, stdout]).toEqual([4, 'terminal\nno keys\n']);
  });

  test('stdin is ours, byte for byte, with its end; the terminal echoes nothing of it', () => {
    const input = `${'x'.repeat(9000)}\n\x03\x04 and on`;
    expect(sh(`${run} cat`, input).stdout).toBe(input);
  });

  test('stderr of another place stays there', () => {
    const { stdout, stderr } = sh(`${run} sh -c 'echo out; echo err >&2; test -t 2 || echo plain'`);
    expect([stdout, stderr]).toEqual(['out\nplain\n', 'err\n']);
  });

  // Two hundred times: test/full/pty.test.ts.
  test('no line is lost at the end, five times', () => {
    const ends = sh(`for i in $(seq 5); do ${run} sh -c 'seq 2000; echo last' | md5sum; done | sort -u | wc -l`);
    expect(ends.stdout.trim()).toBe('1');
    expect(sh(`${run} sh -c 'seq 2000; echo last' | md5sum`).stdout).toBe(
      sh('{ seq 2000; echo last; } | md5sum').stdout,
    );
  });

  test('a reader that takes its time gets all of it', () => {
    const { stdout } = sh(`${run} seq 60000 | { sleep 3; md5sum; }`);
    expect(stdout).toBe(sh('seq 60000 | md5sum').stdout);
  });

  test('a reader that leaves ends the command, as alone', () => {
    expect(sh(`${run} yes | head -1; echo \${PIPESTATUS[0]}`).stdout).toBe('y\n141\n');
  });

  test('a program left behind does not hold us', () => {
    const started = performance.now();
    expect(sh(`${run} sh -c 'trap "" HUP; sleep 30 & echo ends' 2>/dev/null`).stdout).toBe('ends\n');
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test('training steps are read from it', async () => {
    sh(`${run} sh -c 'for i in 1 2 3; do echo "{\\"step\\": $i, \\"loss\\": 1}"; done'`);
    expect((await reportOf(join(folder, 'ledger'), 'last')).work.steps).toBe(3);
  });
});

describe('signals and codes', () => {
  test.each([
    ['a signal of its own', `sh -c 'kill -9 $$'`, 137],
    ['not found', 'no-such-command-here', 127],
    ['not executable', '/etc/passwd', 126],
  ])('%s', (_, command, code) => {
    expect(sh(`${run} ${command} 2>/dev/null`).status).toBe(code);
  });

  test('SIGTERM to us alone and to the group reaches the command once', async () => {
    writeFileSync(
      join(folder, 'count.js'),
      `let n = 0; process.on('SIGTERM', () => { n++; setTimeout(() => { console.log('counted ' + n); process.exit(9); }, 400); });
      console.log('ready'); setTimeout(() => {}, 20000);`,
    );
    for (const group of [false, true]) {
      const child = spawn('bash', ['-c', `exec ${run} ${NODE} ${folder}/count.js`], { detached: true });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await until('the command', () => text.includes('ready'));
      process.kill(group ? -child.pid! : child.pid!, 'SIGTERM');
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(9);
      expect(text).toBe('ready\ncounted 1\n');
    }
  });

  test('kill -9 of joulebook: the command is hung up on, as by a terminal that closes', async () => {
    const child = spawn('bash', [
      '-c',
      `exec ${run} sh -c 'trap "echo hung up >${folder}/said; exit" HUP; echo ready; while :; do sleep 0.1; done'`,
    ]);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await until('the command', () => text.includes('ready'));
    child.kill('SIGKILL');
    await until('the hang-up', () => spawnSync('cat', [`${folder}/said`]).stdout.toString() === 'hung up\n');
  });

  test('--no-capture and --pty exclude each other; nothing is started', () => {
    const { status, stderr } = sh(`${run.replace('--pty', '--pty --no-capture')} touch ${folder}/started`);
    expect([status, stderr.split('\n')[0]]).toEqual([2, 'joulebook: --pty and --no-capture exclude each other']);
    expect(sh(`ls ${folder}`).stdout).not.toMatch(/started/);
  });
});

test('where koffi is not installed: exit code 2 with what to do, nothing is started', () => {
  sh(`cp -r '${join(CLI, '..')}' ${folder}/dist`);
  const bare = `'${NODE}' ${folder}/dist/cli.js run --pty --ledger '${folder}/ledger' -- touch ${folder}/started`;
  const { status, stderr } = sh(bare);
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^joulebook: no terminal can be made for the command: koffi could not be loaded .*\n {2}run it without --pty/,
  );
  expect(sh(`ls ${folder}`).stdout).toBe('dist\n');
});

describe('on a terminal', () => {
  test('all three are the terminal, of the same size, and it follows', async () => {
    const look = `console.log([0, 1, 2].map((fd) => require('tty').isatty(fd)) + ' ' + process.stdout.getWindowSize()); process.stdout.on('resize', () => { console.log('now ' + process.stdout.getWindowSize()); process.exit(0); }); setTimeout(() => {}, 20000);`;
    writeFileSync(join(folder, 'look.js'), look);
    const screen = await onScreen(`${run} ${NODE} ${folder}/look.js`, SIZE);
    await screen.shows('true,true,true 90,30');
    screen.resize({ columns: 70, rows: 20 });
    await screen.shows('now 70,20');
    expect(await screen.ended).toBe(0);
  });

  test('bytes are those of the command on this terminal', async () => {
    const line = `printf 'a\\nb\\tc\\033[1mbold\\033[m\\r\\nend\\n'`;
    const alone = await onScreen(line, SIZE);
    await alone.ended;
    const metered = await onScreen(`${run} sh -c "${line}"`, SIZE);
    await metered.ended;
    expect(metered.raw).toBe(alone.raw);
  });

  test('what is typed arrives as typed and is echoed once; Ctrl-D ends it', async () => {
    const screen = await onScreen(
      `${run} sh -c 'echo ready; read -r line; echo "got $line"; cat >/dev/null; echo over'`,
      SIZE,
    );
    await screen.shows('ready');
    screen.type('hello\r');
    await screen.shows('got hello');
    screen.type('\x04');
    await screen.shows('over');
    expect(screen.lines().filter((line) => line === 'hello')).toHaveLength(1);
    expect(await screen.ended).toBe(0);
  });

  test('Ctrl-C reaches the command once, and its exit code is ours; the terminal is left as it was', async () => {
    writeFileSync(
      join(folder, 'count.js'),
      `let n = 0; process.on('SIGINT', () => { n++; setTimeout(() => { console.log('counted ' + n); process.exit(9); }, 400); });
      console.log('ready'); setTimeout(() => {}, 20000);`,
    );
    const screen = await onScreen(
      `stty -a >${folder}/before; ${run} ${NODE} ${folder}/count.js; echo "code $?"; stty -a >${folder}/after`,
      SIZE,
    );
    await screen.shows('ready');
    screen.type('\x03');
    await screen.shows('counted 1');
    await screen.shows('code 9');
    await screen.ended;
    expect(readFileSync(join(folder, 'after'), 'utf8')).toBe(readFileSync(join(folder, 'before'), 'utf8'));
  });

  test('Ctrl-Z stops the whole tree and us, the shell has its terminal back, fg goes on', async () => {
    const job = `echo begin; sh -c 'while :; do echo tick >>${folder}/ticks; sleep 0.05; done' & sleep 2; kill %1; echo finished`;
    writeFileSync(join(folder, 'job.sh'), job);
    writeFileSync(
      join(folder, 'z.sh'),
      `set -m\n${run} bash ${folder}/job.sh\nstty -a | grep -o ' icanon'; wc -l <${folder}/ticks; sleep 0.5; wc -l <${folder}/ticks; echo stopped\nfg >/dev/null\necho back $?\n`,
    );
    const screen = await onScreen(`bash ${folder}/z.sh`, SIZE);
    await screen.shows('begin');
    screen.type('\x1a');
    const text = await screen.shows('stopped');
    const [, cooked, first, later] = /( icanon)\s+(\d+)\s+(\d+)\s+stopped/.exec(text)!;
    expect([cooked, later]).toEqual([' icanon', first]);
    expect(await screen.shows('back 0')).toMatch(/finished/);
  });

  test('Ctrl-Z and Ctrl-C where our keys are not passed on: the output goes into a pipe', async () => {
    const job = `while :; do echo tick >>${folder}/ticks; sleep 0.05; done`;
    writeFileSync(
      join(folder, 'z.sh'),
      `set -m\n${run} sh -c '${job}' | cat\nwc -l <${folder}/ticks; sleep 0.5; wc -l <${folder}/ticks; echo stopped\nfg >/dev/null\n`,
    );
    const screen = await onScreen(`bash ${folder}/z.sh`, SIZE);
    const ticks = () => Number(sh(`cat ${folder}/ticks 2>/dev/null | wc -l`).stdout);
    await until('the command', () => ticks() > 0);
    screen.type('\x1a');
    const [, first, later] = /(\d+)\s+(\d+)\s+stopped/.exec(await screen.shows('stopped'))!;
    expect(later).toBe(first);
    await until('the command goes on', () => ticks() > Number(first));
    screen.type('\x03');
    await screen.ended; // a shell whose job ends by Ctrl-C ends too
    expect((await reportOf(join(folder, 'ledger'), 'last')).run).toMatchObject({ state: 'failed', signal: 'SIGINT' });
  });

  test('without a shell that does job control Ctrl-Z changes nothing', async () => {
    const screen = await onScreen(`exec ${run} sh -c 'echo begin; sleep 1; echo finished'`, SIZE);
    await screen.shows('begin');
    screen.type('\x1a');
    await screen.shows('finished');
    expect(await screen.ended).toBe(0);
  });

  test('in the background it runs to its end, and takes the keys when it is brought to the front', async () => {
    writeFileSync(
      join(folder, 'bg.sh'),
      `set -m\n${run} sh -c 'echo begin; read -r line; echo "got $line"' &\nsleep 1.5; jobs -r | wc -l; fg >/dev/null\necho back $?\n${run} sh -c 'sleep 0.5; echo alone' &\nwait; echo over\n`,
    );
    const screen = await onScreen(`bash ${folder}/bg.sh`, SIZE);
    await screen.shows(/begin\n1\n/);
    await new Promise((resolve) => setTimeout(resolve, 500)); // fg has no sign of its own
    screen.type('hello\r');
    await screen.shows(/got hello\nback 0/);
    await screen.shows(/alone\nover/);
  });

  test('the terminal is closed: the command is hung up on, and the books are closed', async () => {
    const job = `trap 'echo hung up >${folder}/said; exit 5' HUP; echo ready; while :; do sleep 0.1; done`;
    writeFileSync(join(folder, 'job.sh'), job);
    for (const line of [run, run.replace('--pty', '')]) {
      const screen = await onScreen(`exec ${line} bash ${folder}/job.sh`, SIZE);
      await screen.shows('ready');
      screen.hangUp();
      expect(await screen.ended).toBe(5);
      expect(readFileSync(join(folder, 'said'), 'utf8')).toBe('hung up\n');
    }
    expect((await reportOf(join(folder, 'ledger'), 'last')).run).toMatchObject({ state: 'failed', exit_code: 5 });
  });

  test('a program that takes keys as they are gets Ctrl-Z and Ctrl-C too', async () => {
    const keys = `process.stdin.setRawMode(true); console.log('ready'); let n = 0; process.stdin.on('data', (d) => { for (const b of d) console.log('key ' + b); n += d.length; if (n === 2) process.exit(0); });`;
    writeFileSync(join(folder, 'keys.js'), keys);
    const screen = await onScreen(`${run} ${NODE} ${folder}/keys.js`, SIZE);
    await screen.shows('ready');
    screen.type('\x1a\x03');
    await screen.shows(/key 26[\s\S]*key 3/);
    expect(await screen.ended).toBe(0);
  });
});
