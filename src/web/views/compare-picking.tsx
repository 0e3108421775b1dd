// Who is compared: chosen sides that can be dropped or made the first, and a list to add from, run by run or by tag.

import { useState } from 'preact/hooks';
import { energy } from '../../report/format.ts';
import type { RunsTable } from '../../server/contract/runs.ts';
import { useAnswer } from '../api.ts';
import { ask } from '../route.ts';
import { Awaited } from '../ui/awaited.tsx';
import { timeText } from '../ui/chart-of.ts';
import { Choices } from '../ui/choices.tsx';
import { Empty } from '../ui/empty.tsx';
import { type Asked, found, partsOf, sidesOf, tagsOf } from './compare-asked.ts';
import type { Row } from './runs-filter.ts';
import { rowsOf } from './runs-rows.ts';

const put = (asked: Asked) => ask(partsOf(asked));

/** With other sides, of the kind that they are. */
const withSides = (asked: Asked, sides: readonly string[]): Asked =>
  asked.groups.length > 0 ? { ...asked, groups: sides } : { ...asked, runs: sides };

/** `labels` are by place; what is not known yet stands as it was asked for. */
export function Picked({ asked, labels }: { asked: Asked; labels: readonly string[] }) {
  const sides = sidesOf(asked);
  if (sides.length === 0) return null;
  const without = (side: string) => sides.filter((one) => one !== side);
  return (
    <ul class="picked" aria-label="What is compared">
      {sides.map((side, place) => {
        const label = labels[place] ?? side;
        return (
          <li key={side}>
            <span class="label">{label}</span>
            {place === 0 ? (
              <small>the first</small>
            ) : (
              <button
                type="button"
                aria-label={`make ${label} the first`}
                onClick={() => put(withSides(asked, [side, ...without(side)]))}
              >
                first
              </button>
            )}
            <button type="button" aria-label={`drop ${label}`} onClick={() => put(withSides(asked, without(side)))}>
              ×
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** A list of all runs is asked for when this is shown. */
export function Picking({ asked }: { asked: Asked }) {
  const answer = useAnswer<RunsTable>('/api/runs-table');
  return (
    <div class="picking">
      <Awaited answer={answer}>
        {(table) =>
          table.runs < 2 ? (
            <Empty
              what="A comparison needs two runs: put joulebook before the command that trains, once for each variant:"
              command="joulebook run --name base -- python train.py"
            />
          ) : (
            <From asked={asked} rows={rowsOf(table)} />
          )
        }
      </Awaited>
    </div>
  );
}

function From({ asked, rows }: { asked: Asked; rows: readonly Row[] }) {
  const [text, setText] = useState('');
  const listed = found(rows, text, asked.groups.length > 0 ? [] : asked.runs);
  return (
    <>
      <div class="line">
        <label>
          Run{' '}
          <input
            type="search"
            value={text}
            placeholder="name, id, tag"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <ByTag asked={asked} rows={rows} />
      </div>
      <ul class="found" aria-label="Runs to add">
        {listed.map((row) => (
          <li key={row.id}>
            <button type="button" onClick={() => put({ ...asked, groups: [], runs: [...asked.runs, row.id] })}>
              {row.name ?? row.id}
              <small>
                {timeText(row.started_at_ms).slice(0, 16)}, {row.state}
                {row.it_j.value !== null && `, ${energy(row.it_j.value)}`}
              </small>
            </button>
          </li>
        ))}
        {listed.length === 0 && <li class="hint">No other run is like that.</li>}
      </ul>
    </>
  );
}

/** Runs of one value of a tag are repeats of one side. */
function ByTag({ asked, rows }: { asked: Asked; rows: readonly Row[] }) {
  const tags = tagsOf(rows);
  const own = /^([^=]+)=/.exec(asked.groups[0] ?? '')?.[1];
  const [chosen, choose] = useState(own ?? tags[0]?.name);
  const tag = tags.find(({ name }) => name === chosen) ?? tags[0];
  if (tag === undefined) return null;
  const groupOf = (value: string) => `${tag.name}=${value}`;
  return (
    <span class="line">
      <label>
        or groups by tag{' '}
        <select value={tag.name} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          {tags.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Choices
        name="values"
        values={tag.values.map((value) => ({ value, name: value, chosen: asked.groups.includes(groupOf(value)) }))}
        onChoose={(values) => put({ ...asked, runs: [], groups: values.map(groupOf) })}
      />
    </span>
  );
}
