import { expect, test } from 'vitest';
import { inputOf, series, T0 } from '../../test/helpers/report-input.ts';
import { stepOf } from '../workload/step.ts';
import { type Baseline, baselineOf, baselinesText, parseBaselines } from './baseline.ts';
import { buildReport } from './build.ts';
import { type GateWishes, gateOf } from './gate.ts';
import { gateText } from './gate-text.ts';
import type { ReportJson } from './model.ts';
import { type Repeat, repeatOf } from './samples.ts';

const WISHES: GateWishes = {
  max_increase: 0.05,
  metrics: [],
  as_emitted: false,
  allow_different: false,
  strict: false,
};
const FACTS = { commit: 'c'.repeat(40), dirty: false, joulebook: '9.9.9' };

/** Ten seconds of a GPU at so many watts and so many tokens, at 500 g/kWh or another intensity. */
function reported(watts: number, { g_per_kwh = 500, tokens = 1000 } = {}): ReportJson {
  const step = (at_s: number, count: number) => ({
    ...stepOf(T0 + at_s * 1000, { step: at_s, tokens: (tokens * at_s) / 10 }),
    it_j: watts * count,
  });
  const steps = Array.from({ length: 10 }, (_, i) => step(i + 1, i + 1));
  return buildReport(inputOf([Array<number>(10).fill(watts)], steps, [series([g_per_kwh], 3_600_000)]));
}
const repeat = (watts: number, index: number, more = {}): Repeat => {
  const one = repeatOf(reported(watts, more));
  const started_at_ms = T0 + index * 60_000;
  return { ...one, run: `r${index}`, values: { ...one.values, started_at_ms } };
};
const NOISE = [-1, 0.5, 0, 1, -0.5];
const repeats = (watts: number, more = {}) => NOISE.map((off, i) => repeat(watts + off, i, more));
const candidate = (all: readonly Repeat[]) => ({ repeats: all, commit: 'd'.repeat(40), dirty: false });
const before = { name: 'main', baseline: baselineOf(repeats(100), FACTS) };
const gate = (all: readonly Repeat[], more: Partial<GateWishes> = {}, from = before) =>
  gateOf(from, candidate(all), { ...WISHES, ...more });

test('a repeat is what its report tells: 10 s at 100 W are 1000 J, 1 J a token of a thousand', () => {
  const { values, measured, unfit } = repeat(100, 0);
  expect(unfit).toBeNull();
  expect(values.it_j).toBeCloseTo(1000, 6);
  expect(values.facility_j).toBeCloseTo(1300, 6);
  expect(values.j_per_token).toBeCloseTo(1, 6);
  // 1300 J at 500 g/kWh, of a thousand tokens: 1300 / 3.6e6 · 500 · 1000 g a million.
  expect(values.g_per_million_tokens).toBeCloseTo(180.5556, 3);
  expect(values).toMatchObject({
    duration_s: 10,
    tokens: 1000,
    steps: 10,
    intensity_g_per_kwh: expect.closeTo(500, 9),
    job_j: null,
  });
  expect(measured).toEqual({
    hardware: [{ kind: 'gpu', name: 'g', source: 'counter', count: 1 }],
    ...{ intensity: { kind: 'average', scope: 'lifecycle' }, pue_known: true },
  });
});

