import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTS, type Budget, type Sight } from './budget.ts';
import {
  freshMemory,
  judge,
  type Memory,
  PATIENCE,
  rank,
  refusal,
  strictest,
  type Verdict,
  waived,
} from './verdict.ts';

const KILO: Budget = {
  id: 'run',
  limit: { measure: 'emissions', value: 1000, currency: null, text: '1kgCO2e' },
  ...{ scope: { of: 'run' }, period: { kind: 'whole' } },
  rules: [
    { on: 'spent', at: 0.8, act: 'warn' },
    { on: 'spent', at: 1, act: 'pause' },
    { on: 'forecast', at: 0.9, act: 'checkpoint' },
  ],
};

/** Seen n seconds after the start; `g` with nothing unsure about it. */
const at = (n: number, g: number | null, more: Partial<Sight> = {}): Sight => ({
  now_ms: n * 1000,
  spent: g === null ? null : { value: g, low: g, high: g },
  ...{
    end: null,
    overrun: g === null ? null : 0.5,
    crosses_ms: null,
    renews_ms: null,
    why: g === null ? 'no zone is known' : null,
  },
  ...more,
});

function play(sights: readonly Sight[], budget = KILO, from = freshMemory(budget)) {
  let memory = from;
  const verdicts: Verdict[] = [];
  for (const sight of sights) {
    const made = judge(budget, memory, sight);
    memory = made.memory;
    verdicts.push(made.verdict);
  }
  return { memory, verdicts, acts: verdicts.map(({ due }) => due.map(({ act }) => act)) };
}
const holds = ({ holding }: Verdict) => strictest(holding.map(({ act }) => act));

describe('what is spent', () => {
  test('a rule falls due when its share is reached, once, and holds', () => {
    const { verdicts, acts } = play([700, 799.9, 800, 900, 1000, 1001].map((g, i) => at(i, g)));
    expect(acts).toEqual([[], [], ['warn'], [], ['pause'], []]);
    expect(verdicts.map(holds)).toEqual([null, null, 'warn', 'warn', 'pause', 'pause']);
    expect(verdicts.map(({ standing }) => standing)).toEqual(['within', 'within', 'within', 'within', 'over', 'over']);
    expect(verdicts[4]!.due[0]!.why).toBe('100.0 % of 1kgCO2e is spent');
  });

  test('it is the value that breaches, not the upper end of its interval', () => {
    const spent = { value: 999, low: 900, high: 1200 };
    const { verdicts } = play([at(0, 0, { spent })]);
    expect(verdicts[0]).toMatchObject({ standing: 'within', share: { value: 0.999, low: 0.9, high: 1.2 } });
    expect(holds(verdicts[0]!)).toBe('warn');
  });

  test('a period that begins anew ends it after three looks, and it can fall due again', () => {
    const { acts, verdicts } = play([1000, 5, 5, 5, 5, 1000].map((g, i) => at(i, g)));
    expect(acts).toEqual([['warn', 'pause'], [], [], [], [], ['warn', 'pause']]);
    expect(verdicts.map(holds)).toEqual(['pause', 'pause', 'pause', null, null, 'pause']);
  });

  test('what hovers about the limit lets nothing go: 5 % clear of it does', () => {
    const hovering = Array.from({ length: 50 }, (_, i) => at(i, i % 2 === 0 ? 1001 : 955));
    expect(play(hovering).acts.flat()).toEqual(['warn', 'pause']);
    const below = [at(0, 1001), ...[1, 2, 3, 4, 5].map((i) => at(i, 951))];
    expect(play(below).verdicts.map(holds)).toEqual(new Array(6).fill('pause'));
    const clear = [at(0, 1001), ...[1, 2, 3].map((i) => at(i, 949))];
    expect(play(clear).verdicts.map(holds)).toEqual(['pause', 'pause', 'pause', 'warn']);
  });

  test('one look that says less, such as a late one, lets nothing go', () => {
    const { verdicts } = play([at(0, 1001), at(1, 3), at(2, 1002), at(3, 3), at(4, 3), at(5, 1003)]);
    expect(verdicts.map(holds)).toEqual(new Array(6).fill('pause'));
  });

  test('a new limit is judged from the beginning, without any margin', () => {
    const { memory } = play([at(0, 1000)]);
    const raised = { ...KILO, limit: { ...KILO.limit, value: 1010, text: '1.01kgCO2e' } };
    expect(holds(judge(raised, memory, at(1, 1000)).verdict)).toBe('warn');
  });

  test('who goes on in spite of it is left alone until it is crossed anew', () => {
    const { memory } = play([at(0, 1000)]);
    const later = play([at(1, 1001), at(2, 1500), at(3, 5), at(4, 5), at(5, 5), at(6, 1000)], KILO, waived(memory));
    expect(later.verdicts.map(holds)).toEqual([null, null, null, null, null, 'pause']);
    expect(later.verdicts[1]!.standing).toBe('over');
  });

  test('a rate is a breach only where it lasts: the first steps are dear', () => {
    const limit = { measure: 'j_per_token', value: 1000, currency: null, text: '1000J/token' } as const;
    const { acts } = play(
      [5000, 3000, 2000, 900, 1100, 1100, 1100, 1100, 1100].map((j, i) => at(i, j)),
      { ...KILO, limit, rules: [{ on: 'spent', at: 1, act: 'stop' }] },
    );
    expect(acts).toEqual([[], [], [], [], [], [], [], [], ['stop']]);
  });
});

