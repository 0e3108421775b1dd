// A training of four GPUs over three hours as files that joulebook imports: power, steps and the grid's intensity.
//
// All of it can be summed by hand: 400 W while it trains, 200 W while it evaluates, 100 W while nothing happens.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const S = 1000;
const MIN = 60 * S;
export const TRACE_FROM_MS = Date.UTC(2026, 10, 20, 6);
export const TRACE_TO_MS = TRACE_FROM_MS + 180 * MIN;
const GPUS = 4;
const EVERY_MS = 10 * S;

/** Minutes in which it is no training: an evaluation ends each of three epochs; a stall; a restart that does work again. */
export const EVALUATIONS = [
  [55, 60],
  [115, 120],
  [175, 180],
] as const;
export const STALL = [80, 90] as const;
/** gpu-2 told nothing in these minutes. */
export const GAP = [30, 34] as const;

const within = (at_min: number, [from, to]: readonly [number, number]): boolean => from <= at_min && at_min < to;

function watts(at_min: number): number {
  if (EVALUATIONS.some((one) => within(at_min, one))) return 200;
  return within(at_min, STALL) ? 100 : 400;
}

function powerCsv(): string {
  const rows = ['timestamp,device,power_w,kind,name'];
  for (let at = TRACE_FROM_MS; at <= TRACE_TO_MS; at += EVERY_MS) {
    const minute = (at - TRACE_FROM_MS) / MIN;
    for (let gpu = 0; gpu < GPUS; gpu++)
      if (gpu !== 2 || !within(minute, GAP))
        rows.push(`${new Date(at).toISOString()},gpu-${gpu},${watts(minute)},gpu,NVIDIA H100 80GB HBM3`);
  }
  return `${rows.join('\n')}\n`;
}

/** A step every ten seconds of training, 200,000 tokens each. */
function stepsCsv(): string {
  const rows = ['timestamp,step,epoch,tokens,loss,lr,phase'];
  let step = 0;
  for (let at = TRACE_FROM_MS + EVERY_MS; at <= TRACE_TO_MS; at += EVERY_MS) {
    const minute = (at - TRACE_FROM_MS) / MIN;
    const time = new Date(at).toISOString();
    const ended = EVALUATIONS.some(([, to]) => to === minute);
    if (ended) rows.push(`${time},${step},,,,,eval`);
    if (ended || watts(minute - 0.01) < 400) continue;
    step++;
    const epoch = (minute / 60).toFixed(4);
    rows.push(`${time},${step},${epoch},${step * 200_000},${(2 + 6 / (1 + step / 40)).toFixed(4)},0.0003,`);
  }
  return `${rows.join('\n')}\n`;
}

/** By hour, from a day before to a day after: 300 g/kWh, but 100 from 12 to 16 o'clock. */
function intensityCsv(): string {
  const rows = ['timestamp,gco2e_per_kwh,zone,kind,scope'];
  const from = Date.UTC(2026, 10, 19);
  for (let hour = 0; hour < 72; hour++) {
    const clean = hour % 24 >= 12 && hour % 24 < 16;
    rows.push(`${new Date(from + hour * 60 * MIN).toISOString()},${clean ? 100 : 300},DE,average,lifecycle`);
  }
  return `${rows.join('\n')}\n`;
}

/** What `joulebook import` is given for it; the files are made in a folder. */
export function trainingTrace(folder: string): string[] {
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const power = file('power.csv', powerCsv());
  const steps = file('steps.csv', stepsCsv());
  const intensity = file('grid.csv', intensityCsv());
  const about = ['--name', 'training', '--zone', 'DE', '--pue', '1.2:1.1-1.3', '--tag', 'project=atlas'];
  return ['trace', power, '--steps', steps, '--intensity', intensity, ...about];
}
