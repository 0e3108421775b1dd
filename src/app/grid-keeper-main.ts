// The process that asks a zone's providers beside a run: once, at the lowest priority, silent, and gone as soon as whoever
// started it is.

import { setPriority } from 'node:os';
import { reasonOf } from '../core/fault.ts';
import type { FromGridKeeper, GridOrder } from '../run/grid-keeper.ts';
import { askZone } from './grid-asking.ts';

process.on('disconnect', () => process.exit(0));
try {
  setPriority(19);
} catch {
  // not allowed here: it mostly waits
}
const tell = (message: FromGridKeeper) => process.send?.(message, () => process.disconnect?.());
try {
  const order = JSON.parse(process.argv[2]!) as GridOrder;
  const { refusals } = await askZone({ ...order, named: [], usual: true }, { signal: new AbortController().signal });
  tell({ refusals });
} catch (error) {
  tell({ refusals: [reasonOf(error)] });
}
