// Data sets out and in again, on the built command line: figures, schemas, what is refused, what is left when it is killed.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../src/exchange/dataset/manifest.ts';
import { TABLE_NAMES } from '../src/exchange/dataset/tables.ts';
import { writeParquet } from '../src/ledger/parquet-out.ts';
import { listRuns } from '../src/ledger/runs.ts';
import { createRun } from '../src/ledger/writer.ts';
import type { ReportJson } from '../src/report/model.ts';
import { joulebook, reportOf, start, tempFolder, until } from './helpers/cli.ts';
import { parquetRowsOf, plant } from './helpers/dataset.ts';
import { gpu, runRecord, second, writerOf } from './helpers/ledger.ts';

const folder = tempFolder();
const ledger = join(folder, 'ledger');
const bundle = join(folder, 'bundle');
let count = 0;
const fresh = (name: string) => join(folder, `${name}-${++count}`);
const T0 = 1_714_557_600; // 2024-05-01T10:00Z

async function ran(...args: string[]) {
  const result = await joulebook(['dataset', ...args]);
  expect([result.code, result.stderr]).toEqual([0, expect.anything()]);
  return result;
}
const exported = async (into: string, ...args: string[]) =>
  ran('export', into, '--licence', 'CC-BY-4.0', '--ledger', ledger, ...args);

interface Told {
  runs: string[];
  there: string[];
  rejected: { why: string; rows: number; first_row: number | null }[];
  differs: { run: string; line: string; was: number | null; is: number | null; why: string }[];
}
const imported = async (from: string, into: string): Promise<Told> =>
  JSON.parse((await ran('import', from, '--ledger', into, '--json')).stdout) as Told;

const manifestOf = (of: string) => JSON.parse(readFileSync(join(of, 'manifest.json'), 'utf8')) as Manifest;
const table = (of: string, name: string) => parquetRowsOf(join(of, `${name}.parquet`));

/** Ids here by those of the data set, told by their start, which differs. */
async function pairs(into: string, ids: readonly string[]): Promise<{ was: ReportJson; is: ReportJson }[]> {
  const { stdout } = await joulebook(['runs', '--json', '--ledger', ledger]);
  const own = (JSON.parse(stdout) as { runs: { id: string }[] }).runs;
  const before = await Promise.all(own.map(({ id }) => reportOf(ledger, id)));
  return Promise.all(
    ids.map(async (id) => {
      const is = await reportOf(into, id);
      const was = before.find(({ run }) => run.started_at_ms === is.run.started_at_ms)!;
      return { was, is };
    }),
  );
}

