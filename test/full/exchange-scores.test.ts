// Scores, statements and W&B runs of an account with all its lines, on the built command line. Figures are made by hand:
// 1 kW for 1 h at 400 g/kWh with PUE 1.25 is 500 g; 175.2 kg over 4 years of 8760 h are 5 g for that hour.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SciJson } from '../../src/exchange/sci.ts';
import type { SciAiJson } from '../../src/exchange/sci-ai.ts';
import { wandb } from '../../src/workload/files/wandb.ts';
import { historyOf } from '../../src/workload/files/wandb-record.ts';
import { joulebook, reportOf, tempFolder } from '../helpers/cli.ts';
import { recordsOf } from '../helpers/wandb-records.ts';

let folder: string;
let ledger: string;
const T = Date.UTC(2026, 0, 1);
const H = 3_600_000;
const at = (h: number) => new Date(T + h * H).toISOString();
const near = (value: number) => expect.closeTo(value, 6);

const ask = (...args: string[]) => joulebook([...args, '--ledger', ledger], { cwd: folder });
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ask(...args);
  expect([args, code], stderr).toEqual([args, 0]);
  return stdout;
}
const exported = async <T>(...args: string[]) => JSON.parse(await told('export', ...args)) as T;

/** One hour at 1 kW that begins so many hours in; its steps count so much of each kind of work. */
async function aRun(name: string, h: number, work: Record<string, number>, ...more: string[]): Promise<void> {
  const rows = [0, 0.5, 1].map((i) => `${at(h + i)},gpu-0,1000`);
  writeFileSync(join(folder, 'trace.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
  const names = Object.keys(work);
  const steps = [1, 2, 3, 4].map((i) => [at(h + i / 5), i, ...names.map((one) => (work[one]! * i) / 4)].join(','));
  writeFileSync(join(folder, 'steps.csv'), `timestamp,step,${names.join(',')}\n${steps.join('\n')}\n`);
  const facts = ['--zone', 'DE', '--pue', '1.25', '--intensity', 'grid.csv', '--price', '0.2EUR/kWh'];
  await told('import', 'trace', 'trace.csv', '--steps', 'steps.csv', '--name', name, ...facts, ...more);
}

beforeAll(async () => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
  writeFileSync(join(folder, 'grid.csv'), `timestamp,gco2e_per_kwh\n${at(0)},400\n${at(100)},400\n`);
  writeFileSync(
    join(folder, 'account.yaml'),
    `account:
  market: { contract: { g_per_kwh: 20, low: 10, high: 30, source: wind_7 } }
  water: { onsite: { l_per_kwh: 0.5, source: site log }, electricity: { l_per_kwh: 2, source: utility } }
  embodied:
    lifetime_y: 4
    devices: { gpu-0: { kg: 175.2, low: 87.6, high: 262.8, source: our LCA } }
    server: { kg: 0, source: none }
`,
  );
  const account = ['--account', 'account.yaml', '--model', 'm'];
  await aRun('train', 0, { tokens: 4e6 }, ...account, '--stage', 'pre-train');
  await aRun('serve', 2, { tokens: 8e6, samples: 101 }, ...account, '--stage', 'serve');
  await aRun('bare', 4, { tokens: 1e6 });
}, 60_000);

describe('SCI', () => {
  test.each([
    ['run', 1, 505],
    ['million-tokens', 4, 505 / 4],
    ['1000-tokens', 4000, 505 / 4000],
    ['token', 4e6, 505 / 4e6],
  ])('per %s', async (per, count, expected) => {
    const { runs } = await exported<SciJson>('train', '--format', 'sci', '--per', per);
    const made = runs[0]!;
    expect(made).toMatchObject({ r: { count }, e_kwh: { value: near(1.25) }, i_g_per_kwh: { value: near(400) } });
    expect([made.m_g.value, made.sci_g.value! / expected]).toEqual([near(5), near(1)]);
  });

  test('its interval is that of its independent errors, not of the sum of ends', async () => {
    const { sci_g, operational_g, m_g } = (await exported<SciJson>('train', '--format', 'sci')).runs[0]!;
    if (sci_g.value === null || operational_g.value === null || m_g.value === null) throw new Error('not known');
    const up = (figure: { value: number; high: number }) => figure.high - figure.value;
    expect(up(sci_g)).toBeCloseTo(Math.hypot(up(operational_g), up(m_g)), 9);
    expect(up(sci_g)).toBeLessThan(up(operational_g) + up(m_g) - 0.5);
  });

  test.each([
    ['1k-tokens', 'run, tokens, samples, steps; alone, or many with a dash: million-tokens, 1000-tokens'],
    ['images', 'one of run, tokens, samples, steps'],
    ['billion', 'one of run, tokens'],
  ])('--per %s exits 2 and says what would be right', async (per, hint) => {
    const { code, stdout, stderr } = await ask('export', 'train', '--format', 'sci', '--per', per);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`"${per}" is nothing that these runs counted`);
    expect(stderr).toContain(hint);
  });
});