describe('a forecast', () => {
  const odds = (list: readonly (number | null)[]) => list.map((overrun, i) => at(i, 100, { overrun }));

  test('falls due after five looks in a row, and is over after three below its mark less 0.1', () => {
    const { acts, verdicts } = play(
      odds([0.95, 0.95, 0.89, 0.9, 0.9, 0.9, 0.9, 0.9, 0.81, 0.81, 0.81, 0.79, 0.79, 0.79]),
    );
    expect(acts.map((due) => due.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(verdicts.map(({ standing }) => standing)).toEqual([
      ...new Array(7).fill('within'),
      ...new Array(6).fill('at-risk'),
      'within',
    ]);
    expect(verdicts[7]!.due[0]!.why).toBe('the probability that 1kgCO2e will be passed is 90 %');
  });

  test('that nobody can make breaks the row, and lets nothing go', () => {
    expect(play(odds([0.95, 0.95, 0.95, 0.95, null, 0.95])).acts.flat()).toEqual([]);
    const { verdicts } = play(odds([...new Array(5).fill(0.95), ...new Array(20).fill(null)]));
    expect(holds(verdicts.at(-1)!)).toBe('checkpoint');
  });

  test('that is no probability is none', () => {
    for (const wrong of [7, Number.NaN, Number.POSITIVE_INFINITY, -1])
      expect(play(odds(new Array(10).fill(wrong))).verdicts.at(-1)).toMatchObject({ holding: [], overrun: null });
  });

  test('with a low mark can be over too', () => {
    const budget: Budget = { ...KILO, rules: [{ on: 'forecast', at: 0.05, act: 'warn' }] };
    const { verdicts } = play(odds([...new Array(5).fill(0.05), 0.02, 0.02, 0.02]), budget);
    expect(verdicts.slice(4).map(holds)).toEqual(['warn', 'warn', 'warn', null]);
  });
});

describe('what is not known', () => {
  test('of the end is told once, where a rule goes by it and half is spent', () => {
    const looks = [400, 499, 500, 600, 700].map((g, i) => at(i, g, { overrun: null, why: 'the log does not tell' }));
    const forecast: Budget = { ...KILO, rules: [{ on: 'forecast', at: 0.9, act: 'pause' }] };
    const { acts, verdicts } = play(looks, forecast);
    expect(acts).toEqual([[], [], ['warn'], [], []]);
    expect(verdicts[2]!.due[0]!.why).toBe('nobody can tell whether 1kgCO2e will suffice: the log does not tell');
    const spent: Budget = { ...KILO, rules: [{ on: 'spent', at: 1, act: 'pause' }] };
    expect(play(looks, spent).acts.flat()).toEqual([]);
  });

  test('is warned of once, and nothing else comes of it', () => {
    const { acts, verdicts } = play(Array.from({ length: 100 }, (_, i) => at(i, null)));
    expect(acts.flat()).toEqual(['warn']);
    expect(acts.findIndex((due) => due.length > 0)).toBe(PATIENCE.unknown_looks - 1);
    expect(verdicts[50]).toMatchObject({ standing: 'unknown', share: null, why: 'no zone is known', holding: [] });
  });

  test('leaves what is known to count: the part that is known breaches, or it is unknown', () => {
    const partly = (n: number, g: number) => at(n, g, { partial: true, why: 'gpu-1 tells nothing' });
    const { verdicts } = play([partly(0, 500), partly(1, 850), partly(2, 1000)]);
    expect(verdicts.map(({ standing }) => standing)).toEqual(['unknown', 'unknown', 'over']);
    expect(verdicts.map(holds)).toEqual([null, 'warn', 'pause']);
    expect(verdicts[0]!.why).toBe('gpu-1 tells nothing');
  });

  test('lets go of nothing that was known', () => {
    const { verdicts } = play([at(0, 1000), ...[1, 2, 3, 4, 5].map((n) => at(n, null))]);
    expect(verdicts.map(holds)).toEqual(new Array(6).fill('pause'));
  });

  test('is told though all that is spent is: a forecast that nobody can make is no unknown budget', () => {
    expect(play([at(0, 10, { why: 'too few steps yet' })]).verdicts[0]).toMatchObject({
      ...{ standing: 'within', why: 'too few steps yet' },
    });
  });
});

describe('clocks', () => {
  test('a look that is older than one before is not judged', () => {
    const { verdicts } = play([at(10, 700), at(9, 1000), at(11, 710)]);
    expect(verdicts.map(holds)).toEqual([null, null, null]);
    expect(verdicts[1]!.why).toBe('this look is older than one before');
  });

  test('one that was set back is believed at the third look', () => {
    const { acts } = play([at(4000, 700), at(400, 1000), at(401, 1000), at(402, 1000), at(403, 1000)]);
    expect(acts).toEqual([[], [], [], ['warn', 'pause'], []]);
  });
});

test('a budget that is spent admits nothing, one that is not known does, and so does a rate', () => {
  expect(refusal(KILO, at(0, 1234))).toBe('123 % of 1kgCO2e is spent');
  expect(refusal(KILO, at(0, 999))).toBeNull();
  expect(refusal(KILO, at(0, null))).toBeNull();
  expect(refusal({ ...KILO, limit: { ...KILO.limit, measure: 'g_per_million_tokens' } }, at(0, 2000))).toBeNull();
});

const odd = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -1, 0, Number.POSITIVE_INFINITY));
const anySight = fc.record({
  ...{ now_ms: odd, overrun: fc.option(odd), crosses_ms: fc.option(odd), renews_ms: fc.option(odd) },
  ...{ spent: fc.option(fc.record({ value: odd, low: odd, high: odd })), partial: fc.boolean() },
  ...{ end: fc.option(fc.record({ value: odd, low: odd, high: odd })), why: fc.option(fc.string()) },
});
/** Of a clock that works, with any course of what is spent and forecast. */
const course = fc.array(
  fc.record({
    g: fc.option(fc.double({ min: 0, max: 1500, noNaN: true })),
    p: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  }),
  { maxLength: 60 },
);
const sightsOf = (seen: readonly { g: number | null; p: number | null }[]) =>
  seen.map(({ g, p }, i) => at(i, g, { overrun: p }));
