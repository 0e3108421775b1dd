// A run over time: power with phases shaded, intensity beneath it and the sums so far, on one axis and with one cursor.

import type { Series } from '../../../server/contract/series.ts';
import { Chart } from '../../ui/chart.tsx';
import type { Range } from '../../ui/chart-of.ts';
import {
  charged,
  emissionsSoFar,
  energySoFar,
  intensityOver,
  intensityText,
  notDrawn,
  powerByDevice,
  powerTogether,
  stretchText,
} from './course-of.ts';

interface CourseProps {
  readonly series: Series;
  /** What is looked at; null: all of the run. */
  readonly zoom: Range | null;
  readonly onZoom?: (range: Range | null) => void;
  /** Power of all devices together, instead of each. */
  readonly together: boolean;
  readonly onTogether?: (together: boolean) => void;
}

const SYNC = 'run';

export function Course({ series, zoom, onZoom, together, onTogether }: CourseProps) {
  const whole = { from: series.run.from_ms, to: series.run.to_ms };
  const shared = { zoom, whole, sync: SYNC, ...(onZoom && { onZoom }) };
  const several = charged(series).length > 1;
  const notes = [...(series.spans?.notes ?? []), ...series.warnings.map(({ message }) => message)];
  return (
    <>
      {several && onTogether !== undefined && (
        <fieldset class="switch">
          <legend class="for-ears">Power of</legend>
          <button type="button" aria-pressed={!together} onClick={() => onTogether(false)}>
            each device
          </button>
          <button type="button" aria-pressed={together} onClick={() => onTogether(true)}>
            all together
          </button>
        </fieldset>
      )}
      <Chart
        of={several && together ? powerTogether(series) : powerByDevice(series)}
        note={powerNote(series)}
        height={280}
        empty="No power was recorded here."
        {...shared}
      />
      <Chart
        of={intensityOver(series)}
        note={intensityText(series)}
        height={130}
        empty={series.intensity?.why ?? 'No intensity is known here.'}
        {...shared}
      />
      <div class="beside">
        <Chart
          of={energySoFar(series)}
          note={`IT energy.${unknownText(series.energy)}`}
          height={180}
          empty={series.energy?.why ?? 'No energy is known here.'}
          {...shared}
        />
        <Chart
          of={emissionsSoFar(series)}
          note={`Of operation, ${series.emissions?.with_pue ? 'with the PUE in' : 'of IT energy alone'}.${unknownText(series.emissions)}`}
          height={180}
          empty={series.emissions?.why ?? 'No emissions are known here.'}
          {...shared}
        />
      </div>
      {notes.map((note) => (
        <p class="noted" key={note}>
          {note}
        </p>
      ))}
    </>
  );
}

function powerNote(series: Series): string {
  const left = notDrawn(series);
  return [
    `Mean of each ${stretchText(series)}.`,
    ...(series.spans?.phases.length ? ['Shaded is what was not training.'] : []),
    ...(left > 0 ? [`${left} more ${left === 1 ? 'device is' : 'devices are'} in the table of devices.`] : []),
  ].join(' ');
}

/** Why not all of it is known, as a sentence; where nothing is, the chart's place tells it. */
const unknownText = (of: Series['energy']): string =>
  of?.why && of.value.some((one) => one !== null) ? ` Unknown in part: ${of.why}.` : '';
