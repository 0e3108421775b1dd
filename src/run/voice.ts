// How we speak on stderr beside a command: never waiting for a terminal that somebody has stopped (Ctrl-S), and in order
// with what else goes to the same terminal through us.

import { writeSync } from 'node:fs';
import { createOutlet, type Outlet } from './outlet.ts';

export interface Voice {
  /** Says it soon; false where the last word has not been taken yet: then this one is not said at all. */
  say(text: string): boolean;
  /** Says it at once, for what has to be on the terminal before something else happens. */
  sayNow(text: string): void;
  /** From now on what is said soon goes this way. */
  through(outlet: Outlet): void;
}

/** A voice on stderr. */
export function createVoice(): Voice {
  let outlet = createOutlet(2, { gone() {}, drained() {} });
  return {
    say(text) {
      if (outlet.waiting > 0) return false;
      outlet.write(Buffer.from(text));
      return true;
    },
    sayNow(text) {
      if (outlet.waiting > 0) return;
      try {
        writeSync(2, text);
      } catch {
        // nobody listens: the command matters, not our words
      }
    },
    through(other) {
      outlet = other;
    },
  };
}
