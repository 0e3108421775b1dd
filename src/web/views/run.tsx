// One run. Asks for its report, its series (of all of it, and of the zoom) and its divisions, and keeps them fresh while it goes on.
//
// The zoom stands in the address (from, to: epoch ms). While the series of a zoom is on its way the picture before stays.

import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ReportJson } from '../../report/model.ts';
import type { Series } from '../../server/contract/series.ts';
import type { Starts } from '../../server/contract/starts.ts';
import { useAnswer, useLatest } from '../api.ts';
import { ask, route } from '../route.ts';
import { Awaited } from '../ui/awaited.tsx';
import { useTitle } from '../ui/title.ts';
import { RunPage } from './run/page.tsx';
import { StartsChart } from './run/starts.tsx';
import { pictureOf, zoomIn } from './run/zoom.ts';

/** How long after an answer a run that goes on is asked for anew. */
const EVERY_MS = 4000;
/** Its divisions tell of all of it, and change little. */
const DIVISIONS_EVERY_MS = 20_000;
const POINTS = 1000;

export function Run() {
  const { path, query } = route.value;
  const at = `/api/runs/${encodeURIComponent(path[1]!)}`;
  const first = useAnswer<ReportJson>(at);
  const goes = first.state === 'here' && goesOn(first.value);
  const fresh = useLatest<ReportJson>(goes ? at : null, EVERY_MS);
  useTitle(first.state === 'here' ? (first.value.run.name ?? first.value.run.id) : 'Run');
  return (
    <Awaited answer={first}>
      {(report) => (
        <>
          {fresh.refusal !== null && (
            <p class="refused" role="alert">
              {fresh.refusal.message}: what is shown is as it was last told. {fresh.refusal.hint}
            </p>
          )}
          <Told report={fresh.value ?? report} at={at} query={query} />
        </>
      )}
    </Awaited>
  );
}

const goesOn = ({ run }: ReportJson): boolean => run.state === 'running' || run.state === 'paused';

function Told({ report, at, query }: { report: ReportJson; at: string; query: URLSearchParams }) {
  useAnchor();
  const every = goesOn(report) ? EVERY_MS : null;
  const asked = zoomIn(query);
  const whole = useLatest<Series>(`${at}/series?points=${POINTS}`, every);
  const part = asked === null ? null : `${at}/series?points=${POINTS}&from=${asked.from}&to=${asked.to}`;
  const fine = useLatest<Series>(part, every);
  const divisions = useDivisions(report, at);
  const { shown, zoom } = pictureOf({ whole: whole.value, fine: fine.value, asked });
  const refusal = whole.refusal ?? (part === null ? null : fine.refusal);
  return (
    <RunPage
      report={report}
      whole={whole.value}
      shown={shown}
      zoom={zoom}
      onZoom={(to) =>
        ask(
          { from: to && String(Math.round(to.from)), to: to && String(Math.round(to.to)) },
          // The first zoom is a step that the back button takes back.
          { replace: asked !== null },
        )
      }
      together={query.get('power') === 'together'}
      onTogether={(together) => ask({ power: together ? 'together' : null })}
      divisions={divisions}
      busy={fine.asking || whole.asking}
      course={refusal === null ? <p class="asked course">…</p> : <Refused {...refusal} />}
      starts={
        report.emissions.intensity.mean_g_per_kwh !== null && (
          <OtherStarts at={at} open={query.get('starts') === 'shown'} />
        )
      }
    />
  );
}

const Refused = ({ message, hint }: { message: string; hint: string }) => (
  <div class="refused" role="alert">
    <p>{message}</p>
    <p>{hint}</p>
  </div>
);

/** By epoch and by a million tokens, where there is more than one of them. */
function useDivisions(report: ReportJson, at: string) {
  const every = goesOn(report) ? DIVISIONS_EVERY_MS : null;
  const { epochs, tokens } = report.work;
  const epoch = useLatest<ReportJson>((epochs ?? 0) > 1 ? `${at}?by=epoch` : null, every).value;
  const million = useLatest<ReportJson>((tokens ?? 0) > 1e6 ? `${at}?by=million-tokens` : null, every).value;
  return useMemo(
    () => [epoch, million].flatMap((one) => (one?.rows === undefined ? [] : [{ by: one.by!, rows: one.rows }])),
    [epoch, million],
  );
}

function OtherStarts({ at, open }: { at: string; open: boolean }) {
  const answer = useAnswer<Starts>(open ? `${at}/starts` : null);
  return (
    <>
      <button type="button" aria-expanded={open} onClick={() => ask({ starts: open ? null : 'shown' })}>
        {open ? 'hide' : 'show'} every start within a day
      </button>
      {open && <Awaited answer={answer}>{(starts) => <StartsChart starts={starts} />}</Awaited>}
    </>
  );
}

/** A link to a part of the page finds it once it is there. */
function useAnchor() {
  const done = useRef(false);
  useEffect(() => {
    if (done.current || location.hash === '') return;
    done.current = true;
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, []);
}
