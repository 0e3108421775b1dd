import { expect, test } from 'vitest';
import { siteOf } from './move-options.ts';

test('the command is all of the rest, commas, quotes and equals signs included', () => {
  expect(siteOf("zone=FR,cmd=sbatch --export=ALL,A=1 job.sh 'x, y'", 300_000)).toEqual({
    site: { zone: 'FR', name: null, command: "sbatch --export=ALL,A=1 job.sh 'x, y'" },
    cost_ms: 300_000,
  });
  expect(siteOf('zone=aws:eu-north-1, name=north, cost=10min, cmd=ssh north ./go zone=FR', 0)).toEqual({
    site: { zone: 'aws:eu-north-1', name: 'north', command: 'ssh north ./go zone=FR' },
    cost_ms: 600_000,
  });
  expect(siteOf('zone=FR,cmd=x cmd=y', 0).site.command).toBe('x cmd=y');
});

test.each([
  ['zone=FR', /it has no command/],
  ['zone=FR,cmd= ', /it has no command/],
  ['cmd=sbatch job.sh', /it has no zone/],
  ['zone=FR,zone=SE,cmd=x', /"zone=SE" is not understood/],
  ['FR,cmd=x', /"FR" is not understood/],
  ['zone=FR,cost=fast,cmd=x', /--move-to cost: "fast"/],
  ['zone=FR,cmd=curl -H "Authorization: Bearer abcdefgh12345678" x', /holds a secret/],
])('%s is refused', (text, words) => {
  expect(() => siteOf(text, 0)).toThrow(words);
});
