// Records that are sent while they are written: equal at the end, byte for byte, whoever was killed meanwhile.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { joulebook, start, tempFolder, until } from '../helpers/cli.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A port that was free a moment ago: a server that is started anew needs the same one. */
async function freePort(): Promise<number> {
  const socket = createSocket().listen(0, '127.0.0.1');
  await new Promise((resolve) => socket.once('listening', resolve));
  const { port } = socket.address() as AddressInfo;
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

/** A place with a token; its server is started and killed by the test. */
async function place() {
  const folder = tempFolder();
  const tokens = join(folder, 'tokens');
  const env = { XDG_CONFIG_HOME: join(folder, 'config'), XDG_CACHE_HOME: join(folder, 'cache') };
  const { stdout } = await joulebook(['token', 'create', 'nodes', '--scope', 'write', '--tokens', tokens], { env });
  const port = await freePort();
  const central = join(folder, 'central');
  const serve = ['serve', '--ledger', central, '--port', String(port), '--require-token', '--tokens', tokens];
  const up = async () => {
    const { child, done } = start(serve, { env });
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => (said += chunk));
    await until('the server', () => said.includes(' at http'));
    const kill = async () => {
      child.kill('SIGKILL');
      await done;
    };
    onTestFinished(kill);
    return { kill };
  };
  const url = `http://127.0.0.1:${port}`;
  const own = join(folder, 'own');
  const sender = { ...env, JOULEBOOK_TOKEN: stdout.trim() };
  return {
    ...{ folder, central, own, url, up, sender },
    run: (...words: string[]) => start(['run', '--ledger', own, '--server', url, ...words], { env: sender }),
    push: (...words: string[]) => joulebook(['push', ...words, '--ledger', own, '--server', url], { env: sender }),
  };
}

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? (readdirSync(folder, { recursive: true }) as string[])
        .filter((name) => statSync(join(folder, name)).isFile())
        .sort()
    : [];

/** What is there is the beginning of what is here, or all of it. */
function expectBegun(central: string, own: string): void {
  for (const name of filesIn(join(central, 'runs'))) {
    const there = readFileSync(join(central, 'runs', name));
    const here = readFileSync(join(own, 'runs', name));
    if (name.endsWith('.open')) expect(here.subarray(0, there.length).equals(there)).toBe(true);
    else if (!/in-force|paused/.test(name)) expect([name, here.equals(there)]).toEqual([name, true]);
  }
}

function expectEqual(central: string, own: string): void {
  expect(filesIn(join(central, 'runs'))).toEqual(filesIn(join(own, 'runs')));
  expect(() => execFileSync('diff', ['-r', join(own, 'runs'), join(central, 'runs')])).not.toThrow();
}

test('what is metered here is there at the end, and is told as it is here', async () => {
  const at = await place();
  await at.up();
  const { code, stderr } = await at.run('--name', 'sent', '--zone', 'DE', '--quiet', '--', 'sleep', '2').done;
  expect([code, stderr]).toEqual([0, '']);
  expectEqual(at.central, at.own);
  const told = async (ledger: string) => (await joulebook(['report', 'sent', '--json', '--ledger', ledger])).stdout;
  expect(await told(at.central)).toBe(await told(at.own));
});

test('a server that is killed at any moment loses nothing that it has answered for', async () => {
  const at = await place();
  let server = await at.up();
  const { done } = at.run('--name', 'long', '--quiet', '--', 'sleep', '12');
  for (const ms of [1700, 2300, 2900]) {
    await sleep(ms);
    await server.kill();
    expectBegun(at.central, at.own);
    server = await at.up();
  }
  expect((await done).code).toBe(0);
  const pushed = await at.push('long');
  expect(pushed.code).toBe(0);
  expectEqual(at.central, at.own);
  // Once more changes nothing.
  expect((await at.push('--all')).code).toBe(0);
  expectEqual(at.central, at.own);
});

test('a sender that is killed: the run is interrupted there too, and what it wrote can be sent later', async () => {
  const at = await place();
  await at.up();
  const { child, done } = at.run('--name', 'cut', '--quiet', '--', 'sleep', '6');
  const open = () => filesIn(join(at.central, 'runs')).some((name) => /energy\.\d+\.open$/.test(name));
  await until('rows at the server', open);
  child.kill('SIGKILL');
  await done; // the command lives on, and holds its output open until it ends
  expectBegun(at.central, at.own);
  await at.push('cut');
  expectBegun(at.central, at.own);
  const rows = (ledger: string) =>
    filesIn(join(ledger, 'runs'))
      .filter((name) => name.endsWith('.open'))
      .map((name) => [
        name,
        readFileSync(join(ledger, 'runs', name), 'utf8')
          .split('\n')
          .slice(0, -1).length,
      ]);
  expect(rows(at.central)).toEqual(rows(at.own));
  const { stdout } = await joulebook(['runs', '--json', '--ledger', at.central]);
  expect(JSON.parse(stdout).runs[0]).toMatchObject({
    name: 'cut',
    state: expect.toBeOneOf(['interrupted', 'running']),
  });
});

