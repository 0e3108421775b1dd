// What is exported for W&B is taken by W&B's own client: `wandb sync` sends it to a server on loopback. The Python of
// .ci/python.sh has it; without it this is skipped with the reason; in CI it fails.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { joulebook, tempFolder } from '../helpers/cli.ts';

const OWN = join(resolve(import.meta.dirname, '../..'), '.venv/bin/python');
const PYTHON = process.env.JOULEBOOK_TEST_PYTHON ?? (existsSync(OWN) ? OWN : null);
const has = PYTHON !== null && spawnSync(PYTHON, ['-c', 'import wandb']).status === 0;

interface Sent {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: another tool's answer
  readonly body: any;
}

/** Answers as far as a run's upload asks; what came with JSON is remembered. */
async function server() {
  const sent: Sent[] = [];
  const made = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString();
      if (text.startsWith('{')) sent.push({ path: request.url!, body: JSON.parse(text) });
      const project = { id: 'p', name: 'joulebook', entity: { id: 'e', name: 'me' } };
      const told = { description: '', config: '{}', sweepName: null, historyLineCount: 0 };
      const bucket = { id: 'b', name: 'r', displayName: 'r', ...told, project };
      const files = /"files":(\[[^\]]*\])/.exec(text)?.[1] ?? '[]';
      const uploads = (JSON.parse(files) as string[]).map((name) => ({
        name,
        uploadUrl: `http://${request.headers.host}/`,
      }));
      const data = text.includes('upsertBucket')
        ? { upsertBucket: { bucket, inserted: true } }
        : { createRunFiles: { runID: 'b', uploadHeaders: [], files: uploads } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
    });
  });
  await new Promise<void>((done) => made.listen(0, '127.0.0.1', done));
  const stop = () => {
    made.closeAllConnections();
    made.close();
  };
  return { sent, base: `http://127.0.0.1:${(made.address() as AddressInfo).port}`, stop };
}

/** What `wandb sync` sends of a run. */
async function synced(folder: string, run: string): Promise<Sent[]> {
  const { sent, base, stop } = await server();
  try {
    const home = { HOME: folder, WANDB_CONFIG_DIR: folder, WANDB_CACHE_DIR: folder };
    const env = {
      ...process.env,
      ...home,
      WANDB_API_KEY: 'a'.repeat(40),
      WANDB_BASE_URL: base,
      WANDB_ERROR_REPORTING: 'false',
    };
    const wandb = join(dirname(PYTHON!), 'wandb');
    const child = spawn(wandb, ['sync', run], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
    const code = await new Promise((done) => child.on('close', done));
    expect([code, said]).toEqual([0, expect.stringContaining('Finished syncing')]);
    return sent;
  } finally {
    stop();
  }
}

test.skipIf(!has && !process.env.CI)(
  'wandb sync uploads an exported run, with its figures',
  async () => {
    const folder = tempFolder();
    const rows = ['00:00', '00:30', '01:00'].map((time) => `2026-01-01T${time}Z,gpu-0,1000`);
    writeFileSync(join(folder, 'power.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
    const ask = async (...args: string[]) => {
      const { code, stdout, stderr } = await joulebook([...args, '--ledger', 'ledger'], { cwd: folder });
      expect([args, code], stderr).toEqual([args, 0]);
      return stdout;
    };
    await ask('import', 'trace', 'power.csv', '--name', 'one', '--zone', 'DE', '--pue', '1.2');
    const [row] = JSON.parse(await ask('export', 'one', '--format', 'json')).runs;
    const is = (type: string) =>
      Object.fromEntries(Object.entries(row).flatMap(([k, v]) => (typeof v === type ? [[`joulebook/${k}`, v]] : [])));
    for (const again of [false, true]) {
      await ask('export', 'one', '--format', 'wandb', '--out', 'wandb');
      const [name] = readdirSync(join(folder, 'wandb')).filter((one) => one.startsWith('offline-run-'));
      const run = join(folder, 'wandb', name!);
      const file = join(run, `run-${row.run}.wandb`);
      if (again) rmSync(`${file}.synced`); // as docs/formats/exchange.md says
      const sent = await synced(folder, run);
      const { variables } = sent.find(({ path }) => path === '/graphql')!.body;
      expect(variables).toMatchObject({ name: row.run, project: 'joulebook', displayName: 'one' });
      const config = Object.entries<{ value: unknown }>(JSON.parse(variables.config)).filter(([key]) =>
        key.startsWith('joulebook/'),
      );
      expect(Object.fromEntries(config.map(([key, { value }]) => [key, value]))).toEqual(is('string'));
      const files = sent.flatMap(({ path, body }) => (path.endsWith('/file_stream') ? [body.files ?? {}] : []));
      const lastOf = (kind: string) => JSON.parse(files.findLast((one) => one[kind])[kind].content.at(-1));
      expect(lastOf('wandb-summary.json')).toMatchObject(is('number'));
      expect(lastOf('wandb-history.jsonl')).toMatchObject({ ...is('number'), _step: 0, _runtime: 3600 });
      expect(sent.some(({ body }) => body.complete === true && body.exitcode === 0)).toBe(true);
    }
  },
  120_000,
);
