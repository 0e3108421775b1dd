// Becomes the watchdog's shell, in a process group of its own, and leaves one process behind in the job's.
//
// When joulebook dies, the job's group may be left without a parent in its session; of such a group with stopped processes
// the kernel hangs up on all (setpgid(2), orphaned process groups), before anybody could thaw them. The one left behind,
// whose parent is in the same session but another group, keeps the group from being such. No shell can do that.

import { spawn } from 'node:child_process';
import koffi from 'koffi';

const [script, ...words] = process.argv.slice(2);
// The job's own keys and signals are none of its. It outlives joulebook for as long as a thaw may take.
const HOLD = "trap '' HUP INT QUIT TERM USR1 USR2 TSTP TTIN TTOU; read -r gone <&3; exec sleep 5";

const F_SETFD = 2;

const libc = koffi.load(null);
const holder = spawn('/bin/sh', ['-c', HOLD], { stdio: ['ignore', 'ignore', 'ignore', 3] });
holder.on('error', () => process.exit(1));
if (holder.pid === undefined || libc.func('int setpgid(int, int)')(0, 0) !== 0) process.exit(1);
// Node closes what it has inherited when it becomes another program.
const fcntl = libc.func('int fcntl(int, int, ...)');
for (const fd of [0, 1, 2]) fcntl(fd, F_SETFD, 'int', 0);
const line = ['sh', '-c', script!, 'sh', ...words, String(holder.pid), null];
libc.func('int execv(const char *, const char **)')('/bin/sh', line);
process.exit(1);