beforeAll(async () => {
  const power = Array.from(
    { length: 601 },
    (_, s) => `${T0 + s},gpu-0,${300 + (s % 7)}\n${T0 + s},cpu-package-0,${80 + (s % 3)}`,
  );
  const later = power.map((line) => line.replaceAll(/17145(\d+),/g, (_, rest) => `${Number(`17145${rest}`) + 7200},`));
  const steps = Array.from({ length: 60 }, (_, i) => `${T0 + i * 10},${i},${i * 4096},${3 - i / 100}`);
  const grid = Array.from({ length: 4 }, (_, i) => `${T0 + 6900 + i * 300},${200 + i * 100}`);
  writeFileSync(join(folder, 'power.csv'), `timestamp,device,power_w\n${power.join('\n')}\n`);
  writeFileSync(join(folder, 'later.csv'), `timestamp,device,power_w\n${later.join('\n')}\n`);
  writeFileSync(join(folder, 'steps.csv'), `timestamp,step,tokens,loss\n${steps.join('\n')}\n`);
  writeFileSync(join(folder, 'grid.csv'), `timestamp,gco2e_per_kwh\n${grid.join('\n')}\n`);
  const trace = (file: string, ...more: string[]) =>
    joulebook(['import', 'trace', join(folder, file), '--ledger', ledger, ...more]);
  await trace(
    'power.csv',
    '--zone',
    'FR',
    '--steps',
    join(folder, 'steps.csv'),
    '--pue',
    '1.2',
    '--price',
    '0.1EUR/kWh',
  );
  await trace('later.csv', '--zone', 'aws:eu-central-1', '--intensity', join(folder, 'grid.csv'));
  // A run whose meter died: a gap, bounds, a second writer that shares its GPU.
  const account = {
    market: { contract: { value: 50, low: 40, high: 60, source: 'bill' } },
    water: { onsite: { value: 0.5, source: 'meter' } },
  };
  const facts = { zone: 'DE', pue: 1.3, pue_low: 1.2, pue_high: 1.4, account, created_at_ms: 5000 };
  createRun(ledger, runRecord('d1ed', facts));
  const machine = {
    ...{ cpu: 'AMD EPYC 9654 96-Core Processor', sockets: 2, cores: 192, threads: 384, virtual: false },
    ...{ memory_bytes: 2 ** 40, ssd_bytes: 8e12, hdd_bytes: null, nvidia_gpus: 2 },
  };
  const died = { pid_start: '1', started_at_ms: 4_000_000, machine };
  const hardware = { name: 'NVIDIA H100 80GB HBM3' };
  const one = writerOf(
    ledger,
    'd1ed',
    'a',
    [gpu(0, 'GPU-x', hardware), gpu(1, 'GPU-y', { charged: false, within: 'gpu-0' })],
    died,
  );
  const two = writerOf(ledger, 'd1ed', 'b', [gpu(3, 'GPU-x', hardware)], died);
  for (let s = 4000; s < 4020; s++) {
    if (s === 4010) {
      const gap = {
        energy_j: null as unknown as number,
        quality: 'unknown' as const,
        why: 'unreadable' as const,
        min_w: null,
        max_w: null,
      };
      one.append('energy', second('gpu-0', s, 0, gap));
    } else if (s === 4011)
      one.append(
        'energy',
        second('gpu-0', s, 400, { quality: 'estimated', low_j: 300, high_j: 500, why: 'too-far-apart' }),
      );
    else one.append('energy', second('gpu-0', s, 400 + s / 7));
    one.append('energy', second('gpu-1', s, 50));
    if (s > 4015) two.append('energy', second('gpu-3', s, 401));
  }
  one.append('events', {
    at_ms: 4_019_000,
    event: 'findings',
    device: 'gpu-0',
    message: '',
    facts: { counter_j: 8000, polled_j: 9000, edge_j: 20 },
  });
  for (const writer of [one, two]) writer.flush();
  await exported(bundle, '--include', 'intensity');
});

