// What the commands that meter (run, monitor, attach) and doctor read alike from options and settings.

import { accessSync, constants } from 'node:fs';
import { type Said, saidOf } from '../app/account-config.ts';
import type { Settings } from '../app/settings.ts';
import { fault, reasonOf } from '../core/fault.ts';
import { redactTags, redactText } from '../core/redact.ts';
import type { Kept } from '../ledger/kept.ts';
import type { RunRecord } from '../ledger/records.ts';
import type { ChargeOptions } from '../meter/charge.ts';
import type { SensorConfig } from '../meter/sources/sensors.ts';
import type { GridOfRun } from '../run/grid-keeper.ts';
import type { Chain } from '../run/intensity.ts';
import type { SamplerConfig } from '../run/messages.ts';
import { type FormatChoice, formatsOf } from '../workload/log-reader.ts';
import type { Declared } from '../workload/work.ts';
import { type LineageOptions, lineageOf } from './lineage.ts';
import { nodeMeterOf } from './node-meter.ts';
import { durationMs, oneOf, positive, priceOf, pueOf, tagsOf } from './options.ts';
import { placeOfRun } from './place.ts';

declare const JOULEBOOK_VERSION: string;

/** Options that run, monitor and attach share, as the command line gives them. */
export interface MeteringOptions extends LineageOptions {
  name?: string;
  zone?: string;
  pue?: string;
  tag?: string[];
  price?: string;
  account?: string;
  intensity?: string;
  interval?: string;
  sync?: string;
  nvml?: string;
  procfs?: string;
  sysfs?: string;
  psys?: string;
  nodeMeter?: string;
  redfishTls?: string;
  replay?: string;
  replaySpeed?: string;
  quiet?: boolean;
  offline?: boolean;
  server?: string;
  ledger?: string;
}

/** Options that say where the job's log is and how it is read. */
export interface LogOptions {
  log?: string[];
  logFormat?: string;
}

/** Options that say what a step of the job is, where its log does not. */
export interface WorkOptions {
  tokensPerStep?: string;
  batchSize?: string;
  seqLength?: string;
}

type Gpus = Pick<SensorConfig, 'visible' | 'order' | 'rocr' | 'hip'>;

/** --name, redacted; null where none is given. Throws Fault usage. */
export function nameOf(name: string | undefined): string | null {
  if (name === undefined) return null;
  if (!/\p{Cc}/u.test(name)) return redactText(name);
  const problem = '--name has control characters';
  throw fault('usage', { facts: { problem, hint: 'give a name that can be printed' } });
}

/** What settings say of the lines of an account. Rejects with Fault usage, config-bad, file-unreadable, file-bad. */
export const accountOf = (settings: Pick<Settings, 'pue' | 'price' | 'account'>): Promise<Said> =>
  saidOf(settings, { pue: pueOf, price: priceOf });

/** The files that are to be kept with a run. */
export const keptOf = ({ stored }: Chain, { kept }: Said): Kept[] => [...(stored === null ? [] : [stored]), ...kept];

/** What is said of a run beside what it is. Throws Fault usage. */
export function aboutRun(
  options: Pick<MeteringOptions, 'tag'> & WorkOptions,
  settings: Settings,
  { chain, said }: { readonly chain: Chain; readonly said: Said },
) {
  const { zone, spec } = chain;
  return {
    ...{ ...declaredWork(options), ...placeOfRun(settings), ...lineageOf(settings), ...said.record },
    tags: redactTags({ ...settings.ci, ...tagsOf('--tag', options.tag ?? []) }),
    ...{ user: settings.user, zone, version: JOULEBOOK_VERSION },
    ...(spec === null ? {} : { grid: spec }),
  } satisfies Partial<RunRecord>;
}

