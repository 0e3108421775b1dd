// Every run and monitor of the ledger → what was used, a device-second once, by project, model, month and so on.

import { usage } from '../core/fault.ts';
import { openReader } from '../ledger/reader.ts';
import { goesOn, type RunEntry } from '../ledger/runs.ts';
import type { Warning } from '../report/model.ts';
import { type Part, TOTAL_BY, type TotalBy, type TotalJson, totalsOf } from '../report/total.ts';
import { ledgerSlices, type TotalWishes } from './ledger-slices.ts';

/** Rejects with Fault ledger-missing, ledger-newer, engine-missing, engine-failed; usage for what is no time zone. */
export async function totalOf(ledger: string, wishes: TotalWishes): Promise<TotalJson> {
  const reader = await openReader();
  try {
    const { slices, entries, damaged, monitored_j, account, keyOf } = await ledgerSlices(reader, ledger, wishes);
    const parts = slices.map((slice): Part => ({ slice, key: keyOf(slice), account: account(slice) }));
    const { since_ms, until_ms, time_zone } = wishes;
    const by = wishes.by.join() || null;
    const totals = totalsOf(parts, by);
    return {
      ...{ schema: 'joulebook/total/v1', since_ms, until_ms, by, time_zone, ...totals, monitored_j },
      warnings: warningsOf({ entries, damaged, total: totals.total }),
    };
  } finally {
    reader.close();
  }
}

interface Found {
  readonly entries: readonly RunEntry[];
  /** Folders of runs that cannot be read. */
  readonly damaged: readonly string[];
  readonly total: TotalJson['total'];
}

/** What a sum leaves open. */
export function warningsOf({ entries, damaged, total }: Found): Warning[] {
  const out: Warning[] = damaged.map((folder) => ({
    code: 'ledger-damage',
    message: `run.json cannot be read in ${folder}: this run is left out`,
  }));
  const tell = (code: string, count: number, message: string) => {
    if (count > 0) out.push({ code, message: `${count} run${count === 1 ? '' : 's'} ${message}` });
  };
  const lacking = (sum: { value: number | null; unknown_runs?: number }) => sum.unknown_runs ?? 0;
  tell('running', entries.filter(({ state }) => goesOn(state)).length, 'still going on: what is known by now');
  tell('total-partial', lacking(total.energy_j), 'of which the energy is not known: sums tell the known part');
  tell(
    'emissions-unknown',
    lacking(total.operational_g),
    'of which the emissions are not known: sums tell the known part',
  );
  tell(
    'embodied-unknown',
    lacking(total.embodied_g),
    'of which embodied emissions are not known: emissions are their operational ones alone',
  );
  return out;
}

/** "workflow,month", "tag:team". Throws Fault usage. */
export function divisionsOf(text: string | undefined): TotalBy[] {
  if (text === undefined) return [];
  const found = text.split(',').map((one): TotalBy => {
    const word = one.trim();
    if (/^tag:./.test(word)) return word as TotalBy;
    if (TOTAL_BY.includes(word as (typeof TOTAL_BY)[number])) return word as TotalBy;
    throw usage(
      `--by: "${word}" cannot be used`,
      `one of ${TOTAL_BY.join(', ')}, or tag:NAME; several separated by commas`,
    );
  });
  return [...new Set(found)];
}
