// Budgets as they stand: each with a bar of what is spent and what is projected against its limit, and what there is to know of it.
//
// It takes the CLI's document (joulebook/budget-status/v1) and asks nobody.

import './budgets.css';
import { ruleText } from '../../decide/rule.ts';
import { amountOf } from '../../report/amount.ts';
import type { BudgetStatus, BudgetStatusJson, KnownJson } from '../../report/budget-status.ts';
import { percent } from '../../report/format.ts';
import { timeText } from '../ui/chart-of.ts';
import { Tip } from '../ui/tip.tsx';
import { type BarOf, barOf, elapsed, knownOf } from './budget-scale.ts';
import { RunLink } from './run-link.tsx';

export function BudgetsTold({
  of,
  chosen,
  choose,
}: {
  of: BudgetStatusJson;
  chosen: string | null;
  choose: (name: string | null) => void;
}) {
  return (
    <>
      {of.warnings.map(({ message }) => (
        <p key={message} class="warning">
          {message}
        </p>
      ))}
      <ul class="budgets">
        {of.budgets.map((one) => (
          <Budget key={one.name} of={one} now_ms={of.now_ms} chosen={one.name === chosen} choose={choose} />
        ))}
      </ul>
    </>
  );
}

const STANDINGS = { within: 'within its limit', over: 'spent', unknown: 'not all is known' } as const;

interface BudgetProps {
  readonly of: BudgetStatus;
  readonly now_ms: number;
  readonly chosen: boolean;
  readonly choose: (name: string | null) => void;
}

function Budget({ of, now_ms, chosen, choose }: BudgetProps) {
  const { name, limit, scope, period, standing, rules, set_by, set_at_ms } = of;
  return (
    <li class={`budget is-${standing}`}>
      <header>
        <h2>{name}</h2>
        <span class={`standing is-${standing}`}>{STANDINGS[standing]}</span>
        <button
          type="button"
          aria-pressed={chosen}
          aria-label={`its log: ${name}`}
          onClick={() => choose(chosen ? null : name)}
        >
          its log
        </button>
      </header>
      <p class="of">
        {limit.text} of {scope.text}, {period.text}
        {period.kind === 'rolling' && of.from_ms !== null && `: since ${timeText(of.from_ms).slice(0, 16)}`}
      </p>
      <Bar of={of} />
      <Period of={of} now_ms={now_ms} />
      <dl>
        <Spent of={of} />
        <Projected of={of} />
        <dt>Does</dt>
        <dd>{rules.map(ruleText).join(', ')}</dd>
        {of.running.length > 0 && (
          <>
            <dt>Spending now</dt>
            <dd>
              {of.running.map(({ id, name: run, per_hour }) => (
                <span key={id} class="running">
                  <RunLink id={id} name={run} />
                  {per_hour !== null && ` ${amountOf(limit)(per_hour)} an hour`}
                </span>
              ))}
            </dd>
          </>
        )}
        {set_at_ms !== null && (
          <>
            <dt>Set</dt>
            <dd>
              {timeText(set_at_ms).slice(0, 16)} UTC{set_by !== null && ` by ${set_by}`}
            </dd>
          </>
        )}
      </dl>
    </li>
  );
}

function Bar({ of }: { of: BudgetStatus }) {
  const bar = barOf(of);
  const share = (value: number) => `${(100 * value).toFixed(2)}%`;
  const between = ({ from, to }: { from: number; to: number }) => ({ left: share(from), width: share(to - from) });
  return (
    <div class={`bar is-${of.standing}`} role="img" aria-label={barText(of)}>
      {bar.end !== null && <span class="end" style={{ width: share(bar.end) }} />}
      {bar.spent === null ? <span class="dark" /> : <span class="spent" style={{ width: share(bar.spent) }} />}
      {bar.end_reach !== null && <span class="reach of-end" style={between(bar.end_reach)} />}
      {bar.spent_reach !== null && <span class="reach" style={between(bar.spent_reach)} />}
      <span class="limit" style={{ left: share(bar.limit) }} />
      <Labels of={of} bar={bar} />
    </div>
  );
}

const Labels = ({ of, bar }: { of: BudgetStatus; bar: BarOf }) => (
  <span class="limit-text" style={{ right: `${(100 * (1 - bar.limit)).toFixed(2)}%` }}>
    {of.limit.text}
    {bar.beyond && ' (the bar ends before what is projected)'}
  </span>
);

/** The bar in words, for who listens. */
function barText(of: BudgetStatus): string {
  const write = amountOf(of.limit);
  const known = knownOf(of);
  const spent =
    known === null
      ? 'what is spent is not known'
      : `${of.spent.value === null ? 'at least ' : ''}${write(known)} spent`;
  const { end } = of.projected;
  return `${spent} of ${of.limit.text}${end.value === null ? '' : `, ${write(end.value)} projected`}`;
}

function Period({ of, now_ms }: { of: BudgetStatus; now_ms: number }) {
  const over = elapsed(of, now_ms);
  if (over === null || of.from_ms === null || of.to_ms === null) return null;
  return (
    <div class="period">
      <div class="time" aria-hidden="true">
        <span style={{ width: `${(100 * over).toFixed(2)}%` }} />
      </div>
      <p>
        <span>{timeText(of.from_ms).slice(0, 16)}</span>
        <span>{percent(over)} of the time is over</span>
        <span>{timeText(of.to_ms).slice(0, 16)}</span>
      </p>
    </div>
  );
}

function Spent({ of }: { of: BudgetStatus }) {
  const { spent, share, limit, runs, tokens } = of;
  const write = amountOf(limit);
  const of_runs = `${runs} run${runs === 1 ? '' : 's'}${tokens === null ? '' : `, ${tokens} tokens`}`;
  return (
    <>
      <dt>Spent</dt>
      <dd>
        <Amount of={spent} write={write} />
        {' · '}
        <Amount of={share} write={percent} /> of the limit · {of_runs}
        {spent.value === null ? (
          <small>{spent.why}</small>
        ) : (
          spent.high > spent.low && (
            <small>
              90 %: {write(spent.low)} – {write(spent.high)}
            </small>
          )
        )}
      </dd>
    </>
  );
}

/** A known amount, what is known of one behind ≥, or unknown and why. */
function Amount({ of, write }: { of: KnownJson; write: (value: number) => string }) {
  if (of.value !== null) return <b>{write(of.value)}</b>;
  return (
    <Tip text={of.why}>{of.known === null ? <span class="unknown">unknown</span> : <b>≥ {write(of.known)}</b>}</Tip>
  );
}

function Projected({ of: { projected, limit, renews_ms, period } }: { of: BudgetStatus }) {
  const { end, days, per_day, crosses_ms } = projected;
  const write = amountOf(limit);
  return (
    <>
      <dt>At this pace</dt>
      <dd>
        {end.value === null ? (
          <span class="unknown">{end.why}</span>
        ) : (
          <>
            <b>{write(end.value)}</b> at the end
          </>
        )}
        {per_day !== null && ` · ${write(per_day)} a day, by the last ${days} days`}
        {crosses_ms !== null && <strong class="crosses"> · spent at {timeText(crosses_ms).slice(0, 16)} UTC</strong>}
        {end.value !== null && end.high > end.low && (
          <small>
            90 %: {write(end.low)} – {write(end.high)}
          </small>
        )}
      </dd>
      {renews_ms !== null && period.kind === 'rolling' && (
        <>
          <dt>Lets go</dt>
          <dd>{timeText(renews_ms).slice(0, 16)} UTC</dd>
        </>
      )}
    </>
  );
}