test('what disturbed a repeat leaves it out: a failure, a gap, other programs', () => {
  const report = reported(100);
  const unfit = (change: (one: ReportJson) => void) => {
    const copy = structuredClone(report);
    change(copy);
    return repeatOf(copy).unfit;
  };
  expect(unfit((one) => (one.run.state = 'failed'))).toBe('it failed');
  expect(unfit((one) => (one.energy.coverage = 0.9))).toBe('only 90.0 % of it was observed');
  expect(unfit((one) => (one.energy.it_j = { value: null, why: 'no sensor' }))).toBe(
    'its energy is not known: no sensor',
  );
  const known = { value: 1, low: 1, high: 1 };
  const cpu = (job_cpu_s: number, busy_cpu_s: number) => (one: ReportJson) => {
    one.energy.devices[0]!.attribution = {
      ...{ method: 'cgroup', job_share: job_cpu_s / busy_cpu_s, job_cpu_s, busy_cpu_s, idle_cpu_s: 20 - busy_cpu_s },
      ...{ job_j: known, others_j: known, idle_j: known },
    };
  };
  // Of 20 s of CPU time others took 1, and 5.
  expect(unfit(cpu(9, 10))).toBeNull();
  expect(unfit(cpu(9, 14))).toBe('others took 25 % of the machine meanwhile');
  cpu(9, 14)(report);
  expect(repeatOf(report, 1)).toMatchObject({ unfit: null, others_share: 0.25, values: { job_j: 1 } });
  const allowed = gate(repeats(100).map((one) => ({ ...one, others_share: 0.25 })));
  expect(allowed.warnings).toEqual([
    'others took 25 % of the machine meanwhile, at most: what they did may look like a change',
  ]);
});

test('a tenth more is a regression, the same and a twentieth less are none', () => {
  const worse = gate(repeats(110));
  expect(worse).toMatchObject({ verdict: 'regression', failed: true, warnings: [], left_out: [] });
  const [check] = worse.checks;
  expect(check).toMatchObject({ metric: 'j_per_token', baseline: { repeats: 5 }, candidate: { repeats: 5 } });
  expect(check!.increase!.value).toBeCloseTo(0.1, 3);
  expect(check!.reason).toMatch(
    /^j_per_token \+10\.0 % \(90 %: \+9\.\d % to \+1[01]\.\d %\); by chance alone in 0\.4 % of cases, 5 \+ 5 repeats: more than 5 % allowed$/,
  );
  expect(gate(repeats(100))).toMatchObject({ verdict: 'ok', failed: false });
  expect(gate(repeats(95))).toMatchObject({ verdict: 'better', failed: false });
  expect(gate(repeats(110), { max_increase: 0.2 }).verdict).toBe('ok');
  expect(gateText(worse)).toContain('baseline              main: commit cccccccccccc, 2024-05-01');
});

test('what cannot be told says of how many repeats, and how often chance would deal them so', () => {
  // Of all 126 ways to deal nine values to five and four one is the most extreme.
  const four = gate(repeats(110).slice(0, 4)).checks[0]!;
  expect(four.reason).toMatch(
    /^cannot tell yet: 1 more repeat \(\+10\.\d %; 90 %: .*; by chance alone in 0\.79 % of cases; 5 \+ 4 repeats\)$/,
  );
  const one = gate([repeat(110, 1)]).checks[0]!;
  expect(one.reason).toMatch(
    /^cannot tell yet: 4 more repeats \(\+10\.0 %; by chance alone in 17 % of cases; 5 \+ 1 repeats\)$/,
  );
});

test('where models alone tell the energy, a machine that became slower is no regression: measured in turn it is one', () => {
  const by = (source: string, all: readonly Repeat[]) =>
    all.map((one) => ({
      ...one,
      measured: { ...one.measured, hardware: [{ kind: 'cpu', name: 'c', source, count: 1 }] },
    }));
  /** So many watts in repeats that begin `late_ms` after those of the baseline, one a minute. */
  const found = (source: string, watts: number, late_ms: number) => {
    const baseline = baselineOf(by(source, repeats(100)), FACTS);
    const later = repeats(watts).map(({ values, ...one }) => ({
      ...one,
      values: { ...values, started_at_ms: values.started_at_ms + late_ms },
    }));
    const [check] = gate(by(source, later), {}, { name: 'main', baseline }).checks;
    return [check!.verdict, check!.reason, check!.more_repeats];
  };
  const [AN_HOUR_LATER, IN_TURN] = [3_600_000, 30_000];
  expect(found('model', 110, AN_HOUR_LATER)).toEqual([
    'cannot-tell',
    expect.stringMatching(/^cannot tell: j_per_token \+10\.0 %.*modelled by processor time.*measure both in turn/),
    null,
  ]);
  expect(found('model', 110, IN_TURN)[0]).toBe('regression');
  expect(found('model', 160, AN_HOUR_LATER)[0]).toBe('regression');
  expect(found('counter', 110, AN_HOUR_LATER)[0]).toBe('regression');
});

