// The causes of error of one run's account → those by which it is compared with others: what two runs share keeps one id.
//
// An A100's sensors and an H100's share nothing. Two cards of one make share what their design gets wrong and not what each of
// them does, and nobody publishes which is larger: half of the variance is taken for either. What a run's own readings leave
// open is never another's.

import { type Figure, isKnown, type Reach } from '../core/figure.ts';
import { ownCause } from '../emissions/contrast.ts';
import { ALIASING, CUT, DISAGREEMENT, EDGES, GAPS, PACE } from '../emissions/errors.ts';
import type { Accounted } from './build.ts';
import type { DeviceJson } from './model.ts';

/** The cause of what a wide step between logged points leaves open. */
export const TARGET = 'target';

const OF_THE_VALUE = new Set([EDGES, GAPS, PACE, ALIASING, CUT].map(({ id }) => id)).add(TARGET);

/** A cause between runs, and how much of the one in the account it is: the squares of these add up to 1 for one device. */
interface Renamed {
  readonly id: string;
  readonly by: number;
}
type Rename = (cause: string) => readonly Renamed[];

/** What a cause is called where runs are compared. */
export function causesOf({ run, report }: Accounted): Rename {
  const charged = report.energy.devices.filter((device) => device.charged);
  const makes = (kind?: string) =>
    [...new Set(charged.filter((device) => kind === undefined || device.kind === kind).map(({ name }) => name))]
      .sort()
      .join(' + ');
  const whole = (id: string) => [{ id, by: 1 }];
  return (cause) => {
    if (OF_THE_VALUE.has(cause)) return whole(ownCause(cause, run.id));
    if (cause === DISAGREEMENT.id) return whole(`${cause}:${run.id}`);
    const [what, kind, source] = cause.split(':');
    if (what === 'sensor')
      return sensorsOf(
        `${cause}:${makes(kind)}`,
        charged.filter((device) => device.kind === kind && device.source === source),
      );
    return whole(what === 'embodied' && cause !== 'embodied:lifetime' ? `${cause}:${makes()}` : cause);
  };
}

/** The error of a make, and each device's own by its share of their energy. */
function sensorsOf(make: string, devices: readonly DeviceJson[]): Renamed[] {
  const energies = devices.map(({ energy_j }) => energy_j.value ?? 0);
  const all = energies.reduce((sum, joules) => sum + joules, 0);
  if (!(all > 0)) return [{ id: make, by: 1 }];
  const own = devices.map((device, i) => ({
    id: `${make}:${nameOf(device)}`,
    by: Math.SQRT1_2 * (energies[i]! / all),
  }));
  return [{ id: make, by: Math.SQRT1_2 }, ...own];
}

/** A device over reboots; where its hardware tells no id, by the host and its name there. */
const nameOf = ({ uuid, host, device }: DeviceJson): string => (uuid === '' ? `${host}/${device}` : uuid);

/** The figure with its causes as they are called between runs; an unknown one as it is. */
export function renamed(figure: Figure, rename: Rename): Figure {
  if (!isKnown(figure)) return figure;
  const terms = new Map<string, Reach>();
  for (const [cause, { down, up }] of figure.terms)
    for (const { id, by } of rename(cause)) {
      const held = terms.get(id) ?? { down: 0, up: 0 };
      terms.set(id, { down: held.down + by * down, up: held.up + by * up });
    }
  return { ...figure, terms };
}
