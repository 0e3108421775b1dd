// Stands in for joulebook: limits the power of a job's GPUs by its arguments, in W or null, and ends by the last of them:
// close, exit or kill. It tells each outcome on stdout, with what the fake driver's limits are then.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { localJob } from '../../src/cluster/local/local-job.ts';

const words = process.argv.slice(2);
const { LIMITS = '', LIBRARY = null } = process.env;
const limits = () =>
  [0, 1].map((gpu) => {
    const file = `${LIMITS}.${gpu}`;
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) / 1000 : null;
  });

const child = spawn('sleep', ['60'], { stdio: 'ignore' });
const at = { entry: null, cgroup: null, env: process.env, cwd: '/', library: LIBRARY, lines: null };
const job = localJob({ pid: child.pid!, ...at });
for (const word of words.slice(0, -1)) {
  const outcome = await job.limitPower(word === 'null' ? null : Number(word));
  process.stdout.write(`${JSON.stringify({ ...outcome, limits: limits() })}\n`);
}
child.kill('SIGKILL');
if (words.at(-1) === 'close') await job.close();
if (words.at(-1) === 'kill') process.kill(process.pid, 'SIGKILL');
process.exit(0);