test('a repeat that does not tell the metric is left out of it, and it says which and why', () => {
  const { j_per_token, ...rest } = repeat(110, 7).values;
  const why = 'tokens are not known';
  const dark = { ...repeat(110, 7), values: { ...rest, j_per_token: null }, whys: { j_per_token: why } };
  const found = gate([...repeats(110).slice(0, 4), dark]);
  expect(found.checks[0]!.reason).toContain('5 + 4 repeats');
  expect(found.warnings).toEqual([`run r7 does not tell j_per_token: ${why}`]);
  expect(gateText(found)).toContain(`note                  run r7 does not tell j_per_token: ${why}\n`);
  const holes = { ...before.baseline, samples: { ...before.baseline.samples, j_per_token: [1, null, 1.01, 1, 0.99] } };
  expect(gate(repeats(110), {}, { name: 'main', baseline: holes }).warnings).toEqual([
    "of the baseline's 5 repeats 4 tell j_per_token",
  ]);
  const seven = Array.from({ length: 7 }, (_, i) => ({ ...dark, run: `d${i}` }));
  expect(gate(seven, { metrics: ['j_per_token'] }).warnings.slice(-2)).toEqual([
    `run d4 does not tell j_per_token: ${why}`,
    'nor do 2 more runs',
  ]);
  const report = reported(100);
  report.per.j_per_token = { value: null, why: 'no log' };
  expect(repeatOf(report)).toMatchObject({
    values: { j_per_token: null },
    whys: { j_per_token: 'no log' },
    unfit: null,
  });
});

