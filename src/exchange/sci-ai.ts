// Software Carbon Intensity for AI: two scores of a model, that of who uses it and that of who made it.
//
// Source: Green Software Foundation, SCI for AI, SPEC.md at commit 4b7c0f7 (Jan 2026): boundaries §6, units §8, what must be
// stated §8.2.2. Runs of stage serve are the consumer's, all others the provider's, failed ones too. A run that tells no stage
// may be either's: both scores are unknown until it does.

import { type Figure, type FigureJson, isKnown, toJson, unknown } from '../core/figure.ts';
import { sumOf } from '../emissions/lifecycle.ts';
import { type Count, type FunctionalUnit, perUnit, type RJson } from './functional-unit.ts';
import { carbonOf, type Energy, energyOf, type Figures, METHOD, type Terms, termsOf } from './sci.ts';

export interface SciAiRun {
  readonly id: string;
  readonly name: string | null;
  readonly stage: string | null;
  readonly state: string;
  /** Of its energy, 0..1, what no other of the runs has: `lines` are of that. */
  readonly counted: number;
  readonly lines: Figures;
  /** What it got done, by name; null where it does not tell. */
  readonly work: Readonly<Record<string, number | null>>;
}

export const PROVIDER_UNITS = ['FLOP', 'training-tokens', 'parameters'] as const;
export type ProviderUnit = (typeof PROVIDER_UNITS)[number];

export interface SciAiInput {
  /** Null where runs were named instead. */
  readonly model: string | null;
  readonly runs: readonly SciAiRun[];
  readonly bases: readonly { readonly model: string; readonly runs: readonly string[] }[];
  readonly consumer_units: readonly FunctionalUnit[];
  readonly provider_units: readonly FunctionalUnit[];
  /** As said; tokens that nobody says are those of the training runs' logs. */
  readonly said: Readonly<Partial<Record<ProviderUnit, number>>>;
  readonly basis: 'gross' | 'effective' | null;
  readonly rationale: string | null;
}

export interface ScoreJson {
  readonly r: RJson;
  /** Where the count is from. */
  readonly r_from: string;
  /** Of a provider's count; null: not said. */
  readonly basis?: 'gross' | 'effective' | null;
  /** (E × I + M) ÷ R, gCO2e for each unit. */
  readonly sci_g: FigureJson;
  /** E × I ÷ R. */
  readonly operational_g: FigureJson;
}

export interface PersonaJson extends Terms {
  readonly boundary: string;
  readonly stages: readonly string[];
  readonly runs: readonly string[];
  /** Of them those that failed, were interrupted or were stopped. */
  readonly failed: number;
  readonly operational_g: FigureJson;
  /** C = E × I + M, and that of the runs of which it is known; null where it is of none. */
  readonly c_g: FigureJson;
  readonly c_known_g: FigureJson | null;
  readonly scores: readonly ScoreJson[];
}

export interface SciAiJson {
  readonly schema: 'joulebook/sci-ai/v1';
  readonly standard: string;
  readonly i_method: 'location-based';
  readonly market_instruments: 'excluded';
  readonly model: string | null;
  readonly consumer: PersonaJson;
  readonly provider: PersonaJson;
  readonly rationale: string | null;
  /** What the scores lack, and what to do about it. */
  readonly missing: readonly Missing[];
  readonly runs: readonly Pick<SciAiRun, 'id' | 'name' | 'stage' | 'state' | 'counted'>[];
}

interface Missing {
  readonly what: string;
  readonly how: string;
}

const STANDARD = 'SCI for AI (Green Software Foundation, 4b7c0f7), on ISO/IEC 21031:2024';
const CONSUMER = 'Operation and Monitoring (§6.1), as far as it was metered as runs of stage serve';
const PROVIDER =
  'Inception, Design and Development, Deployment, Retirement (§6.2), as far as they were metered as runs of other stages';
const TRAINING: readonly (string | null)[] = ['pre-train', 'fine-tune', 'distil'];
const FAILED: readonly string[] = ['failed', 'interrupted', 'stopped'];

/** The two scores. */
export function sciAiOf(input: SciAiInput): SciAiJson {
  const { model, runs, rationale } = input;
  const unsaid = runs.filter(({ stage }) => stage === null);
  const serving = runs.filter(({ stage }) => stage === 'serve');
  const making = runs.filter(({ stage }) => stage !== 'serve' && stage !== null);
  const consumer = input.consumer_units.map((unit) => ({ unit, ...told(serving, unit.of) }));
  const provider = input.provider_units.map((unit) => ({ unit, ...providerCount(making, unit.of, input) }));
  return {
    ...{ schema: 'joulebook/sci-ai/v1', standard: STANDARD, ...METHOD, model },
    consumer: { boundary: CONSUMER, ...personaOf({ its: serving, unsaid, counts: consumer }) },
    provider: { boundary: PROVIDER, ...personaOf({ its: making, unsaid, counts: provider }) },
    rationale,
    missing: [...runsMissing(unsaid, serving, making), ...figuresMissing(runs), ...wordsMissing(input)],
    runs: runs.map(({ id, name, stage, state, counted }) => ({ id, name, stage, state, counted })),
  };
}

interface Counted {
  readonly counted: Count;
  readonly r_from: string;
  readonly basis?: 'gross' | 'effective' | null;
}

interface Persona {
  readonly its: readonly SciAiRun[];
  readonly unsaid: readonly SciAiRun[];
  readonly counts: readonly (Counted & { readonly unit: FunctionalUnit })[];
}

