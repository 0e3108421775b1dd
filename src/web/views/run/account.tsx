// The lines of a run's account, each with its interval and what it is made of; unknown ones say why.

import type { FigureJson } from '../../../core/figure.ts';
import { energy, mass, percent, three, volume } from '../../../report/format.ts';
import type { PartJson, ReportJson } from '../../../report/model.ts';
import { timeText } from '../../ui/chart-of.ts';
import { underFigure } from './figure-words.ts';
import { Facts } from './section.tsx';

interface Line {
  readonly name: string;
  readonly of: FigureJson;
  readonly write: (value: number) => string;
  readonly how: string;
  /** Counted within another line, or beside all. */
  readonly part?: boolean;
}

export function Account({ report }: { report: ReportJson }) {
  const { parts } = report.emissions.intensity;
  return (
    <>
      <Facts caption="Lines of the account">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col" class="number">
              Value
            </th>
            <th scope="col">Interval</th>
            <th scope="col">How</th>
          </tr>
        </thead>
        <tbody>
          {linesOf(report).map(({ name, of, write, how, part }) => (
            <tr key={name} class={part ? 'of-line' : ''}>
              <th scope="row">{name}</th>
              <td class={of.value === null ? 'number unknown' : 'number'}>
                {of.value === null ? 'unknown' : write(of.value)}
              </td>
              <td>{underFigure(of, write)}</td>
              <td>{how}</td>
            </tr>
          ))}
        </tbody>
      </Facts>
      {parts.length > 0 && <Intensities parts={parts} />}
    </>
  );
}

/** In the order of the account: energy, emissions, what stands beside them. */
export function linesOf({ energy: used, emissions, water_l, cost, currency }: ReportJson): Line[] {
  const { mean_g_per_kwh: mean, coverage } = emissions.intensity;
  const at = mean === null ? '' : ` at ${three(mean)} gCO2e/kWh`;
  const seen = mean !== null && coverage < 0.9995 ? `, known for ${percent(coverage)} of the energy` : '';
  const line = (name: string, of: FigureJson, more: Pick<Line, 'write' | 'how' | 'part'>): Line => ({
    name,
    of,
    ...more,
  });
  return [
    line('IT energy', used.it_j, { write: energy, how: 'all charged devices' }),
    line('PUE', used.pue, { write: three, how: 'what the building adds', part: true }),
    line('Facility energy', used.facility_j, { write: energy, how: 'IT energy × PUE' }),
    line('of IT energy', emissions.it_g, { write: mass, how: `IT energy × intensity${at}${seen}`, part: true }),
    line('of overheads', emissions.overhead_g, { write: mass, how: 'what the PUE adds', part: true }),
    line('Operational emissions', emissions.operational_g, {
      ...{ write: mass, how: used.pue.value === null ? 'of IT energy alone: no PUE is known' : 'both together' },
    }),
    line('Embodied emissions', emissions.embodied_g, { write: mass, how: embodiedHow(emissions.embodied) }),
    line('Together', emissions.total_g, { write: mass, how: 'operational and embodied' }),
    line('Market-based', emissions.market_g, {
      write: mass,
      how: 'by what was bought; beside, never added',
      part: true,
    }),
    line('Marginal', emissions.marginal_g, {
      write: mass,
      how: 'what it caused on the margin; beside, never added',
      part: true,
    }),
    line('Water', water_l, { write: volume, how: 'at the site and for the electricity' }),
    line('Cost', cost, {
      write: (value) => `${three(value)} ${currency ?? ''}`.trim(),
      how: 'facility energy × price',
    }),
  ];
}

const embodiedHow = ({ source, lifetime_y }: ReportJson['emissions']['embodied']): string =>
  lifetime_y === null
    ? 'its share of making the hardware'
    : `its share of making the hardware (${source}), over ${three(lifetime_y)} years`;

function Intensities({ parts }: { parts: readonly PartJson[] }) {
  return (
    <>
      <h3>Intensity</h3>
      <Facts caption="What the intensity is told by">
        <thead>
          <tr>
            <th scope="col">Zone</th>
            <th scope="col" class="number">
              Of the energy
            </th>
            <th scope="col" class="number">
              Mean
            </th>
            <th scope="col">What it is</th>
            <th scope="col">From</th>
            <th scope="col">Newest value got (UTC)</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={JSON.stringify(part)}>
              <th scope="row">{part.zone || 'unnamed'}</th>
              <td class="number">{percent(part.share)}</td>
              <td class="number">{three(part.mean_g_per_kwh)} gCO2e/kWh</td>
              <td>
                {part.quality}
                {part.year !== null && ` ${part.year}`}, {part.kind}, {part.scope}
              </td>
              <td>{part.source}</td>
              <td>{part.retrieved_at_ms === null ? '' : timeText(part.retrieved_at_ms).slice(0, 16)}</td>
            </tr>
          ))}
        </tbody>
      </Facts>
    </>
  );
}
