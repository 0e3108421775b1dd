// One run that goes on, or has just ended: what it is, how it stands, its figures, budgets and charts.

import { useState } from 'preact/hooks';
import { duration, energy, many, mass, percent, three } from '../../report/format.ts';
import type { LiveBudget, LiveRun } from '../../server/contract/live.ts';
import { goesOn, trails } from '../live.ts';
import { ask, route } from '../route.ts';
import { Chart } from '../ui/chart.tsx';
import { timeText } from '../ui/chart-of.ts';
import { State } from '../ui/state.tsx';
import { Tip } from '../ui/tip.tsx';
import { viewAt } from '../views.ts';
import { amountText, fanChart, foreseenChart, powerChart, type Subject, subjectsOf } from './now-charts.ts';
import { chanceText, pausedText, standsOf } from './now-words.ts';

export function NowRun({ told }: { told: LiveRun }) {
  const { run } = told;
  const on = goesOn(run.state);
  return (
    <article class="now-run">
      <header>
        <h2>
          <RunName id={run.id} name={run.name} />
        </h2>
        <State state={run.state} /> <span>{duration(Math.max(0, Math.floor(run.duration_s)))}</span>
        {run.zone !== null && <span>{run.zone}</span>}
        {run.hosts.length > 1 && <span>{run.hosts.length} hosts</span>}
      </header>
      <p class="command">
        <code>{run.command.join(' ')}</code>
      </p>
      <Trouble told={told} />
      <Figures told={told} />
      <Progress told={told} />
      {told.budgets.length > 0 && <Budgets told={told} />}
      <div class="now-charts">
        {on && <Chart of={powerChart(told)} height={190} empty="No power is told yet." sync={`now-${run.id}`} />}
        <Fan told={told} />
      </div>
      {told.warnings.length > 0 && (
        <details>
          <summary>
            {told.warnings.length} {told.warnings.length === 1 ? 'warning' : 'warnings'}
          </summary>
          <ul>
            {told.warnings.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </article>
  );
}

export function RunName({ id, name }: { id: string; name: string | null }) {
  const text = name ?? id;
  if (viewAt(['runs', id]) === undefined) return <>{text}</>;
  return <a href={`/runs/${encodeURIComponent(id)}`}>{text}</a>;
}

/** Why it does not go on as it should. */
function Trouble({ told: { run, work, at_ms } }: { told: LiveRun }) {
  if (run.state === 'paused' || run.paused !== null)
    return (
      <p class="trouble">
        {pausedText(run.paused, at_ms)} <code>joulebook resume {run.id}</code> lets it go on.
      </p>
    );
  if (run.state === 'interrupted')
    return (
      <p class="trouble bad">
        It was interrupted: its joulebook is gone, without an end. What was written until then counts.
      </p>
    );
  if (work.stalled_since_ms === null) return null;
  return (
    <p class="trouble">
      It may have stalled: no line of its log for {duration(Math.floor((at_ms - work.stalled_since_ms) / 1000))}, much
      longer than usual.
    </p>
  );
}

function Figures({ told }: { told: LiveRun }) {
  const { power_w, mean_w, it_j, partial, operational_g, work, end, no_grid } = told;
  const on = goesOn(told.run.state);
  const least = partial ? '≥ ' : '';
  return (
    <dl class="now-figures">
      <One name={on ? 'Power' : 'Mean power'} why="no device tells its power">
        {on ? power_w && `${three(power_w)} W` : mean_w && `${three(mean_w)} W`}
      </One>
      <One name="Energy" why="no device tells its energy">
        {it_j !== null && `${least}${energy(it_j)}`}
      </One>
      <One name="Operational emissions" why={no_grid ?? 'the intensity is not known for all of the energy'}>
        {operational_g !== null && `${least}${mass(operational_g)}`}
      </One>
      {on && (
        <One name="Expected at the end" why={NO_END}>
          {end !== null && <End end={end} />}
        </One>
      )}
      {work.tokens_per_s !== null && <One name="Pace">{many(work.tokens_per_s)} tokens/s</One>}
      {work.j_per_token !== null && <One name="Energy of a token">{three(work.j_per_token)} J/token</One>}
      {work.loss !== null && <One name="Loss">{three(work.loss)}</One>}
    </dl>
  );
}

const NO_END =
  'the log has not told enough yet: some lines with steps, and how many steps there will be (--total-steps and its like say it)';

/** What it comes to, with its interval. */
function End({ end }: { end: NonNullable<LiveRun['end']> }) {
  const { it_j, operational_g, operational_low_g: low, operational_high_g: high } = end;
  if (operational_g !== null)
    return (
      <>
        {mass(operational_g)} <small>{low !== null && high !== null && `90 %: ${mass(low)} – ${mass(high)}`}</small>
      </>
    );
  if (it_j === null) return <span class="unknown">unknown</span>;
  return (
    <>
      {energy(it_j.value)} <small>{`90 %: ${energy(it_j.low)} – ${energy(it_j.high)}`}</small>
    </>
  );
}

/** Unknown says why. */
function One({ name, why, children }: { name: string; why?: string; children: preact.ComponentChildren }) {
  const known = children !== null && children !== false && children !== 0;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {known ? (
          children
        ) : (
          <Tip text={why ?? ''}>
            <span class="unknown">unknown</span>
          </Tip>
        )}
      </dd>
    </div>
  );
}

function Progress({ told: { work, end } }: { told: LiveRun }) {
  const { step, total } = work;
  if (step === null) return null;
  return (
    <p class="progress">
      {total !== null && total > 0 && <progress max={total} value={Math.min(step, total)} aria-label="Steps" />}
      <span>
        step {step}
        {total !== null && ` of ${total}`}
        {end !== null && `, ${leftText(end.left_s)}`}
      </span>
    </p>
  );
}

const leftText = ({ value, low, high }: { value: number; low: number; high: number }): string =>
  `about ${duration(Math.round(value))} left${high - low < 1 ? '' : ` (90 %: ${duration(Math.round(low))} – ${duration(Math.round(high))})`}`;

function Budgets({ told }: { told: LiveRun }) {
  return (
    <ul class="now-budgets" aria-label="Budgets">
      {told.budgets.map((budget) => (
        <Budget key={`${budget.in_force?.name} ${budget.limit}`} budget={budget} on={goesOn(told.run.state)} />
      ))}
    </ul>
  );
}

function Budget({ budget, on }: { budget: LiveBudget; on: boolean }) {
  const { limit, limit_value, measure, currency, spent, end, overrun, crosses_ms, why, in_force } = budget;
  const share = spent === null ? null : spent / limit_value;
  const stands = standsOf(budget);
  const write = (value: number) => amountText(measure, value, currency);
  return (
    <li class={stands}>
      <p>
        <b>
          {limit}
          {in_force !== null && in_force.scope !== 'this run' && ` of ${in_force.name}`}
        </b>
        {in_force !== null && in_force.scope !== 'this run' && (
          <small>
            {in_force.scope}, {in_force.period}
          </small>
        )}
      </p>
      {share !== null && <progress max={1} value={Math.min(share, 1)} aria-label={`Spent of ${limit}`} />}
      <p>
        {spent === null || share === null ? (
          <span class="unknown">What is spent is unknown.</span>
        ) : (
          `${percent(share)} spent (${write(spent)})`
        )}
        {end !== null && `; at the end ${write(end.value)} (90 %: ${write(end.low)} – ${write(end.high)})`}
        {overrun !== null && share !== null && share < 1 && `; ${chanceText(overrun)}`}
        {crosses_ms !== null &&
          share !== null &&
          share < 1 &&
          `, at about ${timeText(Math.round(crosses_ms / 1000) * 1000)}`}
        {on && end === null && why !== null && (
          <>
            {'; '}
            <Tip text={why}>
              <span class="unknown">the end is unknown</span>
            </Tip>
          </>
        )}
      </p>
      {in_force !== null && in_force.holding.length > 0 && (
        <p class="holding">{in_force.holding.map(({ act, why }) => `${act}: ${why}`).join('; ')}</p>
      )}
      {in_force !== null && <p class="hint">{in_force.rules.join(', ')}</p>}
    </li>
  );
}

function Fan({ told }: { told: LiveRun }) {
  const [open, setOpen] = useState(false);
  const subjects = subjectsOf(told);
  const wanted = route.value.query.get('against');
  const subject = subjects.find(({ id }) => id === wanted) ?? subjects[0]!;
  const course = trails.of(told.run.id).find(({ of }) => of === subject.id);
  const { end } = told;
  return (
    <div>
      <Chart
        of={fanChart(subject, course, told)}
        height={190}
        {...(end !== null && { note: 'From now on what is expected, with its 90 % interval at the end.' })}
        empty="Nothing is known yet."
      />
      <p class="now-subject">
        <label>
          of{' '}
          <select
            aria-label="What the chart is of"
            value={subject.id}
            onChange={(event) => ask({ against: event.currentTarget.value })}
          >
            {subjects.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </p>
      {course !== undefined && course.at_ms.length > 2 && (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>How the end was foreseen</summary>
          {open && <Foreseen subject={subject} course={course} />}
        </details>
      )}
    </div>
  );
}

const Foreseen = ({ subject, course }: { subject: Subject; course: Parameters<typeof foreseenChart>[1] }) => (
  <Chart of={foreseenChart(subject, course)} height={170} empty="Nobody could tell yet." />
);
