// The total of the ledger by project, month and so on. What it is divided by, and over which time, stands in the address.

import './totals.css';
import { useMemo } from 'preact/hooks';
import type { TotalJson } from '../../report/total.ts';
import { useAnswer } from '../api.ts';
import { ask, route } from '../route.ts';
import { Awaited } from '../ui/awaited.tsx';
import { Empty } from '../ui/empty.tsx';
import { orderOf, orderText } from '../ui/table-order.ts';
import { useTitle } from '../ui/title.ts';
import { type Asked, askedOf, DIVISIONS, pathOf } from './totals-asked.ts';
import { measuresOf } from './totals-bars.ts';
import { Months, Sums, TotalRows } from './totals-told.tsx';

export function Totals() {
  useTitle('Totals');
  const { query } = route.value;
  const asked = useMemo(() => askedOf(query), [query]);
  const { by } = asked;
  const rows = useAnswer<TotalJson>(pathOf(asked, by));
  const none = rows.state === 'refused' && rows.refusal.code === 'ledger-missing';
  const nothing = none || (rows.state === 'here' && rows.value.rows.length === 0);
  return (
    <>
      <h1>Totals</h1>
      {nothing && asked.since === null && asked.until === null ? (
        <Empty
          what="Nothing was metered yet. Put joulebook before the command that trains, and tag it with its project:"
          command="joulebook run --tag project=atlas -- python train.py"
        />
      ) : (
        <>
          <Wishes asked={asked} total={rows.state === 'here' ? rows.value : null} />
          {nothing ? (
            <p class="note">Nothing was metered in that time.</p>
          ) : (
            <Awaited answer={rows}>{(total) => <Told asked={asked} total={total} />}</Awaited>
          )}
        </>
      )}
    </>
  );
}

function Told({ asked, total }: { asked: Asked; total: TotalJson }) {
  const { by } = asked;
  const { query } = route.value;
  const months = useAnswer<TotalJson>(pathOf(asked, by === 'month' ? 'month' : `month,${by}`));
  const measures = measuresOf(total);
  const measure = measures.find(({ id }) => id === asked.measure) ?? measures[0]!;
  return (
    <>
      <Sums of={total} />
      <Awaited answer={months}>{(of) => <Months of={of} by={by === 'month' ? null : by} measure={measure} />}</Awaited>
      <TotalRows
        of={total}
        by={by}
        order={query.get('sort') === null ? null : orderOf(query.get('sort')!)}
        onOrder={(order) => ask({ sort: orderText(order) })}
      />
    </>
  );
}

function Wishes({ asked, total }: { asked: Asked; total: TotalJson | null }) {
  const { by, measure, since, until, tz } = asked;
  const known = (DIVISIONS as readonly string[]).includes(by);
  const tag = (name: string) => ask({ by: name === '' ? null : `tag:${name}` });
  return (
    <div class="wishes">
      <label>
        By{' '}
        <select
          value={known ? by : 'tag'}
          onChange={({ currentTarget }) =>
            ask({ by: currentTarget.value === 'tag' ? 'tag:team' : currentTarget.value })
          }
        >
          {DIVISIONS.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          <option value="tag">a tag</option>
        </select>
      </label>
      {!known && (
        <label>
          Tag{' '}
          <input
            type="text"
            value={by.replace(/^tag:/, '')}
            onChange={({ currentTarget }) => tag(currentTarget.value.trim())}
          />
        </label>
      )}
      {total !== null && (
        <label>
          Bars of{' '}
          <select value={measure} onChange={({ currentTarget }) => ask({ measure: currentTarget.value })}>
            {measuresOf(total).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        From{' '}
        <input
          type="date"
          value={since ?? ''}
          onChange={({ currentTarget }) => ask({ since: currentTarget.value || null })}
        />
      </label>
      <label>
        Before{' '}
        <input
          type="date"
          value={until ?? ''}
          onChange={({ currentTarget }) => ask({ until: currentTarget.value || null })}
        />
      </label>
      <label>
        Months of{' '}
        <input
          type="text"
          value={tz ?? ''}
          placeholder="UTC"
          onChange={({ currentTarget }) => ask({ tz: currentTarget.value.trim() || null })}
        />
      </label>
    </div>
  );
}
