// Follows the files and folders named by --log until the run ends: what is written into them is its progress.

import { dirname } from 'node:path';
import type { FormatChoice } from '../workload/log-reader.ts';
import type { Step } from '../workload/step.ts';
import { follow } from './follow.ts';

export interface LogFiles {
  /** Reads what is left. */
  close(): void;
  /** What each of them was. */
  readonly readers: readonly { readonly format: string | null; readonly dropped: number }[];
}

export interface LogSink {
  /** The format that lines of text are in. */
  readonly lines: FormatChoice;
  now(): number;
  onStep(step: Step): void;
  /** Told once of each path that cannot be read. */
  unread(message: string): void;
}

/**
 * Follows them from now on. What is in a file when this is called is not this run's progress; a file that appears later
 * is read from its beginning, and of a folder all that appear in it.
 */
export async function followLogs(paths: readonly string[], sink: LogSink): Promise<LogFiles> {
  if (paths.length === 0) return { close() {}, readers: [] };
  const { openLog } = await import('./log-source.ts'); // most runs name none
  const started_ms = sink.now();
  const logs = paths.map((path) => {
    const source = openLog(path, { ...sink, started_ms });
    return { source, follower: follow([path, dirname(path)], source.look) };
  });
  return {
    close() {
      for (const { follower, source } of logs) {
        follower.close();
        source.close();
      }
    },
    readers: logs.map(({ source }) => source),
  };
}
