// A scratch git repository, and a shell in it to which `joulebook` is a command.

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CLI, type Result, tempFolder } from './cli.ts';

export interface Repository {
  readonly folder: string;
  readonly git: (...args: string[]) => string;
  /** Writes files and commits all there is; gives the commit's hash. */
  readonly commit: (message: string, files?: Readonly<Record<string, string>>) => string;
  readonly sh: (line: string, env?: NodeJS.ProcessEnv) => Promise<Result>;
}

/** On branch main, with no commit yet; nothing of the user's configuration of git is seen in it. */
export function repository(folder = tempFolder()): Repository {
  mkdirSync(folder, { recursive: true });
  const bin = tempFolder();
  writeFileSync(join(bin, 'joulebook'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  chmodSync(join(bin, 'joulebook'), 0o755);
  const clean = Object.entries(process.env).filter(([name]) => !/^(JOULEBOOK_|GIT_|GITHUB_|GITLAB_|CI)/.test(name));
  const base = {
    ...{ ...Object.fromEntries(clean), PATH: `${bin}:${process.env.PATH}` },
    ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    ...{ GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b.invalid' },
    ...{ GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b.invalid' },
  };
  const git = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: folder, env: base, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  git('init', '-q', '-b', 'main');
  const commit = (message: string, files: Readonly<Record<string, string>> = {}) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    git('add', '--all');
    git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  const sh = (line: string, env: NodeJS.ProcessEnv = {}) => {
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', line], { cwd: folder, env: { ...base, ...env } });
    const out = { stdout: '', stderr: '' };
    child.stdin.end();
    for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (out[name] += chunk));
    return new Promise<Result>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...out })));
  };
  return { folder, git, commit, sh };
}

/** A trace of one GPU at a constant power for a minute. */
export const constantPower = (power_w: number): string =>
  `timestamp,device,power_w\n${Array.from({ length: 61 }, (_, i) => `${1_700_000_000 + i},gpu-0,${power_w}\n`).join('')}`;
