// Meters of the whole machine: a stand-in for ipmitool that prints what the real one does, and a file that grows.

import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PowerSource, Sample } from '../src/meter/port.ts';
import { ipmiSource, readingOf } from '../src/meter/sources/ipmi.ts';
import { type Reading, slowMeter } from '../src/meter/sources/slow-meter.ts';
import { wallMeterSource } from '../src/meter/sources/wall-meter.ts';
import { joulebook, metered, tempFolder, until } from './helpers/cli.ts';
import { gpu } from './helpers/ledger.ts';
import { powerSourceContract } from './helpers/power-source.ts';

/** As ipmitool 1.8.18 prints it (lib/ipmi_dcmi.c, ipmi_print_... of "dcmi power reading"). */
const answer = (watts: number, state = 'activated') => `
    Instantaneous power reading:              ${String(watts).padStart(8)} Watts
    Minimum during sampling period:                180 Watts
    Maximum during sampling period:                930 Watts
    Average power reading over sample period:      412 Watts
    IPMI timestamp:                           11/25/26 06:00:00 UTC    Sampling period:                          00000001 Seconds.
    Power reading state is:                   ${state}

`;

let folder: string;
let path: string;
let source: PowerSource | null = null;
beforeEach(() => {
  folder = tempFolder();
  path = process.env.PATH!;
});
afterEach(() => {
  source?.close();
  process.env.PATH = path;
});

/** Puts an ipmitool of this shell script before the real one, if there is any. */
function ipmitool(script: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'ipmitool'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'ipmitool'), 0o755);
  return `${bin}:${path}`;
}
const saying = (text: string) => ipmitool(`cat <<'END'\n${text}\nEND`);
const now = () => performance.timeOrigin + performance.now();
/** What has been handed over once there is something. */
const come = (from: PowerSource): Promise<Sample[]> => {
  const all: Sample[] = [];
  return until('a reading', () => {
    all.push(...from.read(now));
    return all.length > 0 && all;
  });
};
const opened = async (made: PowerSource) => {
  source = made;
  return { made, ...(await made.open()) };
};
const ipmi = () => {
  process.env.PATH = saying(answer(431));
  return ipmiSource({ path: process.env.PATH });
};
const growing = () => {
  const file = join(tempFolder(), 'wall.csv');
  writeFileSync(
    file,
    `timestamp,power_w\n${new Date(Date.now() - 3000).toISOString()},500\n${new Date(Date.now() - 1000).toISOString()},510\n`,
  );
  return wallMeterSource({ file });
};
powerSourceContract({ name: 'ipmi', there: ipmi, absent: () => ipmiSource({ path: '/nowhere' }) });
powerSourceContract({
  name: 'wall-meter',
  there: growing,
  absent: () => wallMeterSource({ file: '/nowhere/wall.csv' }),
});

