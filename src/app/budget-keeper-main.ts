// The process that adds up beside a run what others have spent of its budgets: once, at the lowest priority, silent, and gone as
// soon as whoever started it is.

import { setPriority } from 'node:os';
import { reasonOf } from '../core/fault.ts';
import type { BudgetOrder, FromBudgetKeeper } from '../run/budget-keeper.ts';
import { spentOf } from './spending.ts';

process.on('disconnect', () => process.exit(0));
if (!process.connected) process.exit(0); // it was gone before we listened
try {
  setPriority(19);
} catch {
  // not allowed here: it mostly waits
}
const tell = (message: FromBudgetKeeper) => process.send?.(message, () => process.exit(0));
try {
  const { ledger, budgets, own, now_ms } = JSON.parse(process.argv[2]!) as BudgetOrder;
  const told = await spentOf(ledger, { budgets, now_ms, ...(own === null ? {} : { own }) });
  tell({ at_ms: now_ms, told, why: null });
} catch (error) {
  tell({ at_ms: 0, told: [], why: reasonOf(error) });
}
