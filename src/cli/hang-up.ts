// A terminal that was closed while we ran: Node aborts at its exit when it cannot give such a one its settings back
// (node::ResetStdio), and our exit code would be lost with it. What is closed it leaves alone.

import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

const FDS = [0, 1, 2];

/** To be called at the start: lets go of those terminals that are gone when we exit. */
export function surviveHangUp(): void {
  const terminals = FDS.filter((fd) => isatty(fd));
  process.once('exit', () => {
    for (const fd of terminals) {
      try {
        if (!isatty(fd)) closeSync(fd);
      } catch {
        // closed already
      }
    }
  });
}