test('with the server away, refusing, silent or talking nonsense the run is as without, and all is sent later', async () => {
  const at = await place();
  const alone = await joulebook([
    'run',
    '--ledger',
    join(at.folder, 'alone'),
    '--quiet',
    '--',
    'sh',
    '-c',
    'echo out; exit 3',
  ]);
  const away = await at.run('--name', 'away', '--quiet', '--', 'sh', '-c', 'echo out; exit 3').done;
  expect([away.code, away.stdout]).toEqual([alone.code, alone.stdout]);
  expect(away.stderr).toMatch(
    /has not got all of the run: ECONNREFUSED; the record here is whole: joulebook push \w+ sends/,
  );
  for (const answer of ['silent', 'nonsense', 'refusing'] as const) {
    const server: Server = createServer((_, reply) => {
      if (answer === 'nonsense') reply.end('<html>'.repeat(1000));
      if (answer === 'refusing')
        reply.writeHead(403).end('{"schema":"joulebook/error/v1","code":"token-scope","message":"no"}');
    }).listen(0, '127.0.0.1');
    await until('it listens', () => server.listening);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const began = performance.now();
    const { code, stdout, stderr } = await at.run('--server', url, '--quiet', '--', 'sh', '-c', 'echo out; exit 3')
      .done;
    expect([answer, code, stdout]).toEqual([answer, 3, 'out\n']);
    expect(stderr).toContain('has not got all of the run');
    expect(performance.now() - began).toBeLessThan(15_000);
    server.closeAllConnections();
    server.close();
  }
  await at.up();
  const pushed = await at.push('--all', '--json');
  expect(pushed.code).toBe(0);
  expectEqual(at.central, at.own);
}, 90_000);

test('two runs at once, one of which has the name of the other', async () => {
  const at = await place();
  await at.up();
  const both = await Promise.all([1, 2].map(() => at.run('--name', 'twin', '--quiet', '--', 'sleep', '3').done));
  expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  expectEqual(at.central, at.own);
});

test('nobody writes without a token that allows it, and nothing but files of a run', async () => {
  const at = await place();
  await at.up();
  mkdirSync(at.own, { recursive: true });
  const put = (path: string, body: string | Buffer, token = at.sender.JOULEBOOK_TOKEN) =>
    fetch(`${at.url}/api/ingest/runs/${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    }).then(async (answer) => [answer.status, ((await answer.json()) as { code?: string }).code ?? null]);
  expect(await put('abc/run.json', '{}', 'joulebook_wrong')).toEqual([401, 'token-needed']);
  expect(await put('abc/run.json', '{}')).toEqual([400, 'ingest-bad']);
  for (const path of [
    'abc/ledger.json',
    'abc/w/evil.sh',
    '..%2F..%2Fx/run.json',
    '%2e%2e/run.json',
    'abc/w/..%2Frun.json',
    'a%00b/run.json',
  ])
    expect([path, (await put(path, '{}'))[0]]).toEqual([path, expect.toBeOneOf([400, 404])]);
  expect(await put('abc/w/energy.000001.open', '{}\n')).toEqual([409, 'ingest-order']);
  const { code } = await at.run('--name', 'right', '--quiet', '--', 'true').done;
  expect(code).toBe(0);
  const [id] = readdirSync(join(at.central, 'runs'));
  const [writer] = readdirSync(join(at.central, 'runs', id!)).filter((name) => !name.includes('.json'));
  const before = filesIn(at.central).map((name) => [name, readFileSync(join(at.central, name)).toString('hex')]);
  expect(
    await put(`${id}/run.json`, readFileSync(join(at.own, 'runs', id!, 'run.json'), 'utf8').replace('right', 'wrong')),
  ).toEqual([409, 'ingest-differs']);
  for (const rows of ['{"device":1}\n', 'x\n', '{"device":"gpu-0","from_ms":0,"to_ms":1}', '\u0000\n'])
    expect([rows, (await put(`${id}/${writer}/energy.000009.open`, rows))[0]]).toEqual([rows, 400]);
  expect((await put(`${id}/${writer}/energy.000009.parquet?length=4&sha256=${'0'.repeat(64)}`, 'PAR1'))[0]).toBe(400);
  expect(await put(`${id}/${writer}/energy.000009.open?offset=5`, '{}\n')).toEqual([409, 'ingest-order']);
  const after = filesIn(at.central)
    .filter((name) => statSync(join(at.central, name)).size > 0)
    .map((name) => [name, readFileSync(join(at.central, name)).toString('hex')]);
  expect(after).toEqual(before.filter(([, text]) => text !== ''));
});
