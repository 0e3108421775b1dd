// Two scores of a model, with figures made by hand: round grams, and the units of SCI for AI.

import { describe, expect, test } from 'vitest';
import { exactly, unknown, withBounds } from '../core/figure.ts';
import { unitOf } from './functional-unit.ts';
import { PROVIDER_UNITS, type SciAiInput, type SciAiRun, sciAiOf } from './sci-ai.ts';

const near = (value: number) => expect.closeTo(value, 9);
const KWH = 3.6e6;

interface Of {
  readonly kwh?: number;
  readonly g?: number;
  readonly m?: number;
}
/** By one sensor for all, ±10 % of its emissions. */
const run = (id: string, stage: string | null, { kwh = 1, g = 400, m = 100 }: Of, more: Partial<SciAiRun> = {}) => ({
  ...{ id, name: null, stage, state: 'finished', counted: 1, work: {} },
  lines: {
    ...{ it_j: exactly(kwh * KWH), facility_j: exactly(kwh * KWH), embodied_g: exactly(m) },
    operational_g: withBounds(exactly(g), 'sensor', -g / 10, g / 10),
  },
  ...more,
});
const RUNS = [
  run('d', 'data', { g: 100, m: 0 }),
  run('s', 'search', { g: 200, m: 50 }, { state: 'failed' }),
  run('p', 'pre-train', { g: 3000, m: 500 }, { work: { tokens: 2e6 } }),
  run('f', 'fine-tune', { g: 300, m: 50 }, { work: { tokens: 1e6 } }),
  run('e', 'evaluate', { g: 100, m: 0 }, { work: { tokens: 7e6 } }),
  run('v', 'serve', { g: 500, m: 100 }, { work: { tokens: 3e6, images: 60 } }),
  run('w', 'serve', { g: 1500, m: 300 }, { work: { tokens: 9e6, images: 60 } }),
];
const unit = (text: string) => unitOf(text, ['tokens', 'images', ...PROVIDER_UNITS])!;
const made = (more: Partial<SciAiInput> = {}) =>
  sciAiOf({
    ...{ model: 'm', runs: RUNS, bases: [], said: {}, basis: 'gross', rationale: 'why not' },
    consumer_units: [unit('million-tokens')],
    provider_units: [unit('1000-training-tokens')],
    ...more,
  });

describe('SCI for AI', () => {
  test('runs of stage serve are the consumer, all others the provider, failed ones too', () => {
    const { consumer, provider, missing } = made();
    expect([consumer.runs, consumer.stages, consumer.failed]).toEqual([['v', 'w'], ['serve'], 0]);
    expect(provider.runs).toEqual(['d', 's', 'p', 'f', 'e']);
    expect([provider.stages.length, provider.failed]).toEqual([5, 1]);
    // 2000 g ± 200 g (one sensor) + 400 g for 12e6 tokens; 3700 g + 600 g for 3e6 tokens of training.
    expect(consumer.scores[0]).toMatchObject({
      sci_g: { value: near(200), low: near(2200 / 12), high: near(2600 / 12) },
      operational_g: { value: near(2000 / 12) },
      ...{ r: { unit: 'million-tokens', count: 12 }, r_from: 'the logs of v, w' },
    });
    expect(provider.scores[0]).toMatchObject({
      sci_g: { value: near(4300 / 3000) },
      basis: 'gross',
      r_from: 'the logs of p, f',
    });
    expect([consumer.e_kwh.value, consumer.i_g_per_kwh.value, consumer.m_g.value]).toEqual([near(2), near(1000), 400]);
    expect(missing).toEqual([]);
  });

  test('a provider is scored for FLOP, tokens and parameters that are said, with their basis', () => {
    const { scores } = made({
      said: { FLOP: 4.3e18, 'training-tokens': 4.3e6, parameters: 2e9 },
      basis: 'effective',
      provider_units: ['1e15-FLOP', 'million-training-tokens', 'billion-parameters'].map(unit),
    }).provider;
    expect(scores.map(({ sci_g, basis }) => [sci_g.value, basis])).toEqual([
      [near(1), 'effective'],
      [near(1000), 'effective'],
      [near(2150), 'effective'],
    ]);
  });

  test('a run that tells no stage may be in either: both wait for it, and it says what to type', () => {
    const { consumer, provider, missing } = made({ runs: [...RUNS, run('x', null, {})] });
    for (const { scores, c_g } of [consumer, provider])
      expect([scores[0]!.sci_g.value, c_g]).toEqual([
        null,
        { value: null, why: expect.stringMatching(/stage is told of x/) },
      ]);
    expect([consumer.c_known_g?.value, provider.c_known_g?.value]).toEqual([2400, 4300]);
    expect(missing).toEqual([
      { what: 'the stage of run x: both scores wait for it', how: 'joulebook amend x --stage STAGE' },
    ]);
  });

  test('what is not known of one run is not known of its score, and the other score stands', () => {
    const dark = run('q', 'search', {}, { lines: { ...RUNS[0]!.lines, embodied_g: unknown('no such card') } });
    const { consumer, provider, missing } = made({ runs: [...RUNS, dark] });
    expect(provider.scores[0]!.sci_g).toEqual({
      value: null,
      why: expect.stringMatching(/1 of 6 runs: M is not known: no such card/),
    });
    expect(provider.scores[0]!.operational_g.value).toBeCloseTo(3800 / 3000, 9);
    expect(consumer.scores[0]!.sci_g.value).toBeCloseTo(200, 9);
    expect(missing).toEqual([{ what: 'embodied emissions of run q: no such card', how: 'joulebook report q' }]);
  });

  test('work that a run does not tell is unknown; that of a run that is in another one counts there', () => {
    const silent = made({ runs: [...RUNS, run('y', 'serve', {}, { work: { images: 3 } })] }).consumer.scores[0]!;
    expect(silent.sci_g).toEqual({ value: null, why: 'no tokens were told by y; they told images' });
    const cut = run('c', 'serve', { kwh: 0, g: 0, m: 0 }, { counted: 0, work: { tokens: 3e6 } });
    expect(made({ runs: [...RUNS, cut] }).consumer.scores[0]!.r.count).toBe(12);
    const images = made({ consumer_units: [unit('image')] }).consumer.scores[0]!;
    expect(images).toMatchObject({ r: { unit: 'images', count: 120 }, sci_g: { value: near(20) } });
  });

  test('no runs are no score of 0; what has to be stated and is not is missing', () => {
    const { provider, missing } = made({
      ...{ runs: RUNS.slice(5), said: { FLOP: 1e20 }, basis: null, rationale: null, provider_units: [unit('FLOP')] },
      bases: [{ model: 'base', runs: ['b'] }],
    });
    expect(provider.scores[0]).toMatchObject({
      sci_g: { value: null, why: 'no run is in this boundary' },
      basis: null,
    });
    expect(provider.c_known_g).toBeNull();
    expect(missing.map(({ how }) => how)).toEqual([
      'joulebook amend RUN --stage pre-train',
      '--basis gross|effective',
      '--rationale TEXT',
      'joulebook export --model base --format sci-ai',
    ]);
  });

  test('E with the PUE of some runs and not of others is of no one boundary', () => {
    const bare = run('z', 'serve', {}, { lines: { ...RUNS[0]!.lines, facility_j: unknown('no PUE') } });
    expect(made({ runs: [...RUNS, bare] }).consumer).toMatchObject({ e_boundary: 'mixed', e_kwh: { value: near(3) } });
  });
});
