// The whole product with a node meter: it is charged in place of its parts, fails without harm, and leaves no secret.

import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRun } from '../../src/ledger/writer.ts';
import type { ReportJson } from '../../src/report/model.ts';
import { buildFakeNvml, fakeNvmlEnv, noFakeNvml } from '../fake-nvml/fake-nvml.ts';
import { joulebook, metered, reportOf, start, tempFolder, until } from '../helpers/cli.ts';
import { endAt, gpu, runRecord, second, writerOf } from '../helpers/ledger.ts';
import { type FakeRedfish, fakeRedfish, noOpenssl, redfishTree, selfSigned } from '../helpers/redfish.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
let server: FakeRedfish | null = null;
beforeEach(() => {
  folder = tempFolder();
  env = { PATH: `${folder}:${process.env.PATH}`, XDG_STATE_HOME: folder };
});
afterEach(async () => {
  await server?.close();
  server = null;
});

/** An ipmitool that notes its process and runs this shell script. */
function ipmitool(script: string): void {
  writeFileSync(join(folder, 'ipmitool'), `#!/bin/sh\necho $$ >> '${join(folder, 'starts')}'\n${script}\n`);
  chmodSync(join(folder, 'ipmitool'), 0o755);
}
const starts = () =>
  existsSync(join(folder, 'starts')) ? readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').map(Number) : [];
const says = (watts: number) =>
  `echo 'Instantaneous power reading: ${watts} Watts'; echo 'Power reading state is: activated'`;

const device = (report: ReportJson, kind: string) => report.energy.devices.find((one) => one.kind === kind)!;
const words = (report: ReportJson) => report.warnings.map(({ message }) => message).join('\n');
const sum = (report: ReportJson) => report.rows!.reduce((s, { energy_j }) => s + energy_j!, 0);
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** A command that logs ten steps a second. */
const STEPS = (seconds: number) =>
  `i=0; while [ $i -lt ${seconds * 10} ]; do i=$((i+1)); echo '{"step":'$i',"loss":1}'; sleep 0.1; done`;

describe('ipmi', () => {
  test.skipIf(noFakeNvml !== null)(`the node counts, a GPU in it does not (${noFakeNvml ?? 'fake NVML'})`, async () => {
    ipmitool(says(412));
    const { result, report } = await metered(folder, ['--node-meter', 'ipmi', '--', 'sh', '-c', STEPS(5)], {
      ...env,
      FAKE_NVML: fakeNvmlEnv({ t0: Date.now(), mean: 300 }),
      JOULEBOOK_NVML: buildFakeNvml(folder),
    });
    expect(result.code).toBe(0);
    const { duration_s } = report.run;
    const node = device(report, 'node');
    // 412 W throughout; the GPU's 300 W are inside and are told, but not added.
    expect(node).toMatchObject({ charged: true, source: 'polled' });
    expect(node.energy_j.value).toBeCloseTo(412 * duration_s, 3);
    expect(report.energy.it_j.value).toBe(node.energy_j.value);
    expect(device(report, 'gpu')).toMatchObject({ charged: false, within: node.device });
    expect(device(report, 'gpu').energy_j.value! / duration_s).toBeCloseTo(300, 0);
    expect(report.warnings.map(({ code }) => code)).not.toContain('boundary');
    // Constant power leaves the ±10 % of the meter itself.
    expect((node.energy_j as { high: number }).high / node.energy_j.value!).toBeCloseTo(1.1, 3);
    for (const by of ['device', 'hour', 'step', 'phase'])
      expect(sum(await reportOf(join(folder, 'ledger'), 'last', '--by', by))).toBeCloseTo(412 * duration_s, 3);
  });

  test('kill -9 of joulebook ends an ipmitool that hangs', async () => {
    ipmitool('exec sleep 1000');
    const run = start(['run', '--ledger', join(folder, 'ledger'), '--node-meter', 'ipmi', '--', 'sleep', '3'], { env });
    const [pid] = await until('ipmitool', () => (starts().length > 0 ? starts() : null));
    expect(alive(pid!)).toBe(true);
    run.child.kill('SIGKILL');
    await until('its end', () => !alive(pid!));
  });

  test('one that fails midway: a bounded gap, and its reason', async () => {
    ipmitool(`[ -e '${join(folder, 'bad')}' ] && { echo 'Node busy' >&2; exit 1; }; ${says(412)}`);
    const ledger = join(folder, 'ledger');
    const args = ['run', '--ledger', ledger, '--node-meter', 'ipmi', '--quiet', '--', 'sleep', '10'];
    const done = joulebook(args, { env });
    await until('three readings', () => starts().length >= 3);
    writeFileSync(join(folder, 'bad'), '');
    expect((await done).code).toBe(0);
    const report = await reportOf(ledger, 'last');
    expect(words(report)).toMatch(/^node: Node busy$/m);
    const node = device(report, 'node');
    expect(node).toMatchObject({ charged: true });
    expect(node.coverage).toBeLessThan(0.9);
    expect(node.energy_j.value! / report.run.duration_s).toBeCloseTo(412, 3); // held, as the best guess
    expect((node.energy_j as { low: number }).low).toBeLessThan(0.8 * node.energy_j.value!);
    expect(report.energy.gaps.map(({ device, state }) => [device, state])).toContainEqual(['node', 'estimated']);
  });
});

