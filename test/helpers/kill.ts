// Kills joulebook -9 at a moment and looks at what is left: the command's output, the record, the next command.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CLI, joulebook, reportOf, tempFolder, until } from './cli.ts';

export type Way = 'pipe' | 'file' | 'append' | 'both-one-pipe' | 'no-capture';
export const WAYS: readonly Way[] = ['pipe', 'file', 'append', 'both-one-pipe', 'no-capture'];

/** A command that prints numbered lines, 200 a second, and then leaves a file behind. */
const JOB = (done: string, lines: number) =>
  `let i = 0; const t = setInterval(() => { for (let k = 0; k < 4; k++) { i++; process.stdout.write('{"step":' + i + ',"loss":1}\\n'); if (i % 10 === 0) process.stderr.write('e' + i + '\\n'); } if (i >= ${lines}) { clearInterval(t); require('fs').writeFileSync('${done}', 'x'); } }, 20);`;

/** Kills `after_ms` after the command has started; the command takes about `seconds`. */
export async function killAfter(
  way: Way,
  after_ms: number,
  { whom = 'joulebook', seconds = 1 }: { whom?: 'joulebook' | 'all'; seconds?: number } = {},
): Promise<void> {
  const folder = tempFolder();
  const lines = 200 * seconds;
  const ledger = join(folder, 'ledger');
  const done = join(folder, 'done');
  const out = join(folder, 'out');
  const err = join(folder, 'err');
  const script = JOB(done, lines);
  const args = [
    CLI,
    'run',
    '--ledger',
    ledger,
    ...(way === 'no-capture' ? ['--no-capture'] : []),
    '--',
    process.execPath,
    '-e',
    script,
  ];
  const direct = way === 'file' || way === 'append';
  const files = direct ? ([openSync(out, way === 'append' ? 'a' : 'w'), openSync(err, 'w')] as const) : null;
  // A real pipe, made by the shell: its reader keeps all that comes.
  const quoted = args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
  const pipeline =
    way === 'both-one-pipe' ? `exec '${process.execPath}' ${quoted} 2>&1` : `exec '${process.execPath}' ${quoted}`;
  const shell = direct
    ? null
    : spawn('sh', ['-c', `{ echo $$ >&3; ${pipeline}; } 2>'${err}' | cat >'${out}'`], {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
        detached: true,
      });
  const child = direct
    ? spawn(process.execPath, args, { stdio: ['ignore', files![0], files![1]], detached: true })
    : shell!;
  const folderOf = () => (existsSync(join(ledger, 'runs')) ? readdirSync(join(ledger, 'runs')) : []);
  await until('the run to be recorded', () => folderOf().length > 0 && listWriters(ledger).length > 0);
  const pid = writerPid(ledger);
  await until('the command', () => spawnSync('pgrep', ['-P', String(pid), '-f', 'setInterval']).status === 0);
  await new Promise((resolve) => setTimeout(resolve, after_ms));
  const committed = wholeLines(ledger);
  const killedAt = Date.now();
  if (whom === 'joulebook') process.kill(pid, 'SIGKILL');
  else {
    const family = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
      .filter(Boolean)
      .map(Number);
    for (const one of [pid, ...family]) {
      try {
        process.kill(one, 'SIGKILL');
      } catch {
        // gone already
      }
    }
  }
  await until('joulebook to be gone', () => isGone(pid));
  const report = await reportOf(ledger, 'last');
  expect(report.run.state, `${way} ${whom} after ${after_ms} ms`).toBe('interrupted');
  expect(report.run.exit_code).toBeNull();
  // A second is written 0.2 s after its end; the rest is for a machine that is busy.
  if (after_ms > 2000) expect(report.run.ended_at_ms!).toBeGreaterThan(killedAt - 2500);
  for (const line of committed) expect(wholeLines(ledger)).toContain(line);
  const energy = committed.flatMap((line) => (line.includes('energy_j') ? [JSON.parse(line).energy_j as number] : []));
  if (energy.length > 0)
    expect(report.energy.it_j.value).toBeGreaterThanOrEqual(energy.reduce((a, b) => a + b, 0) - 1e-9);
  if (whom === 'joulebook') {
    await until('the command to reach its end', () => existsSync(done));
    const wanted = Array.from({ length: lines }, (_, i) => `{"step":${i + 1},"loss":1}`);
    const got = await until('all output', () => {
      const found = readFileSync(out, 'utf8').trim().split('\n');
      return found.filter((line) => line.startsWith('{')).length === lines && found;
    });
    expect(got.filter((line) => line.startsWith('{'))).toEqual(wanted);
    const errors = Array.from({ length: lines / 10 }, (_, i) => `e${(i + 1) * 10}`);
    const told =
      way === 'both-one-pipe'
        ? got.filter((line) => line.startsWith('e'))
        : readFileSync(err, 'utf8')
            .trim()
            .split('\n')
            .filter((line) => /^e\d+$/.test(line));
    expect(told).toEqual(errors);
  }
  const next = await joulebook(['run', '--quiet', '--ledger', ledger, '--', 'true']);
  expect([next.code, next.stderr]).toEqual([0, '']);
  child.kill('SIGKILL');
}

function isGone(pid: number): boolean {
  try {
    return /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

function listWriters(ledger: string): string[] {
  return readdirSync(join(ledger, 'runs')).flatMap((run) => {
    const folder = join(ledger, 'runs', run);
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'writer.json')))
      .map((entry) => join(folder, entry.name));
  });
}

function writerPid(ledger: string): number {
  return JSON.parse(readFileSync(join(listWriters(ledger)[0]!, 'writer.json'), 'utf8')).pid as number;
}

/** Every line that was wholly on disk. */
function wholeLines(ledger: string): string[] {
  return listWriters(ledger).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.open'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)),
  );
}
