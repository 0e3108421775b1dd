// git bisect run with joulebook bisect: the commit after which a job takes more energy, found by metering it.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { constantPower, repository } from './helpers/repository.ts';

const GUIDE = readFileSync(resolve(import.meta.dirname, '../docs/guides/bisect.md'), 'utf8');
/** So many steps in a time that is always the same: a step takes the less, the more they are. */
const training = (steps: number) =>
  `for i in 1 2 3 4; do sleep 0.01; echo "{\\"step\\": $((i * ${steps})), \\"loss\\": 1}"; done\n`;

test('the guide, line by line, in a repository of eight commits whose fifth took a hundred times as much a step', async () => {
  const { folder, git, commit, sh } = repository();
  const hashes = Array.from({ length: 8 }, (_, i) =>
    commit(`commit ${i + 1}`, {
      ...{ 'train.sh': training(i < 4 ? 100 : 1), 'notes.txt': `${i}\n` },
      ...{ 'power.csv': constantPower(300), '.gitignore': '.joulebook/\n' },
    }),
  );
  git('tag', 'v1.0', hashes[0]!);
  const lines = /```sh\n([\s\S]*?)```/.exec(GUIDE)![1]!.trim().split('\n');
  const said: string[] = [];
  for (const line of lines) {
    const { code, stdout, stderr } = await sh(line);
    expect([line, code, code === 0 ? '' : stdout + stderr]).toEqual([line, 0, '']);
    said.push(stdout + stderr);
    if (line.startsWith('git bisect run')) expect(stdout + stderr).toContain(`${hashes[4]} is the first bad commit`);
  }
  expect(said.join('')).toMatch(/joulebook: good: j_per_step \d.* J per step \(90 %: .*\), at most \d/);
  // Three repeats or more of the commit that was found, and of no other.
  expect(said.at(-1)!.trim().split('\n').length).toBeGreaterThanOrEqual(4);
  const { stdout } = await sh(`joulebook runs --json --ledger ${join(folder, '.joulebook')} --branch main`);
  expect(JSON.parse(stdout).runs.map(({ name }: { name: string }) => name)).toEqual(['bad']);
}, 120_000);

describe('what git is told', () => {
  const replayed = 'joulebook bisect --metric it_j --repeats 1 --replay power.csv';
  test.each([
    [
      '--threshold 1e9 -- sh -c "sleep 0.3"',
      0,
      /^joulebook: repeat 1: it_j \d+(\.\d+)? J\n[\s\S]*^joulebook: good: it_j \d+(\.\d+)? J, at most/m,
    ],
    ['--threshold 1e-9 -- sh -c "sleep 0.3"', 1, /^joulebook: bad: it_j .* above/m],
    [
      '--threshold 1 -- sh -c "exit 3"',
      125,
      /cannot tell: the command exited with 3 \(git is told to skip this commit\)/,
    ],
    ['--threshold 1 -- ./not-there', 125, /cannot tell: the command exited with 127/],
    ['--threshold 1 -- sh -c "kill -9 \\$\\$"', 125, /was ended by SIGKILL/],
    ['--threshold 1 -- sh -c "kill -INT \\$\\$"', 130, /interrupted/],
    ['--threshold 1 --metric j_per_token -- true', 125, /cannot tell: j_per_token is not known: /],
    ['--threshold 1 --metric joy -- true', 128, /one of j_per_token|one of it_j/],
    ['--threshold 1 --good last -- true', 128, /what is too much is not told, or told twice/],
    ['--good last -- true', 128, /--threshold X, or a run of a good commit/],
    ['--threshold 1 --zone NOWHERE -- true', 128, /NOWHERE/],
    ['--threshold 1 --repeats 0 -- true', 128, /whole number from 1/],
    ['--threshold 1', 128, /there is no command/],
    ['--wrong', 128, /unknown option/],
  ] as const)('%s: %i', async (words, code, said) => {
    const { commit, sh } = repository();
    commit('one', { 'power.csv': constantPower(300) });
    const result = await sh(`${replayed} ${words}`);
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(said)]);
  });

  test('the same as JSON', async () => {
    const { commit, sh, folder } = repository();
    const hash = commit('one', { 'power.csv': constantPower(300), '.gitignore': '*.json\n.joulebook\n' });
    const words = '--threshold 1e6 --repeats 2 --most 2 --json told.json -- sleep 0.2';
    const { code } = await sh(`joulebook bisect --metric it_j --replay power.csv ${words}`);
    const told = JSON.parse(readFileSync(join(folder, 'told.json'), 'utf8'));
    // 300 W for 0.2 s are 60 J, and a process takes some time to begin and to end.
    expect(code).toBe(0);
    const about = { schema: 'joulebook/bisect/v1', commit: hash, dirty: false, metric: 'it_j', threshold: 1e6 };
    expect(told).toMatchObject({
      ...about,
      verdict: 'good',
      exit_code: 0,
      runs: [expect.any(String), expect.any(String)],
    });
    for (const joules of told.values) expect(joules).toBeGreaterThanOrEqual(59);
    expect(told.mean.value).toBeCloseTo((told.values[0] + told.values[1]) / 2, 9);
  });
});
