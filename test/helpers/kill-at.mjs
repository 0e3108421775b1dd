// Loaded before a program (NODE_OPTIONS=--import): ends it by SIGKILL when it creates a file that is made once. KILL_AT says
// which, before:REGEX or after:REGEX.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [, when, pattern] = /^(before|after):(.*)$/.exec(process.env.KILL_AT ?? '') ?? [];
const { linkSync } = fs;
fs.linkSync = (from, to) => {
  const meant = when !== undefined && new RegExp(pattern).test(String(to));
  if (meant && when === 'before') process.kill(process.pid, 'SIGKILL');
  linkSync(from, to);
  if (meant) process.kill(process.pid, 'SIGKILL');
};
syncBuiltinESMExports();
