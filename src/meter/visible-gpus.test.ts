import { describe, expect, test } from 'vitest';
import { numberingNote, visibleGpus } from './visible-gpus.ts';

const gpus = [
  { index: 0, uuid: 'GPU-11aa0000-0000-0000-0000-000000000000' },
  { index: 1, uuid: 'GPU-11bb0000-0000-0000-0000-000000000001' },
  { index: 2, uuid: 'GPU-22cc0000-0000-0000-0000-000000000002' },
];
const charged = (setting: string | undefined) => [...visibleGpus(setting, gpus).charged].sort();

describe('CUDA_VISIBLE_DEVICES', () => {
  test.each<[string | undefined, number[], string]>([
    [undefined, [0, 1, 2], 'not set'],
    ['', [], 'set and empty'],
    ['-1', [], 'none, by custom'],
    ['NoDevFiles', [], 'none, by Slurm'],
    ['1', [1], 'an index'],
    ['2,0', [0, 2], 'order does not matter here'],
    [' 0 , 2 ', [0, 2], 'blanks'],
    ['0,7,1', [0], 'an index that is not there ends the list'],
    ['0,-1,1', [0], 'a negative index ends the list'],
    ['0,,1', [0], 'an empty entry ends the list'],
    ['x,1', [], 'a word that is no index ends the list'],
    ['1gpu2,2ampere', [1, 2], 'numbers as strtoul reads them'],
    ['GPU-22', [2], 'a prefix of an identity'],
    [gpus[0]!.uuid, [0], 'a whole identity'],
    ['GPU-11bb,GPU-22cc', [1, 2], 'two prefixes'],
    ['GPU-11', [], 'a prefix of two GPUs names neither'],
    ['GPU-99,0', [], 'an identity that is not there ends the list'],
    ['0,0', [], 'the runtime shows nothing where an entry is repeated'],
    ['MIG-GPU-11bb0000-0000-0000-0000-000000000001/3/0', [1], 'a MIG slice: its board'],
    [
      'MIG-GPU-11bb0000-0000-0000-0000-000000000001/3/0,MIG-GPU-11bb0000-0000-0000-0000-000000000001/4/0',
      [1],
      'two slices of one board',
    ],
    ['MIG-GPU-77/3/0', [0, 1, 2], 'a MIG slice of a board that is not there'],
    ['MIG-5c1e9b7e-0000-0000-0000-000000000000', [0, 1, 2], 'a MIG slice by its own identity'],
  ])('%j leaves %j: %s', (setting, wanted) => {
    expect(charged(setting)).toEqual(wanted);
  });

  test('what is not taken literally is said', () => {
    expect(visibleGpus('0,1', gpus).notes).toEqual([]);
    expect(visibleGpus('0,9', gpus).notes).toEqual([expect.stringContaining('"9"')]);
    expect(visibleGpus('MIG-77', gpus).notes).toEqual([expect.stringContaining('every GPU is charged')]);
    expect(visibleGpus('MIG-GPU-22cc/1/0', gpus).notes).toEqual([expect.stringContaining('whole board')]);
    expect(visibleGpus('', gpus).notes).toHaveLength(1);
  });

  test.each<[string | undefined, number[], string[], string]>([
    [undefined, [0], ['MIG-aa1', 'MIG-ab2'], 'not set: the slices stand for their board'],
    ['1', [], ['MIG-aa1', 'MIG-ab2'], 'an index of a split board'],
    ['MIG-ab2', [], ['MIG-ab2'], 'a slice by its identity'],
    ['MIG-ab', [], ['MIG-ab2'], 'or its beginning'],
    ['MIG-GPU-11bb0000/7/0,0', [0], ['MIG-aa1'], 'a slice by board and instances, and a whole GPU'],
    ['MIG-aa1,MIG-aa1', [], [], 'one slice twice'],
    ['MIG-a', [0], ['MIG-aa1', 'MIG-ab2'], 'a beginning of two: which is not known'],
  ])('of a board split by MIG %j leaves %j and %j: %s', (setting, whole, slices) => {
    const split = [
      gpus[0]!,
      {
        ...gpus[1]!,
        slices: [
          { uuid: 'MIG-aa1', gi: 7, ci: 0 },
          { uuid: 'MIG-ab2', gi: 8, ci: 0 },
        ],
      },
    ];
    const found = visibleGpus(setting, split);
    expect([[...found.charged], [...found.slices]]).toEqual([whole, slices]);
  });

  test('no GPU at all', () => {
    expect(visibleGpus('0', []).charged.size).toBe(0);
  });
});

describe('numbering', () => {
  const mixed = ['NVIDIA A100', 'NVIDIA T4'];
  test.each<[string | undefined, string | undefined, string[], boolean]>([
    ['0', undefined, mixed, true],
    ['0', 'FASTEST_FIRST', mixed, true],
    ['0', 'PCI_BUS_ID', mixed, false],
    ['GPU-1', undefined, mixed, false],
    [undefined, undefined, mixed, false],
    ['0', undefined, ['NVIDIA T4', 'NVIDIA T4'], false],
  ])('%j, order %j, %j: %j', (setting, order, names, warned) => {
    expect(numberingNote(setting, order, names) !== null).toBe(warned);
  });
});
