// As of, amendments, restatement: the whole program, with a provider on loopback that revises what it has said.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { report as reportCommand, runs as runsCommand } from '../src/cli/report.ts';
import type { ReportJson } from '../src/report/model.ts';
import type { RestatementJson } from '../src/report/restate-text.ts';
import { joulebook, type Result, said, start, tempFolder, until } from './helpers/cli.ts';
import { type Loopback, loopback, type Received } from './helpers/loopback.ts';

const H = 3_600_000;
const T = Date.UTC(2022, 2, 4, 10);
const iso = (at: number) => new Date(at).toISOString();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let server: Loopback;
let folder: string;
let ledger: string;
/** What Electricity Maps says of France: g/kWh of every hour, and whether it is an estimate. */
const france = (g: number, isEstimated = false) => {
  server.answers(({ query }: Received) => {
    const [from, to] = ['start', 'end'].map((name) => Date.parse(query.get(name)!)) as [number, number];
    const data = Array.from({ length: Math.ceil((to - from) / H) }, (_, i) => ({
      ...{ zone: 'FR', carbonIntensity: g, datetime: iso(from + i * H), updatedAt: iso(from), createdAt: iso(from) },
      ...{ emissionFactorType: 'lifecycle', isEstimated, estimationMethod: null },
    }));
    return { body: { zone: 'FR', data } };
  });
};
beforeEach(async () => {
  server = await loopback(() => ({ status: 500 }));
  france(101);
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
afterEach(() => server.close());

const options = () => ({
  env: { ELECTRICITY_MAPS_URL: server.base, ELECTRICITY_MAPS_TOKEN: 'right', USER: 'kim' },
  cwd: folder,
});
const ask = (...args: string[]): Promise<Result> => joulebook([...args, '--ledger', ledger], options());
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ask(...args);
  expect([args, code, stderr.includes('    at ')], stderr).toEqual([args, 0, false]);
  return stdout;
}
const sync = (...more: string[]) =>
  told('grid', 'sync', 'FR', '--provider', 'electricity-maps', '--no-forecast', ...more);
const report = async (...more: string[]) => JSON.parse(await told('report', 'last', '--json', ...more)) as ReportJson;
const restate = async (...more: string[]) => JSON.parse(await told('restate', '--json', ...more)) as RestatementJson;
const grams = async (...more: string[]) => (await report(...more)).emissions.operational_g.value;

/** The ledger that an import without further options makes: made once, and copied. */
let made: string | null = null;

/** 1 kW in FR from T on for two hours: 2 kWh, and 2.4 kWh with the PUE of 1.2. */
async function imported(...more: string[]): Promise<void> {
  const rows = Array.from({ length: 13 }, (_, i) => `${iso(T + (i * H) / 6)},gpu-0,1000`);
  writeFileSync(join(folder, 'power.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
  if (more.length === 0 && made !== null) return cpSync(made, ledger, { recursive: true });
  await told('import', 'trace', 'power.csv', '--zone', 'FR', '--pue', '1.2', '--tag', 'team=a', ...more);
  if (more.length > 0) return;
  made = join(tempFolder(), 'ledger');
  cpSync(ledger, made, { recursive: true });
}
const files = (): Map<string, Buffer> => {
  const found = readdirSync(ledger, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return new Map(found.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name))]));
};
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const runFolder = () => join(ledger, 'runs', readdirSync(join(ledger, 'runs'))[0]!);

