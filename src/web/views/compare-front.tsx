// The front: of several sides those that no other beats in everything, drawn against one cost at a time.

import { useState } from 'preact/hooks';
import type { FrontJson } from '../../report/compare-model.ts';
import { Chart } from '../ui/chart.tsx';
import type { Range } from '../ui/chart-of.ts';
import { Wide } from '../ui/wide.tsx';
import { costName, costsOf, frontChart, frontValue } from './compare-charts.ts';

export function CompareFront({ of }: { of: FrontJson }) {
  const costs = costsOf(of);
  const [chosen, choose] = useState(costs[0]);
  const cost = chosen !== undefined && costs.includes(chosen) ? chosen : costs[0];
  const [zoom, setZoom] = useState<Range | null>(null);
  const chart = cost === undefined ? null : frontChart(of, cost);
  const better = of.objectives.find(({ name }) => name === of.quality)?.better ?? 'lower';
  const rows = of.points.toSorted((a, b) => Number(b.on_front) - Number(a.on_front));
  return (
    <section class="comparison" aria-label="Front">
      {costs.length > 1 && (
        <label class="against">
          Against{' '}
          <select
            value={cost}
            onChange={({ currentTarget }) => {
              choose(currentTarget.value);
              setZoom(null);
            }}
          >
            {costs.map((name) => (
              <option key={name} value={name}>
                {costName(name)}
              </option>
            ))}
          </select>
        </label>
      )}
      {chart !== null && (
        <Chart
          of={chart}
          zoom={zoom ?? { from: 0, to: 1.05 * (chart.x.values.at(-1) ?? 1) }}
          onZoom={setZoom}
          note={`Of ${of.quality} ${better} is better. Whoever is on the front is beaten by nobody in everything; the knee gives most for its energy.`}
        />
      )}
      <Wide name="Points of the front">
        <table>
          <thead>
            <tr>
              <th scope="col">Run or group</th>
              {of.objectives.map(({ name }) => (
                <th key={name} scope="col" class="number">
                  {name === of.quality ? name : costName(name)}
                </th>
              ))}
              <th scope="col">Where it stands</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ label, values, knee, dominated_by }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {of.objectives.map(({ name }) => (
                  <td key={name} class="number">
                    {frontValue(of, name, values[name]!)}
                  </td>
                ))}
                <td>
                  {dominated_by === null
                    ? knee
                      ? 'on the front, the knee'
                      : 'on the front'
                    : `beaten by ${dominated_by}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {of.left_out.map(({ label, why }) => (
        <p key={label} class="note">
          {label} is left out: {why}
        </p>
      ))}
    </section>
  );
}