const anyRules = fc.array(
  fc.record({
    on: fc.constantFrom('spent' as const, 'forecast' as const),
    ...{ at: fc.double({ min: 0.01, max: 1, noNaN: true }), act: fc.constantFrom(...ACTS) },
  }),
  { minLength: 1, maxLength: 5 },
);

describe('of any course', () => {
  test('nonsense never throws, and is never acted on', () => {
    fc.assert(
      fc.property(fc.array(anySight, { maxLength: 40 }), (sights) => {
        const { verdicts } = play(sights);
        const sane = (x: number) => Number.isFinite(x) && x >= 0;
        const spent = sights.some((s) => s.spent !== null && sane(s.spent.value) && s.spent.value >= 800);
        const risky = sights.some(({ overrun }) => overrun !== null && overrun >= 0.9 && overrun <= 1);
        if (!spent && !risky) expect(verdicts.flatMap(({ holding }) => holding)).toEqual([]);
        for (const { share } of verdicts)
          if (share !== null) expect(share.low <= share.value && share.value <= share.high).toBe(true);
      }),
    );
  });

  test('more spent, or more at risk, is never judged more gently', () => {
    const more = fc.record({
      g: fc.double({ min: 0, max: 300, noNaN: true }),
      p: fc.double({ min: 0, max: 0.3, noNaN: true }),
    });
    fc.assert(
      fc.property(course, fc.array(more, { minLength: 60, maxLength: 60 }), anyRules, (less, extra, rules) => {
        const budget = { ...KILO, rules };
        const much = less.map(({ g, p }, i) => ({
          g: g === null ? null : g + extra[i]!.g,
          p: p === null ? null : Math.min(1, p + extra[i]!.p),
        }));
        const [a, b] = [play(sightsOf(less), budget), play(sightsOf(much), budget)];
        const acts = (one: Verdict) => holds(one) ?? null;
        a.verdicts.forEach((verdict, i) => {
          const [lesser, greater] = [acts(verdict), acts(b.verdicts[i]!)];
          if (lesser !== null) expect(greater !== null && rank(greater) >= rank(lesser)).toBe(true);
        });
      }),
    );
  });

  test('each rule falls due once a crossing: it was over in between', () => {
    fc.assert(
      fc.property(course, anyRules, (seen, rules) => {
        const { verdicts } = play(sightsOf(seen), { ...KILO, rules });
        for (const rule of rules) {
          let held = false;
          for (const { due, holding } of verdicts) {
            const falls = due.some((reason) => reason.rule === rule);
            if (falls) expect(held).toBe(false);
            held = holding.some((reason) => reason.rule === rule);
            if (falls) expect(held).toBe(true);
          }
        }
      }),
    );
  });

  test('what was written down is judged again alike, also from a memory that was written down', () => {
    fc.assert(
      fc.property(course, fc.nat(), (seen, cut) => {
        const sights = sightsOf(seen);
        const whole = play(sights);
        const written = JSON.parse(JSON.stringify(sights)) as Sight[];
        const first = play(written.slice(0, cut % (sights.length + 1)));
        const memory = JSON.parse(JSON.stringify(first.memory)) as Memory;
        expect(memory).toEqual(first.memory);
        const rest = play(written.slice(cut % (sights.length + 1)), KILO, memory);
        expect([...first.verdicts, ...rest.verdicts]).toEqual(whole.verdicts);
      }),
    );
  });
});