describe('France 2022: 101 becomes 90 g/kWh', () => {
  test('restated by −10.9 %, with the reason; as of before it is what it was; no byte of the ledger is overwritten', async () => {
    await imported();
    await sync();
    await restate(); // the annual mean of the import gives way to what is measured
    expect(await grams()).toBeCloseTo(242.4, 6); // 2 kWh × 1.2 × 101
    const before = await told('report', 'last', '--json');
    const then = String(Date.now());
    const held = files();

    await pause(5);
    france(90);
    expect(await sync('--again')).toMatch(/revised \(101 → 90\.0 g\/kWh\)/);
    const text = await told('restate', '--dry-run');
    expect(text).toMatch(
      /242 gCO2e {2}216 gCO2e {2}−10\.9 %\n {7}−26\.4 gCO2e {2}FR 2022-03-04: 101 → 90\.0 g\/kWh over 2 h/,
    );
    expect(text).toMatch(
      /measured by electricity-maps, retrieved 20\d\d-\d\d-\d\d\n {2}0 runs unchanged; nothing was recorded\n/,
    );
    const { runs, total, unchanged } = await restate();
    expect(runs).toMatchObject([
      {
        ...{ number: 2, user: 'kim', not_comparable: null, change_g: expect.closeTo(-26.4, 6) },
        ...{ change_share: expect.closeTo(-11 / 101, 9), causes: [{ by: 'grid', change_g: expect.closeTo(-26.4, 6) }] },
        before: { mean_g_per_kwh: expect.closeTo(101, 9), parts: [{ quality: 'measured', share: 1 }] },
        after: { mean_g_per_kwh: expect.closeTo(90, 9), operational_g: { value: expect.closeTo(216, 6) } },
      },
    ]);
    expect([total.runs, unchanged]).toEqual([1, 0]);
    await told('amend', 'last', '--pue', '1.1');
    await restate();
    expect(await restate()).toMatchObject({ runs: [], unchanged: 1, total: { runs: 0 } });

    expect(await told('report', 'last', '--json', '--as-of', then)).toBe(before);
    const now = files();
    for (const [file, bytes] of held)
      expect([file, sha(now.get(file)!.subarray(0, bytes.length))]).toEqual([file, sha(bytes)]);
    const grown = [...held].filter(([file, bytes]) => now.get(file)!.length !== bytes.length).map(([file]) => file);
    expect(grown.every((file) => /grid.*\.jsonl$/.test(file))).toBe(true);
    expect(now.size).toBeGreaterThan(held.size);
  });

  test('estimated hours that are measured by now, and a scope that changed', async () => {
    france(101, true);
    await imported();
    await sync();
    await restate();
    france(101);
    await sync('--again');
    const [one] = (await restate()).runs;
    expect(one!.causes).toEqual([
      {
        by: 'grid',
        change_g: 0,
        what: expect.stringMatching(/^FR 2022-03-04: 2 h estimated → measured, 101 → 101 g\/kWh/),
      },
    ]);
    const high = ({ operational_g: g }: { operational_g: { value: number | null; high?: number } }) => g.high!;
    expect(high(one!.after)).toBeLessThan(high(one!.before)); // as much, and surer
    writeFileSync(
      join(folder, 'direct.csv'),
      `timestamp,gco2e_per_kwh,scope\n${iso(T)},50,direct\n${iso(T + 2 * H)},50,direct\n`,
    );
    await told('amend', 'last', '--intensity', 'direct.csv');
    const text = await told('restate');
    expect(text).toMatch(/not comparable\n.*intensity by .*direct\.csv by amendment/);
    expect(text).toMatch(/the intensity was average lifecycle, it is average direct: the two cannot be compared/);
    expect((await report()).emissions.statements.at(-1)).toMatchObject({ change_g: null, change_share: null });
  });
});

