// Model, stage and parent of runs, and the account of a model over all its runs: the whole program, with imported traces.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunsJson } from '../src/app/reports.ts';
import type { ModelAccountJson } from '../src/report/lifecycle.ts';
import { joulebook, reportOf, tempFolder } from './helpers/cli.ts';

let folder: string;
let ledger: string;
beforeAll(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
const ask = (...args: string[]) => joulebook([...args, '--ledger', ledger], { cwd: folder });
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ask(...args);
  expect([args, code], stderr).toEqual([args, 0]);
  return stdout;
}
const refused = async (...args: string[]): Promise<string> => {
  const { code, stderr } = await ask(...args);
  expect([args, code]).toEqual([args, 2]);
  return stderr;
};

const H = 3_600_000;
const DAY = 24 * H;
const T = Date.UTC(2026, 0, 1);
/** A trace of constant power on a GPU of its own, as a run. */
async function trace(name: string, { at, hours, w }: { at: number; hours: number; w: number }, ...more: string[]) {
  const rows = [0, 1, 2].map((i) => `${new Date(at + (i / 2) * hours * H).toISOString()},gpu-0,${w}`);
  writeFileSync(join(folder, `${name}.csv`), `timestamp,device,power_w\n${rows.join('\n')}\n`);
  return told('import', 'trace', `${name}.csv`, '--name', name, ...more);
}

describe('model, stage and parent of a run', () => {
  const lineage = async (run: string) => {
    const { model, stage, parent } = (await reportOf(ledger, run)).run;
    return [model, stage, parent];
  };

  test('are said when it is recorded, by option, variable or file, and told; null where nothing is said', async () => {
    await trace('plain', { at: T, hours: 1, w: 100 });
    await trace('base', { at: T + DAY, hours: 1, w: 100 }, '--model', 'llm-1', '--stage', 'pre-train');
    const { id: base } = (await reportOf(ledger, 'base')).run;
    expect(await lineage('plain')).toEqual([null, null, null]);
    expect(await lineage('base')).toEqual(['llm-1', 'pre-train', null]);

    const env = { JOULEBOOK_MODEL: 'llm-1-chat', JOULEBOOK_STAGE: 'fine-tune', JOULEBOOK_PARENT_RUN: base.slice(0, 6) };
    const { code } = await joulebook(['run', '--ledger', ledger, '--name', 'chat', '--', 'true'], { env });
    expect(code).toBe(0);
    expect(await lineage('chat')).toEqual(['llm-1-chat', 'fine-tune', base]);

    const { runs } = JSON.parse(await told('runs', '--json')) as RunsJson;
    expect(runs.map(({ name, model, parent }) => [name, model, parent])).toEqual([
      ['chat', 'llm-1-chat', base],
      ['base', 'llm-1', null],
      ['plain', null, null],
    ]);
  });

  test('what cannot be is refused with exit code 2 before anything is recorded', async () => {
    const before = JSON.parse(await told('runs', '--json')) as RunsJson;
    const run = (...more: string[]) => refused('run', '--ledger', ledger, ...more, '--', 'true');
    expect(await run('--stage', 'training')).toMatch(
      /"training" cannot be used\n {2}one of data, search, pre-train, fine-tune, distil, evaluate, serve/,
    );
    expect(await run('--parent-run', 'nobody')).toMatch(/no run matches "nobody"/);
    expect(await run('--model', ' ')).toMatch(/names no model/);
    expect(await refused('import', 'trace', 'base.csv', '--parent-run', 'nobody')).toMatch(/no run matches/);
    expect((JSON.parse(await told('runs', '--json')) as RunsJson).runs.length).toBe(before.runs.length);
  });

  test('are amended and taken back; a run does not come of itself', async () => {
    await told('amend', 'plain', '--model', 'llm-1', '--stage', 'search', '--parent-run', 'chat');
    const { id: chat } = (await reportOf(ledger, 'chat')).run;
    expect(await lineage('plain')).toEqual(['llm-1', 'search', chat]);
    for (const run of ['base', 'chat', 'plain'])
      expect(await refused('amend', run, '--parent-run', 'plain')).toMatch(/comes of run .* itself/);
    expect(await refused('amend', 'plain', '--stage', 'search')).toMatch(/says so already/);
    const words = await told('amend', 'plain', '--no-parent-run', '--no-model');
    expect(words).toContain(`model llm-1 → none, parent ${chat} → none`);
    expect(await lineage('plain')).toEqual([null, 'search', null]);
    await told('amend', 'plain', '--no-stage');
    expect(await lineage('plain')).toEqual([null, null, null]);
  });
});

