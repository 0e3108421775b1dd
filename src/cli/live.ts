// --live and --quiet of the commands that meter: what is told while it goes on, and where.

import { isatty } from 'node:tty';
import { type ValueSeries, withPue } from '../grid/values.ts';
import type { RunRecord } from '../ledger/records.ts';
import type { Screen } from '../run/child.ts';
import { createGridWatch } from '../run/grid-watch.ts';
import { type Chain, zoneChain } from '../run/intensity.ts';
import type { Goal } from '../run/job-ahead.ts';
import { createLiveAccount, type LiveAccount } from '../run/live-account.ts';
import { createLive, LIVE_WISHES, type Live, type LiveOptions as LiveOptionsOf, liveModeOf } from '../run/live-line.ts';
import { signsOf } from '../run/live-text.ts';
import { classify } from '../run/stdio.ts';
import { createVoice } from '../run/voice.ts';
import { oneOf } from './options.ts';

export interface LiveOptions {
  live?: string;
  quiet?: boolean;
}

const DAY_MS = 86_400_000;

interface About {
  readonly chain: Chain;
  readonly run: Pick<RunRecord, 'pue' | 'work'>;
  /** The PUE where it changes with time. */
  readonly pue: ValueSeries | null;
  readonly ledger: string;
  readonly env: NodeJS.ProcessEnv;
  /** Who else writes to our terminal: nobody, a command through a pseudo-terminal of ours, or a command for itself. */
  readonly beside: 'nobody' | 'pty' | 'command';
  /** The whole of the job, where it is said. */
  readonly goal?: Goal;
  /** An account that is kept in any case, and what budgets say by it. */
  readonly watched?: { readonly account: LiveAccount; readonly budgets: NonNullable<LiveOptionsOf['budgets']> };
}

/** Throws Fault usage. */
export function liveOf(
  { live: wish, quiet }: LiveOptions,
  { env, beside, watched, ...about }: About,
): { readonly live: Live; readonly screen: Screen } {
  const asked = oneOf('--live', wish ?? 'auto', LIVE_WISHES);
  const ours = beside === 'nobody' || (beside === 'pty' && onePlace());
  const place = { terminal: isatty(2), term: env.TERM ?? '', ours };
  const voice = createVoice();
  const live = createLive({
    mode: quiet === true ? 'off' : liveModeOf(asked, place),
    ...(watched === undefined ? accountOfRun(about) : { ...watched, account: { ...watched.account, row: () => {} } }),
    signs: signsOf(env),
    voice,
    columns: () => process.stderr.columns,
  });
  return { live, screen: { around: live.around, clear: live.clear, outlet: ours ? voice.through : () => {} } };
}

/** The account of a run as it goes on, and how it learns of the grid meanwhile. */
export function accountOfRun({
  chain,
  run,
  pue,
  ledger,
  goal,
}: Omit<About, 'env' | 'beside' | 'watched'>): Pick<LiveOptionsOf, 'account' | 'refresh'> {
  const account = createLiveAccount(withPue(chain.series, pue), { ...run, ...(goal && { goal }) });
  return { account, ...refreshing(account, { chain, pue, ledger }) };
}

/** A series of the user's own stays as it is; else what is learned of the zone while it goes on counts. */
function refreshing(
  account: LiveAccount,
  { chain: { zone, spec, stored }, pue, ledger }: Pick<About, 'chain' | 'pue' | 'ledger'>,
): Pick<LiveOptionsOf, 'refresh'> {
  if (zone === null || stored !== null) return {};
  const from_ms = Date.now();
  const span = (now_ms: number) => ({ from_ms, to_ms: now_ms + DAY_MS });
  return {
    refresh: createGridWatch({ ledger, zones: [zone] }, (now_ms) =>
      account.learn(withPue(zoneChain({ zone, own: null, spec, ledger, span: span(now_ms) }).series, pue)),
    ),
  };
}

/** Whether stdout and stderr are one terminal. */
function onePlace(): boolean {
  const [out, err] = [classify(1), classify(2)];
  return out.kind === 'terminal' && out.identity === err.identity;
}
