// The phases of a run as bars, and in a sentence that tells first what went without progress.

import { energy, percent } from '../../../report/format.ts';
import type { PhaseJson } from '../../../report/model.ts';
import type { BarsOf } from '../../ui/bars-scene.ts';
import { energyUnit, inUnit } from '../../ui/units.ts';
import { phaseWords } from './phase-words.ts';

/** "12.0 % of the energy, 340 Wh, went without progress: stall 8.00 %, rework 4.00 %." */
export function idleText(phases: readonly PhaseJson[]): string {
  const idle = phases.filter(({ phase }) => phaseWords(phase).idle);
  if (phases.some(({ share }) => share === null)) return 'How the energy divides is not known.';
  const share = idle.reduce((sum, one) => sum + one.share!, 0);
  if (share < 0.0005) return 'Nearly all of the energy went into work: no stall, no wait for data, no work done again.';
  const joules = idle.reduce((sum, one) => sum + one.energy_j!, 0);
  const parts = idle
    .toSorted((a, b) => b.share! - a.share!)
    .filter((one) => one.share! >= 0.0005)
    .map(({ phase, share }) => `${phaseWords(phase).name} ${percent(share!)}`);
  return `${percent(share)} of the energy, ${energy(joules)}, went without progress: ${parts.join(', ')}.`;
}

export function phaseBars(phases: readonly PhaseJson[]): BarsOf {
  const unit = energyUnit(phases.map(({ energy_j }) => energy_j));
  const write = (value: number) => energy(value * unit.of);
  const of = (idle: boolean) =>
    inUnit(
      phases.map(({ phase, energy_j }) => (energy_j === null || phaseWords(phase).idle === idle ? energy_j : 0)),
      unit,
    );
  return {
    ...{ title: 'Energy by phase', unit: unit.unit, of: 'phase', stacked: true },
    categories: phases.map(({ phase }) => phaseWords(phase).name),
    parts: [
      { name: 'work', values: of(false), ink: 2, write },
      { name: 'without progress', values: of(true), ink: 5, write },
    ],
  };
}
