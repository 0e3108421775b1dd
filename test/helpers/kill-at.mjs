// Loaded before a program (NODE_OPTIONS=--import): ends it by SIGKILL when it creates a file that is made once, or replaces one as a whole. KILL_AT
// says which, before:REGEX or after:REGEX.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [, when, pattern] = /^(before|after):(.*)$/.exec(process.env.KILL_AT ?? '') ?? [];
for (const name of ['linkSync', 'renameSync']) {
  const made = fs[name];
  fs[name] = (from, to) => {
    const meant = when !== undefined && new RegExp(pattern).test(String(to));
    if (meant && when === 'before') process.kill(process.pid, 'SIGKILL');
    made(from, to);
    if (meant) process.kill(process.pid, 'SIGKILL');
  };
}
syncBuiltinESMExports();
