// What goes on now: each run with its power, what it has used, and what is expected of it; the grid of the coming hours. Where
// nothing goes on: the last runs, and the command that starts one.

import './now.css';
import { duration, energy, mass, three } from '../../report/format.ts';
import type { Live } from '../../server/contract/live.ts';
import type { RunsPage } from '../../server/contract/runs.ts';
import { useAnswer } from '../api.ts';
import { goesOn, useLive } from '../live.ts';
import { timeText } from '../ui/chart-of.ts';
import { Command, Empty } from '../ui/empty.tsx';
import { Figure } from '../ui/figure.tsx';
import { Heat } from '../ui/heat.tsx';
import { State } from '../ui/state.tsx';
import { useTitle } from '../ui/title.ts';
import { Wide } from '../ui/wide.tsx';
import { gridHeat, gridsOf } from './now-charts.ts';
import { NowRun, RunName } from './now-run.tsx';

const START = 'joulebook run -- python train.py';
const LAST_RUNS = 5;

export function Now() {
  const { live, away_ms } = useLive();
  const on = live?.runs.filter(({ run }) => goesOn(run.state)) ?? [];
  useTitle(on.length === 0 ? 'Now' : `${on.length} ${on.length === 1 ? 'run' : 'runs'} now`);
  return (
    <>
      <h1>Now</h1>
      {away_ms !== null && <Away since_ms={away_ms} told={live !== null} />}
      {live === null ? away_ms === null && <p class="asked">…</p> : <Told live={live} />}
    </>
  );
}

/** The server does not answer. */
const Away = ({ since_ms, told }: { since_ms: number; told: boolean }) => (
  <div class="refused away" role="alert">
    <p>
      The server has not answered since {timeText(Math.floor(since_ms / 1000) * 1000)}.{' '}
      {told && 'What is shown is of then. '}The page tries again by itself; where it was ended, start it:
    </p>
    <Command text="joulebook serve" />
  </div>
);

function Told({ live }: { live: Live }) {
  const on = live.runs.some(({ run }) => goesOn(run.state));
  const grids = gridsOf(live.runs.filter(({ run }) => goesOn(run.state)));
  return (
    <>
      <div class="now-runs">
        {live.runs.map((run) => (
          <NowRun key={run.run.id} told={run} />
        ))}
      </div>
      {live.reading > 0 && (
        <p class="hint">
          {live.reading === 1 ? 'One run is' : `${live.reading} runs are`} being read for the first time: a long one
          takes a while.
        </p>
      )}
      {live.more > 0 && <p class="hint">{live.more} more go on, which are in the list of runs.</p>}
      {grids.length > 0 && (
        <section class="now-grid" aria-label="Grid">
          <h2 class="now-title">Grid now</h2>
          <ul>
            {grids.map(({ zone, g_per_kwh, quality, provider, kind, scope }) => (
              <li key={zone}>
                <b>{zone}</b> {three(g_per_kwh)} gCO2e/kWh{' '}
                <small>
                  {kind}, {scope}; {quality}, {provider}
                </small>
              </li>
            ))}
          </ul>
          {grids.every(({ hours }) => hours.every(({ quality }) => quality === 'annual')) ? (
            <p class="hint">
              Only means of a year are known. For hours and forecasts keep a provider: <code>joulebook grid sync</code>
            </p>
          ) : (
            <Heat of={gridHeat(grids)} />
          )}
        </section>
      )}
      {!on && live.reading === 0 && (live.in_ledger === 0 ? <Nothing /> : <Idle list={live.list} />)}
    </>
  );
}

const Nothing = () => <Empty what="No run goes on. One that is started is shown here by itself:" command={START} />;

/** Nothing goes on: what was last. */
function Idle({ list }: { list: string }) {
  const answer = useAnswer<RunsPage>(`/api/runs?limit=${LAST_RUNS}`, list);
  const runs = answer.state === 'here' ? answer.value.runs : [];
  return (
    <>
      <Nothing />
      {runs.length > 0 && (
        <section>
          <h2 class="now-title">The last runs</h2>
          <Wide name="The last runs">
            <table>
              <thead>
                <tr>
                  <th scope="col">Run</th>
                  <th scope="col">State</th>
                  <th scope="col">Started (UTC)</th>
                  <th scope="col" class="number">
                    Duration
                  </th>
                  <th scope="col" class="number">
                    Energy
                  </th>
                  <th scope="col" class="number">
                    Emissions
                  </th>
                </tr>
              </thead>
              <tbody>
                {runs.map((row) => (
                  <tr key={row.id}>
                    <th scope="row">
                      <RunName id={row.id} name={row.name} />
                    </th>
                    <td>
                      <State state={row.state} />
                    </td>
                    <td>{timeText(row.started_at_ms).slice(0, 16)}</td>
                    <td class="number">{duration(row.duration_s)}</td>
                    <td class="number">
                      <Figure of={row.it_j} write={energy} />
                    </td>
                    <td class="number">
                      <Figure of={row.total_g} write={mass} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
          <p>
            <a href="/runs">All runs</a>
          </p>
        </section>
      )}
    </>
  );
}
