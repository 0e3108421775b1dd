// What the energy was spent on: by phase, what went without progress made plain.

import { duration, energy, percent } from '../../../report/format.ts';
import type { PhaseJson, ReportJson } from '../../../report/model.ts';
import { Bars } from '../../ui/bars.tsx';
import type { BarsOf } from '../../ui/bars-scene.ts';
import { energyUnit, inUnit } from '../../ui/units.ts';
import { phaseWords } from './phase-words.ts';
import { Facts } from './section.tsx';

export function Phases({ report }: { report: ReportJson }) {
  const { phases } = report;
  if (phases.length === 0)
    return (
      <p class="empty-part">
        The run told no steps, so nothing is known of its phases: its log holds none that is understood.
      </p>
    );
  return (
    <>
      <p class="told">{idleText(phases)}</p>
      <Bars of={phaseBars(phases)} height={200} />
      <Facts caption="Phases">
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col" class="number">
              Energy
            </th>
            <th scope="col" class="number">
              Share
            </th>
            <th scope="col" class="number">
              Time
            </th>
            <th scope="col">What it is</th>
          </tr>
        </thead>
        <tbody>
          {phases.map(({ phase, energy_j, share, duration_s }) => {
            const { name, what, idle } = phaseWords(phase);
            return (
              <tr key={phase} class={idle ? 'idle' : ''}>
                <th scope="row">{name}</th>
                <td class="number">{energy_j === null ? 'unknown' : energy(energy_j)}</td>
                <td class="number">{share === null ? 'unknown' : percent(share)}</td>
                <td class="number">{duration(duration_s)}</td>
                <td>{what}</td>
              </tr>
            );
          })}
        </tbody>
      </Facts>
    </>
  );
}

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