describe('the account of a model', () => {
  // 200 g/kWh and a PUE of 1.2 make 240 g of each kWh of IT energy.
  const about = (model: string, stage: string, ...more: string[]) => [
    ...['--model', model, '--stage', stage, '--intensity', 'days.csv', '--pue', '1.2'],
    ...more,
  ];
  const account = async (model: string, ...more: string[]) =>
    JSON.parse(await told('account', '--model', model, '--json', ...more)) as ModelAccountJson;
  const idOf = async (run: string) => (await reportOf(ledger, run)).run.id;
  const near = (n: number) => expect.closeTo(n, 6);

  beforeAll(async () => {
    const days = Array.from({ length: 60 }, (_, i) => `${new Date(T + i * DAY).toISOString()},200`);
    writeFileSync(join(folder, 'days.csv'), `timestamp,gco2e_per_kwh\n${days.join('\n')}\n`);
    for (const [i, w] of [1000, 1000, 500].entries()) // 1, 1 and 0.5 kWh
      await trace(`try-${i}`, { at: T + i * 6 * H, hours: 1, w }, ...about('llm', 'search'));
    const failed = join(ledger, 'runs', await idOf('try-2'));
    const [writer] = readdirSync(failed).filter((name) => !name.endsWith('.json'));
    const end = join(failed, writer!, 'end.json');
    writeFileSync(end, JSON.stringify({ ...JSON.parse(readFileSync(end, 'utf8')), exit_code: 1 }));
    await trace('pre', { at: T + DAY, hours: 1, w: 24_000 }, ...about('llm', 'pre-train')); // 24 kWh
    const child = ['--parent-run', 'pre'];
    await trace('sft', { at: T + 3 * DAY, hours: 0.25, w: 1000 }, ...about('llm-chat', 'fine-tune', ...child)); // 0.25 kWh
    await trace('code', { at: T + 3 * DAY, hours: 0.25, w: 1000 }, ...about('llm-code', 'fine-tune', ...child));
    const at = T + 5 * DAY;
    const steps = [1, 2, 3].map((n) => `${new Date(at + n * (H / 2)).toISOString()},${n},${n * 4e6},${n * 1000}`);
    writeFileSync(join(folder, 'tokens.csv'), `timestamp,step,tokens,samples\n${steps.join('\n')}\n`);
    // 0.6 kWh in two hours: 144 g, 1728 g a day
    await trace('served', { at, hours: 2, w: 300 }, ...about('llm-chat', 'serve', '--steps', 'tokens.csv'));
  }, 180_000);

  test('by stage, failed and search runs included; stages add up to the total', async () => {
    const { stages, total, bases, training, break_even, shares, missing } = await account('llm');
    expect(
      stages.map(({ stage, runs, failed, it_j, operational_g }) => [
        stage,
        runs,
        failed,
        it_j.value,
        operational_g.value,
      ]),
    ).toEqual([
      ['search', 3, 1, near(2.5 * 3.6e6), near(600)],
      ['pre-train', 1, 0, near(24 * 3.6e6), near(5760)],
    ]);
    expect([total.runs, total.operational_g.value, training.operational_g.value]).toEqual([4, near(6360), near(6360)]);
    expect(bases).toEqual([]);
    expect(shares).toEqual([]);
    expect(break_even).toEqual({ days: { value: null, why: 'it was not served yet' }, at_ms: null });
    expect(missing.filter(({ line }) => line !== 'embodied_g')).toEqual([]);
  });

  test('an interval is that of one run on the same hardware and grid, not narrower for there being several', async () => {
    const { stages } = await account('llm');
    const [all, one] = [stages[0]!.operational_g, (await reportOf(ledger, 'try-0')).emissions.operational_g];
    if (all.value === null || one.value === null) throw new Error('unknown');
    expect(one.high / one.value - 1).toBeGreaterThan(0.01);
    expect(all.high / all.value - 1).toBeGreaterThan(0.95 * (one.high / one.value - 1));
  });

  test('its base is a line of its own, shared; per token and request served; overtaken, and with its base still to come', async () => {
    const made = await account('llm-chat');
    expect(made.stages.map(({ stage, operational_g }) => [stage, operational_g.value])).toEqual([
      ['fine-tune', near(60)],
      ['serve', near(144)],
    ]);
    expect(
      made.bases.map(({ model, runs, shared_with, operational_g }) => [model, runs, shared_with, operational_g.value]),
    ).toEqual([['llm', 4, ['llm-code'], near(6360)]]);
    expect(
      [made.total, made.with_bases, made.training, made.training_with_bases].map(({ total_g }) => total_g.value),
    ).toEqual([204, 6564, 60, 6420].map(near));
    expect(made.serving).toMatchObject({
      runs: 1,
      days: near(1 / 12),
      tokens: { value: 12e6 },
      requests: { value: 3000 },
    });
    expect(made.serving.g_per_day.value).toEqual(near(1728));
    expect(made.shares).toMatchObject([
      {
        of: 'served',
        g_per_million_tokens: { value: near(5) }, // 60 g over 12 million
        g_per_request: { value: near(0.02) },
        training_share: { value: near(60 / 204) },
        with_bases: { g_per_million_tokens: { value: near(535) }, g_per_request: { value: near(2.14) } },
      },
    ]);
    expect(made.break_even).toMatchObject({
      days: { value: near(60 / 1728) },
      at_ms: near(T + (5 + 60 / 1728) * DAY),
    });
    expect(made.break_even_with_bases).toMatchObject({ days: { value: near(6420 / 1728) }, at_ms: null });
  });

  test('over the life that is expected', async () => {
    const { shares } = await account('llm-chat', '--expected-tokens', '1e9', '--serving-life', '100d');
    expect(shares.slice(1)).toMatchObject([
      {
        ...{ of: 'expected', days: null, tokens: { value: 1e9 }, requests: { value: null } },
        g_per_million_tokens: { value: near(0.06) },
        serving_g: { value: near((144 * 1e9) / 12e6) },
      },
      {
        ...{ of: 'life', days: 100, tokens: { value: near(14.4e9) }, requests: { value: near(3.6e6) } },
        g_per_million_tokens: { value: near(60 / 14_400) },
        training_share: { value: near(60 / (60 + 172_800)) },
      },
    ]);
  });

  test('as text and CSV', async () => {
    const text = await told('account', '--model', 'llm-chat', '--serving-life', '100d');
    expect(text).toMatch(/fine-tune +1 +250 Wh +60\.0 gCO2e +unknown +60\.0 gCO2e/);
    expect(text).toMatch(/base llm \(shared\) +4, 1 failed +26\.5 kWh/);
    // One meter and one producer told both: all that is unsure is shared, and cancels.
    expect(text).toMatch(/break-even +serving overtook training on 2026-01-06, after 50 min 0 s of serving/);
    expect(text).toMatch(/with its base +serving overtakes training after 3\.72 days of serving; 2 h 0 min so far/);
    expect(text).toMatch(
      /so far +12\.0 million +3000 +5\.00 gCO2e +20\.0 mgCO2e +29\.4 %\n +with its base +535 gCO2e +2\.14 gCO2e\n/,
    );
    expect(text).toMatch(/llm is the base of llm-code too/);
    const lines = (await told('account', '--model', 'llm-chat', '--csv')).trim().split('\r\n');
    const cells = lines.map((line) => line.split(','));
    const at = (name: string) => cells[0]!.indexOf(name);
    expect(
      cells.slice(1).map((row) => [row[0], row[at('model')], row[at('stage')], Number(row[at('operational_g')])]),
    ).toEqual([
      ['stage', 'llm-chat', 'fine-tune', near(60)],
      ['stage', 'llm-chat', 'serve', near(144)],
      ['total', 'llm-chat', '', near(204)],
      ['base', 'llm', '', near(6360)],
      ['with-bases', 'llm-chat', '', near(6564)],
    ]);
  });

  test('what is not known is told as unknown, with what is known of the rest; never as 0', async () => {
    await trace('dark', { at: T + 4 * DAY, hours: 1, w: 1000 }, '--model', 'dim', '--stage', 'distil');
    await trace('lit', { at: T + 4 * DAY, hours: 1, w: 1000 }, ...about('dim', 'distil'));
    await trace('mute', { at: T + 5 * DAY, hours: 1, w: 1000 }, ...about('dim', 'serve'));
    const { stages, missing, shares, break_even } = await account('dim');
    expect(stages[0]).toMatchObject({
      ...{
        it_j: { value: near(2 * 3.6e6) },
        operational_g: { value: null, why: expect.stringMatching(/^not known of 1 of 2 runs: /) },
      },
      known: { operational_g: { value: near(240) } },
    });
    const dark = await idOf('dark');
    expect(missing.filter(({ line }) => line === 'operational_g').map(({ run }) => run)).toEqual([dark]);
    expect(shares[0]).toMatchObject({
      tokens: { value: null, why: '1 of 1 serving run told no tokens' },
      g_per_million_tokens: { value: null },
    });
    expect(break_even.days.value).toBeNull();
    expect(await told('account', '--model', 'dim')).toMatch(/distil +2 +2\.00 kWh +≥ 240 gCO2e/);
  });

  test('account.md names every key', async () => {
    const doc = readFileSync(join(import.meta.dirname, '../docs/formats/account.md'), 'utf8');
    const keys = new Set<string>();
    const look = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) keys.add(key);
        look(inner);
      }
    };
    look(await account('llm-chat', '--serving-life', '1y'));
    const figure = ['schema', 'value', 'low', 'high', 'why', 'code', 'message'];
    expect([...keys].filter((key) => !figure.includes(key) && !new RegExp(`\\b${key}\\b`).test(doc))).toEqual([]);
  });

  test('a cut of one of its runs, and a device that two runs had at once, count once', async () => {
    const rows = (from: number, hours: number) =>
      [0, 1, 2]
        .map((i) => `DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-1",modelName="X"} 1000 ${from + (i / 2) * hours * H}`)
        .join('\n');
    writeFileSync(join(folder, 'a.prom'), `${rows(T, 2)}\n`);
    writeFileSync(join(folder, 'b.prom'), `${rows(T + H, 1)}\n`);
    await told('import', 'dcgm', 'a.prom', '--name', 'a', ...about('twice', 'search'));
    await told('import', 'dcgm', 'b.prom', '--name', 'b', ...about('twice', 'fine-tune'));
    const { stages, total, warnings } = await account('twice');
    // 2 kWh and 1 kWh, of which one hour is the same 1 kWh: half of it for each
    expect(stages.map(({ it_j }) => it_j.value)).toEqual([near(1.5 * 3.6e6), near(0.5 * 3.6e6)]);
    expect([total.it_j.value, total.operational_g.value]).toEqual([near(2 * 3.6e6), near(480)]);
    expect(warnings.map(({ code }) => code)).toContain('device-shared');
    await told('cut', 'a', '--to', new Date(T + H / 2).toISOString(), '--model', 'twice', '--stage', 'evaluate');
    const cut = await account('twice');
    expect(cut.total).toMatchObject({ runs: 3, it_j: { value: near(2 * 3.6e6) }, operational_g: { value: near(480) } });
    expect(cut.stages.map(({ stage, it_j }) => [stage, it_j.value])).toContainEqual(['evaluate', 0]);
  });

  test('a model that no run is of, and forms that exclude each other: exit code 2', async () => {
    expect(await refused('account', '--model', 'nope')).toMatch(/no run is of model "nope"\n {2}one of .*llm/);
    expect(await refused('account')).toMatch(/no model is named/);
    expect(await refused('account', '--model', 'llm', '--json', '--csv')).toMatch(/exclude each other/);
    expect(await refused('account', '--model', 'llm', '--serving-life', 'long')).toMatch(/180d, 26w or 2y/);
    expect(await refused('account', '--model', 'llm', '--expected-tokens', '-1')).toMatch(/give a number above 0/);
  });
});
