// What the work cost: by epoch, by a million tokens, and the loss over the energy that it took.

import type { ReportJson } from '../../../report/model.ts';
import type { Series } from '../../../server/contract/series.ts';
import { Bars } from '../../ui/bars.tsx';
import { Chart } from '../../ui/chart.tsx';
import { lossOverEnergy } from './course-of.ts';
import { barsNote, type Division, emissionBars, energyBars, stepText } from './work-of.ts';

interface WorkProps {
  readonly report: ReportJson;
  readonly divisions: readonly Division[];
  /** Of all of the run. */
  readonly series: Series | null;
}

export function Work({ report, divisions, series }: WorkProps) {
  const { work, step_energy } = report;
  const loss = series === null ? null : lossOverEnergy(series);
  if (work.steps === null && work.tokens === null && work.samples === null)
    return <p class="empty-part">The run told no steps: its log holds none that is understood.</p>;
  return (
    <>
      {step_energy !== null && <p class="told">{stepText(step_energy)}</p>}
      <div class="beside">
        {divisions
          .filter(({ rows }) => rows.length > 0)
          .flatMap((division) => [
            <Bars key={`${division.by} energy`} of={energyBars(division)} note={barsNote(division)} height={200} />,
            ...(division.rows.some(({ emissions_g }) => emissions_g !== null)
              ? [
                  <Bars
                    key={`${division.by} emissions`}
                    of={emissionBars(division)}
                    note="Of operation."
                    height={200}
                  />,
                ]
              : []),
          ])}
        {loss !== null && (
          <Chart
            of={loss}
            height={200}
            empty="No loss with a known energy was told."
            note="The last value told by then."
          />
        )}
      </div>
    </>
  );
}
