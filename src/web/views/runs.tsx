// All runs: found by words and facets, sorted by any column, chosen to be compared. All of it stands in the address.

import './runs.css';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RunsPage } from '../../server/contract/runs.ts';
import { useAnswer } from '../api.ts';
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
import { type Facet, facetsOf, filtered, filterOf, isFilter, type Row } from './runs-filter.ts';

/** How often runs that go on are asked for anew. */
const EVERY_MS = 10_000;
const MOST_RUNS = 20_000;

export function Runs() {
  useTitle('Runs');
  const fresh = useTicks();
  const answer = useAnswer<RunsPage>(`/api/runs?limit=${MOST_RUNS}`, fresh.count);
  const going =
    answer.state === 'here' && answer.value.runs.some(({ state }) => state === 'running' || state === 'paused');
  useEffect(() => fresh.every(going ? EVERY_MS : null), [going]);
  return (
    <>
      <h1>Runs</h1>
      {answer.state === 'refused' && answer.refusal.code === 'ledger-missing' ? (
        <NoRuns />
      ) : (
        <Awaited answer={answer}>{(page) => (page.runs.length === 0 ? <NoRuns /> : <List page={page} />)}</Awaited>
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

function List({ page }: { page: RunsPage }) {
  const { query } = route.value;
  const rows = page.runs as readonly Row[];
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
        <p role="status">{countText(listed.length, rows.length)}</p>
        <button type="button" onClick={() => saveCsv('runs', rowsOfTable(listed, columns))}>
          CSV
        </button>
        <Compare chosen={chosen} />
      </div>
      {page.warnings.map(({ message }) => (
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

/** A count that rises as long as the page is looked at. */
function useTicks() {
  const [count, setCount] = useState(0);
  const every = (ms: number | null) => {
    if (ms === null) return;
    const timer = setInterval(() => document.hidden || setCount((before) => before + 1), ms);
    return () => clearInterval(timer);
  };
  return { count, every };
}
