// action.yml and the GitLab template: their steps are run by a real shell in a scratch repository, in the environment that the
// services document, with their API on loopback.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { tempFolder } from './helpers/cli.ts';
import { type Loopback, loopback } from './helpers/loopback.ts';
import { constantPower, type Repository, repository } from './helpers/repository.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TOKEN = 'ghs_0123456789abcdefghijKLMN';
/** Four steps of so many tokens: what a token takes changes with them, however long this machine takes over it. */
const training = (tokens: number) =>
  `for i in 1 2 3 4; do sleep 0.01; echo "{\\"step\\": $i, \\"loss\\": 1, \\"tokens\\": $((i * ${tokens}))}"; done\n`;

interface Step {
  readonly name: string;
  readonly id?: string;
  readonly run: string;
  readonly env?: Record<string, string>;
}
const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as {
  inputs: Record<string, { default?: string; description: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
};

/** Runs the steps as a runner does; gives all they said, their outputs and the code of the one that failed. */
async function runAction({ folder, sh }: Repository, inputs: Record<string, string>, env: NodeJS.ProcessEnv) {
  const temp = tempFolder();
  const file = (name: string) => join(temp, name);
  const [environment, output, summary] = ['env', 'output', 'summary'].map(file) as [string, string, string];
  for (const each of [environment, output, summary]) writeFileSync(each, '');
  const pairs = (path: string) =>
    Object.fromEntries(
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [line.split(/=(.*)/s)])),
    );
  const outputs: Record<string, string> = {};
  const filled = (text: string): string =>
    text.replace(/\$\{\{ (\S+) \}\}/g, (_, name: string) => {
      if (name === 'github.token') return TOKEN;
      const [scope, key, , last] = name.split('.');
      if (scope === 'inputs') return inputs[key!] ?? filled(String(action.inputs[key!]!.default ?? ''));
      if (scope === 'steps') return outputs[`${key}.${last}`] ?? '';
      throw new Error(`unknown: ${name}`);
    });
  let said = '';
  for (const step of action.runs.steps) {
    const script = file('step.sh');
    writeFileSync(script, step.run);
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(String(text))]));
    const given = { GITHUB_ENV: environment, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, RUNNER_TEMP: temp };
    const all = {
      ...env,
      ...given,
      GITHUB_WORKSPACE: folder,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      ...pairs(environment),
    };
    const result = await sh(`bash --noprofile --norc -eo pipefail ${script}`, { ...all, ...own });
    said += result.stdout + result.stderr;
    for (const [key, value] of Object.entries(pairs(output))) outputs[`${step.id}.${key}`] = value as string;
    writeFileSync(output, '');
    if (result.code !== 0) return { code: result.code, said, outputs, temp, summary: readFileSync(summary, 'utf8') };
  }
  return { code: 0, said, outputs, temp, summary: readFileSync(summary, 'utf8') };
}

let repo: Repository;
let hungrier: string;
/** Its last commit takes a thousand times as much a token: more than any other load of this machine would make of it. */
beforeAll(() => {
  repo = repository();
  const files = { 'power.csv': constantPower(300), '.gitignore': '.joulebook/\njoulebook-*\n' };
  repo.commit('one', { ...files, 'train.sh': training(100_000) });
});

const inputs = {
  run: 'sh train.sh',
  options: '--replay power.csv --quiet',
  metric: 'j_per_token',
  'max-increase': '100%',
};

