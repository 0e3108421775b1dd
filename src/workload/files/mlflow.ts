// MLflow's file store: one file a metric (mlruns/EXPERIMENT/RUN/metrics/NAME), lines of "timestamp_ms value step".
//
// The values of one step lie in as many files: readers of one run share a gathering (gather.ts).

import { createGathering, type Gathering } from './gather.ts';
import { createLines } from './lines.ts';
import { type FileContext, type FileFormat, type FileReader, type Seen, timeOf } from './port.ts';

/** A format for the metrics of one run, given the function that names the metric of a path. */
export function mlflowRun(): FileFormat {
  let gathering: Gathering | null = null;
  return {
    name: 'mlflow',
    reading: 'appended',
    open(context) {
      gathering ??= createGathering(context.onStep);
      return metric(context, gathering);
    },
  };
}

const LINE = /^(\d{1,16}) (\S{1,40})(?: (-?\d{1,18}))?$/;

/** Whether a file that begins with this line is a metric's. */
export const isMetric = (line: string): boolean => /^\d{13} \S{1,40} -?\d{1,18}$/.test(line);

/** The metric that a file holds: names with a slash are folders. Null for a file that is none. */
export function metricOf(path: string): string | null {
  const parts = path.split(/[/\\]/);
  const at = parts.lastIndexOf('metrics');
  return at < 0 || at === parts.length - 1 ? null : parts.slice(at + 1).join('/');
}

function metric({ path, started_ms }: FileContext, gathering: Gathering): FileReader {
  const tag = metricOf(path) ?? path.split(/[/\\]/).at(-1)!;
  let seen: Seen = { at_ms: 0, old: true };
  let damaged = 0;
  const lines = createLines((line) => {
    if (seen.old) return;
    const [, time, text, number] = LINE.exec(line) ?? [];
    const value = Number(text);
    if (time === undefined) damaged++;
    const at_ms = timeOf(Number(time), started_ms, seen.at_ms);
    if (time === undefined || at_ms === null || !Number.isFinite(value)) return;
    const step = number === undefined || Number(number) < 0 ? null : Number(number);
    gathering.add({ tag, value, at_ms, step }, seen.at_ms);
  });
  return {
    push(bytes, when) {
      seen = when;
      lines.push(bytes);
    },
    settle: gathering.settle,
    restart: () => lines.clear(),
    end: () => gathering.flush(), // a line without its end may be cut in a number
    get dropped() {
      return damaged + lines.dropped;
    },
  };
}
