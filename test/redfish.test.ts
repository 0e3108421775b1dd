// A management controller's power by Redfish: which chassis is the node, what goes wrong, and what is never sent or said.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { PowerSource, Sample } from '../src/meter/port.ts';
import { type RedfishOptions, redfishSource } from '../src/meter/sources/redfish.ts';
import { until } from './helpers/cli.ts';
import { powerSourceContract } from './helpers/power-source.ts';
import { type ChassisSpec, type FakeRedfish, fakeRedfish, redfishTree } from './helpers/redfish.ts';

const now = () => performance.timeOrigin + performance.now();
const LOGIN = { user: 'reader', password: 'Pa55:word' };

const sources: PowerSource[] = [];
const servers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  for (const server of servers.splice(0)) await server.close();
});

/** The next sample that is so, all looks being instant. */
const sampled = (source: PowerSource, what: string, is: (sample: Sample) => boolean): Promise<Sample> =>
  until(what, () => source.read(now).find(is));
const power = (source: PowerSource, watts: number) => sampled(source, `${watts} W`, (s) => s.power_w === watts);
const why = async (source: PowerSource, words: RegExp) =>
  expect((await sampled(source, String(words), (s) => words.test(s.why ?? ''))).power_w).toBeNull();

powerSourceContract({
  name: 'redfish',
  async there() {
    const server = await fakeRedfish(redfishTree({ 1: { watts: 412 } }), 'reader:secret');
    servers.push(server);
    const credentials = { user: 'reader', password: 'secret' };
    return redfishSource({ url: server.url, verify: true, credentials, period_ms: 20 });
  },
  absent: () => redfishSource({ url: 'http://127.0.0.1:1', verify: true, credentials: null }),
});

