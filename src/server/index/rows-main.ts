// The process that works out rows for joulebook serve: at the lowest priority, silent, and gone as soon as the server is, or
// has nothing more for it.

import { setPriority } from 'node:os';
import { type Done, type Job, openWorkshop } from './jobs.ts';

process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // the server ends us
try {
  setPriority(19);
} catch {
  // not allowed here: it works beside the others
}
const workshop = openWorkshop(process.argv[2]!);
process.on('message', async (jobs: readonly Job[]) => {
  const done: readonly Done[] = await workshop.work(jobs);
  process.send?.(done);
});
