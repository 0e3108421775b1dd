import { expect, test } from 'vitest';
import { createPausesSeen } from './pauses-seen.ts';

const event = (name: string, at_ms: number) => ({ at_ms, event: name, message: '', writer: 'w' });

test('time and energy of pauses by an instant, by hand: 1 kW for 2 s of 4 s, 100 W to now', () => {
  const seen = createPausesSeen();
  seen.event(event('paused', 2000));
  seen.event(event('resumed', 4000));
  seen.event(event('paused', 8000));
  seen.event(event('decision', 8000));
  seen.energy({ from_ms: 1000, to_ms: 5000, energy_j: 4000 });
  seen.energy({ from_ms: 5000, to_ms: 8000, energy_j: 3000 });
  seen.energy({ from_ms: 8000, to_ms: 10_000, energy_j: 200 });
  expect(seen.by(1500, 10_000)).toEqual({ s: 0, energy_j: 0 });
  expect(seen.by(6000, 10_000)).toEqual({ s: 2, energy_j: 2000 });
  expect(seen.by(10_000, 10_000)).toEqual({ s: 4, energy_j: 2200 });
});
