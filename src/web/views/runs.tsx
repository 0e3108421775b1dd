// All runs: found by words and facets, sorted by any column, chosen to be compared. All of it stands in the address.

import './runs.css';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RunsTable } from '../../server/contract/runs.ts';
import { type Answer, useLatest } from '../api.ts';
import { ask, go, route } from '../route.ts';
import { Awaited } from '../ui/awaited.tsx';
import { toggled } from '../ui/chart-of.ts';
import { Choices } from '../ui/choices.tsx';
import { saveCsv } from '../ui/download.ts';
import { Empty } from '../ui/empty.tsx';
import { Table } from '../ui/table.tsx';
import { orderOf, orderText, rowsOfTable } from '../ui/table-order.ts';
import { useTitle } from '../ui/title.ts';
import { viewAt } from '../views.ts';
import { columnsFor, hrefOf, shownOf } from './runs-columns.tsx';
import { type Facet, facetsOf, filtered, filterOf, isFilter } from './runs-filter.ts';
import { rowsOf } from './runs-rows.ts';

/** How often the list is asked for anew: while figures are being worked out, while a run goes on, and else. */
const EVERY_MS = { working: 2000, going: 5000, quiet: 15_000 };

export function Runs() {
  useTitle('Runs');
  const [every_ms, setEvery] = useState(EVERY_MS.working);
  const { value, refusal } = useLatest<RunsTable>('/api/runs-table', every_ms);
  useEffect(() => setEvery(value === null ? EVERY_MS.quiet : EVERY_MS[paceOf(value)]), [value]);
  const answer: Answer<RunsTable> =
    value !== null ? { state: 'here', value } : refusal !== null ? { state: 'refused', refusal } : { state: 'asked' };
  return (
    <>
      <h1>Runs</h1>
      {value !== null && refusal !== null && <p class="warning">{refusal.message}: the list is as it was before</p>}
      {refusal?.code === 'ledger-missing' ? (
        <NoRuns />
      ) : (
        <Awaited answer={answer}>
          {(table) => (table.runs + table.unread === 0 ? <NoRuns /> : <List table={table} />)}
        </Awaited>
      )}
    </>
  );
}

const NoRuns = () => (
  <Empty
    what="This ledger holds no run yet. Put joulebook before the command that trains:"
    command="joulebook run -- python train.py"
  />
);

function paceOf({ working, unread, columns }: RunsTable): keyof typeof EVERY_MS {
  if (working + unread > 0) return 'working';
  return columns.state.some((state) => state === 'running' || state === 'paused') ? 'going' : 'quiet';
}

function List({ table }: { table: RunsTable }) {
  const { query } = route.value;
  const rows = useMemo(() => rowsOf(table), [table]);
  const filter = useMemo(() => filterOf(query), [query]);
  const listed = useMemo(() => filtered(rows, filter), [rows, filter]);
  const facets = useMemo(() => facetsOf(rows, filter), [rows, filter]);
  const told = useMemo(() => columnsFor(rows), [rows]);
  const columns = useMemo(() => shownOf(told, query.get('columns')), [told, query.get('columns')]);
  const order = query.get('sort') === null ? null : orderOf(query.get('sort')!);
  const chosen = useMemo(() => new Set(query.getAll('chosen')), [query]);
  const clear = () => ask({ q: null, ...Object.fromEntries([...filter.facets.keys()].map((id) => [id, null])) });
  return (
    <>
      <search class="filters">
        <input
          type="search"
          aria-label="Words that a run holds"
          placeholder="name, tag, model, branch, command"
          value={filter.text}
          onInput={(event) => ask({ q: event.currentTarget.value })}
        />
        {facets.map((facet) => (
          <FacetChoice key={facet.id} facet={facet} />
        ))}
        <Choices
          name="Columns"
          values={told
            .slice(1)
            .map(({ id, name }) => ({ value: id, name, chosen: columns.some((one) => one.id === id) }))}
          onChoose={(ids) => ask({ columns: ids.join(',') })}
        />
        {isFilter(filter) && (
          <button type="button" onClick={clear}>
            clear
          </button>
        )}
      </search>
      <div class="over">
        <p role="status">
          {countText(listed.length, rows.length)}
          {restText(table)}
        </p>
        <button type="button" onClick={() => saveCsv('runs', rowsOfTable(listed, columns))}>
          CSV
        </button>
        <Compare chosen={chosen} />
      </div>
      {table.warnings.map(({ message }) => (
        <p key={message} class="warning">
          {message}
        </p>
      ))}
      {listed.length === 0 ? (
        <Empty what="No run is like that. Fewer words or facets find more." />
      ) : (
        <Table
          caption="Runs"
          rows={listed}
          columns={columns}
          idOf={({ id }) => id}
          order={order}
          onOrder={(to) => ask({ sort: orderText(to) })}
          chosen={chosen}
          onChoose={(id) => ask({ chosen: [...toggled(chosen, id)] })}
          onOpen={(row) => viewAt(['runs', row.id]) !== undefined && go(hrefOf(row))}
        />
      )}
    </>
  );
}

const countText = (listed: number, all: number): string =>
  listed === all ? `${all} ${all === 1 ? 'run' : 'runs'}` : `${listed} of ${all} runs`;

/** What of the list is still to come. */
function restText({ unread, working }: RunsTable): string {
  if (unread > 0) return `; ${unread} more are being read`;
  return working > 0 ? `; the figures of ${working} are being worked out` : '';
}

const FacetChoice = ({ facet: { id, name, values } }: { facet: Facet }) => (
  <Choices
    name={name}
    values={values.map(({ value, many, chosen }) => ({ value, name: value, chosen, many }))}
    onChoose={(chosen) => ask({ [id]: chosen })}
  />
);

function Compare({ chosen }: { chosen: ReadonlySet<string> }) {
  if (chosen.size === 0) return <span class="hint">Choose two runs or more to compare them.</span>;
  const runs = [...chosen].map(encodeURIComponent).join(',');
  return (
    <>
      {chosen.size > 1 ? <a href={`/compare?runs=${runs}`}>Compare {chosen.size} runs</a> : <span>1 run chosen</span>}
      <button type="button" onClick={() => ask({ chosen: null })}>
        choose none
      </button>
    </>
  );
}
