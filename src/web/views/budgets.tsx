// Standing budgets, and the log of what was decided for them. Which budget's log is shown stands in the address.

import './budgets.css';
import { useMemo } from 'preact/hooks';
import type { BudgetStatusJson } from '../../report/budget-status.ts';
import type { DecisionLogJson } from '../../report/decision-log.ts';
import { useAnswer } from '../api.ts';
import { ask, route } from '../route.ts';
import { Awaited } from '../ui/awaited.tsx';
import { Empty } from '../ui/empty.tsx';
import { orderOf, orderText } from '../ui/table-order.ts';
import { useTicks } from '../ui/ticks.ts';
import { useTitle } from '../ui/title.ts';
import { BudgetsTold } from './budgets-told.tsx';
import { DecisionsTold } from './decisions-told.tsx';

const EVERY_MS = 30_000;

export function Budgets() {
  useTitle('Budgets');
  const fresh = useTicks(EVERY_MS);
  const budgets = useAnswer<BudgetStatusJson>('/api/budgets', fresh);
  const chosen = route.value.query.get('budget');
  const names = budgets.state === 'here' ? budgets.value.budgets.map(({ name }) => name) : [];
  return (
    <>
      <h1>Budgets</h1>
      <Awaited answer={budgets}>
        {(status) =>
          status.budgets.length === 0 ? (
            <Empty
              what="No budget stands. A budget says how much may be spent, of what, by whom and over which time:"
              command="joulebook budget set lab --limit 20kgCO2e --per month"
            />
          ) : (
            <BudgetsTold of={status} chosen={chosen} choose={(budget) => ask({ budget, decision: null })} />
          )
        }
      </Awaited>
      <Log names={names} fresh={fresh} />
    </>
  );
}

function Log({ names, fresh }: { names: readonly string[]; fresh: number }) {
  const { query } = route.value;
  const budget = query.get('budget');
  const all = useAnswer<DecisionLogJson>('/api/budgets/log', fresh);
  const own = useAnswer<DecisionLogJson>(
    budget === null ? null : `/api/budgets/log?${new URLSearchParams({ budget })}`,
    fresh,
  );
  const askers = useMemo(() => askersIn(all.state === 'here' ? all.value : null, names), [all, names.join()]);
  return (
    <section class="log" aria-label="Log">
      <h2>What was decided</h2>
      {askers.length > 0 && (
        <p>
          <label>
            For{' '}
            <select
              value={budget ?? ''}
              onChange={({ currentTarget }) => ask({ budget: currentTarget.value || null, decision: null })}
            >
              <option value="">all</option>
              {(budget === null || askers.includes(budget) ? askers : [budget, ...askers]).map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </p>
      )}
      <Awaited answer={budget === null ? all : own}>
        {(log) =>
          log.decisions.length === 0 && log.warnings.length === 0 ? (
            <p class="note">
              {budget === null
                ? 'Nothing was decided yet: budgets decide while a run goes on.'
                : `Nothing was decided for ${budget} yet.`}
            </p>
          ) : (
            <DecisionsTold
              of={log}
              order={query.get('sort') === null ? null : orderOf(query.get('sort')!)}
              onOrder={(order) => ask({ sort: orderText(order) })}
              chosen={query.get('decision')}
              choose={(decision) => ask({ decision })}
            />
          )
        }
      </Awaited>
    </section>
  );
}

/** Standing budgets, and whoever else asked for something, such as a run's own budget. */
function askersIn(log: DecisionLogJson | null, names: readonly string[]): string[] {
  const asked = log?.decisions.flatMap(({ by }) => by) ?? [];
  return [...new Set([...names, ...asked])];
}
