// A ledger with a secret in every place that holds a text, and the texts of a data set, decoded.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { keep, keptAs } from '../../src/ledger/kept.ts';
import { createRun } from '../../src/ledger/writer.ts';
import { plainIntensity } from '../../src/run/intensity.ts';
import { stepOf } from '../../src/workload/step.ts';
import { endAt, gpu, runRecord, second, writerOf } from './ledger.ts';

/** Epoch ms of the planted run's start. */
export const BEGAN_MS = Date.UTC(2024, 4, 1, 10);
export const PLANTED = 'k3yrunn4m3';

/** One run of 60 s and two GPUs; `secret` gives the text for each place. */
export async function plant(ledger: string, secret: (place: string) => string): Promise<void> {
  const stored = keptAs(
    secret('series-file'),
    plainIntensity({
      notes: [secret('series-note')],
      series: [
        {
          ...{ zone: secret('series-zone'), provider: secret('series-provider'), source: secret('series-source') },
          ...{
            licence: secret('series-licence'),
            kind: 'average',
            scope: 'lifecycle',
            quality: 'measured',
            year: null,
          },
          from_ms: Float64Array.of(BEGAN_MS - 3_600_000),
          ...{ to_ms: Float64Array.of(BEGAN_MS + 3_600_000), g_per_kwh: Float64Array.of(200) },
        },
      ],
    }),
  );
  keep(ledger, [stored]);
  const run = runRecord(PLANTED, {
    ...{ name: secret('name'), command: ['python', secret('command')], created_at_ms: BEGAN_MS, user: secret('user') },
    ...{ cwd: `/home/${secret('cwd')}`, git: { commit: secret('commit'), branch: secret('branch'), dirty: true } },
    ...{ tags: { [secret('tag')]: secret('tag-value') }, zone: secret('zone'), pue: 1.2, version: secret('version') },
    price: { per_kwh: 0.2, currency: secret('currency') },
    intensity: { file: secret('intensity-file'), hash: stored.hash },
    model: secret('model'),
    account: {
      market: {
        contract: { value: 10, source: secret('contract') },
        certificates: { file: secret('certificates'), hash: secret('certificates-hash') },
      },
      marginal: { file: secret('marginal'), hash: secret('marginal-hash') },
      embodied: { devices: { [secret('embodied-device')]: { value: 100, source: secret('embodied-source') } } },
    },
    place: {
      ...{
        name: secret('place'),
        city: secret('city'),
        pue_source: secret('pue-source'),
        pue_scope: null,
        pue_year: null,
      },
      ...{ wue_l_per_kwh: null, wue_source: null, wue_scope: null, wue_year: null },
    },
  });
  createRun(ledger, run);
  const own = [
    gpu(0, secret('uuid'), { name: secret('device-name'), notes: [secret('note')], part: secret('part') }),
    gpu(1, '', { device: secret('device'), within: secret('within'), share_of: secret('share-of'), charged: false }),
  ];
  const writer = writerOf(ledger, PLANTED, 'w1', own, {
    ...{ host: secret('host'), boot_id: secret('boot'), pid_namespace: secret('namespace'), pid: 4_000_321_987 },
    ...{ pid_start: secret('pid-start'), command: [secret('writer-command')], started_at_ms: BEGAN_MS },
    machine: {
      ...{ cpu: secret('cpu'), sockets: 1, cores: 8, threads: 16, virtual: false, memory_bytes: 2 ** 36 },
      ...{ ssd_bytes: 1e12, hdd_bytes: null, nvidia_gpus: 2 },
    },
    rank: { launcher: secret('launcher'), rank: 0, world: 1, local_rank: null },
  });
  writer.devices(own, [secret('absent')]);
  const odd = { source: secret('source') as 'counter', why: secret('why') as 'unreadable' };
  for (let s = 0; s < 60; s++) {
    const from_ms = BEGAN_MS + s * 1000;
    const time = { from_ms, to_ms: from_ms + 1000 };
    writer.append('energy', second('gpu-0', 0, 300 + s, s === 7 ? { ...time, ...odd } : time));
    writer.append('energy', second(own[1]!.device, 0, 100, time));
    const names = { metrics: { [secret('metric')]: 1 }, units: { [secret('unit')]: s } };
    const words = {
      phase: secret('phase'),
      tokens_are: secret('tokens-are') as 'unsaid',
      told: secret('told') as 'helper',
    };
    const step = stepOf(from_ms + 500, {
      step: s,
      tokens: s * 10,
      loss: 2 - s / 100,
      ...names,
      ...(s % 2 ? words : {}),
    });
    writer.append('steps', { ...step, it_j: null });
    const user = { pid: 4_000_321_988, pid_start: 1, ancestors: secret('ancestors'), uid: 4_000_321_989 };
    writer.append('usage', { device: 'gpu-0', ...time, ...user, name: secret('process'), share: 1 });
  }
  const at_ms = BEGAN_MS + 60_000;
  const facts = {
    counter_j: 1,
    polled_j: 1,
    [secret('fact')]: 1,
    method: secret('method'),
    roughness: secret('fact-value'),
  };
  writer.append('events', { at_ms, event: 'findings', device: 'gpu-0', message: secret('message'), facts });
  writer.append('events', {
    at_ms,
    event: 'window',
    message: secret('window'),
    facts: { name: secret('window-name') },
  });
  writer.append('events', { at_ms, event: secret('event'), message: 'x' });
  writer.append('events', { at_ms, event: `warn:${secret('warning')}`, message: 'x' });
  writer.append('events', { at_ms, event: 'warn:grid', message: secret('warning-message') });
  writer.flush();
  await writer.end({ ...endAt(at_ms), exit_code: null, signal: secret('signal') });
  const amendment = {
    ...{ schema: 'joulebook/amendment/v1', at_ms: at_ms + 1, user: secret('amender'), why: secret('amendment-why') },
    what: { pue: 1.3 },
  };
  writeFileSync(join(ledger, 'runs', PLANTED, 'amend.000001.json'), JSON.stringify(amendment));
}

export async function parquetRowsOf(file: string): Promise<Record<string, unknown>[]> {
  const bytes = readFileSync(file);
  const rows = await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    compressors,
  });
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === 'bigint' ? Number(value) : value]),
    ),
  );
}

/** Names of all files below, and all that is in them: as bytes, and of Parquet the values. */
export async function everythingIn(folder: string): Promise<string> {
  const out: string[] = [];
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    out.push(name);
    if (!/\.(json|md|parquet)$/.test(name)) continue;
    out.push(readFileSync(join(folder, name), 'utf8'));
    if (name.endsWith('.parquet'))
      for (const row of await parquetRowsOf(join(folder, name))) out.push(...Object.values(row).map(String));
  }
  return out.join('\n');
}
