// Where an imported run was: what was said on the command line, else the nearest place that its file names and that is
// known here, else what is configured.

import { Fault } from '../core/fault.ts';
import type { Chain } from '../run/intensity.ts';
import { chainFor } from './grid-config.ts';
import { type Options, type Settings, settingsOf } from './settings.ts';

export interface Located {
  readonly settings: Settings;
  readonly chain: Chain;
}

/** Settings and chain for the places that a file names, each looked up once. */
export function locator(options: Options): (places: readonly string[]) => Promise<Located> {
  const known = new Map<string, Promise<Located | null>>();
  const at = (zone: string | null): Promise<Located | null> => {
    const found = known.get(zone ?? '') ?? located(zone === null ? options : { ...options, zone }, zone === null);
    known.set(zone ?? '', found);
    return found;
  };
  return async (places) => {
    if (options.zone === undefined)
      for (const place of places) {
        const found = await at(place);
        if (found !== null) return found;
      }
    return (await at(null))!;
  };
}

/** Null where the zone is not known and need not be. */
async function located(options: Options, must: boolean): Promise<Located | null> {
  try {
    const settings = await settingsOf(options);
    return { settings, chain: await chainFor(settings) };
  } catch (error) {
    if (!must && error instanceof Fault && error.code === 'zone-unknown') return null;
    throw error;
  }
}