describe('ipmitool', () => {
  test('the power of now, not the mean of a long time', () => {
    expect(readingOf(answer(431))).toEqual({ energy_j: null, power_w: 431 });
  });

  test.each([
    ['deactivated', answer(431, 'deactivated'), /power reading is deactivated/],
    ['0 W, a controller without a sensor', answer(0), /no power sensor/],
    ['something else', 'Hello', /tells no power: "Hello"/],
    ['nothing', '', /tells no power/],
  ])('%s is no power', (_, text, words) => {
    expect(() => readingOf(text)).toThrow(words);
  });

  test('one that is there: the node, by readings of its own pace', async () => {
    const { made, devices } = await opened(ipmi());
    expect(devices).toMatchObject([
      { device: 'node', kind: 'node', part: 'node', source: 'polled', charged: true, period_s: 1 },
    ]);
    expect(await come(made)).toMatchObject([{ index: 0, power_w: 431, energy_j: null }]);
  });

  test.each([
    ['not there', null, /ipmitool is not in the PATH: install it/],
    [
      'without rights',
      'echo "Could not open device at /dev/ipmi0 or /dev/ipmi/0 or /dev/ipmidev/0: No such file or directory" >&2; exit 1',
      /Could not open device.*modprobe ipmi_devintf/,
    ],
    [
      'a server without DCMI',
      'echo "DCMI request failed because: Invalid command (c1)" >&2; exit 1',
      /DCMI request failed because: Invalid command/,
    ],
  ])('%s: said, and nothing is charged', async (_, script, words) => {
    if (script !== null) process.env.PATH = ipmitool(script);
    const found = await opened(ipmiSource({ path: script === null ? '/nowhere' : process.env.PATH! }));
    expect(found.devices).toEqual([]);
    expect(found.absent).toMatch(words);
  });

  test('one that begins to fail says why, and is asked again', async () => {
    const flag = join(folder, 'broken');
    process.env.PATH = ipmitool(
      `if [ -e ${flag} ]; then echo "Get Power Reading failed" >&2; exit 1; fi\ncat <<'END'\n${answer(500)}\nEND`,
    );
    const { made } = await opened(ipmiSource({ path: process.env.PATH }));
    await come(made);
    writeFileSync(flag, '');
    const failed = await until('a failure', () => made.read(now).find(({ power_w }) => power_w === null));
    expect(failed.why).toMatch(/Get Power Reading failed/);
  });

  test('a whole run: the node is the total, what it holds is within', async () => {
    const env = { PATH: saying(answer(431)) };
    const { report } = await metered(folder, ['--nvml', '/none', '--node-meter', 'ipmi', '--', 'sleep', '4'], env);
    const [node, ...parts] = ['node', 'cpu-package-0', 'dram-0'].map(
      (name) => report.energy.devices.find(({ device }) => device === name)!,
    );
    expect(node!.charged).toBe(true);
    expect(parts.map(({ charged, within }) => [charged, within])).toEqual([
      [false, 'node'],
      [false, 'node'],
    ]);
    // Constant power: the estimated head is right too.
    expect(node!.energy_j.value! / report.run.duration_s).toBeCloseTo(431, 3);
    expect(report.energy.it_j.value).toBeCloseTo(node!.energy_j.value!, 6);
  });

  test('one that hangs: the run goes on without it, and ends when the command does', async () => {
    const env = { PATH: ipmitool('exec sleep 60') };
    const { report } = await metered(folder, ['--nvml', '/none', '--node-meter', 'ipmi', '--', 'sleep', '1'], env);
    expect(report.energy.devices.map(({ device }) => device)).not.toContain('node');
    expect(report.energy.it_j.value).toBeGreaterThan(0);
    expect(report.warnings.map(({ message }) => message).join()).toMatch(/ipmi has not answered yet/);
    expect(report.run.duration_s).toBeLessThan(10);
  });
});

const row = (off_ms: number, watts: number | string) => `${new Date(Date.now() + off_ms).toISOString()},${watts}\n`;

