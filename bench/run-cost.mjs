// What joulebook run costs: start to end of `true` beyond two Node starts, and a child that prints a million lines
// against the same child into a bare pipe. Whole processes, alternating; medians of ratios.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 9;
const ledger = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const time = (work) => {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / 1e6;
};

const node = process.execPath;
const beyond = [];
for (let i = 0; i < rounds; i++) {
  const bare = time(() => execFileSync(node, ['-e', '0'])) + time(() => execFileSync(node, ['-e', '0']));
  const ours = time(() =>
    spawnSync(node, ['dist/cli.js', 'run', '--quiet', '--ledger', ledger, '--', 'true'], { stdio: 'ignore' }),
  );
  beyond.push(ours - bare);
}
console.log(
  `joulebook run -- true: ${median(beyond).toFixed(0)} ms beyond two Node starts (limit 150; min ${Math.min(...beyond).toFixed(0)}, max ${Math.max(...beyond).toFixed(0)})`,
);

const lines = quick ? 100_000 : 1_000_000;
const job = `let s='';for(let i=0;i<${lines};i++){s+='line '+i+' of a log that a training program might print, more or less so\\n';if(s.length>8192){require('fs').writeSync(1,s);s=''}}require('fs').writeSync(1,s)`;
const sh = (text) =>
  spawnSync('sh', ['-c', text], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, JOB: job, LEDGER: ledger },
  });
const ratios = [];
let memory = 0;
for (let i = 0; i < (quick ? 2 : 7); i++) {
  const bare = time(() => sh(`'${node}' -e "$JOB" | cat >/dev/null`));
  const ours = time(() =>
    sh(`'${node}' dist/cli.js run --quiet --ledger "$LEDGER" -- '${node}' -e "$JOB" | cat >/dev/null`),
  );
  ratios.push(ours / bare);
}
const peak = spawnSync(
  'sh',
  [
    '-c',
    `/usr/bin/time -f %M '${node}' dist/cli.js run --quiet --ledger "$LEDGER" -- '${node}' -e "$JOB" 2>&1 >/dev/null | cat`,
  ],
  { encoding: 'utf8', env: { ...process.env, JOB: job, LEDGER: ledger } },
);
memory = Number(peak.stdout.trim().split('\n').pop()) / 1024;
console.log(
  `a child that prints ${lines} lines: ${median(ratios).toFixed(2)} × the time of a bare pipe (limit 2.5; min ${Math.min(...ratios).toFixed(2)}, max ${Math.max(...ratios).toFixed(2)}); largest process ${memory.toFixed(0)} MB`,
);
rmSync(ledger, { recursive: true });
