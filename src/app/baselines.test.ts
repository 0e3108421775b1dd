import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Baseline } from '../report/baseline.ts';
import { allBaselines, BASELINE_FILE, baselineNamed, keepBaseline } from './baselines.ts';

let repo: string;
const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: repo, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
const commit = (message: string): string => {
  git('commit', '-q', '--allow-empty', '-m', message);
  return git('rev-parse', 'HEAD');
};
const baseline = (it_j: number, commit: string | null = null): Baseline => ({
  ...{ commit, dirty: false, measured_on: '2026-11-28', joulebook: '1', intensity: null, pue_known: false, repeats: 1 },
  hardware: [{ kind: 'gpu', name: 'g', source: 'counter', count: 1 }],
  samples: { it_j: [it_j] },
});
const energies = (found: ReturnType<typeof allBaselines>) =>
  found.map(({ name, baseline }) => [name, baseline.samples.it_j![0]]);

beforeEach(() => {
  repo = realpathSync(mkdtempSync(join(tmpdir(), 'jb-baselines-')));
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@b.invalid');
});

test('a file at the top of the repository, found from below; others of it stay', () => {
  const below = join(repo, 'a/b');
  mkdirSync(below, { recursive: true });
  expect(keepBaseline('main', baseline(1), { cwd: below })).toBe(join(repo, BASELINE_FILE));
  keepBaseline('eval', baseline(2), { cwd: repo });
  keepBaseline('main', baseline(3), { cwd: below });
  expect(energies(allBaselines({ cwd: below }))).toEqual([
    ['eval', 2],
    ['main', 3],
  ]);
  expect(readFileSync(join(repo, BASELINE_FILE), 'utf8')).toContain('        "it_j": [3]\n');
});

test('by name, FILE or FILE#NAME; one alone needs no name', () => {
  keepBaseline('main', baseline(1), { cwd: repo });
  keepBaseline('alone', baseline(5), { cwd: repo, file: 'other.json' });
  const it_j = (wanted: string) => baselineNamed(wanted, { cwd: repo }).baseline.samples.it_j![0];
  expect(it_j('main')).toBe(1);
  expect(it_j('other.json')).toBe(5);
  expect(it_j('./other.json#alone')).toBe(5);
  expect(() => it_j('nightly')).toThrow(`there is no baseline "nightly" in ${join(repo, BASELINE_FILE)}`);
  expect(() => it_j('other.json#main')).toThrow(/there is no baseline "main" in .*other\.json/);
  keepBaseline('second', baseline(6), { cwd: repo, file: 'other.json' });
  expect(() => it_j('other.json')).toThrow(/there is no baseline "main"/);
});

test('what is no baseline is not written over', () => {
  writeFileSync(join(repo, BASELINE_FILE), '{"schema":"joulebook/baseline/v7"}');
  expect(() => keepBaseline('main', baseline(1), { cwd: repo })).toThrow(
    /has format v7, this joulebook reads up to v1/,
  );
  expect(readFileSync(join(repo, BASELINE_FILE), 'utf8')).toBe('{"schema":"joulebook/baseline/v7"}');
  mkdirSync(join(repo, 'folder.json'));
  expect(() => allBaselines({ cwd: repo, file: 'folder.json' })).toThrow(/cannot read .*folder\.json/);
  expect(() => keepBaseline('main', baseline(1), { cwd: repo, file: 'no/such/folder.json' })).toThrow(
    /cannot keep the baseline/,
  );
});

test('notes: of the commit that was measured, the nearest before HEAD of each name', () => {
  const place = { cwd: repo, notes: true };
  expect(() => allBaselines(place)).not.toThrow();
  const [one, two] = [commit('one'), commit('two')];
  expect(keepBaseline('main', baseline(1, one), place)).toBe(`the note of ${one.slice(0, 12)}`);
  keepBaseline('eval', baseline(2, one), place);
  keepBaseline('main', baseline(3, two), place);
  expect(energies(allBaselines(place))).toEqual([
    ['eval', 2],
    ['main', 3],
  ]);
  git('checkout', '-q', one);
  expect(baselineNamed('main', place).baseline.samples.it_j).toEqual([1]);
  // A word of somebody is no baseline, and no fault; a spoiled one is.
  const three = commit('three');
  git('notes', '--ref=joulebook', 'add', '-m', 'Energy: 5 J', three);
  expect(energies(allBaselines(place))).toEqual([
    ['eval', 2],
    ['main', 1],
  ]);
  git('notes', '--ref=joulebook', 'add', '-f', '-m', '{"schema":', three);
  expect(() => allBaselines(place)).toThrow(
    `the note of ${three.slice(0, 12)} is no baseline that can be used: it is not JSON`,
  );
});

test('other words in a note stay where they are', () => {
  const one = commit('one');
  git('notes', '--ref=joulebook', 'add', '-m', 'Energy: 5 J', one);
  const place = { cwd: repo, notes: true };
  keepBaseline('main', baseline(1, one), place);
  git('notes', '--ref=joulebook', 'append', '-m', 'Emissions: 2 g', one);
  keepBaseline('main', baseline(2, one), place);
  const note = git('notes', '--ref=joulebook', 'show', one);
  expect(note).toMatch(/^Energy: 5 J\n\n\{\n[\s\S]*\n\}\n\nEmissions: 2 g$/);
  expect(energies(allBaselines(place))).toEqual([['main', 2]]);
});

test('outside a repository: a file beside, and no notes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jb-baselines-'));
  expect(keepBaseline('main', baseline(1), { cwd: folder })).toBe(join(folder, BASELINE_FILE));
  expect(() => allBaselines({ cwd: folder, notes: true })).toThrow(/git notes list failed: not a git repository/);
});
