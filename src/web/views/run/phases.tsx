// What the energy was spent on: by phase, what went without progress made plain.

import { duration, energy, percent } from '../../../report/format.ts';
import type { ReportJson } from '../../../report/model.ts';
import { Bars } from '../../ui/bars.tsx';
import { phaseWords } from './phase-words.ts';
import { idleText, phaseBars } from './phases-of.ts';
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
