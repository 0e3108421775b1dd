// Embodied emissions through the commands: of GPUs that the fake driver shows, of a slice, of the host beside them, as the
// account's file says, in text, Markdown, CSV and JSON.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ReportJson } from '../src/report/model.ts';
import { buildFakeNvml, type FakeSpec, fakeNvmlEnv, noFakeNvml } from './fake-nvml/fake-nvml.ts';
import { joulebook, metered, reportOf, tempFolder } from './helpers/cli.ts';

const LIFE_S = 5 * 8760 * 3600;
let folder: string;
let ledger: string;
beforeEach(() => {
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
const accountFile = (text: string): string => {
  const file = join(folder, 'account.yaml');
  writeFileSync(file, `account:\n  embodied: ${text}\n`);
  return file;
};
const told = async (...args: string[]) => (await joulebook(['report', 'last', '--ledger', ledger, ...args])).stdout;

describe.skipIf(noFakeNvml !== null)(`GPUs (${noFakeNvml ?? 'fake NVML'})`, () => {
  const meter = async (visible: string, account: string, spec: Partial<FakeSpec> = {}): Promise<ReportJson> => {
    const gpus = { t0: Date.now(), devices: 2, mean: 300, names: 'NVIDIA H100 80GB HBM3', ...spec };
    const env = { FAKE_NVML: fakeNvmlEnv(gpus), JOULEBOOK_NVML: buildFakeNvml(folder), CUDA_VISIBLE_DEVICES: visible };
    const args = ['--zone', 'DE', '--account', accountFile(account), '--', 'sleep', '1'];
    return (await metered(folder, args, env)).report;
  };
  const value = ({ emissions }: ReportJson) => emissions.embodied_g.value!;

  test('one of two, by its maker over five years, with half of a server that is given: 164 + 2,500 / 2 kg', async () => {
    const report = await meter('0', '{ source: vendor, lifetime_y: 5, server: { kg: 2500 } }');
    const { emissions, run, uncertainty } = report;
    const [gpu, host] = emissions.embodied.parts;
    expect(gpu!.reserved_s).toBeCloseTo(run.duration_s, 6);
    expect(value(report)).toBeCloseTo(((164 + 1250) * 1000 * run.duration_s) / LIFE_S, 12);
    expect([gpu!.kg.value, gpu!.by, gpu!.scope]).toEqual([164, 'vendor', 'share of the baseboard']);
    expect([host!.share, host!.by]).toEqual([0.5, 'given']);
    expect(emissions.total_g.value).toBeCloseTo(emissions.operational_g.value! + value(report), 12);
    expect(uncertainty.map(({ from }) => from)).toContain('what it took to make accelerators');
    expect(await reportOf(ledger, 'last')).toMatchObject({ emissions: { embodied_g: emissions.embodied_g } });
    expect(await told()).toMatch(
      /^ {2}embodied +[\d.]+ mgCO2e .*\n +1 × NVIDIA H100 80GB HBM3: 131 to 272 kg each \(vendor\)/m,
    );
    expect(await told('--md')).toMatch(/\| Embodied emissions \| [\d.]+ mgCO2e/);
    const [row] = parse(await told('--csv'), { columns: true }) as Record<string, string>[];
    expect(Number(row!.embodied_g)).toBeCloseTo(value(report), 12);
    expect(Number(row!.total_g)).toBeCloseTo(emissions.total_g.value!, 12);
    const sci = JSON.parse((await joulebook(['export', 'last', '--format', 'sci', '--ledger', ledger])).stdout);
    expect(sci.runs[0].m_g.value).toBeCloseTo(value(report), 12);
  });

  test('a slice of one of seven is a seventh of a board, and of two boards a fourteenth of the server', async () => {
    const slice = 'MIG-a0000000-51ce-4000-8000-000000000000';
    const report = await meter(slice, '{ source: vendor, lifetime_y: 5, server: { kg: 2500 } }', { mig: '1,3' });
    expect(value(report)).toBeCloseTo(((164 / 7 + 2500 / 14) * 1000 * report.run.duration_s) / LIFE_S, 12);
  });

  test('without a word the range of both, and of the host what the kernel tells', async () => {
    const { emissions, run } = await meter('0,1', '{ lifetime_y: 5 }');
    const { parts } = emissions.embodied;
    const gpus = parts.filter(({ kind }) => kind === 'accelerator');
    expect(gpus.map(({ kg }) => kg)).toEqual(
      [0, 1].map(() => ({
        value: expect.closeTo(306.2, 1),
        low: expect.closeTo(164, 6),
        high: expect.closeTo(571.9, 1),
      })),
    );
    const memory = parts.find(({ kind }) => kind === 'memory')!;
    expect(memory.share).toBe(1);
    const { low, high } = memory.kg as { low: number; high: number };
    const gb = totalmem() / 1e9;
    expect([low / gb, high / gb]).toEqual([expect.closeTo(0.065, 4), expect.closeTo(1.39, 2)]);
    const sum = parts.reduce((all, { embodied_g }) => all + (embodied_g.value ?? 0), 0);
    expect(emissions.embodied_g.value).toBeCloseTo(sum, 12);
    const writer = readdirSync(join(ledger, 'runs', run.id)).find((name) => !name.includes('.json'))!;
    const { machine } = JSON.parse(readFileSync(join(ledger, 'runs', run.id, writer, 'writer.json'), 'utf8'));
    expect(machine.memory_bytes).toBeCloseTo(totalmem(), -4);
    expect(machine.threads).toBeGreaterThanOrEqual(cpus().length);
  });
});

describe('a trace', () => {
  const imported = async (...args: string[]) => {
    const rows = [0, 1800, 3600].map((s) => `${new Date(Date.UTC(2025, 5, 1) + s * 1000).toISOString()},gpu-0,700`);
    writeFileSync(join(folder, 'power.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
    const trace = ['import', 'trace', join(folder, 'power.csv'), '--zone', 'DE', '--ledger', ledger, ...args];
    expect((await joulebook(trace)).code).toBe(0);
    return reportOf(ledger, 'last');
  };

  test('of a GPU of no name is unknown and says why; the total is operational alone', async () => {
    const { emissions, warnings } = await imported();
    expect(emissions.embodied_g).toEqual({ value: null, why: expect.stringContaining('account.embodied.devices') });
    expect(emissions.total_g).toEqual(emissions.operational_g);
    const said = warnings.find(({ code }) => code === 'embodied-unknown');
    expect(said!.message).toMatch(/^total_g leaves embodied emissions out: what it took to make gpu-0 /);
    expect(await told()).toMatch(/^ {2}embodied {6}unknown: what it took to make gpu-0 is not known: give/m);
  });

  test('whose column "name" tells the GPU has it from the tables', async () => {
    const rows = [0, 1800, 3600].map((s) => `${Date.UTC(2025, 5, 1) / 1000 + s},gpu-0,NVIDIA H100 80GB HBM3,700`);
    const named = join(folder, 'named.csv');
    writeFileSync(named, `timestamp,device,name,power_w\n${rows.join('\n')}\n`);
    const account = accountFile('{ source: vendor, lifetime_y: 5, server: { kg: 2500 } }');
    expect((await joulebook(['import', 'trace', named, '--account', account, '--ledger', ledger])).code).toBe(0);
    const { emissions } = await reportOf(ledger, 'last');
    expect(emissions.embodied_g.value).toBeCloseTo(((164 + 2500) * 1000 * 3600) / LIFE_S, 6); // its only GPU
    expect(await told()).toContain('1 × NVIDIA H100 80GB HBM3: 131 to 272 kg each (vendor)');
  });

  test('whose GPU is given is known for an hour of it, and a correction gives another', async () => {
    const given = await imported(
      '--account',
      accountFile('{ lifetime_y: 4, devices: { gpu-0: { kg: 150, low: 100, high: 300 } } }'),
    );
    const hour = (kg: number) => expect.closeTo((kg * 1000) / (4 * 8760), 9);
    expect(given.emissions.embodied_g).toEqual({ value: hour(150), low: hour(100), high: hour(300) });
    expect(given.warnings.find(({ code }) => code === 'embodied')!.message).toMatch(/leave out host imported/);
    const amend = ['amend', 'last', '--account', accountFile('{ lifetime_y: 4, devices: { gpu: { kg: 75 } } }')];
    expect((await joulebook([...amend, '--ledger', ledger])).code).toBe(0);
    expect((await reportOf(ledger, 'last')).emissions.embodied_g.value).toEqual(hour(75));
  });
});
