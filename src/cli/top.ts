// joulebook top: a run as it goes on, on a full screen, once as text, or as JSON.

import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { chainOfRun } from '../app/run-chain.ts';
import { settingsOf } from '../app/settings.ts';
import { shelfOf } from '../app/shelf.ts';
import { valuesOf } from '../app/values.ts';
import { fault, usage } from '../core/fault.ts';
import type { Limit } from '../decide/budget.ts';
import { limitOf } from '../decide/limit.ts';
import { withPue } from '../grid/values.ts';
import { findRun, goesOn, LIST_RUNS, listRuns, type RunEntry, runOf } from '../ledger/runs.ts';
import { isUtf8, signsOf } from '../run/live-text.ts';
import { topJson } from '../top/document.ts';
import { type Followed, follow } from '../top/follow.ts';
import { type FrameOptions, frame, stretchesIn } from '../top/frame.ts';
import { openScreen } from '../top/screen.ts';

export interface TopOptions {
  once?: boolean;
  json?: boolean;
  ledger?: string;
  budget?: string[];
}

const SECOND_MS = 1000;
/** Stretches of the power's history in JSON: one a second. */
const JSON_STRETCHES = 300;

/** Shows the run meant, else the newest that runs, else the last; resolves to the exit code. Rejects with a Fault. */
export async function top(wanted: string | undefined, options: TopOptions): Promise<number> {
  const limits = (options.budget ?? []).map(limitHere);
  const { folder: ledger } = await settingsOf(options);
  const entry = wanted === undefined || wanted === 'last' ? livingRun(ledger) : findRun(ledger, wanted);
  const { pue } = valuesOf(shelfOf(ledger), entry.record);
  const chain = () => {
    const { series, none } = chainOfRun(ledger, runOf(ledger, entry.record.id) ?? entry);
    return { series: withPue(series, pue), none };
  };
  const { look } = follow(ledger, entry, { chain, limits });
  const { env, stdout } = process;
  const once = options.once === true || options.json === true;
  if (once || !isatty(0) || !isatty(1) || env.TERM === 'dumb') {
    const columns = stdout.columns || 80;
    const view = await look(entry, Date.now(), options.json === true ? JSON_STRETCHES : stretchesIn(columns));
    const text =
      options.json === true
        ? JSON.stringify(topJson(view), null, 2)
        : frame(view, { ...plain(env), columns }).join('\n');
    stdout.write(`${text}\n`);
    return 0;
  }
  return onScreen({ ledger, entry, look, options: plain(env) });
}

/** Throws Fault usage. */
function limitHere(text: string): Limit {
  const limit = limitOf(text, '--budget');
  if (limit.measure === 'energy' || limit.measure === 'emissions') return limit;
  throw usage(`--budget: "${text}" is not told here`, 'give a limit of energy or emissions, such as 1.5kWh or 2kgCO2e');
}

const plain = (env: NodeJS.ProcessEnv): FrameOptions => ({
  ...{ columns: 80, rows: null, scroll: 0, paused: false, keys: false },
  color: isatty(1) && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
  ...{ utf8: isUtf8(env), signs: signsOf(env) },
});

interface Shown {
  readonly ledger: string;
  readonly entry: RunEntry;
  readonly look: Followed['look'];
  readonly options: FrameOptions;
}

async function onScreen({ ledger, entry, look, options }: Shown): Promise<number> {
  const { record } = entry;
  let view = await look(entry, Date.now(), stretchesIn(process.stdout.columns || 80));
  let scroll = 0;
  let paused = false;
  const screen = openScreen({
    draw: (size) => frame(view, { ...options, ...size, scroll, paused, keys: true }),
    key(name) {
      if (name === 'p') paused = !paused;
      const by = { j: 1, down: 1, k: -1, up: -1 }[name] ?? 0;
      scroll = Math.max(0, Math.min(view.devices.length - 1, scroll + by));
    },
  });
  let over = false;
  const again = (async () => {
    while (!over) {
      await Promise.race([new Promise((resolve) => setTimeout(resolve, SECOND_MS).unref()), screen.ended]);
      const now = over || paused ? null : runOf(ledger, record.id);
      if (now === null) continue; // paused, or its folder cannot be read at this moment
      view = await look(now, Date.now(), stretchesIn(process.stdout.columns || 80));
      screen.draw();
    }
  })();
  try {
    const signal = await Promise.race([screen.ended, again]);
    over = true;
    return typeof signal === 'string' ? 128 + constants.signals[signal] : 0;
  } finally {
    screen.close();
  }
}

function livingRun(ledger: string): RunEntry {
  const runs = listRuns(ledger);
  const found = runs.find(({ state }) => goesOn(state)) ?? runs[0];
  if (found === undefined) throw fault('run-not-found', { facts: { run: 'last', ledger, hint: LIST_RUNS } });
  return found;
}
