import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTS, type Act } from './budget.ts';
import { decide, type JobLook, type JobMemory, type Means, NEW_JOB, type Order, type Want } from './orders.ts';

const MEANS: Means = { grace_ms: null, can_move: false, dwell_ms: 60_000, pause_s: 10, pause_cost: {} };

/** Somebody who holds these acts, and asks for those that are marked by a ! by this look. */
function want(by: string, acts: string, more: Partial<Want> = {}): Want {
  const words = acts === '' ? [] : acts.split(' ');
  const reason = (word: string) => ({ act: word.replace('!', '') as Act, rule: null, why: `${by} says so` });
  return { by, holding: words.map(reason), due: words.filter((word) => word.endsWith('!')).map(reason), ...more };
}

type Step = readonly [s: number, wants: readonly Want[], more?: Partial<JobLook>];

function play(steps: readonly Step[], means: Partial<Means> = {}, from: JobMemory = NEW_JOB) {
  let memory = from;
  const orders: (Order | null)[] = [];
  for (const [s, wants, more] of steps) {
    const made = decide({ ...MEANS, ...means }, memory, { now_ms: s * 1000, wants, ...more });
    memory = made.memory;
    orders.push(made.order);
  }
  return { memory, orders, acts: orders.map((order) => order?.act ?? null) };
}

describe('several that have a say', () => {
  test('the strictest of what is due is done, and all who asked are named', () => {
    const { orders } = play([[0, [want('run', 'warn!'), want('team', 'hook!'), want('month', '')]]]);
    expect(orders[0]).toMatchObject({ act: 'hook', by: ['run', 'team'], why: null });
    expect(orders[0]!.because.map(({ act }) => act)).toEqual(['warn', 'hook']);
  });

  test('of a pause and a stop the stop is done; all have to let go before the job goes on', () => {
    expect(play([[0, [want('run', 'pause!'), want('team', 'stop!')]]]).acts).toEqual(['stop']);
    const both = [want('run', 'pause!'), want('team', 'pause!')];
    const one = [want('run', ''), want('team', 'pause')];
    const none = [want('run', ''), want('team', '')];
    expect(
      play([
        [0, both],
        [100, one],
        [200, none],
      ]).acts,
    ).toEqual(['pause', null, 'resume']);
  });

  test('one that is paused is stopped at once when that falls due', () => {
    const steps: Step[] = [
      [0, [want('run', 'pause!')]],
      [1, [want('run', 'pause'), want('team', 'stop!')]],
    ];
    expect(play(steps).acts).toEqual(['pause', 'stop']);
    expect(play([...steps, [2, [want('team', 'stop pause!')]]]).acts).toEqual(['pause', 'stop', null]);
  });

  test('a move without anywhere to go is a pause', () => {
    expect(play([[0, [want('run', 'move!')]]]).orders[0]).toMatchObject({
      ...{ act: 'pause', why: 'there is nowhere else to go on' },
    });
    expect(play([[0, [want('run', 'move!')]]], { can_move: true }).acts).toEqual(['move']);
  });
});

describe('the dwell', () => {
  test('a job that was paused goes on no sooner, and one that goes on is paused no sooner', () => {
    const { orders, acts } = play([
      [0, [want('run', 'pause!')]],
      [1, [want('run', '')]],
      [59, [want('run', '')]],
      [60, [want('run', '')]],
      [61, [want('run', 'pause!')]],
      [62, [want('run', 'pause')]],
      [119, [want('run', 'pause')]],
      [120, [want('run', 'pause')]],
    ]);
    expect(acts).toEqual(['pause', null, null, 'resume', 'warn', null, null, 'pause']);
    expect(orders[4]).toMatchObject({ why: 'it was resumed less than 60 s ago' });
    expect(orders[7]).toMatchObject({ by: ['run'], because: [{ act: 'pause', why: 'run says so' }] });
  });

  test('holds up no stop, and nobody who asks to go on', () => {
    const { acts } = play([
      [0, [want('run', 'pause!')]],
      [1, [want('run', '')], { resume: true }],
      [2, [want('run', 'stop!')]],
    ]);
    expect(acts).toEqual(['pause', 'resume', 'stop']);
  });

  test('passes by no clock that jumps ahead, and a clock that is set back stops it for two looks', () => {
    const paused: Step = [0, [want('run', 'pause!')]];
    const free = (s: number): Step => [s, [want('run', '')]];
    expect(play([paused, free(1_000_000)], { dwell_ms: 120_000 }).acts).toEqual(['pause', null]);
    const back = [paused, free(50), free(-1000), free(-999), free(-998), free(-989), free(-988)];
    expect(play(back).acts).toEqual(['pause', null, null, null, null, null, 'resume']);
  });
});