test('too few repeats cannot tell: a warning, and with --strict a failure', () => {
  const few = gate(repeats(110).slice(0, 3));
  expect(few).toMatchObject({ verdict: 'cannot-tell', failed: false });
  expect(few.checks[0]!.reason).toMatch(/^cannot tell yet: 2 more repeats \(\+9\.8 %; 90 %: /);
  expect(gate(repeats(110).slice(0, 3), { strict: true }).failed).toBe(true);
  expect(gate(repeats(100), { strict: true }).failed).toBe(false);
});

test('where the noise asks for as many of both, it says so once', () => {
  const noisy = NOISE.map((off, i) => repeat(100 + 12 * off, i));
  const { checks } = gate(noisy, {}, { name: 'main', baseline: baselineOf(noisy, FACTS) });
  expect(checks[0]!.more_repeats).toBe(checks[0]!.more_baseline);
  expect(checks[0]!.reason).toMatch(/^cannot tell yet: \d+ more repeats of each, here and of the baseline \(/);
});

test('a metric that is compared in the place of a better one says why; one that was asked for does not', () => {
  const silent = repeats(100).map((one) => ({
    ...one,
    values: { ...one.values, j_per_token: null, j_per_step: null, tokens: null, steps: null },
  }));
  expect(gate(silent)).toMatchObject({
    checks: [{ metric: 'it_j' }],
    warnings: [
      'it_j is compared, because these runs do not tell j_per_token: their log was not seen, or has no such count',
    ],
  });
  expect(gate(repeats(100), {}, { name: 'main', baseline: baselineOf(silent, FACTS) })).toMatchObject({
    checks: [{ metric: 'it_j' }],
    warnings: ['it_j is compared, because the baseline does not tell j_per_token'],
  });
  expect(gate(silent, { metrics: ['it_j'] }).warnings).toEqual([]);
  expect(gate(repeats(100)).warnings).toEqual([]);
});

test('disturbed repeats do not count, and are told', () => {
  const all = repeats(110).map((one, i) => (i < 2 ? { ...one, unfit: 'it failed' } : one));
  const made = gate(all);
  expect(made.verdict).toBe('cannot-tell');
  expect(made.left_out).toEqual([0, 1].map((i) => ({ run: `r${i}`, why: 'it failed' })));
  expect(made.candidate.runs).toEqual(['r2', 'r3', 'r4']);
});

test('the weather of the grid is no regression, unless it is asked for', () => {
  const windless = repeats(100, { g_per_kwh: 800 });
  const metrics = ['g_per_million_tokens'] as const;
  const calm = gate(windless, { metrics });
  expect(calm).toMatchObject({ verdict: 'ok', checks: [{ equal_grid_g_per_kwh: expect.closeTo(500, 3) }] });
  const emitted = gate(windless, { metrics, as_emitted: true });
  expect(emitted).toMatchObject({ verdict: 'regression', checks: [{ equal_grid_g_per_kwh: null }] });
  expect(emitted.checks[0]!.increase!.value).toBeCloseTo(0.6, 6); // 800 of 500
  // A program that needs a fifth more is caught when the wind blows, too.
  expect(gate(repeats(120, { g_per_kwh: 300 }), { metrics }).verdict).toBe('regression');
});

test('what was measured otherwise is refused, or told', () => {
  const other = (change: Partial<Repeat['measured']>) =>
    repeats(110).map((one) => ({ ...one, measured: { ...one.measured, ...change } }));
  const device = { kind: 'gpu', name: 'g', source: 'counter', count: 1 };
  const cases: [Partial<Repeat['measured']>, string][] = [
    [{ hardware: [{ ...device, name: 'H200' }] }, 'hardware: 1 × g in the baseline, 1 × H200 here'],
    [{ hardware: [{ ...device, count: 2 }] }, 'hardware: 1 × g in the baseline, 2 × g here'],
    [{ hardware: [{ ...device, source: 'polled' }] }, 'meter: gpu by counter in the baseline, gpu by polled here'],
    [{ hardware: [device, { ...device, kind: 'dram' }] }, 'boundary: gpu in the baseline, dram + gpu here'],
  ];
  for (const [change, words] of cases) {
    expect(() => gate(other(change))).toThrow(`not to be compared: ${words}`);
    expect(gate(other(change), { allow_different: true })).toMatchObject({
      verdict: 'regression',
      different: [words],
      warnings: [words],
    });
  }
  const marginal = other({ intensity: { kind: 'marginal', scope: 'direct' } });
  expect(gate(marginal).verdict).toBe('regression'); // of energy the intensity is no matter
  expect(() => gate(marginal, { metrics: ['operational_g'] })).toThrow(
    'intensity: average lifecycle in the baseline, marginal direct here',
  );
});

test('energy of more work is told to be that', () => {
  const more = repeats(110, { tokens: 1100 });
  expect(gate(more).verdict).toBe('ok');
  const it = gate(more, { metrics: ['it_j', 'j_per_token'] });
  expect(it.verdict).toBe('regression');
  expect(it.checks.map(({ verdict }) => verdict)).toEqual(['regression', 'ok']);
  expect(it.warnings).toEqual(['it_j is of other work: tokens +10.0 %; compare j_per_token']);
});

test('a metric that nobody tells', () => {
  expect(() => gate(repeats(100), { metrics: ['j_per_sample'] })).toThrow(/baseline "main" does not tell j_per_sample/);
  const silent = repeats(100).map((one) => ({ ...one, values: { ...one.values, j_per_token: null } }));
  expect(gate(silent, { metrics: ['j_per_token'] }).checks[0]!.reason).toBe('cannot tell: no run tells j_per_token');
});

test('the same to the last digit is the same after it was written and read', () => {
  const thirds = Array.from({ length: 5 }, (_, i) => repeat(100 / 3, i));
  const { main } = parseBaselines(baselinesText({ main: baselineOf(thirds, FACTS) }), 'f');
  const again = gate(thirds, { max_increase: 0 }, { name: 'main', baseline: main! });
  expect(again).toMatchObject({ verdict: 'ok', checks: [{ increase: { value: 0 } }] });
});

test('a baseline reads as it was written, in an order that does not depend on that of the runs', () => {
  const shuffled = [3, 0, 4, 1, 2].map((i) => repeats(100)[i]!);
  const text = baselinesText({ main: baselineOf(shuffled, FACTS), alpha: before.baseline });
  expect(text).toBe(baselinesText({ alpha: before.baseline, main: before.baseline }));
  const read = parseBaselines(text, 'f');
  expect(Object.keys(read)).toEqual(['alpha', 'main']);
  expect(read.main).toEqual(before.baseline);
  expect(text).toContain('        "it_j": [990, 1005, 1000, 1010, 995],\n');
  expect(baselinesText(read)).toBe(text);
  // Ids, hosts, users, folders and commands of the runs are not in it.
  expect(Object.keys(read.main!).sort()).toEqual([
    'commit',
    'dirty',
    'hardware',
    'intensity',
    'joulebook',
    'measured_on',
    'pue_known',
    'repeats',
    'samples',
  ]);
});

test('repeats of one baseline were measured alike', () => {
  const [first, ...rest] = repeats(100);
  const other = { ...first!, measured: { ...first!.measured, pue_known: false } };
  expect(() => baselineOf([...rest, other], FACTS)).toThrow(/not to be compared: runs .* PUE: not known/);
});

test.each([
  ['', 'it is not JSON'],
  ['<<<<<<< HEAD\n{}', 'it holds a merge conflict'],
  ['{}', 'its schema is not joulebook/baseline/v1'],
  ['null', 'its schema is not joulebook/baseline/v1'],
  ['{"schema":"joulebook/baseline/v1"}', 'it has no "baselines"'],
  ['{"schema":"joulebook/baseline/v1","baselines":{"main":3}}', 'baselines.main is no object'],
])('%s is no baseline', (text, problem) => {
  expect(() => parseBaselines(text, 'here.json')).toThrow(`here.json is no baseline that can be used: ${problem}`);
});

test('a newer format and values that cannot be are told', () => {
  const newer = '{"schema":"joulebook/baseline/v2","baselines":{}}';
  expect(() => parseBaselines(newer, 'f')).toThrow('f has format v2, this joulebook reads up to v1');
  const read = (change: (one: Record<string, unknown>) => void) => {
    const one = structuredClone(before.baseline) as unknown as Record<string, unknown>;
    change(one);
    return () => parseBaselines(baselinesText({ main: one as unknown as Baseline }), 'f');
  };
  expect(read((one) => (one.repeats = 4))).toThrow(
    'baselines.main.samples.j_per_token has 5 values, and there are 4 repeats',
  );
  expect(read((one) => (one.samples = { it_j: [1, 2, 0, 4, 5] }))).toThrow(
    '.samples.it_j[2] is neither null nor a number above 0',
  );
  expect(read((one) => (one.measured_on = '@all <img src=x>'))).toThrow('baselines.main.measured_on is no day');
  expect(read((one) => (one.commit = '../x'))).toThrow('baselines.main.commit is no hash');
  expect(read((one) => (one.joulebook = '\u001b[2J'))).toThrow('baselines.main.joulebook is no text');
  const text = baselinesText({ main: before.baseline });
  expect(() => parseBaselines(text.replace(/"it_j": \[\d+/, '"it_j": [1e999'), 'f')).toThrow(
    '.samples.it_j[0] is neither null nor a number above 0',
  );
  expect(parseBaselines(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'f')).toEqual(parseBaselines(text, 'f'));
  expect(read((one) => (one.pue_known = 'yes'))).toThrow('baselines.main.pue_known is neither true nor false');
});
