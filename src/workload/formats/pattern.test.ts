import { describe, expect, test } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { createStepReader } from '../log-reader.ts';
import { type Step, stepOf } from '../step.ts';

function read(pattern: string, text: string): Step[] {
  const steps: Step[] = [];
  const reader = createStepReader((step) => steps.push(step), { format: { pattern } });
  reader.push(Buffer.from(text), 5);
  reader.end(5);
  return steps;
}

describe('a pattern of one’s own', () => {
  test.each<[string, string, Partial<Step>[]]>([
    [
      'Zug (?<step>\\d+) Verlust (?<loss>\\S+)',
      'Zug 3 Verlust 0.5\nnoise\nZug 4 Verlust nan',
      [{ step: 3, loss: 0.5 }, { step: 4 }],
    ],
    ['(?<step>[\\d,]+)/(?<total>\\d+)', 'at 1,024/4096', [{ step: 1024, total: 4096 }]],
    [
      's(?<step>\\S+) t(?<tokens>\\S+) b(?<batch>\\S+)',
      's1 t4096 b8',
      [{ step: 1, tokens: 4096, tokens_are: 'unsaid', batch: 8 }],
    ],
    ['e(?<epoch>\\S+) n(?<samples>\\S+) lr(?<lr>\\S+)', 'e0.5 n64 lr1e-4', [{ epoch: 0.5, samples: 64, lr: 1e-4 }]],
    ['(?<phase>eval|save) r(?<rank>\\d)', 'eval r3', [{ phase: 'eval', rank: 3 }]],
    ['(?<step>\\d+) (?<speed>\\S+) (?<word>\\S+)', '7 12.5it/s fast', [{ step: 7, metrics: { speed: 12.5 } }]],
    ['step (?<step>-?[\\d.]+)', 'step -1\nstep 1.5\nstep 2', [{ step: 2 }]],
    ['(?<step>\\d+)', '[rank2]: 9', [{ step: 9, rank: 2 }]],
    ['(?<step>x)', 'x', []],
    ['(?<step>\\d+)', `${'a'.repeat(5000)}1\n2`, [{ step: 2 }]],
  ])('%s on %j', (pattern, text, wanted) => {
    expect(read(pattern, text)).toEqual(wanted.map((known) => stepOf(5, known)));
  });

  test.each([
    ['(', /no regular expression/],
    ['step (\\d+)', /no group named step/],
    ['(?<speed>\\d+)', /no group named step/],
    ['(?:(?<step>\\d+)+)+', /for ever/],
    ['(?<step>\\d+)(?:a|a)*b', /for ever/],
    ['(?<step>\\d+)(?:x{2,})+', /for ever/],
  ])('%s is refused', (pattern, why) => {
    expect(() => read(pattern, '')).toThrow(Fault);
    expect(() => read(pattern, '')).toThrow(why);
  });

  test.each(['(?<step>\\d+)(?:, )?[|*+(]*', '(?<step>\\d+) (?:a|b) c+', '\\(+(?<step>\\d+)\\)+'])(
    '%s is taken',
    (pattern) => {
      expect(read(pattern, 'nothing')).toEqual([]);
    },
  );
});