describe('redfish', () => {
  let server: FakeRedfish;
  const controller = async (chassis: Record<string, ChassisSpec>) => {
    server = await fakeRedfish(redfishTree(chassis), `${LOGIN.user}:${LOGIN.password}`);
    servers.push(server);
    return server;
  };
  const source = (more: Partial<RedfishOptions> = {}) =>
    sources[
      sources.push(
        redfishSource({ ...{ url: server.url, credentials: LOGIN, verify: true, period_ms: 20 }, ...more }),
      ) - 1
    ]!;
  /** Opens it where that cannot work, and gives the reason. */
  const refusal = async (node: PowerSource): Promise<string> => {
    const { devices, absent } = await node.open();
    expect([devices, node.read(now)]).toEqual([[], []]);
    return absent!;
  };

  test.each<[string, Record<string, ChassisSpec>, number]>([
    ['Power of the older schema, its first control', { 1: { power_w: 390 } }, 390],
    ['EnvironmentMetrics of the newer', { 1: { watts: 391, power_w: 380 } }, 391],
    ['Power, where EnvironmentMetrics tells no power', { 1: { watts: null, power_w: 392 } }, 392],
    ['the chassis of a system, not the board in it', { hgx: { watts: 5, within: 'dgx' }, dgx: { watts: 393 } }, 393],
    ['not the boards without a system', { gpu0: { watts: 90, systems: 0 }, dgx: { watts: 394 } }, 394],
    [
      'not the rack of several systems',
      { rack: { watts: 9000, systems: 4 }, sled: { watts: 395, within: 'rack' } },
      395,
    ],
    ['the outermost, where no chassis names a system', { a: { power_w: 396, systems: 0 } }, 396],
  ])('reads %s', async (_, chassis, watts) => {
    await controller(chassis);
    const node = source();
    expect((await node.open()).devices).toMatchObject([
      { device: 'node', kind: 'node', part: 'node', source: 'polled', mean_s: 30 },
    ]);
    await power(node, watts);
  });

  test('several that could be the node: it asks for one, and takes the one that is named', async () => {
    await controller({ left: { watts: 300 }, right: { watts: 310 } });
    const { url } = server;
    const example = `${url}/redfish/v1/Chassis/left`;
    expect(await refusal(source())).toBe(
      `redfish: /redfish/v1/Chassis/left, /redfish/v1/Chassis/right each tell power: name the node, as in --node-meter redfish=${example}`,
    );
    const named = source({ url: `${url}/redfish/v1/Chassis/right` });
    await named.open();
    await power(named, 310);
  });

  test('a wrong password is tried once, and its account told', async () => {
    await controller({ 1: { watts: 400 } });
    const words = /refuses the login \(HTTP 401\); set JOULEBOOK_REDFISH_USER and JOULEBOOK_REDFISH_PASSWORD/;
    expect(await refusal(source({ credentials: { ...LOGIN, password: 'wrong' } }))).toMatch(words);
    // One whose password is changed while it is asked: others are asked 20 times in the time of a second attempt.
    const node = source();
    await node.open();
    await power(node, 400);
    server.answers('/redfish/v1/Chassis/1/EnvironmentMetrics', (_, response) => response.writeHead(401).end());
    await why(node, words);
    const asked = server.asked.length;
    server.answers('/redfish/v1/Chassis/1/EnvironmentMetrics', (_, response) =>
      response.end('{"PowerWatts": {"Reading": 401}}'),
    );
    const other = source();
    await other.open();
    for (let i = 0; i < 20; i++) await power(other, 401);
    other.close();
    expect(node.read(now)).toEqual([]);
    expect(server.asked.filter(({ login }) => atob(login!.slice(6)).endsWith(':wrong'))).toHaveLength(1);
    expect(server.asked.length).toBeGreaterThanOrEqual(asked + 20);
  });

  test('nothing is sent to where it is redirected', async () => {
    const heard: unknown[] = [];
    const elsewhere = createServer((request, response) => {
      heard.push(request.headers);
      response.end('{}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    servers.push({ close: () => elsewhere.close() });
    const { port } = elsewhere.address() as AddressInfo;
    await controller({ 1: { watts: 400 } });
    server.answers('/redfish/v1/', (_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/redfish/v1/` }).end(),
    );
    expect(await refusal(source())).toMatch(/redirected \(HTTP 302\), which is not followed/);
    expect(heard).toEqual([]);
  });

  test('a link to another host is not followed', async () => {
    await controller({ 1: { watts: 400 } });
    server.serves({ '/redfish/v1/': { Chassis: { '@odata.id': '//evil.example/redfish/v1/Chassis' } } });
    expect(await refusal(source())).toMatch(/lists no Chassis/);
  });

  test.each<[string, (path: string) => void, RegExp]>([
    ['404', () => server.serves({}), /\/redfish\/v1\/.*: HTTP 404/],
    ['500', (path) => server.answers(path, (_, response) => response.writeHead(500).end()), /HTTP 500/],
    ['no answer', (path) => server.answers(path, () => {}), /no answer within 0.3 s/],
    ['a body without end', (path) => server.answers(path, (_, response) => pour(response)), /larger than 1 MB/],
    ['no JSON', (path) => server.answers(path, (_, response) => response.end('<html>')), /is no JSON/],
    ['a number', (path) => server.answers(path, (_, response) => response.end('7')), /lists no Chassis|tells no power/],
    ['half of it', (path) => server.answers(path, (request) => request.socket.destroy()), /hang up|ECONNRESET/],
  ])('%s: the reason when it opens; later the reason, and power once it answers', async (_, breaks, words) => {
    const tree = redfishTree({ 1: { watts: 401 } });
    await controller({});
    breaks('/redfish/v1/');
    expect(await refusal(source({ patience_ms: 300 }))).toMatch(words);
    await server.close();
    await controller({ 1: { watts: 400 } });
    const node = source({ patience_ms: 300 });
    await node.open();
    await power(node, 400);
    const path = '/redfish/v1/Chassis/1/EnvironmentMetrics';
    breaks(path);
    await why(node, words);
    server.serves(tree);
    server.answers(path, (_, response) => response.end(JSON.stringify(tree[path])));
    await power(node, 401);
  });

  test.each([null, 0])('%s W is no reading', async (watts) => {
    await controller({ 1: { watts: 402 } });
    const node = source();
    await node.open();
    await power(node, 402);
    server.serves(redfishTree({ 1: { watts } }));
    await why(node, watts === 0 ? /says 0 W: it has no power sensor/ : /tells no power/);
  });

  test('no word of it holds the password', async () => {
    await controller({ 1: { watts: 400 } });
    for (const status of [401, 404, 500]) {
      server.answers('/redfish/v1/', (_, response) => response.writeHead(status).end());
      const opened = await source().open();
      expect(JSON.stringify(opened)).toMatch(`HTTP ${status}`);
      expect(JSON.stringify(opened)).not.toMatch(/Pa55|UGE1NT|cmVhZGVy/);
    }
  });
});

function pour(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