/** What is said of the job's steps, where anything is. Throws Fault usage. */
export function declaredWork({ tokensPerStep, batchSize, seqLength }: WorkOptions): Pick<RunRecord, 'work'> {
  const work = {
    ...(tokensPerStep === undefined ? {} : { tokens_per_step: positive('--tokens-per-step', tokensPerStep) }),
    ...(batchSize === undefined ? {} : { batch: positive('--batch-size', batchSize) }),
    ...(seqLength === undefined ? {} : { seq_length: positive('--seq-length', seqLength) }),
  };
  checkWork(work);
  return Object.keys(work).length === 0 ? {} : { work };
}

/** The tokens of a step can be said in one way only, or in two that agree. Throws Fault usage. */
function checkWork({ tokens_per_step, batch, seq_length }: Declared): void {
  if (tokens_per_step === undefined || seq_length === undefined) return;
  if (batch !== undefined && batch * seq_length === tokens_per_step) return;
  const other = batch === undefined ? `--seq-length ${seq_length}` : `${batch} × ${seq_length} = ${batch * seq_length}`;
  const problem = `--tokens-per-step ${tokens_per_step} and ${other} both say what a step's tokens are`;
  throw fault('usage', { facts: { problem, hint: 'leave out --tokens-per-step, or --seq-length' } });
}

/** Time between two readings, ms. Throws Fault usage. */
export const intervalOf = ({ interval }: Pick<Settings, 'interval'>): number =>
  durationMs(interval ?? { text: '100ms', from: '--interval' }, 10, 60_000);

/** How often the record is made durable, ms. Throws Fault usage. */
export const syncOf = ({ sync }: Pick<Settings, 'sync'>): number =>
  durationMs(sync ?? { text: '1s', from: '--sync' }, 100, 600_000);

/** Throws Fault usage. */
export const psysOf = ({ psys }: Pick<Settings, 'psys'>): ChargeOptions['psys'] =>
  psys === null ? 'record' : oneOf(psys.from, psys.text, ['record', 'total']);

/** The grid that is kept up to date for a run: where providers are configured for its zone. Throws Fault usage. */
export function gridOf(
  { grid_sync, folder }: Pick<Settings, 'grid_sync' | 'folder'>,
  { zone, spec }: Chain,
  { offline }: Pick<MeteringOptions, 'offline'>,
): GridOfRun | null {
  const wish = grid_sync === null ? 'auto' : oneOf(grid_sync.from, grid_sync.text, ['auto', 'off']);
  const providers = (spec?.providers ?? []).filter((name) => name !== 'import');
  if (wish === 'off' || offline === true || zone === null || spec === null || providers.length === 0) return null;
  return { ledger: folder, zone, spec };
}

/** Where the sensors are, and which GPUs the job may use. Throws Fault usage. */
export function sensorsAt(settings: Settings, gpus: Gpus): SensorConfig {
  const { nvml, procfs, sysfs } = settings;
  return {
    ...{ nvml: nvml?.text ?? null, ...gpus, procfs: procfs?.text ?? '/proc', sysfs: sysfs?.text ?? '/sys' },
    ...nodeMeterOf(settings),
  };
}

/** How the sensors are read, or which trace is played. Throws Fault usage. */
export function samplerOf(
  settings: Settings,
  { replay, replaySpeed }: Pick<MeteringOptions, 'replay' | 'replaySpeed'>,
  gpus: Gpus,
): Pick<SamplerConfig, 'interval_ms' | 'sensors' | 'psys' | 'replay'> {
  return {
    ...{ interval_ms: intervalOf(settings), sensors: sensorsAt(settings, gpus), psys: psysOf(settings) },
    replay: replay === undefined ? null : { file: replay, speed: positive('--replay-speed', replaySpeed ?? '1') },
  };
}

/** --log-format: auto, none, a name, or a regular expression between strokes. Throws Fault usage. */
export function logFormatOf(text = 'auto'): FormatChoice {
  const pattern = /^\/(.+)\/$/s.exec(text)?.[1];
  const choice = pattern === undefined ? text : { pattern };
  formatsOf(choice);
  return choice;
}

/** Throws Fault file-unreadable where there is a file and it cannot be read. */
export function readable(file: string | undefined): void {
  if (file === undefined) return;
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}
