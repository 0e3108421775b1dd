// The options of joulebook run that are about budgets: their declarations, and the whole of a job as people say it.
//
// What they say is read by run-budgets.ts, which is loaded only where one of them is given or a standing budget is there.

import type { Command } from 'commander';
import type { Goal } from '../run/job-ahead.ts';
import type { GreenOptions } from './green-options.ts';
import { collect } from './help-text.ts';
import { durationMs, positive } from './options.ts';

/** As the command line gives them. */
export interface BudgetRunOptions extends GoalOptions, GreenOptions {
  budget?: string[];
  onBreach?: string[];
  onForecast?: string[];
  force?: boolean;
  hook?: string;
  notify?: string[];
  checkpointSignal?: string;
  checkpointCmd?: string;
  checkpointDone?: string[];
  checkpointGrace?: string;
  maxFreeze?: string;
  resumeCmd?: string;
  moveTo?: string[];
}

export interface GoalOptions {
  totalSteps?: string;
  totalTokens?: string;
  totalEpochs?: string;
  totalTime?: string;
}

/** Options that mean nothing without a budget, by their names on the command line. */
export const OF_BUDGETS: readonly (readonly [keyof BudgetRunOptions, string])[] = [
  ['onBreach', '--on-breach'],
  ['onForecast', '--on-forecast'],
  ['hook', '--hook'],
  ['notify', '--notify'],
  ['checkpointSignal', '--checkpoint-signal'],
  ['checkpointCmd', '--checkpoint-cmd'],
  ['checkpointDone', '--checkpoint-done'],
  ['checkpointGrace', '--checkpoint-grace'],
  ['maxFreeze', '--max-freeze'],
  ['resumeCmd', '--resume-cmd'],
  ['moveTo', '--move-to'],
];

/** Those of waiting for a greener grid. */
export const OF_GREEN = ['deadline', 'pauseAbove', 'pauseDirtiest', 'resumeCost'] as const;

/** Adds them to a command. */
export function budgeted(command: Command): Command {
  return command
    .option(
      '--budget <limit>',
      'a limit such as 2kgCO2e, 6kJ, 0.2J/token or 5EUR, repeatable: all of them hold',
      collect,
    )
    .option(
      '--on-breach <rule>',
      'what is done where it is spent: warn, hook, checkpoint, pause, move or stop, or 0.8=warn, repeatable (default: warn)',
      collect,
    )
    .option('--on-forecast <rule>', 'where an overrun is likely: 0.9=warn, repeatable', collect)
    .option('--force', 'start although a budget is spent; without one it changes nothing')
    .option('--hook <command>', 'gets decisions as JSON on its stdin, where a rule says hook')
    .option(
      '--notify <whom>',
      'is told of every decision: webhook=https://…, command=./tell.sh or desktop, repeatable',
      collect,
    )
    .option(
      '--checkpoint-signal <signal>',
      'asks the job for a checkpoint before it is paused or stopped, such as USR1',
    )
    .option('--checkpoint-cmd <command>', 'run beside the job to make a checkpoint')
    .option('--checkpoint-done <sign>', 'how it is seen: file=PATH, log=REGEX or after=30s, repeatable', collect)
    .option('--checkpoint-grace <duration>', 'a checkpoint is waited for so long (default: 2min)')
    .option('--max-freeze <duration>', 'so long processes that wait for each other may be frozen (default: 4min)')
    .option('--resume-cmd <command>', 'starts such a job again after a longer pause, from its checkpoint')
    .option('--move-to <place>', "where it may go on: 'zone=FR,cmd=sbatch job.sh', repeatable", collect)
    .option('--deadline <time>', 'the run may wait for a greener grid until then: 24h, or a time')
    .option('--pause-above <intensity>', 'wait while the grid is above that, such as 300g/kWh (default: by a plan)')
    .option('--pause-dirtiest <share>', 'wait in the dirtiest hours, such as 20% of the time to the deadline')
    .option('--resume-cost <duration>', 'what a pause and its resume take of running (default: 5min)')
    .option('--total-steps <n>', 'steps of the whole job, where its log does not tell')
    .option('--total-tokens <n>', 'tokens of the whole job')
    .option('--total-epochs <n>', 'epochs of the whole job')
    .option('--total-time <duration>', 'how long the whole job takes');
}

const DAY_MS = 86_400_000;

/** What a pause and its resume, or going elsewhere, cost of running: ms. Throws Fault usage. */
export const resumeCostOf = ({ resumeCost }: Pick<BudgetRunOptions, 'resumeCost'>): number =>
  durationMs({ text: resumeCost ?? '5min', from: '--resume-cost' }, 0, DAY_MS);

const YEAR_MS = 366 * 86_400_000;

/** The whole of the job, where anything is said of it. Throws Fault usage. */
export function goalOf({ totalSteps, totalTokens, totalEpochs, totalTime }: GoalOptions): { readonly goal?: Goal } {
  const seconds = totalTime && durationMs({ text: totalTime, from: '--total-time' }, 1000, 10 * YEAR_MS) / 1000;
  const goal: Goal = {
    ...(totalSteps && { steps: positive('--total-steps', totalSteps) }),
    ...(totalTokens && { tokens: positive('--total-tokens', totalTokens) }),
    ...(totalEpochs && { epochs: positive('--total-epochs', totalEpochs) }),
    ...(seconds && { seconds }),
  };
  return Object.keys(goal).length === 0 ? {} : { goal };
}
