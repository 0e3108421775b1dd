// The process that compacts a writer's folder beside a running job: one thread, lowest priority, silent.

import { setPriority } from 'node:os';
import { compactFolder } from './compact.ts';

const [folder, ended] = process.argv.slice(2);
try {
  setPriority(19);
} catch {
  // not allowed here: it is short
}
if (folder !== undefined) {
  await compactFolder(folder, ended === 'ended').catch(() => {
    process.exitCode = 1; // the open files stay and are read as they are
  });
}
