// From the runs of a model, their lines and what they served to the account of the model.

import { exactly, type Figure, isKnown, over, plus, scaled, toJson, unknown } from '../core/figure.ts';
import {
  breakEvenOf,
  LINES,
  type LifeRun,
  type Line,
  madeAndUsed,
  type Served,
  type Serving,
  servingOf,
  sumOf,
} from '../emissions/lifecycle.ts';
import { STAGES } from '../workload/stage.ts';
import type { BreakEvenJson, LifeRunJson, LineJson, ModelAccountJson, PerUnitJson, ShareJson } from './lifecycle.ts';
import type { RunJson, Warning } from './model.ts';

export interface Member extends LifeRun {
  readonly run: RunJson;
  /** Of its energy, 0..1, what no other run of the account has. */
  readonly counted: number;
}

export interface ServedWork extends Pick<Served, 'spans'>, Pick<Member, 'lines'> {
  /** Null where the run did not tell. */
  readonly tokens: number | null;
  readonly requests: number | null;
}

/** What somebody expects of its life; null: nothing. */
export interface Expected {
  readonly tokens: number | null;
  readonly requests: number | null;
  /** Days of serving. */
  readonly life_days: number | null;
}

export interface ModelInput {
  readonly model: string;
  readonly own: readonly Member[];
  readonly bases: readonly {
    readonly model: string;
    readonly runs: readonly Member[];
    readonly shared_with: readonly string[];
  }[];
  readonly served: readonly ServedWork[];
  readonly expected: Expected;
  readonly damage: readonly string[];
}

/** The account of a model (docs/formats/account.md): energy in J, emissions in gCO2e; what a run lacks is missing, with its reason. */
export function buildModelAccount(input: ModelInput): ModelAccountJson {
  const { model, own, bases, served } = input;
  const everyone = [...own, ...bases.flatMap(({ runs }) => runs)];
  const { made } = madeAndUsed(own);
  const making = { own: made, with_bases: [...made, ...bases.flatMap(({ runs }) => runs)] };
  // Like with like: hardware that is known of one run and not of another would tip the scales.
  const embodied = everyone.every(({ lines }) => isKnown(lines.embodied_g));
  const compared_by = embodied ? 'total_g' : 'operational_g';
  const [made_g, with_bases_g] = [sumOf(making.own, compared_by).figure, sumOf(making.with_bases, compared_by).figure];
  const serves = served.map(({ lines, spans }): Served => ({ g: lines[compared_by], spans }));
  const serving = servingOf(serves);
  const [tokens, requests] = (['tokens', 'requests'] as const).map((what) => servedCount(served, what));
  const stages = [...STAGES, null].filter((stage) => own.some((run) => run.stage === stage));
  return {
    ...{ schema: 'joulebook/account/v1', model },
    stages: stages.map((stage) => ({ stage, ...lineOf(own.filter((run) => run.stage === stage)) })),
    total: lineOf(own),
    bases: bases.map(({ model: base, shared_with, runs }) => ({ model: base, shared_with, ...lineOf(runs) })),
    ...{ with_bases: lineOf(everyone), training: lineOf(making.own), training_with_bases: lineOf(making.with_bases) },
    compared_by,
    serving: {
      ...{ runs: served.length, days: serving.days, g_per_day: toJson(serving.g_per_day) },
      ...{ tokens: toJson(tokens!), requests: toJson(requests!) },
    },
    shares: horizons({ serving, tokens: tokens!, requests: requests! }, input.expected).map((horizon) =>
      shareOf(horizon, made_g, with_bases_g),
    ),
    break_even: dayJson(breakEvenOf(made_g, serves)),
    break_even_with_bases: dayJson(breakEvenOf(with_bases_g, serves)),
    missing: LINES.flatMap((line) => sumOf(everyone, line).missing.map(({ run, why }) => ({ run, line, why }))),
    runs: everyone.map(runJson).sort((a, b) => a.started_at_ms - b.started_at_ms),
    warnings: warningsOf(everyone, input),
  };
}

/** Their lines and how many they are. */
function lineOf(runs: readonly Member[]): LineJson {
  const sums = LINES.map((line) => [line, sumOf(runs, line)] as const);
  const known = sums.map(([line, sum]) => [line, sum.known && toJson(sum.known)] as const);
  return {
    ...{ runs: runs.length, failed: runs.filter(({ run }) => FAILED.includes(run.state)).length },
    ...(Object.fromEntries(sums.map(([line, { figure }]) => [line, toJson(figure)])) as Record<Line, LineJson[Line]>),
    known: Object.fromEntries(known) as LineJson['known'],
  };
}

const FAILED: readonly string[] = ['failed', 'interrupted', 'stopped'];

