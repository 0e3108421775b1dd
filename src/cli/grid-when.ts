// joulebook grid when: of a load that could start now, when and where it would be cleaner, from what is expected.

import { expectedIn } from '../app/outlook.ts';
import { settingsOf } from '../app/settings.ts';
import { usage } from '../core/fault.ts';
import { minuteOf } from '../core/timestamp.ts';
import { JOULES_PER_KWH } from '../core/units.ts';
import { withoutAnnual, type ZoneChain } from '../emissions/compare.ts';
import { outlookOf } from '../emissions/outlook.ts';
import { meansAt, startsOf, steady, type Window } from '../emissions/starts.ts';
import { colorOn } from './color.ts';
import { interruption } from './interruption.ts';
import { durationMs, joulesOf, pueOf, timeOf, wattsOf } from './options.ts';
import { warn } from './say.ts';
import { type WhenJson, whenText } from './when-text.ts';

export interface WhenOptions {
  duration?: string;
  power?: string;
  energy?: string;
  within?: string;
  from?: string;
  now?: string;
  intensity?: string[];
  provider?: string;
  pue?: string;
  ledger?: string;
  json?: boolean;
}

const MINUTE_MS = 60_000;
const LONGEST_MS = 366 * 86_400_000;
/** Starts in the picture of a zone. */
const DRAWN = 48;

/** Prints the best start of each zone, and what it would save against now. Rejects with a Fault. */
export async function gridWhen(zones: readonly string[], options: WhenOptions): Promise<void> {
  const { ledger, pue: given } = options;
  const settings = await settingsOf({
    ...(ledger === undefined ? {} : { ledger }),
    ...(given === undefined ? {} : { pue: given }),
  });
  if (options.duration === undefined) throw usage('the duration is not given', '--duration 6h');
  const duration_ms = durationMs({ text: options.duration, from: '--duration' }, MINUTE_MS, LONGEST_MS);
  const within_ms = durationMs({ text: options.within ?? '24h', from: '--within' }, MINUTE_MS, LONGEST_MS);
  const as_of_ms = timeOf('--now', options.now);
  const now_ms = as_of_ms ?? Date.now();
  const from_ms = timeOf('--from', options.from) ?? now_ms;
  if (from_ms < now_ms) throw usage('--from lies in the past', 'a start lies now or later');
  const window: Window = { from_ms, to_ms: from_ms + within_ms };
  const energy_j = energyOf(options, duration_ms);
  const pue = settings.pue === null ? null : pueOf(settings.pue).pue;
  const profile = steady(duration_ms, energy_j ?? JOULES_PER_KWH);

  const { zones: known, notes } = await expectedIn(settings, {
    ...{ zones, files: options.intensity ?? [], provider: options.provider ?? null, as_of_ms },
    span: { from_ms: now_ms, to_ms: window.to_ms + duration_ms },
    signal: interruption(),
  });
  for (const note of notes) warn(note);
  const outlook = outlookOf(profile, { now_ms, window, zones: known as [ZoneChain, ...ZoneChain[]], pue: pue ?? 1 });
  const level = outlook?.zones.length === 1 && outlook.zones[0]!.at_ms !== null && outlook.zones[0]!.coverage === 0;
  if (outlook === null || level) throw nothing(known[0]!, window.to_ms + duration_ms);
  const grams = (saved_g: number) => (energy_j === null ? null : saved_g);
  const made: WhenJson = {
    ...{ schema: 'joulebook/grid-when/v1', now_ms, ...window, duration_s: duration_ms / 1000, energy_j, pue },
    against: { zone: known[0]!.zone, ...outlook.against },
    best: outlook.best,
    ...{ saved_g: grams(outlook.saved_g), saved_share: outlook.saved_share },
    zones: outlook.zones.map((zone, i) => {
      if (zone.at_ms === null) return zone;
      const course = withoutAnnual(known[i]!.chain);
      const { kind, scope } = known[i]!.chain[0]!;
      const providers = [...new Set(known[i]!.chain.map((series) => series.provider))];
      const { starts } = startsOf(profile, course, window);
      return { ...zone, saved_g: grams(zone.saved_g), ...{ kind, scope, providers, starts } };
    }),
  };
  if (options.json === true) return void process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
  const times = Array.from({ length: DRAWN }, (_, i) => from_ms + (i * within_ms) / (DRAWN - 1));
  const drawn = known.map(({ chain }) => meansAt(profile, withoutAnnual(chain), times));
  process.stdout.write(whenText(made, drawn, colorOn(process.stdout)));
}

/** J; null where neither energy nor power is given. */
function energyOf({ power, energy }: WhenOptions, duration_ms: number): number | null {
  if (power !== undefined && energy !== undefined)
    throw usage('--power and --energy exclude each other', 'give the mean power, or the energy of the whole load');
  if (energy !== undefined) return joulesOf({ text: energy, from: '--energy' });
  return power === undefined ? null : (wattsOf({ text: power, from: '--power' }) * duration_ms) / 1000;
}

function nothing({ zone, chain, none }: ZoneChain, to_ms: number) {
  const until = minuteOf(to_ms);
  const name = zone || 'this zone';
  const problem =
    chain.length === 0 && none !== undefined
      ? none
      : withoutAnnual(chain).length === 0
        ? `of ${name} only the annual mean is known, which tells no hour from another`
        : `what is known of ${name} covers the load from no start until ${until}`;
  return usage(problem, 'name a provider that forecasts (joulebook grid providers), or give --intensity FILE');
}
