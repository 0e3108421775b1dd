// Keeps the grid of a run up to date while it goes on: a process of its own asks the zone's providers at the start, then every
// half hour for the forecast and every hour for what was, and once more at the end.
//
// The command never waits for it. It is no child of the command's group or terminal, it ends with us, and whatever it meets is
// at most one warning of the report.

import type { ChildProcess } from 'node:child_process';
import type { ChainSpec } from '../grid/chain.ts';
import type { Span } from '../grid/provider.ts';
import { startKeeper } from './keeper-process.ts';
import { within } from './within.ts';

/** Whose grid is kept. */
export interface GridOfRun {
  readonly ledger: string;
  readonly zone: string;
  readonly spec: ChainSpec;
}

export interface GridOrder extends GridOfRun {
  readonly spans: readonly Span[];
  readonly forecast: boolean;
}

export interface FromGridKeeper {
  /** Sentences for people. */
  readonly refusals: readonly string[];
}

export interface GridKeeper {
  /** Asks once more where something can be due, and resolves when that is answered, or after LAST_MS. */
  end(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const AROUND_MS = 24 * HOUR_MS;
const FORECAST_MS = HOUR_MS / 2;
/** Nothing is due so soon after it was asked for (src/grid/due.ts). */
const SOONEST_MS = 900_000;
const LAST_MS = 3000;

/** Starts to ask, now. `warn` is called at the end, once at most. Never throws. */
export function keepGrid(
  grid: GridOfRun,
  { from_ms, now, warn }: { readonly from_ms: number; now(): number; warn(message: string): void },
): GridKeeper {
  let asking: { readonly child: ChildProcess; readonly answered: Promise<void> } | null = null;
  let refusals: readonly string[] = [];
  let asked_ms = Number.NEGATIVE_INFINITY;
  let times = 0;

  const ask = (forecastOnly: boolean): void => {
    if (asking !== null) return; // the last question is still open
    asked_ms = now();
    const spans = forecastOnly ? [] : [{ from_ms: from_ms - AROUND_MS, to_ms: Math.round(asked_ms) }];
    const order: GridOrder = { ...grid, spans, forecast: true };
    const child = startKeeper('grid-keeper.js', order);
    if (child === null) return;
    const answered = new Promise<void>((resolve) => {
      child.on('message', (message: FromGridKeeper) => {
        refusals = message.refusals;
        resolve();
      });
      child.on('error', () => resolve());
      child.on('exit', () => {
        asking = null;
        resolve();
      });
    });
    asking = { child, answered };
  };
  ask(false);
  const timer = setInterval(() => ask(++times % 2 === 1), FORECAST_MS);
  timer.unref();

  return {
    async end() {
      clearInterval(timer);
      if (asking === null && now() - asked_ms >= SOONEST_MS) ask(false);
      const last = asking;
      let open = last !== null;
      const answered = last?.answered.then(() => {
        open = false;
      });
      if (answered !== undefined) await within(answered, LAST_MS);
      last?.child.kill('SIGKILL');
      if (open)
        warn(`the providers of ${grid.zone} have not answered yet: joulebook grid sync ${grid.zone} asks again`);
      else if (refusals.length > 0) warn(refusals.join('; '));
    },
  };
}