function servedCount(served: readonly ServedWork[], what: 'tokens' | 'requests'): Figure {
  if (served.length === 0) return unknown('it was not served yet');
  const silent = served.filter((one) => one[what] === null).length;
  const runs = `${served.length} serving run${served.length === 1 ? '' : 's'}`;
  if (silent > 0) return unknown(`${silent} of ${runs} told no ${what}`);
  return exactly(served.reduce((s, one) => s + one[what]!, 0));
}

interface Horizon {
  readonly of: ShareJson['of'];
  readonly days: number | null;
  readonly tokens: Figure;
  readonly requests: Figure;
  readonly serving_g: Figure;
}

interface SoFar {
  readonly serving: Serving;
  readonly tokens: Figure;
  readonly requests: Figure;
}

/** What was served; what somebody expects, and what that emits at the rate so far; what a life at the pace so far comes to. */
function horizons({ serving, tokens, requests }: SoFar, expected: Expected): Horizon[] {
  const soFar: Horizon = { of: 'served', days: serving.days, tokens, requests, serving_g: serving.g };
  const given = (count: number | null) => (count === null ? unknown('none were said to be expected') : exactly(count));
  const [of_tokens, of_requests] = [given(expected.tokens), given(expected.requests)];
  const rates = [over(of_tokens, tokens), over(of_requests, requests)];
  const times = rates.find(isKnown) ?? rates[expected.tokens === null ? 1 : 0]!;
  const said: Horizon = {
    ...{ of: 'expected', days: null, tokens: of_tokens, requests: of_requests },
    serving_g: byTimes(serving.g, times),
  };
  const { life_days: days } = expected;
  const longer = days === null ? null : lifeOf(days / serving.days, serving.days);
  const life = (figure: Figure) => byTimes(figure, longer!);
  return [
    ...(serving.days > 0 ? [soFar] : []),
    ...(expected.tokens === null && expected.requests === null ? [] : [said]),
    ...(longer === null
      ? []
      : [{ of: 'life', days, tokens: life(tokens), requests: life(requests), serving_g: life(serving.g) } as const]),
  ];
}

const lifeOf = (times: number, served_days: number): Figure =>
  served_days === 0 ? unknown('it was not served yet: its pace is not known') : exactly(times);

/** Reasons come first of the figure, then of the factor. */
const byTimes = (figure: Figure, times: Figure): Figure =>
  isKnown(times) ? scaled(figure, times.value) : isKnown(figure) ? times : figure;

function shareOf({ of, days, tokens, requests, serving_g }: Horizon, made_g: Figure, with_bases_g: Figure): ShareJson {
  const per = (grams: Figure): PerUnitJson => ({
    g_per_million_tokens: toJson(scaled(over(grams, tokens), 1e6)),
    g_per_request: toJson(over(grams, requests)),
  });
  return {
    ...{ of, days, tokens: toJson(tokens), requests: toJson(requests), serving_g: toJson(serving_g), ...per(made_g) },
    training_share: toJson(over(made_g, plus(made_g, serving_g))),
    with_bases: per(with_bases_g),
  };
}

const dayJson = ({ days, at_ms }: ReturnType<typeof breakEvenOf>): BreakEvenJson => ({ days: toJson(days), at_ms });

function runJson({ run, counted, lines }: Member): LifeRunJson {
  const { id, name, model, stage, parent, state, started_at_ms, duration_s } = run;
  const figures = LINES.map((line) => [line, toJson(lines[line])]);
  return {
    ...{ id, name, model, stage, parent, state, started_at_ms, duration_s, counted },
    ...(Object.fromEntries(figures) as Record<Line, LifeRunJson[Line]>),
  };
}

function warningsOf(all: readonly Member[], { own, damage }: ModelInput): Warning[] {
  const names = (runs: readonly Member[]) => runs.map(({ id }) => id).join(', ');
  const unsaid = own.filter(({ stage }) => stage === null);
  const twice = all.filter(({ counted }) => counted < 1);
  const lost = all.filter(({ run }) => run.parent !== null && !all.some(({ id }) => id === run.parent));
  const told: readonly (readonly [string, readonly Member[], string])[] = [
    ['stage-unsaid', unsaid, 'count as training, for they do not tell their stage (joulebook amend RUN --stage STAGE)'],
    ['device-shared', twice, 'have energy that other runs of this account have too: it is counted once'],
    ['parent-missing', lost, 'go on from runs that are not in this ledger: those are not in this account'],
  ];
  return [
    ...damage.map((message) => ({ code: 'ledger-damage', message })),
    ...told.flatMap(([code, runs, words]) => (runs.length === 0 ? [] : [{ code, message: `${names(runs)} ${words}` }])),
  ];
}