describe('a checkpoint', () => {
  const ways = { grace_ms: 30_000 };
  const held = [want('run', 'pause')];

  test('is waited for where there is a way to make one', () => {
    const { acts, orders } = play(
      [
        [0, [want('run', 'pause!')]],
        [1, held],
        [2, held, { checkpointed: true }],
      ],
      ways,
    );
    expect(acts).toEqual(['checkpoint', null, 'pause']);
    expect(orders[0]!.why).toBe('pause follows when the checkpoint is there');
  });

  test('is not waited for longer than its grace, nor where it cannot be made', () => {
    const late = play(
      [
        [0, [want('run', 'stop!')]],
        [29, [want('run', 'stop')]],
        [30, [want('run', 'stop')]],
      ],
      ways,
    );
    expect(late.acts).toEqual(['checkpoint', null, 'stop']);
    expect(late.orders[2]!.why).toBe('without a checkpoint: it took too long');
    const failed = { failed: { act: 'checkpoint', why: 'no process catches USR1' } } as const;
    const { orders } = play(
      [
        [0, [want('run', 'pause!')]],
        [1, held, failed],
      ],
      ways,
    );
    expect(orders[1]).toMatchObject({ act: 'pause', why: 'without a checkpoint: no process catches USR1' });
  });

  test('is for the stricter where that comes meanwhile, and for nothing where all let go', () => {
    const stricter: Step[] = [
      [0, [want('run', 'pause!')]],
      [1, [want('run', 'pause stop!')]],
    ];
    expect(play([...stricter, [2, [want('run', 'stop')], { checkpointed: true }]], ways).acts).toEqual([
      ...['checkpoint', 'warn', 'stop'],
    ]);
    const { acts, memory } = play(
      [
        [0, [want('run', 'pause!')]],
        [1, [want('run', '')], { checkpointed: true }],
      ],
      ways,
    );
    expect(acts).toEqual(['checkpoint', null]);
    expect(memory.phase).toBe('running');
  });

  test('alone leaves the job running', () => {
    const { acts, memory } = play(
      [
        [0, [want('run', 'checkpoint!')]],
        [1, [want('run', 'checkpoint')]],
      ],
      ways,
    );
    expect(acts).toEqual(['checkpoint', null]);
    expect(memory.phase).toBe('running');
  });
});

describe('what a pause costs', () => {
  const asks = (more: Partial<Want>) => [want('run', 'pause!', { measure: 'energy', ...more })];
  const costs = { pause_cost: { energy: 5000 } };

  test('one that costs more than all that is left is not made, and that is told once', () => {
    const { acts, orders, memory } = play(
      [
        [0, asks({ left: 4000 })],
        [1, [{ ...asks({ left: 4000 })[0]!, due: [] }]],
      ],
      costs,
    );
    expect(acts).toEqual(['warn', null]);
    expect(orders[0]!.why).toBe('a pause costs more than all that is left to do');
    expect(memory.phase).toBe('running');
    expect(play([[0, asks({ left: 6000 })]], costs).acts).toEqual(['pause']);
    expect(play([[0, asks({ left: null })]], costs).acts).toEqual(['pause']);
    expect(play([[0, asks({ left: 4000, measure: 'emissions' })]], costs).acts).toEqual(['pause']);
  });

  test('nor one that a new period would end before it is done', () => {
    expect(play([[0, asks({ renews_ms: 10_000 })]]).acts).toEqual(['warn']);
    expect(play([[0, asks({ renews_ms: 10_001 })]]).acts).toEqual(['pause']);
  });

  test('it is made where only one of two would be spared it, and a stop is made in any case', () => {
    expect(play([[0, [...asks({ left: 4000 }), want('grid', 'pause!')]]], costs).acts).toEqual(['pause']);
    expect(play([[0, [want('run', 'stop!', { measure: 'energy', left: 1 })]]], costs).acts).toEqual(['stop']);
  });
});