describe('as of a moment', () => {
  /** What the commands print, called in this process: seventy starts of Node would tell nothing more. */
  async function all(run: string, asOf?: string): Promise<string[]> {
    const common = { ledger, ...(asOf === undefined ? {} : { asOf }) };
    const forms = [{ json: true }, {}, { md: true }, { csv: true }, { by: 'hour', csv: true }];
    const out: string[] = [];
    for (const form of forms) out.push(await said(() => reportCommand(run, { ...common, ...form })));
    for (const form of [{}, { json: true }]) out.push(await said(() => runsCommand({ ...common, ...form })));
    return out;
  }

  test('byte for byte what was printed then, over several moments, in every form', async () => {
    await imported();
    const moments: { at: string; printed: string[] }[] = [];
    const remember = async () => {
      await pause(3);
      const printed = await all('last');
      moments.push({ at: iso(Date.now()), printed });
      await pause(3);
    };
    await remember();
    await sync();
    await remember();
    await restate();
    await told('amend', 'last', '--pue', '1.1', '--tag', 'team=b', '--why', 'the meter was read');
    await remember();
    france(90);
    await sync('--again');
    writeFileSync(join(folder, 'marginal.csv'), `timestamp,gco2e_per_kwh,kind\n${iso(T)},700,marginal\n`);
    await told('grid', 'import', 'marginal.csv', '--zone', 'FR');
    await remember();
    await told('amend', 'last', '--zone', 'DE', '--from', iso(T + H));
    await restate();
    await remember();
    // Another provider of the zone, another run, and a compacted ledger change nothing of before.
    await told('grid', 'import', join(folder, 'marginal.csv'), '--zone', 'DE');
    await imported('--name', 'second');
    const id = readdirSync(join(ledger, 'runs')).find((one) =>
      existsSync(join(ledger, 'runs', one, 'amend.000001.json')),
    )!;
    for (const { at, printed } of moments) {
      expect(await all(id, at)).toEqual(printed);
    }
    expect(new Set(moments.map(({ printed }) => printed[0])).size).toBe(5);
    const [first] = moments;
    expect(await told('report', id, '--json', '--as-of', first!.at)).toBe(first!.printed[0]);
  }, 240_000);

  test('last is the last of then; a segment that came later is not in it; what had not ended is refused', async () => {
    const run = async (...args: string[]) =>
      expect((await joulebook(['run', '--ledger', ledger, '--quiet', ...args], options())).code).toBe(0);
    await run('--name', 'one', '--', 'sleep', '0.3');
    const first = await told('report', 'last', '--json');
    const then = iso(Date.now());
    await pause(5);
    await run('--resume', 'one', '--', 'sleep', '0.3');
    await run('--name', 'two', '--', 'true');
    expect(await told('report', 'last', '--json', '--as-of', then)).toBe(first);
    expect((await report('--as-of', iso(Date.now()))).run.name).toBe('two');
    const refused = async (run: string, at: string) => {
      const { code, stdout, stderr } = await ask('report', run, '--as-of', at);
      return [code, stdout, stderr];
    };
    const { started_at_ms } = (JSON.parse(first) as ReportJson).run;
    expect(await refused('one', iso(started_at_ms + 100))).toEqual([
      ...[2, ''],
      expect.stringMatching(/cannot be told as of .*: it had not ended\n {2}give a time from 20/),
    ]);
    expect(await refused('two', then)).toEqual([2, '', expect.stringMatching(/it was not recorded yet/)]);
    expect(await refused('none', then)).toEqual([2, '', expect.stringMatching(/no run matches "none"/)]);
    expect(await refused('one', '2098-01-01T00:00Z')).toEqual([2, '', expect.stringMatching(/lies in the future/)]);
    expect(await refused('one', 'yesterday')).toEqual([2, '', expect.stringMatching(/--as-of: "yesterday"/)]);
    const { child, done } = start(['run', '--ledger', ledger, '--quiet', '--', 'sleep', '30'], options());
    await until('a run that runs', () => readdirSync(join(ledger, 'runs')).length === 3 && child.pid);
    await pause(300);
    expect(await refused('last', iso(Date.now()))).toEqual([2, '', expect.stringMatching(/it is still running/)]);
    expect(JSON.parse(await told('runs', '--json', '--as-of', iso(Date.now())))).toMatchObject({
      runs: [{ name: 'two' }, { name: 'one' }],
      warnings: [{ code: 'as-of', message: '1 run that had not ended by then is left out' }],
    });
    expect(await restate()).toMatchObject({ running: 1 });
    expect((await ask('restate', 'last')).stderr).toMatch(/is still running/);
    spawnSync('pkill', ['-P', String(child.pid), 'sleep']);
    await done;
  });
});

