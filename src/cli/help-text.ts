// What the declarations of commands have in common.

import type { Command } from 'commander';
import { STAGES } from '../workload/stage.ts';

/** The end of a command's help. */
export const example = (text: string): string => `\nExample:\n  ${text.split('\n').join('\n  ')}`;

/** Of an option that may be given several times: all its values. */
export const collect = (value: string, all: string[] = []): string[] => [...all, value];

/** Options that say which model a run is of. */
export function lineage(command: Command): Command {
  return command
    .option('--model <name>', 'the model that comes of it, or that it is for (default: $JOULEBOOK_MODEL)')
    .option('--stage <stage>', `of the model's life: ${STAGES.join(', ')} (default: $JOULEBOOK_STAGE)`)
    .option('--parent-run <run>', 'the run that it goes on from: an id, its beginning, a name, or last');
}
