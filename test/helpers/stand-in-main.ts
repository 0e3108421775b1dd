// Stands in for joulebook: starts a job, pauses it twice (once for *), and ends by kill -9 at the step that it is told, * being any.
//
// stand-in SCRIPT ENTRY CGROUP STEP[:N]; the folder of the job's files is in F. It tells each step on stdout.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { localJob } from '../../src/cluster/local/local-job.ts';

const [script = '', entry = '', cgroup = '', last = ''] = process.argv.slice(2);
const [name, nth = '1'] = last.split(':');
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let seen = 0;
const passing = (step: string) => {
  process.stdout.write(`${step}\n`);
  if ((step === name || name === '*') && ++seen === Number(nth)) process.kill(process.pid, 'SIGKILL');
};

const env = { ...process.env, JOULEBOOK_RUN_ID: entry.slice(entry.indexOf('=') + 1) };
const into = cgroup === '' ? [] : ['/bin/sh', '-c', 'echo $$ >"$0/cgroup.procs"; exec "$@"', cgroup];
const [file, ...words] = [...into, 'sh', '-c', script];
const child = spawn(file!, words, { env, stdio: 'ignore' });
const at = { pid: child.pid!, entry, cgroup: cgroup || null, env, cwd: '/', library: null, lines: null };
const job = localJob({ ...at, passing, thawed: (why) => passing(`thawed: ${why}`) });
while (!existsSync(join(process.env.F!, 'ready'))) await wait(10);
for (let round = 0; round < (name === '*' ? 1 : 2); round++) {
  passing(`freeze: ${(await job.freeze()).done}`);
  await wait(300);
  passing('paused');
  passing(`thaw: ${(await job.thaw()).done}`);
  await wait(100);
}
await job.close();
passing('closed');
process.exit(0);