test('what could not be carried out is tried again, a pause after the dwell', () => {
  const held = [want('run', 'pause')];
  const failed = { failed: { act: 'pause', why: 'not permitted' } } as const;
  const { acts } = play([
    [0, [want('run', 'pause!')]],
    [1, held, failed],
    [60, held],
    [61, held],
  ]);
  expect(acts).toEqual(['pause', 'warn', null, 'pause']);
  const stop = { failed: { act: 'stop', why: 'not permitted' } } as const;
  expect(
    play([
      [0, [want('run', 'stop!')]],
      [1, [want('run', 'stop')], stop],
    ]).acts,
  ).toEqual(['stop', 'stop']);
  const hook = { failed: { act: 'hook', why: 'exit 1' } } as const;
  expect(
    play([
      [0, [want('run', 'hook!')]],
      [1, [], hook],
    ]).memory.phase,
  ).toBe('running');
});

const anyWant = fc.record({
  by: fc.constantFrom('run', 'team', 'grid'),
  ...{ held: fc.subarray([...ACTS]), due: fc.boolean(), left: fc.option(fc.double({ min: 0, noNaN: true })) },
  ...{ renews_ms: fc.option(fc.double()) },
});
const anyLook = fc.record({
  wants: fc.array(anyWant, { maxLength: 3 }),
  ...{ ms: fc.nat(40_000), checkpointed: fc.boolean() },
});
const looksOf = (
  seen: readonly {
    wants: readonly { by: string; held: Act[]; due: boolean; left: number | null; renews_ms: number | null }[];
    ms: number;
    checkpointed: boolean;
  }[],
) => {
  let now_ms = 0;
  return seen.map(({ wants, ms, checkpointed }): JobLook => {
    now_ms += ms;
    const all = wants.map(({ by, held, due, left, renews_ms }): Want => {
      const holding = held.map((act) => ({ act, rule: null, why: 'so' }));
      return { by, holding, due: due ? holding : [], measure: 'energy', left, renews_ms };
    });
    return { now_ms, wants: all, checkpointed };
  });
};

describe('of any looks', () => {
  const means = fc.record({
    ...{ grace_ms: fc.option(fc.nat(60_000)), can_move: fc.boolean(), dwell_ms: fc.nat(200_000), pause_s: fc.nat(100) },
    pause_cost: fc.constantFrom({}, { energy: 1e100 }),
  });

  test('two switches never lie closer together than the dwell, and they alternate', () => {
    fc.assert(
      fc.property(means, fc.array(anyLook, { maxLength: 80 }), (how, seen) => {
        let memory = NEW_JOB;
        let last: Order | null = null;
        for (const look of looksOf(seen)) {
          const made = decide(how, memory, look);
          memory = made.memory;
          const { order } = made;
          if (order?.act !== 'pause' && order?.act !== 'resume') continue;
          if (last !== null) expect(order.at_ms - last.at_ms).toBeGreaterThanOrEqual(how.dwell_ms);
          expect(order.act).toBe(last?.act === 'pause' ? 'resume' : 'pause');
          last = order;
        }
      }),
    );
  });

  test('after a stop or a move nothing is ordered, and nothing that nobody asks for ever is', () => {
    fc.assert(
      fc.property(means, fc.array(anyLook, { maxLength: 80 }), (how, seen) => {
        let memory = NEW_JOB;
        let ended = false;
        for (const look of looksOf(seen)) {
          const made = decide(how, memory, look);
          memory = JSON.parse(JSON.stringify(made.memory)) as JobMemory;
          expect(memory).toEqual(made.memory);
          if (ended) expect(made.order).toBeNull();
          const act = made.order?.act;
          const asked = look.wants.flatMap(({ holding }) => holding.map((reason) => reason.act));
          if (act === 'stop' || act === 'hook') expect(asked).toContain(act);
          if (act === 'pause') expect(asked.some((one) => one === 'pause' || one === 'move')).toBe(true);
          ended = ended || act === 'stop' || act === 'move';
        }
      }),
    );
  });

  test('no nonsense throws', () => {
    const odd = fc.oneof(fc.double(), fc.constant(Number.NaN));
    fc.assert(
      fc.property(means, fc.array(fc.tuple(odd, anyLook), { maxLength: 40 }), (how, seen) => {
        let memory = NEW_JOB;
        const looks = looksOf(seen.map(([, look]) => look));
        for (const [i, look] of looks.entries()) memory = decide(how, memory, { ...look, now_ms: seen[i]![0] }).memory;
        expect(memory.last_ms === null || Number.isFinite(memory.last_ms)).toBe(true);
      }),
    );
  });
});