describe('SCI for AI', () => {
  test('two scores of a model, each by its own units', async () => {
    const said = ['--flop', '5.05e18', '--parameters', '5e9', '--basis', 'gross', '--rationale', 'as the spec does'];
    const made = await exported<SciAiJson>('--model', 'm', '--format', 'sci-ai', '--per', 'million-tokens', ...said);
    expect(made).toMatchObject({ schema: 'joulebook/sci-ai/v1', model: 'm', missing: [] });
    expect(made.consumer).toMatchObject({ stages: ['serve'], scores: [{ sci_g: { value: near(505 / 8) } }] });
    const { scores, stages } = made.provider;
    expect([stages, scores.map(({ r, sci_g }) => [r.unit, sci_g.value])]).toEqual([
      ['pre-train'],
      [
        ['1e15-FLOP', near(0.1)],
        ['1000-training-tokens', near(505 / 4000)],
        ['billion-parameters', near(101)],
      ],
    ]);
  });

  test('over runs: requests are what a run that serves counts as samples; a run without a stage is named', async () => {
    const of = (...runs: string[]) =>
      exported<SciAiJson>(...runs, '--format', 'sci-ai', '--per', 'request', '--rationale', 'asked');
    expect((await of('train', 'serve')).consumer.scores[0]!.sci_g.value).toBeCloseTo(5, 6);
    const { consumer, provider, missing } = await of('train', 'serve', 'bare');
    expect([consumer, provider].map(({ scores }) => scores[0]!.sci_g.value)).toEqual([null, null]);
    expect(missing.map(({ how }) => how)).toContainEqual(expect.stringMatching(/^joulebook amend \w+ --stage STAGE$/));
  });

  test('a device-second counts once, whichever runs it is in', async () => {
    // Two hours each on one GPU, one of them together: 3 kWh.
    for (const [name, from] of [
      ['first', 10],
      ['second', 11],
    ] as const) {
      const rows = [0, 1, 2].map((h) => `${at(from + h)},DCGM_FI_DEV_POWER_USAGE,0,GPU-x,h,1000`);
      writeFileSync(join(folder, `${name}.csv`), `timestamp,metric,gpu,UUID,Hostname,value\n${rows.join('\n')}\n`);
      const facts = ['--pue', '1.25', '--intensity', 'grid.csv', '--model', 'shared', '--stage', 'serve'];
      await told('import', 'dcgm', `${name}.csv`, '--name', name, '--zone', 'DE', ...facts);
    }
    const { consumer, runs } = await exported<SciAiJson>('--model', 'shared', '--format', 'sci-ai');
    expect([consumer.operational_g.value, consumer.e_kwh.value]).toEqual([near(1500), near(3.75)]);
    expect(runs.map(({ counted }) => counted)).toEqual([near(0.75), near(0.75)]);
  });

  test.each([
    [['--per', 'FLOP'], /--per FLOP needs to know how many there are\n {2}give --flop N/],
    [['--per', 'words'], /one of tokens, samples, steps, requests, .*FLOP, training-tokens, parameters/],
    [['--flop', '-1'], /--flop: "-1" cannot be used\n {2}give a number above 0/],
    [['--basis', 'net'], /one of gross, effective/],
  ])('%j exits 2', async (args, message) => {
    const { code, stdout, stderr } = await ask('export', 'train', '--format', 'sci-ai', ...args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
  });
});

describe('runs to export', () => {
  test.each([
    [[], /no run is named\n {2}name runs by id, name or last, or all runs that led to a model: --model NAME/],
    [['train', '--model', 'm'], /--model names the runs/],
    [['--model', 'x'], /no run is of model "x"\n {2}one of m/],
    [['train', '--as-of', '2026-01-01T00:30Z'], /it was not recorded yet/],
    [['train', '--as-of', 'soon'], /--as-of: "soon" is/],
  ])('%j exits 2', async (args, message) => {
    const { code, stdout, stderr } = await ask('export', ...args, '--format', 'csv');
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
  });

  test('as of a moment they are told as they were then', async () => {
    await aRun('moved', 6, { tokens: 1e6 });
    const before = new Date().toISOString();
    await new Promise((done) => setTimeout(done, 5));
    await told('amend', 'moved', '--pue', '2');
    const g = async (format: string, ...more: string[]) => await told('export', 'moved', '--format', format, ...more);
    const grams = async (...more: string[]) => JSON.parse(await g('json', ...more)).runs[0].operational_g;
    expect([await grams(), await grams('--as-of', before)]).toEqual([near(800), near(500)]);
    expect(await g('markdown', '--as-of', before)).toContain('With a PUE of 1.25');
    expect(await g('ghg', '--as-of', before)).toMatch(/,1\.25,0\.5/);
    const sci = JSON.parse(await g('sci', '--as-of', before)) as SciJson;
    expect(sci.runs[0]!.e_kwh.value).toBeCloseTo(1.25, 9);
  });
});

test('a run that had not ended by then is in no export as of that moment', async () => {
  const run = ['run', '--name', 'live', '--model', 'l', '--stage', 'serve', '--ledger', ledger];
  expect((await joulebook([...run, '--', 'sleep', '0.5'], { cwd: folder })).code).toBe(0);
  const { ended_at_ms } = (await reportOf(ledger, 'live')).run;
  for (const format of ['csv', 'sci', 'sci-ai', 'ghg'])
    for (const which of [['live'], ['--model', 'l']]) {
      const { code, stderr } = await ask('export', ...which, '--format', format, '--as-of', String(ended_at_ms! - 1));
      expect([format, code, stderr]).toEqual([format, 2, expect.stringContaining('it had not ended')]);
    }
});

test('rows hold every line, with what it is made of', async () => {
  const { runs } = await exported<{ runs: Record<string, unknown>[] }>('train', '--format', 'json');
  expect(runs[0]).toMatchObject({
    ...{ it_g: near(400), overhead_g: near(100), operational_g: near(500), market_g: near(25), embodied_g: near(5) },
    ...{ total_g: near(505), water_onsite_l: near(0.5), water_electricity_l: near(2.5), water_l: near(3) },
    ...{ cost: near(0.25), currency: 'EUR', wue_l_per_kwh: near(0.5), l_per_million_tokens: near(0.75) },
    ...{ market_instruments: 'contract (wind_7)', marginal_g: null, embodied_source: 'our LCA; none', units: '{}' },
  });
});

test('statements say embodied, market and water with interval and source', async () => {
  const latex = await told('export', 'train', '--format', 'latex');
  for (const said of [
    /are 5\.00~g~CO\$_2\$e \(90~\\% interval 2\.50--7\.50~g~CO\$_2\$e\), beside these, from our LCA; none\./,
    /by what was bought, are 25\.0~g~CO\$_2\$e \(90~\\% interval [\d.]+--[\d.]+~g~CO\$_2\$e\), from contract, wind\\_7\./,
    /Fresh water consumed is 3\.00~L \(.*\): 0\.500~L \(.*\) at the site, from site log; 2\.50~L \(.*\) for the electricity, from utility\./,
  ])
    expect(latex).toMatch(said);
  const both = await told('export', 'train', 'serve', '--format', 'markdown');
  expect(both).toMatch(/are 10\.0 g CO₂e \(90 % interval 5\.00–15\.0 g CO₂e\), beside these, from our LCA; none\./);
  expect(both).toContain('Fresh water consumed is 6.00 L');
  const bare = await told('export', 'bare', '--format', 'markdown');
  expect(bare).toContain('Embodied emissions of the hardware are not included: they are not known.');
  expect(bare).toMatch(
    /Of fresh water [\d.]+ L \(.*\) for the electricity, from .* are consumed; that at the site is not known\./,
  );
});

describe('W&B', () => {
  test('an offline run that our own reader reads: the figures of the row', async () => {
    const out = join(folder, 'wandb');
    expect((await ask('export', 'train', '--format', 'wandb')).stderr).toMatch(/needs --out\n {2}.*--out wandb/);
    await told('export', 'train', 'serve', '--format', 'wandb', '--out', out);
    const made = readdirSync(out).sort();
    expect(made).toEqual([
      expect.stringMatching(/^offline-run-20260101_000000-\w+$/),
      expect.stringMatching(/^offline-run-20260101_020000-\w+$/),
    ]);
    const bytes = readFileSync(join(out, made[0]!, `run-${made[0]!.split('-').at(-1)}.wandb`));
    const reader = wandb.open({ from: 0, started_ms: T, onStep: () => {} } as never);
    reader.push(bytes, { at_ms: T, old: false } as never);
    expect(reader.dropped).toBe(0);
    const histories = recordsOf(bytes).map((record) => historyOf(record).items);
    const { runs } = await exported<{ runs: Record<string, unknown>[] }>('train', '--format', 'json');
    const numbers = Object.entries(runs[0]!).filter(([, value]) => typeof value === 'number');
    const figures = numbers.map(([name, value]) => [`joulebook/${name}`, value]);
    expect(histories.filter((items) => items !== null)).toEqual([
      { ...Object.fromEntries(figures), _step: 0, _timestamp: (T + H) / 1000, _runtime: 3600 },
    ]);
  });

  test('records longer than a block are put together again', async () => {
    await aRun('long', 8, { tokens: 1e6 }, '--tag', `note=${'x'.repeat(100_000)}`, '--tag', 'project=shop');
    const out = join(folder, 'long');
    await told('export', 'long', '--format', 'wandb', '--out', out);
    const [run] = readdirSync(out);
    const bytes = readFileSync(join(out, run!, `run-${run!.split('-').at(-1)}.wandb`));
    const records = recordsOf(bytes);
    expect(records.map((record) => record.includes('joulebook/operational_g'))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(records[1]!.includes('x'.repeat(100_000))).toBe(true);
  });
});