describe('amendments', () => {
  /** One run for all that is refused: nothing of it is kept. */
  let untouched: { folder: string; ledger: string } | null = null;

  test('each is kept with who, when and why; report, runs and cut are made with them', async () => {
    await imported('--price', '0.1EUR/kWh');
    await told(
      'amend',
      'last',
      '--zone',
      'DE',
      '--pue',
      '1.5',
      '--price',
      '0.2EUR/kWh',
      '--tag',
      'team=b',
      '--tag',
      'x=1',
    );
    const secret = 'hf_abcdefghijklmnopqrstuv';
    const second = JSON.parse(
      await told('amend', 'last', '--untag', 'x', '--why', `see ${secret}`, '--tag', `note=${secret}`, '--json'),
    );
    expect(second).toMatchObject({
      ...{ schema: 'joulebook/amendment/v1', number: 2, user: 'kim', why: 'see [redacted]' },
      what: { untag: ['x'], tags: { note: '[redacted]' } },
    });
    expect(readFileSync(join(runFolder(), 'amend.000002.json'), 'utf8')).not.toContain(secret);
    const { run, energy, cost, emissions } = await report();
    expect(run).toMatchObject({ zone: 'DE', tags: { team: 'b', note: '[redacted]' } });
    expect(run.tags).not.toHaveProperty('x');
    expect(run.amendments).toMatchObject([
      { user: 'kim', why: null, what: { zone: 'DE', pue: 1.5 } },
      { what: { untag: ['x'] } },
    ]);
    expect([energy.pue.value, cost.value]).toEqual([1.5, expect.closeTo(2 * 1.5 * 0.2, 9)]);
    expect(emissions.intensity.parts).toMatchObject([{ zone: 'DE', quality: 'annual' }]);
    expect(await told('report', 'last')).toMatch(
      /\n {2}amended {7}\d{4}-\d\d-\d\d by kim: zone DE, PUE 1\.5, price 0\.2 EUR\/kWh, tag team: b, tag x: 1\n/,
    );
    expect(JSON.parse(await told('runs', '--json')).runs[0]).toMatchObject({ zone: 'DE', tags: { team: 'b' } });
    const recorded = JSON.parse(readFileSync(join(runFolder(), 'run.json'), 'utf8'));
    const cut = JSON.parse(await told('cut', run.id, '--to', iso(T + H), '--json')) as ReportJson;
    expect([cut.run.zone, cut.energy.pue.value, cut.emissions.operational_g.value]).toEqual([
      ...['DE', 1.5, expect.closeTo(emissions.operational_g.value! / 2, 6)],
    ]);
    expect(recorded).toMatchObject({ zone: 'FR', pue: 1.2 });
  });

  test('the chain that is configured for the new zone is kept with it', async () => {
    await imported();
    writeFileSync(join(folder, 'joulebook.yaml'), 'grid:\n  DE: { chain: [measured] }\n');
    await told('amend', 'last', '--zone', 'DE');
    writeFileSync(join(folder, 'joulebook.yaml'), '');
    expect((await report()).emissions.operational_g).toMatchObject({ value: null, why: /no intensity of DE is known/ });
  });

  test('a place that is named brings its PUE; a series of another zone no longer counts', async () => {
    writeFileSync(join(folder, 'fr.csv'), `timestamp,gco2e_per_kwh,zone\n${iso(T)},70,FR\n${iso(T + H)},70,FR\n`);
    await imported('--intensity', 'fr.csv');
    expect(await grams()).toBeCloseTo(168, 6);
    const text = await told('amend', 'last', '--zone', 'aws:eu-central-1');
    expect(text).toMatch(
      /zone FR → DE, the place aws:eu-central-1, the series .*fr\.csv no longer counts, PUE 1\.2 → 1\.\d+/,
    );
    const { run, emissions } = await report();
    expect([run.zone, run.place?.name, emissions.intensity.parts[0]!.quality]).toEqual([
      'DE',
      'aws:eu-central-1',
      'annual',
    ]);
  });

  test('causes in their order, and each with its share', async () => {
    writeFileSync(join(folder, 'fr.csv'), `timestamp,gco2e_per_kwh\n${iso(T)},100\n${iso(T + H)},100\n`);
    await told('grid', 'import', 'fr.csv', '--zone', 'FR');
    await told('grid', 'import', 'fr.csv', '--zone', 'SE');
    await imported('--name', 'after the grid');
    writeFileSync(join(folder, 'se.csv'), `timestamp,gco2e_per_kwh\n${iso(T)},20\n${iso(T + H)},40\n`);
    await told('amend', 'last', '--pue', '1.1');
    await told('amend', 'last', '--zone', 'SE', '--from', iso(T + H), '--why', 'moved at noon');
    await told('amend', 'last', '--tag', 'team=b');
    await told('grid', 'import', 'se.csv', '--zone', 'SE');
    // 240 g by 1.1 instead of 1.2 are 220; SE was known as FR is; then its second hour is 40 instead of 100.
    const [one] = (await restate()).runs;
    expect(one).toMatchObject({
      change_g: expect.closeTo(-86, 6),
      before: { operational_g: { value: expect.closeTo(240, 6) } },
    });
    expect(
      one!.causes.map(({ by, what, change_g }) => [
        by,
        what.replace(/\d{4}-\d\d-\d\d(?= \(|$)/g, 'DAY'),
        Number(change_g!.toFixed(6)) + 0,
      ]),
    ).toEqual([
      ['amendment', 'PUE 1.2 → 1.1 by amendment of DAY', -20],
      ['amendment', 'zone SE from 2022-03-04T11:00Z by amendment of DAY (moved at noon)', 0],
      ['amendment', 'tag team: a → b by amendment of DAY', 0],
      ['grid', 'SE 2022-03-04: 100 → 40.0 g/kWh over 1 h, measured by import, retrieved DAY', -66],
    ]);
    expect(one!.causes.reduce((s, { change_g }) => s + change_g!, 0)).toBeCloseTo(one!.change_g!, 9);
    expect(await told('report', 'last')).toMatch(/restated {6}240 gCO2e → 154 gCO2e \(−35\.8 %\) on/);
    expect(await told('report', 'last', '--md')).toMatch(/\| Restated \| 240 gCO2e → 154 gCO2e/);
  });

  test('a cut is where its source was, part by part', async () => {
    for (const [zone, g] of [
      ['FR', 100],
      ['SE', 20],
    ] as const) {
      writeFileSync(join(folder, 'g.csv'), `timestamp,gco2e_per_kwh\n${iso(T)},${g}\n${iso(T + H)},${g}\n`);
      await told('grid', 'import', 'g.csv', '--zone', zone);
    }
    await imported('--name', 'trace');
    await told('amend', 'trace', '--zone', 'SE', '--from', iso(T + H));
    const cut = async (...more: string[]) =>
      JSON.parse(await told('cut', 'trace', '--from', iso(T + H / 2), '--json', ...more)) as ReportJson;
    // Half an hour of FR and an hour of SE at 1 kW, times 1.2.
    expect((await cut()).emissions.operational_g.value).toBeCloseTo(1.2 * (0.5 * 100 + 20), 6);
    expect((await cut('--zone', 'SE')).emissions.operational_g.value).toBeCloseTo(1.2 * 1.5 * 20, 6);
  });

  test('eight at once all succeed, each under a number of its own', async () => {
    await imported();
    const made = await Promise.all(Array.from({ length: 8 }, (_, i) => ask('amend', 'last', '--tag', `n${i}=1`)));
    expect(made.map(({ code, stderr }) => [code, stderr])).toEqual(made.map(() => [0, '']));
    expect(
      readdirSync(runFolder())
        .filter((name) => name.startsWith('amend.'))
        .sort(),
    ).toEqual(Array.from({ length: 8 }, (_, i) => `amend.00000${i + 1}.json`));
    expect(Object.keys((await report()).run.tags).filter((name) => /^n\d$/.test(name))).toHaveLength(8);
    expect(readdirSync(runFolder()).filter((name) => name.startsWith('.draft'))).toEqual([]);
  });

  test('several restatements at once make one statement', async () => {
    await imported();
    await told('amend', 'last', '--pue', '1.1');
    const made = await Promise.all(Array.from({ length: 3 }, () => restate()));
    expect(made.flatMap(({ runs }) => runs.map(({ number }) => number))).toEqual([1]);
    expect((await report()).emissions.statements).toHaveLength(1);
  });

  test('one that cannot be read makes emissions unknown until it is said anew; energy stays', async () => {
    await imported();
    await told('amend', 'last', '--pue', '1.1');
    writeFileSync(join(runFolder(), 'amend.000002.json'), '{"schema":');
    const { energy, emissions, warnings } = await report();
    expect(energy.it_j.value).toBeCloseTo(7.2e6, 3);
    expect(emissions.operational_g).toMatchObject({ value: null, why: /amend\.000002\.json/ });
    expect(energy.pue).toMatchObject({ value: null, why: /amend\.000002\.json/ });
    expect(warnings.filter(({ code }) => code === 'ledger-damage')).toMatchObject([
      { message: /amend\.000002\.json cannot be read/ },
    ]);
    expect((await ask('runs')).code).toBe(0);
    expect((await restate()).runs).toMatchObject([{ change_g: null, causes: [{}, {}] }]);
    await told('amend', 'last', '--zone', 'FR', '--pue', '1.1');
    const again = await report();
    expect([again.energy.pue.value, again.emissions.operational_g.value]).toEqual([1.1, expect.any(Number)]);
    expect(existsSync(join(runFolder(), 'amend.000003.json'))).toBe(true);
  });

  test.each<[string, string[], RegExp]>([
    ['a run that there is not', ['none', '--pue', '1.1'], /no run matches "none"/],
    ['a zone that there is not', ['last', '--zone', 'FRX'], /zone "FRX"[\s\S]*FR/],
    ['a PUE of 0.5', ['last', '--pue', '0.5'], /--pue: "0\.5"[\s\S]*from 1 to 10/],
    ['a price without a unit', ['last', '--price', '0.1'], /--price: "0\.1"/],
    ['--from after --to', ['last', '--zone', 'DE', '--from', iso(T + H), '--to', iso(T)], /--from is not before --to/],
    ['--from without --zone', ['last', '--from', iso(T)], /--from and --to are of --zone/],
    [
      '--from outside of the run',
      ['last', '--zone', 'DE', '--from', iso(T - H)],
      /was metered from 2022-03-04T10[\s\S]*09:00:00\.000Z is not inside/,
    ],
    [
      'a part with a series',
      ['last', '--zone', 'DE', '--from', iso(T), '--intensity', 'power.csv'],
      /--intensity is of the whole run[\s\S]*grid import/,
    ],
    ['nothing', ['last'], /nothing is said[\s\S]*--zone/],
    ['what is so already', ['last', '--zone', 'fr', '--pue', '1.2', '--tag', 'team=a'], /says so already/],
    ['a tag that there is not', ['last', '--untag', 'no'], /no tag "no"[\s\S]*team/],
    ['one tag set and taken', ['last', '--untag', 'team', '--tag', 'team=b'], /both name team/],
    ['a reason of two lines', ['last', '--pue', '1.1', '--why', 'a\nb'], /control characters/],
    ['a file that is none', ['last', '--intensity', 'none.csv'], /cannot read .*none\.csv/],
  ])('%s: exit code 2, and nothing is kept', async (_, args, words) => {
    if (untouched === null) await imported();
    untouched ??= { folder, ledger };
    ({ folder, ledger } = untouched);
    const { code, stdout, stderr } = await ask('amend', ...args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(words)]);
    expect(readdirSync(runFolder()).filter((name) => name.startsWith('amend'))).toEqual([]);
  });
});

