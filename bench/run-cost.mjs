// What joulebook run costs: start to end of `true` beyond two Node starts, and a child that prints a million lines
// against the same child into a bare pipe. Whole processes, alternating; medians of ratios. Memory is the peak of the
// joulebook process itself, for a tenth of the lines and for all of them.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
const job = (count) =>
  `let s='';for(let i=0;i<${count};i++){s+='line '+i+' of a log that a training program might print, more or less so\\n';if(s.length>8192){require('fs').writeSync(1,s);s=''}}require('fs').writeSync(1,s)`;
const sh = (text) =>
  spawnSync('sh', ['-c', text], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, JOB: job(lines), LEDGER: ledger },
  });
const ratios = [];
const walls = { bare: [], ours: [], nothing: [] };
for (let i = 0; i < (quick ? 2 : 9); i++) {
  const bare = time(() => sh(`'${node}' -e "$JOB" | cat >/dev/null`));
  const ours = time(() =>
    sh(`'${node}' dist/cli.js run --quiet --ledger "$LEDGER" -- '${node}' -e "$JOB" | cat >/dev/null`),
  );
  const nothing = time(() => sh(`'${node}' dist/cli.js run --quiet --ledger "$LEDGER" -- true | cat >/dev/null`));
  ratios.push(ours / bare);
  walls.bare.push(bare);
  walls.ours.push(ours);
  walls.nothing.push(nothing);
}
const [few, all] = [await peakMb(lines / 10), await peakMb(lines)];
console.log(
  `a child that prints ${lines} lines: ${median(ratios).toFixed(2)} × the time of a bare pipe (limit ${quick ? 'at a million: ' : ''}2.5; min ${Math.min(...ratios).toFixed(2)}, max ${Math.max(...ratios).toFixed(2)})`,
);
console.log(
  `  bare pipe ${median(walls.bare).toFixed(0)} ms, joulebook ${median(walls.ours).toFixed(0)} ms, of which ${median(walls.nothing).toFixed(0)} ms are there without any line`,
);
console.log(
  `  memory of joulebook: ${few.toFixed(0)} MB at most for ${lines / 10} lines, ${all.toFixed(0)} MB for ${lines}`,
);
rmSync(ledger, { recursive: true });

/** The highest resident size of the joulebook process, as the kernel keeps it, read until it ends. */
async function peakMb(count) {
  const sink = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  const args = ['dist/cli.js', 'run', '--quiet', '--ledger', ledger, '--', node, '-e', job(count)];
  const child = spawn(node, args, { stdio: ['ignore', sink.stdin, 'ignore'] });
  sink.stdin.destroy(); // ours; the child has its own
  let most = 0;
  const timer = setInterval(() => {
    try {
      const peak = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0);
      most = Math.max(most, peak / 1024);
    } catch {
      // it has just ended
    }
  }, 5);
  await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(timer);
  return most;
}