describe('out', () => {
  test('each row fits the schema of its table, and the manifest its own', async () => {
    const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
    const schema = (name: string) => JSON.parse(readFileSync(join(bundle, 'schemas', `${name}.schema.json`), 'utf8'));
    const manifest = manifestOf(bundle);
    const fits = ajv.compile(schema('manifest'));
    expect([fits(manifest), fits.errors]).toEqual([true, null]);
    for (const name of TABLE_NAMES) {
      const valid = ajv.compile(schema(name));
      const rows = await table(bundle, name);
      expect([name, rows.length]).toEqual([name, manifest.tables[name].rows]);
      for (const row of rows) expect([name, valid(row), valid.errors]).toEqual([name, true, null]);
    }
    expect(fits({ ...manifest, id: 'x' })).toBe(false);
  });

  test('the manifest has the SHA-256 of every other file', () => {
    const all = (readdirSync(bundle, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(bundle.length + 1));
    const { files } = manifestOf(bundle);
    expect(files.map(({ file }) => file).sort()).toEqual(all.filter((file) => file !== 'manifest.json').sort());
    for (const { file, sha256 } of files)
      expect(
        createHash('sha256')
          .update(readFileSync(join(bundle, file)))
          .digest('hex'),
      ).toBe(sha256);
  });

  test('the datasheet says what is there, and describe its head', async () => {
    const sheet = readFileSync(join(bundle, 'datasheet.md'), 'utf8');
    const headings = [...sheet.matchAll(/^## (.*)$/gm)].map(([, name]) => name);
    // The sections of Gebru et al. 2021.
    expect(headings).toEqual([
      'Motivation',
      'Composition',
      'Collection process',
      'Preprocessing, cleaning, labelling',
      'Uses',
      'Distribution',
      'Maintenance',
    ]);
    // 2 × 600 s of 303 + 81 W, 19 s of about 971 W: 0.133 kWh.
    expect(sheet).toMatch(/\| runs \| 3, 0\.3389 h, 0\.133\d? kWh/);
    expect(sheet).toContain('| ember | annual | 2 | CC BY 4.0 | yes | Ember, via Our World in Data |');
    expect(sheet).toContain('| file | measured | 1 | not told | yes | a series of its user’s |');
    expect(sheet).toContain('By zone: DE (2), FR (1)');
    expect((await ran('describe', bundle)).stdout).toBe(`${sheet.split('\n\n## ')[0]}\n`);
    expect(JSON.parse((await ran('describe', join(bundle, 'manifest.json'), '--json')).stdout)).toEqual(
      manifestOf(bundle),
    );
  });

  test('a minute in one row keeps the sum, the bounds and the gap', async () => {
    const minutes = fresh('minutes');
    await exported(minutes, '--resolution', '1min', '--salt-file', join(folder, 'salt'));
    const seconds = fresh('seconds');
    await exported(seconds, '--salt-file', join(folder, 'salt'));
    const [few, many] = [await table(minutes, 'energy'), await table(seconds, 'energy')];
    // 10:00 to 10:10 in whole minutes, two devices, two traces: 40 rows. Of the run that died: gpu-0 before the gap, the gap, the
    // estimate, after it; gpu-1; gpu-3. 4000 s is 66 min 40 s: its 20 s end at a whole minute.
    expect(few.length).toBe(40 + 4 + 1 + 1);
    for (const run of new Set(few.map((row) => row.run))) {
      const sum = (rows: typeof few, key: string) =>
        rows.filter((row) => row.run === run).reduce((all, row) => all + Number(row[key] ?? 0), 0);
      for (const key of ['energy_j', 'low_j', 'high_j'])
        expect([key, sum(few, key)]).toEqual([key, expect.closeTo(sum(many, key), 6)]);
      const long = (rows: typeof few) =>
        rows.filter((row) => row.run === run).reduce((all, row) => all + Number(row.to_ms) - Number(row.from_ms), 0);
      expect(long(few)).toBe(long(many));
    }
    expect(few.filter((row) => row.quality === 'unknown')).toMatchObject([
      { from_ms: 4_010_000, to_ms: 4_011_000, why: 'unreadable' },
    ]);
  });

  test('ids are others each time, and the same with a salt file, which is made for its owner alone', async () => {
    const ids = async (of: string) => (await table(of, 'runs')).map(({ run }) => run);
    const [other, first, again] = [fresh('other'), fresh('first'), fresh('again')];
    await exported(other);
    for (const of of [first, again]) await exported(of, '--salt-file', join(folder, 'own.salt'));
    expect(await ids(first)).toEqual(await ids(again));
    expect(new Set([...(await ids(first)), ...(await ids(other)), ...(await ids(bundle))]).size).toBe(9);
    const { statSync } = await import('node:fs');
    expect(statSync(join(folder, 'own.salt')).mode & 0o777).toBe(0o600);
  });

  test('a licence, a place of its own and known words are asked for', async () => {
    const wrong = async (...args: string[]) => {
      const { code, stderr } = await joulebook(['dataset', 'export', ...args, '--ledger', ledger]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await wrong(fresh('x'))).toMatch(/--licence ID\n.*CC-BY-4\.0/);
    expect(await wrong(fresh('x'), '--licence', 'CC-BY-5.0')).toMatch(/SPDX knows no "CC-BY-5\.0"/);
    expect(await wrong(bundle, '--licence', 'MIT')).toMatch(/is there already/);
    expect(await wrong(fresh('x'), '--licence', 'MIT', '--include', 'pids')).toMatch(/one of commands, hosts/);
    expect(await wrong(fresh('x'), '--licence', 'MIT', '--resolution', '7s')).toMatch(/does not divide an hour/);
    expect(await wrong(fresh('x'), '--licence', 'MIT', '--times', 'relative', '--include', 'intensity')).toMatch(
      /when a run was/,
    );
    writeFileSync(join(folder, 'short.salt'), 'abc');
    expect(await wrong(fresh('x'), '--licence', 'MIT', '--salt-file', join(folder, 'short.salt'))).toMatch(
      /fewer than 16/,
    );
  });

  test('a run that goes on and one whose records are damaged are left out, and that is said', async () => {
    const own = fresh('ledger');
    cpSync(ledger, own, { recursive: true });
    const energy = join(own, 'runs', 'd1ed', 'a', 'energy.000001.open');
    cpSync(energy, energy.replace('.open', '.bak'));
    writeFileSync(energy.replace('.open', '.parquet'), 'PAR1 cut short');
    (await import('node:fs')).rmSync(energy);
    createRun(own, runRecord('g0es', { created_at_ms: 9 }));
    writerOf(own, 'g0es', 'w', [gpu(0)]).flush(); // of this process, which lives
    const out = fresh('out');
    const { stdout } = await joulebook(['dataset', 'export', out, '--licence', 'MIT', '--ledger', own, '--json']);
    const { left_out, tables } = JSON.parse(stdout) as { left_out: unknown[]; tables: Manifest['tables'] };
    expect(tables.runs.rows).toBe(2);
    expect(left_out).toEqual(
      expect.arrayContaining([
        { run: 'd1ed', why: 'its records are damaged' },
        { run: 'g0es', why: 'it is still running' },
      ]),
    );
    expect(readFileSync(join(out, 'datasheet.md'), 'utf8')).toContain('it is still running (1)');
  });

  test('killed midway it leaves nothing that looks like a data set', async () => {
    const place = fresh('killed');
    mkdirSync(place);
    const out = join(place, 'out');
    const { child, done } = start(['dataset', 'export', out, '--licence', 'MIT', '--ledger', ledger]);
    await until('a file of the data set', () => readdirSync(place).some((name) => name.startsWith('.out.draft-')));
    child.kill('SIGKILL');
    await done;
    for (const name of readdirSync(place))
      expect([name, existsSync(join(place, name, 'manifest.json'))]).toEqual([
        expect.stringMatching(/^\.out\.draft-/),
        false,
      ]);
    await exported(out);
    expect((await ran('describe', out)).stdout).toMatch(/^# Energy of runs\n/);
  });
});

describe('and in again', () => {
  const into = fresh('into');
  let told: Told;
  beforeAll(async () => {
    told = await imported(bundle, into);
  });

  test('runs have the same energy, intervals, emissions, work and state', async () => {
    expect(told).toMatchObject({ there: [], rejected: [], differs: [] });
    const all = await pairs(into, told.runs);
    expect(all).toHaveLength(3);
    const near = (value: number) =>
      expect.closeTo(value, value === 0 ? 9 : 9 - Math.floor(Math.log10(Math.abs(value))));
    const figures = ({ energy, emissions, water_l, cost, per }: ReportJson) =>
      [
        ...[energy.it_j, energy.facility_j, emissions.operational_g, emissions.market_g, emissions.embodied_g],
        ...[water_l, cost, per.j_per_token],
      ].map((figure) =>
        figure.value === null ? figure.why : { value: figure.value, low: figure.low, high: figure.high },
      );
    for (const { was, is } of all) {
      const expected = figures(was).map((figure) =>
        typeof figure === 'string'
          ? figure
          : { value: near(figure.value), low: near(figure.low), high: near(figure.high) },
      );
      expect(figures(is)).toEqual(expected);
      expect(is.energy.coverage).toBeCloseTo(was.energy.coverage, 12);
      expect(is.work).toEqual(was.work);
      expect(is.energy.gaps.map(({ from_ms, to_ms, why }) => ({ from_ms, to_ms, why }))).toEqual(
        was.energy.gaps.map(({ from_ms, to_ms, why }) => ({ from_ms, to_ms, why })),
      );
      expect([is.run.state, is.run.zone, is.run.segments]).toEqual([was.run.state, was.run.zone, was.run.segments]);
      expect(is.run.tags).toMatchObject({ imported_format: 'dataset', imported_hash: manifestOf(bundle).id });
      expect([is.run.name, is.run.git, is.run.hosts.every((host) => host.startsWith('host-'))]).toEqual([
        null,
        null,
        true,
      ]);
    }
    // By hand: 20 s of 400 J and a seventh of the second's number, less the unknown second, 400 J of the estimated one.
    const hand = Array.from({ length: 20 }, (_, i) => (i === 10 ? 0 : i === 11 ? 400 : 400 + (4000 + i) / 7)).reduce(
      (a, b) => a + b,
    );
    expect(all.find(({ is }) => is.run.state === 'interrupted')!.is.energy.it_j.value).toBeCloseTo(hand, 6);
  });

  test('the same one again adds nothing', async () => {
    const again = await imported(bundle, into);
    expect([again.runs, again.there.sort()]).toEqual([[], [...told.runs].sort()]);
    const { stdout } = await joulebook(['runs', '--json', '--ledger', into]);
    expect((JSON.parse(stdout) as { runs: unknown[] }).runs).toHaveLength(3);
    expect(readdirSync(into).filter((name) => name.startsWith('.'))).toEqual(['.gitignore']);
  });

  test('killed midway it leaves whole runs alone, and goes on from there', async () => {
    const other = fresh('killed');
    const { child, done } = start(['dataset', 'import', bundle, '--ledger', other]);
    const runs = () => (existsSync(join(other, 'runs')) ? readdirSync(join(other, 'runs')) : []);
    await until('a run', () => runs().length > 0);
    child.kill('SIGKILL');
    await done;
    const left = runs().length;
    const again = await imported(bundle, other);
    expect([again.there.length, again.runs.length, again.differs]).toEqual([left, 3 - left, []]);
    const { stdout } = await joulebook(['runs', '--json', '--ledger', other]);
    const was = JSON.parse((await joulebook(['runs', '--json', '--ledger', into])).stdout);
    expect(JSON.parse(stdout).total).toEqual(was.total);
    expect(JSON.parse(stdout).warnings).toEqual(was.warnings);
  });

  test('it goes beside the runs that are there, and out again as it came', async () => {
    const both = fresh('both');
    cpSync(ledger, both, { recursive: true });
    expect((await imported(bundle, both)).runs).toHaveLength(3);
    const { stdout } = await joulebook(['runs', '--json', '--ledger', both]);
    expect((JSON.parse(stdout) as { runs: unknown[] }).runs).toHaveLength(6);
    const out = fresh('out');
    await ran('export', out, '--licence', 'MIT', '--ledger', into);
    const rows = async (of: string) =>
      (await table(of, 'energy')).map(({ run: _, segment, ...row }) => JSON.stringify({ segment, ...row })).sort();
    expect(await rows(out)).toEqual(await rows(bundle));
  });

  test('without its courses the account is made here, and what differs is said with the reason', async () => {
    const [out, other] = [fresh('out'), fresh('other')];
    await exported(out);
    const { differs } = await imported(out, other);
    // 300, then 400 g/kWh of the file, against DE's annual 329.65 g/kWh (data/grid-annual.json).
    expect(differs).toMatchObject([{ line: 'operational_g', why: expect.stringMatching(/measured of file/) }]);
    const { is, was } = differs[0]!;
    const { it_j, facility_j } = (await reportOf(other, differs[0]!.run)).energy;
    const energy = facility_j.value!;
    expect(energy).toBeGreaterThan(it_j.value!);
    expect(is).toBeCloseTo((energy / 3.6e6) * 329.65, 6);
    expect(was! / ((energy / 3.6e6) * 350)).toBeCloseTo(1, 3);
  });

  test('relative times begin at 0, and two runs at 0 share no device', async () => {
    const [out, other] = [fresh('out'), fresh('other')];
    await exported(out, '--times', 'relative');
    const runs = await table(out, 'runs');
    expect(runs.map(({ started_at_ms }) => started_at_ms)).toEqual([0, 0, 0]);
    expect(await table(out, 'intensity')).toEqual([]);
    await imported(out, other);
    const { stdout } = await joulebook(['runs', '--json', '--ledger', other]);
    const { total } = JSON.parse(stdout) as { total: { it_j: number; shared_j: number } };
    const { stdout: own } = await joulebook(['runs', '--json', '--ledger', ledger]);
    expect(total.shared_j).toBe(0);
    expect(total.it_j).toBeCloseTo((JSON.parse(own) as { total: { it_j: number } }).total.it_j, 5);
  });

  test('what was chosen comes back', async () => {
    const [secret, out, other] = [fresh('planted'), fresh('out'), fresh('other')];
    await plant(secret, (place) => `the ${place}`);
    const include = 'commands,hosts,users,paths,git,tags,names';
    await ran('export', out, '--licence', 'MIT', '--ledger', secret, '--include', include);
    const { runs } = await imported(out, other);
    const { run } = await reportOf(other, runs[0]!);
    expect(run).toMatchObject({
      ...{ name: 'the name', command: ['python', 'the command'], hosts: ['the host'], model: 'the model' },
      ...{ git: { commit: 'the commit', branch: 'the branch', dirty: true } },
      tags: { 'the tag': 'the tag-value', imported_format: 'dataset' },
    });
  });
});

describe('what is refused', () => {
  const broken = (change: (of: string) => void) => {
    const of = fresh('broken');
    cpSync(bundle, of, { recursive: true });
    change(of);
    return of;
  };
  const refused = async (of: string) => {
    const into = fresh('none');
    const { code, stderr } = await joulebook(['dataset', 'import', of, '--ledger', into]);
    expect([code, existsSync(into)]).toEqual([2, false]);
    return stderr;
  };
  const manifest = (of: string, more: object) =>
    writeFileSync(join(of, 'manifest.json'), JSON.stringify({ ...manifestOf(of), ...more }));

  test('a changed, a shortened and a missing file', async () => {
    const changed = broken((of) => {
      const bytes = readFileSync(join(of, 'energy.parquet'));
      bytes[100]! ^= 1;
      writeFileSync(join(of, 'energy.parquet'), bytes);
    });
    expect(await refused(changed)).toMatch(
      /energy\.parquet was changed: its SHA-256 is [0-9a-f]{64}, its manifest says [0-9a-f]{64}/,
    );
    expect(await refused(broken((of) => writeFileSync(join(of, 'datasheet.md'), '#')))).toMatch(
      /datasheet\.md has 1 bytes/,
    );
    const { rmSync } = await import('node:fs');
    expect(await refused(broken((of) => rmSync(join(of, 'steps.parquet'))))).toMatch(/steps\.parquet cannot be read/);
    expect(await refused(broken((of) => rmSync(join(of, 'manifest.json'))))).toMatch(/no manifest\.json to read/);
  });

  test('a newer format, another manifest, files elsewhere', async () => {
    expect(await refused(broken((of) => manifest(of, { version: 2 })))).toMatch(
      /has format 2, this joulebook reads up to 1/,
    );
    expect(await refused(broken((of) => writeFileSync(join(of, 'manifest.json'), '{}')))).toMatch(
      /not that of a data set/,
    );
    expect(await refused(broken((of) => writeFileSync(join(of, 'manifest.json'), '{"schema"')))).toMatch(/no JSON/);
    expect(await refused(broken((of) => manifest(of, { files: [{ file: '../x', bytes: 1, sha256: '' }] })))).toMatch(
      /files that no data set has/,
    );
    expect(await refused(broken((of) => manifest(of, { tables: {} })))).toMatch(/no file of the table runs/);
    expect(await refused(join(folder, 'power.csv'))).toMatch(/it is no folder/);
  });

  /** Rewrites a table by SQL over what is there, and says so in the manifest. */
  const remade = async (name: string, select: string): Promise<string> => {
    const of = broken(() => {});
    const db = await (await DuckDBInstance.create(':memory:')).connect();
    await db.run(`COPY (${select.replaceAll('$T', `read_parquet('${join(bundle, `${name}.parquet`)}')`)})
      TO '${join(of, `${name}.parquet`)}' (FORMAT parquet)`);
    db.closeSync();
    return signed(of);
  };
  const signed = async (of: string): Promise<string> => {
    const { entriesOf, idOf } = await import('../src/exchange/dataset/manifest.ts');
    const files = await entriesOf(
      of,
      manifestOf(of).files.map(({ file }) => file),
    );
    manifest(of, { files, id: idOf(files) });
    return of;
  };

  test('tables that are none, though their hashes are right', async () => {
    const garbage = broken((of) => writeFileSync(join(of, 'energy.parquet'), 'PAR1 not Parquet at all PAR1'));
    expect(await refused(await signed(garbage))).toMatch(/energy\.parquet cannot be read as Parquet/);
    expect(await refused(await remade('energy', 'SELECT * EXCLUDE (from_ms) FROM $T'))).toMatch(/no column from_ms/);
    expect(await refused(await remade('runs', 'SELECT * EXCLUDE (run) FROM $T'))).toMatch(/no column run/);
    expect(await refused(await remade('energy', "SELECT * REPLACE ('x' AS energy_j) FROM $T"))).toMatch(
      /energy_j is VARCHAR, not a number/,
    );
    expect(await refused(broken((of) => manifest(of, { files: [null] })))).toMatch(/files that no data set has/);
    expect(await refused(broken((of) => manifest(of, { title: '\u001b[2J' })))).toMatch(/a line of text each/);
    expect(await refused(broken((of) => manifest(of, { licence: 7 })))).toMatch(/a line of text each/);
  });

  test('a column that was added later may be missing; segments told twice or out of time are left out', async () => {
    const older = await imported(await remade('runs', 'SELECT * EXCLUDE (stage) FROM $T'), fresh('older'));
    expect([older.runs.length, older.rejected, older.differs]).toEqual([3, [], []]);
    const twice = await imported(
      await remade('segments', 'SELECT * FROM $T UNION ALL SELECT * FROM $T'),
      fresh('twice'),
    );
    expect(twice.rejected).toMatchObject([{ why: 'segments: one that is there already' }]);
    expect([twice.runs.length, twice.differs]).toEqual([3, []]);
    const into = fresh('times');
    const odd = await imported(await remade('segments', 'SELECT * REPLACE (1e17 AS started_at_ms) FROM $T'), into);
    expect(odd.rejected.map(({ why }) => why)).toContain('segments: times that cannot be');
    expect((await joulebook(['runs', '--ledger', into])).code).toBe(0);
    const host = fresh('host');
    await imported(await remade('segments', "SELECT * REPLACE (chr(27) || '[31mX' AS host) FROM $T"), host);
    expect(JSON.stringify(listRuns(host).map(({ writers }) => writers[0]!.record.host))).not.toContain('\\u001b');
  });

  test('rows that cannot be are left out and told, the others are taken', async () => {
    const odd = broken(() => {});
    const rows = await table(odd, 'energy');
    const [first] = rows;
    const bad = [
      { ...first, device: 'gpu-9' },
      { ...first, to_ms: first!.from_ms },
      { ...first, energy_j: -1 },
      { ...first, quality: 'guessed' },
      first!, // a second time
      { ...first, run: '0'.repeat(20) },
    ];
    const types = { text: 'VARCHAR', number: 'DOUBLE', integer: 'BIGINT', flag: 'BOOLEAN' } as const;
    const { columnsOf } = await import('../src/exchange/dataset/tables.ts');
    const { entriesOf, idOf } = await import('../src/exchange/dataset/manifest.ts');
    const columns = columnsOf('energy').map(({ name, type }) => ({ name, type: types[type] }));
    await writeParquet(join(odd, 'energy.parquet'), columns, [...rows, ...bad] as Record<
      string,
      string | number | null
    >[]);
    const files = await entriesOf(
      odd,
      manifestOf(odd).files.map(({ file }) => file),
    );
    manifest(odd, { files, id: idOf(files) });
    const told = await imported(odd, fresh('into'));
    expect(told.rejected.map(({ why, rows: n }) => [why, n]).sort()).toEqual([
      ['energy: a device that its segment does not have', 1],
      ['energy: a source or quality that there is not', 1],
      ['energy: an energy that cannot be', 1],
      ['energy: it ends before it begins', 1],
      ['energy: it overlaps the row before', 1],
      ['energy: of a segment that there is not', 1],
    ]);
    expect([told.runs.length, told.differs]).toEqual([3, []]);
  });
});
