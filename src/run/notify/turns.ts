// Documents for several channels → each told by each channel, one after the other in their order, for as long as there is time.
//
// When whoever sends them is gone those that wait are told for a while more; none is begun after that. It is over with the last
// that was begun, so that no command outlives its time limit.

import type { FromNotifier, ToNotifier } from '../notifier.ts';

export interface Turns {
  add(sent: Pick<ToNotifier, 'channels' | 'number'>, tell: (channel: number) => Promise<string | null>): void;
  /** Nobody sends any more. */
  alone(): void;
}

export interface TurnsMeans {
  /** How long what waits is still begun once nobody sends any more, ms. */
  readonly after_ms: number;
  answer(told: FromNotifier): void;
  /** Nobody sends any more, and nothing is being told. */
  over(): void;
}

export function createTurns({ after_ms, answer, over }: TurnsMeans): Turns {
  /** The last that was begun on each channel. */
  const last: Promise<void>[] = [];
  let [open, alone, late] = [0, false, false];
  return {
    add({ channels, number }, tell) {
      for (const channel of channels.keys()) {
        open++;
        last[channel] = (last[channel] ?? Promise.resolve()).then(async () => {
          const why = late ? 'there was no time left' : await tell(channel).catch((error: unknown) => String(error));
          open--;
          answer({ number, channel, why });
          if (alone && open === 0) over();
        });
      }
    },
    alone() {
      alone = true;
      if (open === 0) over();
      else setTimeout(() => (late = true), after_ms);
    },
  };
}