describe('redfish', () => {
  const SECRET = 'correct-horse-7';
  const login = { JOULEBOOK_REDFISH_USER: 'reader-5', JOULEBOOK_REDFISH_PASSWORD: SECRET };
  const hidden = [SECRET, 'reader-5', Buffer.from(`reader-5:${SECRET}`).toString('base64')];
  const holds = (text: string) => hidden.some((word) => text.includes(word));
  const told = () =>
    readdirSync(join(folder, 'ledger'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  /** Command lines of the machine's processes, as ps shows them. */
  const commandLines = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        } catch {
          return '';
        }
      });

  test('the account is in no command line, no record and no message', async () => {
    server = await fakeRedfish(redfishTree({ 1: { watts: 555 } }), `reader-5:${SECRET}`);
    const args = ['run', '--ledger', join(folder, 'ledger'), `--json=${join(folder, 'r.json')}`];
    const meter = ['--node-meter', `redfish=${server.url}`, '--', 'sh', '-c', 'sleep 6; echo done'];
    const run = start([...args, ...meter], { env: { ...env, ...login } });
    await until('readings', () => server!.asked.length >= 4);
    expect(commandLines().filter((line) => line.includes('sampler.js')).length).toBeGreaterThan(0);
    expect(commandLines().filter(holds)).toEqual([]);
    const result = await run.done;
    expect([result.code, result.stdout]).toEqual([0, 'done\n']);
    const report = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as ReportJson;
    expect(device(report, 'node').energy_j.value! / report.run.duration_s).toBeCloseTo(555, 3);
    expect(server.asked.every(({ login: sent }) => sent === `Basic ${hidden[2]}`)).toBe(true);
    expect(told().length).toBeGreaterThan(3);
    expect([...told(), result.stderr, JSON.stringify(report)].filter(holds)).toEqual([]);
  });

  test('a refused login: told without it, asked once, and the parts count', async () => {
    server = await fakeRedfish(redfishTree({ 1: { watts: 555 } }), 'someone:else');
    const { result, report } = await metered(folder, ['--node-meter', `redfish=${server.url}`, '--', 'sleep', '1'], {
      ...env,
      ...login,
    });
    expect(report.energy.it_j.value).not.toBeNull();
    expect(words(report)).toMatch(/refuses the login \(HTTP 401\).*JOULEBOOK_REDFISH_USER/);
    expect([...told(), result.stderr, JSON.stringify(report)].filter(holds)).toEqual([]);
    expect(server.asked).toHaveLength(1);
  });

  test.skipIf(noOpenssl !== null)(
    `by HTTPS: a certificate that nobody vouches for gets no login, one that is named does (${noOpenssl ?? 'openssl'})`,
    async () => {
      const certificate = selfSigned(folder);
      server = await fakeRedfish(redfishTree({ 1: { watts: 555 } }), `reader-5:${SECRET}`, certificate);
      const run = (args: readonly string[], more: NodeJS.ProcessEnv) =>
        metered(folder, ['--node-meter', `redfish=${server!.url}`, ...args, '--', 'sleep', '2'], {
          ...{ ...env, ...login },
          ...more,
        });
      const refused = await run([], {});
      expect(refused.result.code).toBe(0);
      expect(words(refused.report)).toMatch(
        /certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*--redfish-tls off/,
      );
      expect(server.asked).toEqual([]); // the handshake failed: no login was sent
      for (const good of [
        await run([], { NODE_EXTRA_CA_CERTS: certificate.file }),
        await run(['--redfish-tls', 'off'], {}),
      ])
        expect(device(good.report, 'node').energy_j.value! / good.report.run.duration_s).toBeCloseTo(555, 3);
    },
  );

  test.each([
    [`redfish=https://reader-5:${SECRET}@bmc.example`, /not in the address/],
    ['redfish=http://bmc.example', /write https:/],
    ['redfish=bmc.example', /write the address/],
    ['redfish', /one of ipmi, redfish=/],
    ['ipmi=now', /one of ipmi/],
    ['csv', /csv=FILE/],
  ])('%s is refused before the command starts, without a word of an account', async (text, why) => {
    const { code, stdout, stderr } = await joulebook(['run', '--node-meter', text, '--', 'echo', 'ran'], { env });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(why);
    expect(holds(stderr)).toBe(false);
  });
});