describe('the file of a wall meter', () => {
  test('fresh rows, at their own times; half a line waits for its end', async () => {
    const file = join(folder, 'wall.csv');
    writeFileSync(file, `timestamp,power_w\n2020-01-01T00:00:00Z,9\n${row(-2000, 500)}${row(-1000, 510)}`);
    const { made, devices } = await opened(wallMeterSource({ file }));
    expect(devices[0]!.period_s).toBeCloseTo(1, 1);
    expect((await come(made)).map(({ power_w }) => power_w)).toEqual([500, 510]);
    const line = row(0, 520);
    appendFileSync(file, line.slice(0, 20));
    appendFileSync(file, line.slice(20));
    expect((await come(made)).map(({ power_w }) => power_w)).toEqual([520]);
  });

  test('a counter', async () => {
    const file = join(folder, 'wall.csv');
    writeFileSync(file, `timestamp,energy_j\n${row(-2000, 1000)}${row(-1000, 1500)}`);
    const { made, devices } = await opened(wallMeterSource({ file }));
    expect(devices[0]!.source).toBe('counter');
    expect((await come(made)).map(({ energy_j }) => energy_j)).toEqual([1000, 1500]);
  });

  test.each([
    ['no file', null, /ENOENT/],
    ['another header', 'time,watts\n', /must name timestamp and power_w or energy_j \(found: time, watts\)/],
    ['a time without a zone', 'timestamp,power_w\nyesterday,5\n', /"yesterday,5": a timestamp must be/],
    ['less than nothing', `timestamp,power_w\n${row(-1000, -5)}`, /no power_w and no energy_j ≥ 0/],
    ['no line ends', `timestamp,power_w\n${'x'.repeat(200_000)}`, /without an end of line/],
  ])('%s: said, and nothing is charged', async (_, text, words) => {
    const file = join(folder, 'wall.csv');
    if (text !== null) writeFileSync(file, text);
    const { devices, absent, again } = await opened(wallMeterSource({ file }));
    expect([devices, absent, again]).toEqual([[], expect.stringMatching(words), true]);
  });

  test('a wrong header is told at every look, until the file is another', async () => {
    const file = join(folder, 'wall.csv');
    writeFileSync(file, 'time,watts\n1,2\n');
    const { made, absent } = await opened(wallMeterSource({ file }));
    expect(absent).toMatch(/found: time, watts/);
    expect((await made.open()).absent).toBe(absent);
    writeFileSync(file, `timestamp,power_w\n${row(-1000, 510)}`);
    expect((await made.open()).devices).toHaveLength(1);
  });

  test('a FIFO without a writer and a folder are refused at once', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect((await opened(wallMeterSource({ file: fifo }))).absent).toMatch(/fifo is not a regular file/);
    expect((await opened(wallMeterSource({ file: folder }))).absent).toMatch(/is not a regular file/);
  });

  test('a bad row among good ones is told, and costs nothing', async () => {
    const file = join(folder, 'wall.csv');
    writeFileSync(file, `timestamp,power_w\n${row(-3000, 500)}${row(-2000, 'n/a')}oops\n${row(-1000, 510)}`);
    const { made } = await opened(wallMeterSource({ file }));
    const readings = await come(made);
    expect(readings.map(({ power_w }) => power_w)).toEqual([500, 510]);
    expect(readings.map(({ why }) => why)).toEqual([
      undefined,
      expect.stringMatching(/n\/a.*no power_w.*; 1 more like it/),
    ]);
  });

  test('quoted cells, a name in front and a byte order mark', async () => {
    const file = join(folder, 'wall.csv');
    const at = new Date(Date.now() - 1000).toISOString();
    writeFileSync(file, `\uFEFF"plug","timestamp","power_w"\r\n"a, b","${at}","510"\r\n`);
    const { made } = await opened(wallMeterSource({ file }));
    const [reading] = await come(made);
    expect(reading!.power_w).toBe(510);
    expect(reading!.at_ms).toBeCloseTo(Date.parse(at), -1);
  });

  test('of a long file the end is read', async () => {
    const file = join(folder, 'wall.csv');
    const old = '2020-01-01T00:00:00Z,9\n'.repeat(100_000); // 2.3 MB
    writeFileSync(file, `timestamp,power_w\n${old}${row(-2000, 500)}${row(-1000, 510)}`);
    const { made } = await opened(wallMeterSource({ file }));
    expect((await come(made)).map(({ power_w, why }) => [power_w, why])).toEqual([
      [500, undefined],
      [510, undefined],
    ]);
  });

  test('a clock that is ahead is told', async () => {
    const file = join(folder, 'wall.csv');
    writeFileSync(file, `timestamp,power_w\n${row(60_000, 500)}`);
    const { made } = await opened(wallMeterSource({ file }));
    const [reading] = await come(made);
    expect(reading).toMatchObject({ power_w: 500, why: expect.stringMatching(/its clock is ahead/) });
    expect(reading!.at_ms).toBeLessThanOrEqual(now());
  });
});

describe('a meter that takes its time', () => {
  const meter = (ask: Parameters<typeof slowMeter>[0]['ask']) =>
    slowMeter({
      ...{ name: 'slow', period_ms: 10, patience_ms: 50, absent: () => null, ask },
      device: () => gpu(0),
    });

  test('one that hangs midway, whatever it is told: said, asked once, and taken up again when it answers', async () => {
    const seen: Sample[] = [];
    let asked = 0;
    let answer = (_: readonly Reading[]) => {};
    const { made } = await opened(
      meter(async () => {
        asked++;
        if (asked === 1 || asked > 2) return [{ energy_j: null, power_w: 100 * asked }];
        return new Promise<readonly Reading[]>((resolve) => {
          answer = resolve;
        });
      }),
    );
    await come(made);
    const failures = await until('two failures', () => {
      seen.push(...made.read(now));
      return seen.filter(({ power_w }) => power_w === null).length >= 2 && seen;
    });
    expect(failures.at(-1)!.why).toMatch(/no answer within 0.05 s/);
    expect(asked).toBe(2);
    answer([{ energy_j: null, power_w: 150 }]);
    const later = await until('later readings', () => {
      seen.push(...made.read(now));
      return seen.some(({ power_w }) => power_w === 300) && seen;
    });
    expect(later.flatMap(({ power_w }) => power_w ?? []).slice(0, 2)).toEqual([150, 300]);
  });
});

test('a meter that there is not is refused before the command starts', async () => {
  const result = await joulebook(['run', '--node-meter', 'redfish', '--ledger', join(folder, 'l'), '--', 'echo', 'no']);
  expect([result.code, result.stdout, result.stderr]).toEqual([
    2,
    '',
    expect.stringMatching(/--node-meter: "redfish".*\n.*ipmi, redfish=https:\/\/BMC, csv=FILE/),
  ]);
});
