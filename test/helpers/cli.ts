// Runs the built command line as a user does.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ReportJson } from '../../src/report/model.ts';

export const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
export const tempFolder = (): string => mkdtempSync(join(tmpdir(), 'jb-test-'));

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** These tests may themselves be a CI job, whose runs would be tagged. */
const SERVICE = new Set([
  'GITHUB_ACTIONS',
  'GITLAB_CI',
  'CIRCLECI',
  'BUILDKITE',
  'JENKINS_URL',
  'CUDA_VISIBLE_DEVICES',
]);
const CLEAN = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('JOULEBOOK_') && !SERVICE.has(name)),
);

interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly detached?: boolean;
}

export const start = (args: readonly string[], options: StartOptions = {}) =>
  startWith([process.execPath], args, options);

/** As start(), with other words before the command line's file: what runs it. */
export function startWith(
  [program, ...words]: readonly string[],
  args: readonly string[],
  options: StartOptions = {},
): { child: ChildProcess; done: Promise<Result> } {
  const child = spawn(program!, [...words, CLI, ...args], { ...options, env: { ...CLEAN, ...options.env } });
  let stdout = '';
  let stderr = '';
  child.stdin!.end();
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<Result>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
  return { child, done };
}

export const joulebook = (
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Result> => start(args, options).done;

/** What a command prints to stdout, called in this process: where the process is not what is tested. One at a time. */
export async function said(command: () => Promise<void>): Promise<string> {
  const write = process.stdout.write;
  const listeners = process.stdout.listeners('error');
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  try {
    await command();
  } finally {
    process.stdout.write = write;
    for (const one of process.stdout.listeners('error'))
      if (!listeners.includes(one)) process.stdout.off('error', one as () => void);
  }
  return text;
}

/** Meters a command and gives its report. */
export async function metered(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ result: Result; report: ReportJson }> {
  const file = join(folder, `report-${Math.random().toString(36).slice(2)}.json`);
  const result = await joulebook(['run', '--ledger', join(folder, 'ledger'), `--json=${file}`, ...args], { env });
  return { result, report: JSON.parse(readFileSync(file, 'utf8')) as ReportJson };
}

export async function reportOf(ledger: string, run: string, ...more: string[]): Promise<ReportJson> {
  const result = await joulebook(['report', run, '--json', '--ledger', ledger, ...more]);
  if (result.code !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as ReportJson;
}

/** Waits until something is so, looking every few ms; fails after `most` ms. */
export async function until<T>(what: string, look: () => T | null | undefined | false, most = 20_000): Promise<T> {
  const started = Date.now();
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() - started > most) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
