// All benches in turn, and at the end what each has to say against its limits. `--quick` is passed on to them;
// BENCH_PYTHON names a Python that has numpy and duckdb, for the comparison in report-scale.

import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Each bench with the lines of its output that sum it up. */
const BENCHES = [
  { file: 'run-cost.mjs', sums: /\(limit / },
  { file: 'sampler-cost.mjs', sums: /^ {2}(CPU|memory):/ },
  { file: 'source-cost.mjs', sums: /^ {2}\w/ },
  { file: 'timers.mjs', sums: /^ {2}/ },
  { file: 'memory.mjs', args: ['--minutes', '5'], sums: /MB an hour/ }, // by itself: an hour
  { file: 'parse.mjs', sums: /limit / },
  { file: 'energy-error.mjs', sums: /^ {2}limits:/ },
  { file: 'energy-error.mjs', args: ['--hogs', '8'], sums: /^ {2}limits:/ },
  { file: 'python-helper.mjs', sums: /joulebook/ },
  { file: 'intensity-coverage.mjs', sums: /within both limits|no traces/ },
  { file: 'green-pause.mjs', sums: /median zone|no traces/ },
  { file: 'propagation.mjs', sums: /µs a run/ },
  { file: 'published-runs.mjs', sums: /reproduced/ },
  { file: 'projection.mjs', sums: /limit 5 %|no forecasts/ },
  { file: 'gate-noise.mjs', sums: /^ {2}false alarms/ },
  { file: 'server-index.mjs', sums: /limit/ },
  { file: 'server-ingest.mjs', sums: /ratio/ },
  { file: 'report-scale.mjs', sums: /joulebook runs|NumPy/ },
  { file: 'grid-join.mjs', sums: /limit|ratio|mean/ }, // installs Impact Framework, which takes minutes
];

const summary = [];
for (const { file, args = [], sums } of BENCHES) {
  console.log(`\n== ${file}`);
  const { code, text, seconds } = await bench(file, args);
  summary.push(`${file} (${seconds.toFixed(0)} s)${code === 0 ? '' : `: ended with ${code}`}`);
  summary.push(...text.split('\n').flatMap((line) => (sums.test(line) ? [`  ${line.trim()}`] : [])));
  if (code !== 0) process.exitCode = 1;
}
console.log(`\n== summary\n${summary.join('\n')}`);

async function bench(file, own) {
  const started = performance.now();
  const args = [join(import.meta.dirname, file), ...process.argv.slice(2), ...own];
  const child = spawn(process.execPath, args, {
    cwd: join(import.meta.dirname, '..'), // they start dist/cli.js
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
    process.stdout.write(part);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, text, seconds: (performance.now() - started) / 1000 };
}