function personaOf({ its, unsaid, counts }: Persona): Omit<PersonaJson, 'boundary'> {
  const each = its.map(({ id, lines }) => ({ id, lines: { ...lines, ...energyOf(lines), c_g: carbonOf(lines) } }));
  const none = noFigure(its, unsaid);
  const sum = (line: 'e_j' | 'operational_g' | 'embodied_g' | 'c_g'): Figure => none ?? sumOf(each, line).figure;
  const carbon = { operational_g: sum('operational_g'), embodied_g: sum('embodied_g') };
  const known = sumOf(each, 'c_g').known;
  const boundaries = new Set(each.map(({ lines }) => lines.e_boundary));
  const [only = 'facility'] = boundaries;
  const e_boundary: Energy['e_boundary'] = boundaries.size > 1 ? 'mixed' : only;
  return {
    stages: [...new Set(its.flatMap(({ stage }) => stage ?? []))],
    runs: its.map(({ id }) => id),
    failed: its.filter(({ state }) => FAILED.includes(state)).length,
    ...termsOf({ e_j: sum('e_j'), e_boundary, ...carbon }),
    ...{ operational_g: toJson(carbon.operational_g), c_g: toJson(sum('c_g')) },
    c_known_g: its.length === 0 || known === null ? null : toJson(known),
    scores: counts.map(({ unit, counted, ...rest }) => {
      const { r, g } = perUnit(sum('c_g'), counted, unit);
      const operational_g = toJson(perUnit(carbon.operational_g, counted, unit).g);
      return { r, ...rest, sci_g: toJson(g), operational_g };
    }),
  };
}

function noFigure(its: readonly SciAiRun[], unsaid: readonly SciAiRun[]): Figure | null {
  if (unsaid.length > 0) return unknown(`no stage is told of ${names(unsaid)}: they may be in this boundary`);
  return its.length === 0 ? unknown('no run is in this boundary') : null;
}

const names = (runs: readonly { readonly id: string }[]): string => runs.map(({ id }) => id).join(', ');

/** What runs say that they got done; a run that is in another one already says nothing of its own. */
function told(runs: readonly SciAiRun[], of: string): Counted {
  const its = runs.filter(({ counted }) => counted > 0);
  const silent = its.filter(({ work }) => (work[of] ?? null) === null);
  const r_from = its.length === 0 ? 'no run' : `the logs of ${names(its)}`;
  if (its.length === 0 || silent.length > 0) {
    const others = [...new Set(silent.flatMap(({ work }) => Object.keys(work).filter((name) => work[name] !== null)))];
    const instead = others.length === 0 ? '' : `; they told ${others.join(', ')}`;
    const why = its.length === 0 ? 'no run is in this boundary' : `no ${of} were told by ${names(silent)}${instead}`;
    return { r_from, counted: { of, count: null, why } };
  }
  return { r_from, counted: { of, count: its.reduce((s, { work }) => s + work[of]!, 0) } };
}

function providerCount(making: readonly SciAiRun[], of: string, { said, basis }: SciAiInput): Counted {
  const count = said[of as ProviderUnit];
  if (count !== undefined) return { counted: { of, count }, r_from: 'as said', basis };
  const training = making.filter(({ stage }) => TRAINING.includes(stage));
  const { counted, r_from } = told(training, 'tokens');
  return { counted: { ...counted, of }, r_from, basis: 'gross' };
}

function runsMissing(...[unsaid, serving, making]: (readonly SciAiRun[])[]): Missing[] {
  const amend = (run: string, stage: string) => `joulebook amend ${run} --stage ${stage}`;
  const none = { what: 'no run is of stage serve: there is no consumer score', how: amend('RUN', 'serve') };
  const unmade = { what: 'no run is of another stage: there is no provider score', how: amend('RUN', 'pre-train') };
  return [
    ...unsaid!.map(({ id }) => ({ what: `the stage of run ${id}: both scores wait for it`, how: amend(id, 'STAGE') })),
    ...(serving!.length > 0 ? [] : [none]),
    ...(making!.length > 0 ? [] : [unmade]),
  ];
}

function figuresMissing(runs: readonly SciAiRun[]): Missing[] {
  const lines = { it_j: 'energy', operational_g: 'operational emissions', embodied_g: 'embodied emissions' } as const;
  return runs.flatMap(({ id, lines: figures }) =>
    Object.entries(lines).flatMap(([line, words]) => {
      const figure = figures[line as keyof typeof lines];
      return isKnown(figure) ? [] : [{ what: `${words} of run ${id}: ${figure.why}`, how: `joulebook report ${id}` }];
    }),
  );
}

/** What §8.2.2 has to be stated, and what the model was made from. */
function wordsMissing({ basis, rationale, said, bases }: SciAiInput): Missing[] {
  const given = Object.keys(said);
  return [
    ...(basis !== null || given.length === 0
      ? []
      : [{ what: `whether ${given.join(', ')} as said are gross or effective`, how: '--basis gross|effective' }]),
    ...(rationale === null ? [{ what: 'why these units were chosen', how: '--rationale TEXT' }] : []),
    ...bases.map(({ model, runs }) => ({
      what: `what making its base ${model} took (runs ${runs.join(', ')}): it has a score of its own`,
      how: `joulebook export --model ${model} --format sci-ai`,
    })),
  ];
}
