// Keeps the energy counters of a fake /sys going, as a process of its own: written in place every millisecond or so.
//
// Its one argument is JSON: [{ file, start_uj, range_uj, power_w }] and t0_ms, epoch ms at which each shows start_uj.

import { ftruncateSync, openSync, writeSync } from 'node:fs';

const { counters, t0_ms } = JSON.parse(process.argv[2]);
const open = counters.map((counter) => ({ ...counter, fd: openSync(counter.file, 'r+') }));

function write() {
  for (const { fd, start_uj, range_uj, power_w } of open) {
    const used_uj = power_w * 1000 * (performance.timeOrigin + performance.now() - t0_ms);
    const text = `${Math.floor((start_uj + used_uj) % range_uj)}\n`;
    writeSync(fd, text, 0);
    ftruncateSync(fd, text.length);
  }
}
write();
process.stdout.write('going\n');
setInterval(write, 1);
// Our parent's end is ours.
process.stdin.on('end', () => process.exit()).resume();
