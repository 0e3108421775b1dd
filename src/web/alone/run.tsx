// A run's page without a server: a zoom shows what is in the file more widely, and no more of it.

import { useState } from 'preact/hooks';
import { duration } from '../../report/format.ts';
import type { AloneRun as Told } from '../../server/alone/page.ts';
import type { Range } from '../ui/chart-of.ts';
import { RunPage } from '../views/run/page.tsx';
import { StartsChart } from '../views/run/starts.tsx';

export function AloneRun({ told: { report, series, divisions, starts } }: { told: Told }) {
  const [zoom, setZoom] = useState<Range | null>(null);
  const [together, setTogether] = useState(false);
  const { state } = report.run;
  return (
    <>
      {(state === 'running' || state === 'paused') && (
        <p class="warning">This run was going on when this page was made: it tells what was known by then.</p>
      )}
      <RunPage
        {...{ report, zoom, together, divisions }}
        alone
        whole={series}
        shown={series}
        onZoom={setZoom}
        onTogether={setTogether}
        course={<p class="empty-part">No course of it over time is known.</p>}
        starts={starts !== null && <StartsChart starts={starts} />}
      />
      {series !== null && (
        <p class="note">
          The charts over time hold stretches of {duration(series.stretch_ms / 1000)}; joulebook serve shows each
          second.
        </p>
      )}
    </>
  );
}
