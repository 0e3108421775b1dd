// Which model a run is of, at which stage of its life, and which run it goes on from: options and settings in, what a run
// keeps of them out.

import type { Settings } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import { redactText } from '../core/redact.ts';
import type { RunRecord } from '../ledger/records.ts';
import { findRun } from '../ledger/runs.ts';
import { STAGES, type Stage } from '../workload/stage.ts';
import { oneOf } from './options.ts';

export interface LineageOptions {
  model?: string;
  stage?: string;
  parentRun?: string;
}
export type Lineage = Pick<RunRecord, 'model' | 'stage' | 'parent'>;

/** What is said of a run's place in the life of a model. Throws Fault usage, and of the parent as findRun. */
export function lineageOf({
  model,
  stage,
  parent_run,
  folder,
}: Pick<Settings, 'model' | 'stage' | 'parent_run' | 'folder'>): Lineage {
  return {
    ...(model === null ? {} : { model: modelNamed(model.from, model.text) }),
    ...(stage === null ? {} : { stage: stageNamed(stage.from, stage.text) }),
    ...(parent_run === null ? {} : { parent: findRun(folder, parent_run.text).record.id }),
  };
}

/** A model's name, redacted. Throws Fault usage. */
export function modelNamed(option: string, text: string): string {
  if (text.trim() !== '' && !/\p{Cc}/u.test(text)) return redactText(text.trim());
  throw usage(`${option}: "${text.replace(/\p{Cc}/gu, '?')}" names no model`, 'give a name that can be printed');
}

/** Throws Fault usage that lists the stages. */
export const stageNamed = (option: string, text: string): Stage => oneOf(option, text, STAGES);