test('a wall meter whose file comes after the start counts from its first row on, and what was before is bounded', async () => {
  const file = join(folder, 'wall.csv');
  // The command itself writes it: 3 s after the start, however long that took.
  const row = `echo "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ),350" >> '${file}'; sleep 0.5`;
  const script = `sleep 3; echo timestamp,power_w > '${file}'; for i in $(seq 10); do ${row}; done`;
  const meter = ['run', '--ledger', join(folder, 'ledger'), '--node-meter', `csv=${file}`, '--quiet'];
  expect((await joulebook([...meter, '--', 'sh', '-c', script], { env })).code).toBe(0);
  const report = await reportOf(join(folder, 'ledger'), 'last');
  const node = device(report, 'node');
  expect(node).toMatchObject({ charged: true });
  expect(node.energy_j.value! / report.run.duration_s).toBeCloseTo(350, 0);
  expect(node.coverage).toBeLessThan(0.9);
  expect(words(report)).not.toMatch(/ENOENT/); // it came
});

test('a slow meter of power that moves: what its readings leave open, by hand', async () => {
  // 10 s of 500 W and 10 s of 300 W: 8000 J ± 5 % of its own, and 200 W for 2 s between readings and a mean of 30 s.
  const node = gpu(0, '', { device: 'node', kind: 'node', source: 'polled', limit_w: null, period_s: 2, mean_s: 30 });
  const ledger = join(folder, 'by-hand');
  createRun(ledger, runRecord('r1'));
  const writer = writerOf(ledger, 'r1', 'w', [node]);
  for (let s = 0; s < 20; s++) writer.append('energy', second('node', s, s < 10 ? 500 : 300, { source: 'polled' }));
  await writer.end(endAt(20_000));
  const report = await reportOf(ledger, 'r1');
  const reach = Math.hypot(0.05 * 8000, 200 * 32);
  const { value, low, high } = report.energy.it_j as { value: number; low: number; high: number };
  expect([value, low, high].map(Math.round)).toEqual([8000, 8000 - reach, 8000 + reach].map(Math.round));
  expect(report.uncertainty[0]).toMatchObject({ from: 'power between the readings of a slow meter' });
});
