// The thread of threads.ts: makes one document after the other, or several at a time while the engine reads.

import { parentPort, workerData } from 'node:worker_threads';
import { Fault } from '../../core/fault.ts';
import { makeOf } from './makers.ts';
import type { FromThread, ToThread } from './threads.ts';

const ledger = workerData as string;
const tell = (message: FromThread) => parentPort!.postMessage(message);

parentPort!.on('message', async ({ number, name, asked }: ToThread) => {
  try {
    tell({ number, text: JSON.stringify(await makeOf(name)(ledger, asked as never)) });
  } catch (error) {
    if (error instanceof Fault) tell({ number, fault: { code: error.code, facts: error.facts } });
    else tell({ number, why: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