describe('action.yml', () => {
  const event = () => {
    const path = join(tempFolder(), 'event.json');
    writeFileSync(path, JSON.stringify({ action: 'synchronize', number: 7, pull_request: { number: 7 } }));
    return path;
  };
  const comments: { id: number; body: string }[] = [{ id: 1, body: 'a comment of somebody' }];
  let api: Loopback;
  const env = () => ({
    ...{ GITHUB_API_URL: api.base, GITHUB_REPOSITORY: 'o/r', GITHUB_EVENT_PATH: event() },
    ...{
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_WORKFLOW: 'energy',
      GITHUB_JOB: 'gate',
    },
  });
  beforeAll(async () => {
    api = await loopback(({ path, method, body }) => {
      if (method === 'GET') return { body: comments };
      const { body: text } = JSON.parse(body) as { body: string };
      if (method === 'POST') comments.push({ id: 2, body: text });
      else comments.find(({ id }) => path.endsWith(`/comments/${id}`))!.body = text;
      return { status: method === 'POST' ? 201 : 200, body: {} };
    });
    return () => api.close();
  });

  test('a baseline is made, a change that needs more fails, and both times the one comment tells it', async () => {
    // One more than it takes: of a machine that is busy a run may be left out, as its sensor was read late.
    const made = await runAction(repo, { ...inputs, update: 'true', repeats: '6' }, env());
    expect([made.code, made.said]).toEqual([0, expect.stringMatching(/baseline main: commit .*, [56] repeats/)]);
    repo.commit('the baseline');
    expect(api.received).toEqual([]);

    const same = await runAction(repo, { ...inputs, repeats: '1' }, env());
    expect([same.code, same.code === 0 ? '' : same.said]).toEqual([0, '']);
    expect(comments.map(({ id }) => id)).toEqual([1, 2]);
    expect(comments[1]!.body).toMatch(/^<!-- joulebook: main -->\n### Energy: (?!more than)/);

    hungrier = repo.commit('hungrier', { 'train.sh': training(100) });
    const more = await runAction(repo, inputs, env());
    expect([more.code, more.said]).toEqual([3, expect.stringContaining('more than 100 % allowed')]);
    expect(comments.map(({ id }) => id)).toEqual([1, 2]);
    const { body } = comments[1]!;
    expect(body).toMatch(/### Energy: more than is allowed\n[\s\S]*\| `j_per_token` \| .* \*\*worse\*\* \|/);
    expect(body).toContain(`git checkout ${hungrier}\njoulebook run -- bash -c 'sh train.sh'\njoulebook ci gate`);
    expect(more.summary.trim()).toBe(body.trim());
    expect(more.outputs['judge.code']).toBe('3');
    expect(readFileSync(more.outputs['judge.junit']!, 'utf8')).toMatch(/failures="1"[\s\S]*<failure type="regression"/);
    expect(api.received.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      ...['GET /repos/o/r/issues/7/comments', 'POST /repos/o/r/issues/7/comments'],
      ...['GET /repos/o/r/issues/7/comments', 'PATCH /repos/o/r/issues/comments/2'],
    ]);
    for (const { said, summary } of [made, same, more]) expect(said + summary).not.toContain(TOKEN);
    expect(JSON.stringify(comments)).not.toContain(TOKEN);
  }, 120_000);

  test('compare-with: both sides in turn in one job, in a shallow clone whose other side is not there yet', async () => {
    const origin = repository();
    const ignored = '.joulebook/\nprepared.sh\n';
    const base = origin.commit('base', {
      ...{ 'power.csv': constantPower(300), '.gitignore': ignored, 'train.sh': training(100_000) },
    });
    origin.git('checkout', '-q', '-b', 'topic');
    const head = origin.commit('head', { 'train.sh': training(100) });
    const clone = repository(join(tempFolder(), "a b's"));
    clone.git('remote', 'add', 'origin', `file://${origin.folder}`);
    clone.git('fetch', '-q', '--depth=1', 'origin', 'topic');
    clone.git('checkout', '-q', '--detach', 'FETCH_HEAD');
    const both = { 'compare-with': 'main', prepare: 'cp train.sh prepared.sh', run: 'sh prepared.sh' };
    const told = await runAction(clone, { ...inputs, ...both, repeats: '2', strict: 'true', comment: 'false' }, env());
    // A token takes 1,000 times as much, give or take what this machine did meanwhile; two of each cannot tell.
    expect([told.code, told.said]).toEqual([
      3,
      expect.stringMatching(/cannot tell yet: .*\(\+\d{4,}\.\d %.*; [12] \+ [12] repeats\)/),
    ]);
    const home = { JOULEBOOK_HOME: join(told.temp, 'joulebook') };
    const { runs } = JSON.parse((await clone.sh('joulebook runs --json', home)).stdout) as { runs: { id: string }[] };
    const reports = await Promise.all(runs.map(({ id }) => clone.sh(`joulebook report ${id} --json`, home)));
    expect(reports.map(({ stdout }) => JSON.parse(stdout).run.git.commit)).toEqual([head, base, head, base]);
    expect(told.summary).toMatch(/^<!-- joulebook: main -->/);
    expect(told.summary).not.toContain(told.temp);
    expect(clone.git('status', '--porcelain')).toBe('');
    expect(clone.git('worktree', 'list').split('\n')).toHaveLength(1);
    expect(clone.git('rev-parse', 'HEAD')).toBe(head);
  }, 60_000);

  test('ten runs of a baseline, else five, with all words of options', async () => {
    const bin = tempFolder();
    const fake = join(bin, 'joulebook');
    writeFileSync(fake, `#!/bin/sh\necho "$*" >> '${join(bin, 'calls')}'\n`, { mode: 0o755 });
    const calls = async (more: Record<string, string>) => {
      writeFileSync(join(bin, 'calls'), '');
      const options = '--pue 1.2\n--tag "x"';
      const { code } = await runAction(
        repo,
        { run: 'true && sh train.sh', options, ...more },
        { PATH: `${bin}:${process.env.PATH}` },
      );
      expect(code).toBe(0);
      return readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n');
    };
    const run = 'run --pue 1.2 --tag "x" -- bash -c true && sh train.sh';
    expect(await calls({ update: 'true' })).toEqual([...Array(10).fill(run), 'ci baseline update --name main']);
    expect((await calls({})).filter((line) => line === run)).toHaveLength(5);
    expect((await calls({ repeats: '2' })).filter((line) => line === run)).toHaveLength(2);
  });

  test.each([
    [{ repeats: 'a[$(touch struck)]' }, 2, /repeats: .* cannot be used; write a whole number from 1 to 999/],
    [{ 'compare-with': 'main', update: 'true' }, 2, /compare-with and update exclude each other/],
    [{ 'compare-with': '--upload-pack=touch struck' }, 128, /fatal: /],
    [{ 'compare-with': 'main', prepare: 'exit 7' }, 7, /^/],
  ])('%j: exit code %i', async (wrong, code, said) => {
    const result = await runAction(repo, { ...inputs, ...wrong }, env());
    expect([result.code, result.said]).toEqual([code, expect.stringMatching(said)]);
    expect(repo.git('status', '--porcelain')).toBe('');
    expect(repo.git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  test('no text of an input stands in a script, and each is described', () => {
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
    for (const { description } of Object.values(action.inputs)) expect(description).not.toBe('');
  });
});

test('the script of the GitLab template, line by line in one shell', async () => {
  const repo = repository();
  repo.commit('one', { 'power.csv': constantPower(300), '.gitignore': 'joulebook-*\n', 'train.sh': training(100_000) });
  const template = parse(readFileSync(join(ROOT, 'templates/joulebook.gitlab-ci.yml'), 'utf8'))['.joulebook'];
  const notes: unknown[] = [];
  const api = await loopback(({ method, body }) => {
    if (method === 'POST') notes.push(JSON.parse(body));
    return { status: method === 'POST' ? 201 : 200, body: method === 'GET' ? [] : {} };
  });
  try {
    const ci = {
      ...{ CI: 'true', GITLAB_CI: 'true', CI_API_V4_URL: `${api.base}/api/v4`, CI_PROJECT_ID: '42' },
      ...{ CI_MERGE_REQUEST_IID: '3', CI_PROJECT_DIR: repo.folder, GITLAB_TOKEN: TOKEN },
    };
    const own = {
      ENERGY_COMMAND: 'sh train.sh',
      ENERGY_OPTIONS: inputs.options,
      ENERGY_GATE: '--metric j_per_token --strict',
      ENERGY_REPEATS: '1',
      ENERGY_MAX_INCREASE: '100%',
    };
    const home = template.variables.JOULEBOOK_HOME.replace('$CI_PROJECT_DIR', tempFolder());
    const env: Record<string, string> = { ...ci, ...template.variables, ...own, JOULEBOOK_HOME: home };
    await repo.sh(`joulebook run ${inputs.options} -- sh train.sh; joulebook ci baseline update`, env);
    repo.commit('hungrier', { 'train.sh': training(100) });
    writeFileSync(join(repo.folder, 'joulebook-job.sh'), template.script.join('\n'));
    const { code, stdout, stderr } = await repo.sh('sh -e joulebook-job.sh', env);
    expect([code, stdout + stderr]).toEqual([3, expect.stringContaining('cannot tell yet')]);
    expect(api.received.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      'GET /api/v4/projects/42/merge_requests/3/notes',
      'POST /api/v4/projects/42/merge_requests/3/notes',
    ]);
    expect(notes).toEqual([{ body: readFileSync(join(repo.folder, 'joulebook-comment.md'), 'utf8') }]);
    expect(readFileSync(join(repo.folder, template.artifacts.reports.junit), 'utf8')).toContain('<failure ');
    expect(stdout + stderr).not.toContain(TOKEN);

    const both = { ENERGY_COMPARE_WITH: 'HEAD~1', ENERGY_PREPARE: 'test -f train.sh', GITLAB_TOKEN: '' };
    const turns = await repo.sh('sh -e joulebook-job.sh', { ...env, ...both });
    // HEAD~1 has the training that takes a thousandth a token.
    expect([turns.code, turns.stdout]).toEqual([3, expect.stringMatching(/\(\+\d{4,}\.\d %; .*; 1 \+ 1 repeats\)/)]);
    expect(repo.git('worktree', 'list').split('\n')).toHaveLength(1);
    const wrong = await repo.sh('sh -e joulebook-job.sh', { ...env, ENERGY_REPEATS: 'ten' });
    expect([wrong.code, wrong.stdout]).toEqual([2, expect.stringContaining('write a whole number from 1')]);
  } finally {
    await api.close();
  }
}, 120_000);

test('the guide, line by line', async () => {
  const guide = readFileSync(join(ROOT, 'docs/guides/ci-pull-requests.md'), 'utf8');
  const lines = /```sh\n([\s\S]*?)```/.exec(guide)![1]!.trim().split('\n');
  const own = repository();
  own.commit('one', { 'power.csv': constantPower(300), 'train.sh': training(100) });
  let said = '';
  for (const line of lines) {
    const { code, stdout, stderr } = await own.sh(line);
    expect([line, code, code === 0 ? '' : stderr]).toEqual([line, 0, '']);
    said = stdout;
  }
  expect(said).toMatch(/Notes \(joulebook-energy\):\n {4}Energy: \d.* J \(90 %/);
  expect(readFileSync(join(own.folder, 'energy.svg'), 'utf8')).toMatch(/<title>energy per token: \d.* J per token</);
}, 60_000);

describe('what a commit came to', () => {
  const env = () => ({ JOULEBOOK_HOME: join(repo.folder, '.joulebook') });
  test('as a note of it, as trailers of a message, as JSON', async () => {
    const run = 'joulebook run --quiet --zone DE --replay power.csv -- sleep 0.2';
    await repo.sh(`${run}; ${run}`, env());
    const { stdout, code } = await repo.sh('joulebook ci tag --json', env());
    expect(code).toBe(0);
    const told = JSON.parse(stdout);
    // 300 W for 0.2 s are 60 J, twice, and a process takes some time to begin and to end.
    expect(told).toMatchObject({ schema: 'joulebook/tag/v1', commit: repo.git('rev-parse', 'HEAD') });
    expect(told.runs).toHaveLength(2);
    expect(told.it_j.value).toBeGreaterThan(118);
    expect(told.it_j.value).toBeLessThan(600);
    const note = repo.git('log', '-1', '--notes=joulebook-energy', '--format=%N');
    expect(note).toMatch(/^Energy: \d.* J \(90 %: .* – .*\)\nEmissions: \d.* m?gCO2e \(90 %: .*\)$/);
    writeFileSync(
      join(repo.folder, 'joulebook-message'),
      'Subject\n\nBody\n---\nMore\n\nEnergy: 1 J\nReviewed-by: B\n# ------------------------ >8 ------------------------\ndiff\n',
    );
    expect((await repo.sh('joulebook ci tag --message joulebook-message', env())).code).toBe(0);
    const message = readFileSync(join(repo.folder, 'joulebook-message'), 'utf8').trim().split('\n');
    expect(message.slice(0, 6)).toEqual(['Subject', '', 'Body', '---', 'More', '']);
    expect(message.splice(-2)).toEqual(['# ------------------------ >8 ------------------------', 'diff']);
    expect(message.slice(6).sort()).toEqual([...note.split('\n'), 'Reviewed-by: B'].sort());
  });

  test.each([
    ['joulebook ci tag --commit nothing', 2, /git knows no such commit/],
    ['joulebook ci tag --print --message x', 2, /exclude each other/],
    ['joulebook ci post power.csv', 2, /no comment that joulebook ci comment made/],
    ['joulebook ci comment --summary', 2, /GITHUB_STEP_SUMMARY is not set/],
    ['joulebook ci comment --baseline other', 2, /other/],
  ])('%s', async (line, code, said) => {
    const result = await repo.sh(line, env());
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(said)]);
  });
});
