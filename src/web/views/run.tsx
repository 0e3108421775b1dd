// One run. Asks for its report, its series (of all of it, and of the zoom) and its divisions, and keeps them fresh while it goes on.
//
// The zoom stands in the address (from, to: epoch ms). While the series of a zoom is on its way the picture before stays.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ReportJson } from '../../report/model.ts';
import type { Series } from '../../server/contract/series.ts';
import type { Starts } from '../../server/contract/starts.ts';
import { type Latest, useAnswer, useLatest } from '../api.ts';
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
  const { path } = route.value;
  const at = `/api/runs/${encodeURIComponent(path[1]!)}`;
  const [going, setGoing] = useState(false);
  // The series is here long before the report of a long run is made.
  const whole = useLatest<Series>(`${at}/series?points=${POINTS}`, going ? EVERY_MS : null);
  const first = useAnswer<ReportJson>(at);
  const fresh = useLatest<ReportJson>(going ? at : null, EVERY_MS);
  const report = fresh.value ?? (first.state === 'here' ? first.value : null);
  const run = report?.run ?? whole.value?.run;
  useEffect(() => setGoing(run?.state === 'running' || run?.state === 'paused'), [run?.state]);
  useTitle(run === undefined ? 'Run' : (run.name ?? run.id));
  if (first.state === 'refused') return <Refused {...first.refusal} />;
  if (report === null && whole.value === null) return <p class="asked">…</p>;
  return (
    <>
      {fresh.refusal !== null && (
        <p class="refused" role="alert">
          {fresh.refusal.message}: what is shown is as it was last told. {fresh.refusal.hint}
        </p>
      )}
      <Told {...{ at, report, whole, going }} />
    </>
  );
}

interface ToldProps {
  readonly at: string;
  readonly report: ReportJson | null;
  readonly whole: Latest<Series>;
  readonly going: boolean;
}

function Told({ at, report, whole, going }: ToldProps) {
  const { query } = route.value;
  useAnchor(report !== null);
  const asked = zoomIn(query);
  const part = asked === null ? null : `${at}/series?points=${POINTS}&from=${asked.from}&to=${asked.to}`;
  const fine = useLatest<Series>(part, going ? EVERY_MS : null);
  const divisions = useDivisions(report, { at, every: going ? DIVISIONS_EVERY_MS : null });
  const { shown, zoom } = pictureOf({ whole: whole.value, fine: fine.value, asked });
  const refusal = whole.refusal ?? (part === null ? null : fine.refusal);
  const known = report !== null && report.emissions.intensity.mean_g_per_kwh !== null;
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
      starts={known && <OtherStarts at={at} open={query.get('starts') === 'shown'} />}
    />
  );
}

const Refused = ({ message, hint }: { message: string; hint: string }) => (
  <div class="refused" role="alert">
    <p>{message}</p>
    <p>{hint}</p>
  </div>
);

/** More parts than these take long to make, and no screen shows them. */
const MOST_PARTS = 5000;

/** By epoch and by a million tokens, one after the other, where there is more than one of them. */
function useDivisions(report: ReportJson | null, { at, every }: { at: string; every: number | null }) {
  const { epochs = null, tokens = null } = report?.work ?? {};
  const epochly = (epochs ?? 0) > 1 && epochs! <= MOST_PARTS;
  const epoch = useLatest<ReportJson>(epochly ? `${at}?by=epoch` : null, every);
  const millionly = (tokens ?? 0) > 1e6 && tokens! <= MOST_PARTS * 1e6 && !epoch.asking;
  const million = useLatest<ReportJson>(millionly ? `${at}?by=million-tokens` : null, every);
  return useMemo(
    () =>
      [epoch.value, million.value].flatMap((one) => (one?.rows === undefined ? [] : [{ by: one.by!, rows: one.rows }])),
    [epoch.value, million.value],
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

/** A link to a part of the page finds it once that is there. */
function useAnchor(here: boolean) {
  const done = useRef(false);
  useEffect(() => {
    if (!here || done.current || location.hash === '') return;
    done.current = true;
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [here]);
}
