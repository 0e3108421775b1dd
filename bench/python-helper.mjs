// What a call of the Python helper costs the program that makes it, in µs, while joulebook reads along; and without
// joulebook. Medians of rounds of 2000 calls, their range, and CPU time, which busy neighbours change less.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = process.argv.includes('--quick') ? 5 : 25;
const folder = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
const SCRIPT = `
import sys, time, joulebook
def block():
    with joulebook.step(tokens=4096, loss=2.5): pass
def window():
    with joulebook.window("w"): pass
calls = {"step(tokens, loss)": lambda: joulebook.step(tokens=4096, loss=2.5), "with step": block, "with window": window}
out = []
for name, call in calls.items():
    walls, cpus = [], []
    for _ in range(${rounds}):
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(2000): call()
        walls.append((time.perf_counter() - wall) / 2000 * 1e6)
        cpus.append((time.process_time() - cpu) / 2000 * 1e6)
        time.sleep(0.05)
    middle = [sorted(times)[len(times) // 2] for times in (walls, cpus)]
    out.append("%s %.1f (%.1f to %.1f; CPU %.1f)" % (name, middle[0], min(walls), max(walls), middle[1]))
print(", ".join(out) + ("" if joulebook.dropped() == 0 else "; %d dropped" % joulebook.dropped()))
`;
const env = { ...process.env, PYTHONPATH: 'clients/python', PYTHONDONTWRITEBYTECODE: '1' };
delete env.JOULEBOOK_STEPS;
const python = ['python3', '-c', SCRIPT];
const say = (what, [command, ...args]) => {
  const { stdout, status } = spawnSync(command, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] });
  console.log(`  ${what}: ${status === 0 ? `${stdout.trim()} µs` : `ended with ${status}`}`);
  if (status !== 0) process.exitCode = 1;
};
say('under joulebook run (limit 20 for step)', [
  ...[process.execPath, 'dist/cli.js', 'run', '--quiet', '--ledger', folder, '--', ...python],
]);
say('without joulebook', python);
rmSync(folder, { recursive: true });