describe('what goes wrong', () => {
  test('a ledger that cannot be written: exit code 1, said clearly, and still read', async () => {
    await imported();
    await told('amend', 'last', '--pue', '1.1');
    const mount = join(folder, 'read-only');
    mkdirSync(mount);
    if (spawnSync('mount', ['--bind', ledger, mount]).status !== 0)
      return console.warn('skipped: nothing can be mounted here (not root)');
    try {
      spawnSync('mount', ['-o', 'remount,ro,bind', mount]);
      for (const args of [['amend', 'last', '--pue', '1.3'], ['restate'], ['restate', '--json']]) {
        const { code, stdout, stderr } = await joulebook([...args, '--ledger', mount], options());
        expect([args, code, stdout, stderr]).toEqual([
          args,
          1,
          '',
          expect.stringMatching(/^joulebook: cannot write to the ledger at .*EROFS/),
        ]);
      }
      const { code, stdout } = await joulebook(['restate', '--dry-run', '--ledger', mount], options());
      expect([code, stdout]).toEqual([0, expect.stringMatching(/PUE 1\.2 → 1\.1/)]);
    } finally {
      spawnSync('umount', [mount]);
    }
  });

  test('killed at any moment of an amendment, a restatement or a sync: the ledger is read, and goes on', async () => {
    await imported();
    const commands = [
      (i: number) => ['amend', 'last', '--pue', `1.${30 + i}`],
      () => ['restate'],
      () => ['grid', 'sync', 'FR', '--provider', 'electricity-maps', '--no-forecast', '--again'],
    ];
    for (let i = 0; i < 18; i++) {
      const args = commands[i % 3]!(i);
      const { child, done } = start([...args, '--ledger', ledger], options());
      await pause(120 + 25 * i);
      child.kill('SIGKILL');
      await done;
      if (i % 6 === 5) expect((await report()).energy.it_j.value).toBeCloseTo(7.2e6, 3);
    }
    await told('amend', 'last', '--pue', '1.9');
    await sync('--again');
    await restate();
    const { energy, emissions, warnings } = await report();
    expect([energy.pue.value, emissions.operational_g.value]).toEqual([1.9, expect.closeTo(2 * 1.9 * 101, 6)]);
    expect(warnings.filter(({ code }) => code === 'ledger-damage')).toEqual([]);
    expect(emissions.statements.at(-1)!.operational_g.value).toBeCloseTo(2 * 1.9 * 101, 6);
  });

  test('a statement that cannot be read is said, and the one before it counts', async () => {
    await imported();
    await told('amend', 'last', '--pue', '1.1');
    await restate();
    writeFileSync(join(runFolder(), 'statement.000001.json'), 'no');
    expect((await report()).warnings).toContainEqual({
      code: 'ledger-damage',
      message: 'statement.000001.json cannot be read',
    });
    const { runs, warnings } = await restate();
    expect(warnings).toMatchObject([{ code: 'ledger-damage', message: /statement\.000001\.json cannot be read/ }]);
    expect(runs).toMatchObject([{ number: 2, causes: [{ what: expect.stringMatching(/PUE 1\.2 → 1\.1/) }] }]);
  });

  test('--since: runs that ended since then; and not beside named runs', async () => {
    await imported();
    await told('amend', 'last', '--pue', '1.1');
    expect(await restate('--since', iso(Date.now() + 60_000))).toMatchObject({ runs: [], unchanged: 0 });
    expect((await restate('--since', iso(Date.now() - 600_000), '--dry-run')).runs).toMatchObject([{ number: null }]);
    expect(await ask('restate', 'last', '--since', iso(T))).toMatchObject({ code: 2 });
    expect(await ask('restate', 'none')).toMatchObject({ code: 2, stderr: expect.stringMatching(/no run matches/) });
  });

  test('runs that have not changed are counted, and get no statement', async () => {
    await imported();
    expect(await told('restate')).toBe('  1 run unchanged\n');
    expect(existsSync(join(runFolder(), 'statement.000001.json'))).toBe(false);
  });
});
