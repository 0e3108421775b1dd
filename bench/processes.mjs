// Processes of a bench as /proc tells them (proc(5)).

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The pid of the child of `parent` whose command line holds `words`. */
export async function childThat(parent, words) {
  for (let waited = 0; waited < 5000; waited += 50) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (Number(statOf(pid)[1]) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(words))
          return pid;
      } catch {
        // it has just ended
      }
    }
    await sleep(50);
  }
  throw new Error(`no child of ${parent} was found with ${words} in its command`);
}

/** What follows the name: state, ppid, …; utime and stime are the 12th and 13th of it. */
export function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** MB: resident, its share where pages are shared, and what only this process has. */
export function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const own = kb('Private_Clean') + kb('Private_Dirty');
  return { rss: kb('Rss') / 1024, pss: kb('Pss') / 1024, own: own / 1024 };
}
