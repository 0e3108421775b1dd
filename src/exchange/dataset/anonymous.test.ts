import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deviceNames, hardwareName, pseudonyms, reason } from './anonymous.ts';

describe('ids', () => {
  const key = Buffer.from('a key of some length');
  test('are HMAC-SHA256 of what they stand for', () => {
    const full = createHmac('sha256', key).update('run\0abc').digest('hex');
    expect(pseudonyms(key).run('abc')).toBe(full.slice(0, 20));
  });
  test('differ by key, by name and by what is named', () => {
    const [one, other] = [pseudonyms(key), pseudonyms(Buffer.from('another key, as long'))];
    const all = [one.run('a'), other.run('a'), one.run('b'), one.device('a'), one.host('a'), one.zone('a')];
    expect(new Set(all.map((id) => id.replace(/^\w+-/, '').slice(0, 16))).size).toBe(6);
  });
});

test.each([
  ['NVIDIA H100 80GB HBM3', true],
  ['Tesla V100-SXM2-16GB', true],
  ['AMD EPYC 7763 64-Core Processor', true],
  ['Intel(R) Xeon(R) Platinum 8480+', true],
  ['13th Gen Intel(R) Core(TM) i9-13900K', true],
  ['2 x NVIDIA A100-SXM4-80GB', true],
  ['bobs-gpu', false],
  ['NVIDIA /home/bob', false],
  ['NVIDIA bob@example.org', false],
  ['AMDahl', false],
])('%s is a name of hardware: %s', (name, is) => {
  expect(hardwareName(name)).toBe(is ? name : null);
});

test('devices keep names that say kind and number alone, others get the next that is free', () => {
  const of = (device: string, kind: string) => ({ device, kind });
  const all = [
    of('gpu-0', 'gpu'),
    of('bob', 'gpu'),
    of('gpu-2', 'gpu'),
    of('node', 'node'),
    of('bobs cpu', 'cpu-package'),
  ];
  expect(deviceNames(all)).toEqual(['gpu-0', 'gpu-1', 'gpu-2', 'node', 'cpu-package-0']);
});

test.each([
  ['no PUE is known: give --pue', 'no PUE is known: give --pue'],
  [
    'gpu-0 belongs to the run, but its energy is unknown: it was never read',
    'the energy of a device that belongs to the run is unknown: it was never read',
  ],
  [
    'the intensity given with the run is lost: cannot read /home/bob/x.json',
    expect.stringMatching(/^for a reason that names/),
  ],
  ['what it took to make bob is not known: give its kg', 'what it took to make a device of the run is not known'],
  ['what it took to make Intel Arc is not known: give its kg', 'what it took to make Intel Arc is not known'],
  ['what bob is made of is not recorded: give', 'what a machine of the run is made of is not recorded'],
  ['bob belongs to the run, but its energy is unknown: bob took it', expect.not.stringContaining('bob')],
])('why: %s', (why, told) => {
  expect(reason(why)).toEqual(told);
});
