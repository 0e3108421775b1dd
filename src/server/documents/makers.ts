// What is made of the ledger for one question and takes long where much was recorded: the documents that the CLI prints with --json.
//
// A question is as the contract has read it. Each is made anew, and none keeps anything: so that any thread may make it.

import { checkedMoment, findRunAsOf } from '../../app/as-of.ts';
import { comparisonOf, sidesOf, targetOf } from '../../app/comparisons.ts';
import { checkAsker, decisionLog } from '../../app/decision-log.ts';
import type { TotalWishes } from '../../app/ledger-slices.ts';
import { reportOf } from '../../app/reports.ts';
import { settingsOf } from '../../app/settings.ts';
import { startsOfRun } from '../../app/starts.ts';
import { divisionsOf, totalOf } from '../../app/totals.ts';
import { checkWasteBy, wasteIn } from '../../app/waste.ts';
import { usage } from '../../core/fault.ts';
import { findRun } from '../../ledger/runs.ts';
import type { CompareAsked } from '../contract/compare.ts';
import type { DecisionLogAsked } from '../contract/decisions.ts';
import type { ReportAsked } from '../contract/report.ts';
import type { StartsAsked } from '../contract/starts.ts';
import type { WasteAsked, WindowAsked } from '../contract/totals.ts';
import { fewEnough } from '../cost.ts';

export const MAKERS = {
  async report(ledger: string, { run, by, zones = '', as_of_ms }: ReportAsked) {
    if (as_of_ms !== undefined) checkedMoment(as_of_ms, Date.now());
    const entry = as_of_ms === undefined ? findRun(ledger, run) : findRunAsOf(ledger, run, as_of_ms);
    return reportOf(ledger, entry, {
      ...{ as_of_ms, zones: zones.split(',').flatMap((zone) => zone.trim() || []) },
      ...(by !== undefined && { by }),
    });
  },
  async starts(ledger: string, { run }: StartsAsked) {
    return startsOfRun(ledger, findRun(ledger, run));
  },
  async compare(ledger: string, { runs = [], group = [], target, quality }: CompareAsked) {
    return comparisonOf(ledger, fewEnough(sidesOf(ledger, { runs, groups: group })), {
      target: target === undefined ? null : targetOf(target),
      quality: quality ?? null,
    });
  },
  async total(ledger: string, asked: WindowAsked) {
    return totalOf(ledger, wishesOf(asked));
  },
  async waste(ledger: string, { runs = [], ...asked }: WasteAsked) {
    const wishes = wishesOf(asked);
    checkWasteBy(wishes.by);
    const chosen = new Set(runs.map((run) => findRun(ledger, run).record.id));
    return wasteIn(ledger, { ...wishes, ...(chosen.size > 0 && { runs: chosen }) });
  },
  async decisions(ledger: string, { budget, run, since_ms }: DecisionLogAsked) {
    const made = await decisionLog(ledger, { by: budget, run, since_ms });
    if (budget !== undefined && made.decisions.length === 0) await checkAsker(budget, await settingsOf({ ledger }));
    return made;
  },
} as const;

type Makers = typeof MAKERS;
export type DocumentName = keyof Makers;
export type Asked<N extends DocumentName> = Parameters<Makers[N]>[1];
export type Made<N extends DocumentName> = Awaited<ReturnType<Makers[N]>>;

/** Who makes them. What a thread made comes as its JSON text, which is answered as it is, typed as what it tells. */
export interface Documents {
  /** Rejects as the commands do. */
  make<N extends DocumentName>(name: N, asked: Asked<N>): Promise<Made<N>>;
  close(): void;
}

/** In this thread: nothing else is answered meanwhile. */
export const documentsHere = (ledger: string): Documents => ({
  make: (name, asked) => makeOf(name)(ledger, asked as never) as Promise<Made<typeof name>>,
  close() {},
});

/** By its name, of which the compiler cannot know that it fits its question. */
export const makeOf = (name: DocumentName) => MAKERS[name] as (ledger: string, asked: never) => Promise<object>;

function wishesOf({ by: text, tz, since_ms, until_ms }: WindowAsked): TotalWishes {
  const by = divisionsOf(text);
  if (since_ms !== undefined && until_ms !== undefined && since_ms >= until_ms)
    throw usage('since_ms is not before until_ms', 'give the beginning first');
  return { by, time_zone: tz ?? 'UTC', since_ms: since_ms ?? null, until_ms: until_ms ?? null };
}
