// Grids: zones by hours, then and to come. Which zones and hours stands in the address; nobody is asked for what is not known.

import './grid.css';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { type Answer, get, useAnswer } from '../api.ts';
import { ask, route } from '../route.ts';
import { Awaited } from '../ui/awaited.tsx';
import { Choices } from '../ui/choices.tsx';
import { Empty } from '../ui/empty.tsx';
import { useTicks } from '../ui/ticks.ts';
import { useTitle } from '../ui/title.ts';
import { AHEAD_H, type Asked, askedOf, DAYS, LONG_H, pathOf } from './grid-asked.ts';
import type { Grid as GridJson, Zone, Zones } from './grid-document.ts';
import { type Span, spanOf } from './grid-hours.ts';
import { GridsTold } from './grid-told.tsx';

const EVERY_MS = 5 * 60_000;
/** More rows at once are no picture. */
const MOST_ZONES = 24;

export function Grid() {
  useTitle('Grid');
  const { query } = route.value;
  const asked = useMemo(() => askedOf(query), [query]);
  const known = useAnswer<Zones>('/api/grid');
  return (
    <>
      <h1>Grid</h1>
      <Awaited answer={known}>
        {({ zones }) => {
          const all = zones.map(({ zone }) => zone);
          const shown = (asked.zones.length > 0 ? asked.zones : all).slice(0, MOST_ZONES);
          return (
            <>
              <Wishes asked={asked} zones={zones} shown={shown} />
              {all.length > MOST_ZONES && asked.zones.length === 0 && (
                <p class="note">
                  The first {MOST_ZONES} of {all.length} zones.
                </p>
              )}
              {shown.length === 0 ? (
                <Empty
                  what="This ledger knows no zone yet. Ask for one whose grid you use, here or for every run to come:"
                  command="joulebook grid sync GB --provider neso"
                />
              ) : (
                <Shown asked={asked} zones={shown} />
              )}
            </>
          );
        }}
      </Awaited>
    </>
  );
}

function Shown({ asked, zones }: { asked: Asked; zones: readonly string[] }) {
  const fresh = useTicks(EVERY_MS);
  const now_ms = useMemo(() => Date.now(), [fresh, asked]);
  const span = spanOf(now_ms, asked);
  const answers = useGrids(zones, span);
  const here = answers.flatMap(({ answer }) => (answer.state === 'here' ? [answer.value] : []));
  const refused = answers.flatMap(({ zone, answer }) =>
    answer.state === 'refused' ? [{ zone, ...answer.refusal }] : [],
  );
  return (
    <>
      {refused.map(({ zone, message, hint }) => (
        <div key={zone} class="refused" role="alert">
          <p>
            {zone}: {message}
          </p>
          <p>{hint}</p>
        </div>
      ))}
      {here.length > 0 && <GridsTold of={here} span={span} now_ms={now_ms} long_h={asked.long_h} />}
      {here.length === 0 && refused.length === 0 && <p class="asked">…</p>}
      {here.length > 0 && here.every(({ points }) => points.every(({ quality }) => quality === 'annual')) && (
        <Empty
          what="Only annual means are known here, which tell no hour from another. Providers tell the hours:"
          command={`joulebook grid sync ${here[0]!.zone}`}
        />
      )}
    </>
  );
}

type Answers = readonly { readonly zone: string; readonly answer: Answer<GridJson> }[];

/** One answer for each zone; what is known stays until all new ones are there. */
function useGrids(zones: readonly string[], { from_ms, to_ms }: Span): Answers {
  const [answers, set] = useState<Answers>([]);
  const names = zones.join();
  useEffect(() => {
    const gone = new AbortController();
    const all = zones.map(async (zone) => ({
      ...{ zone, answer: await get<GridJson>(pathOf(zone, { from_ms, to_ms }), gone.signal) },
    }));
    void Promise.all(all).then((found) => gone.signal.aborted || set(found));
    return () => gone.abort();
  }, [names, from_ms, to_ms]);
  return answers;
}

interface WishesProps {
  readonly asked: Asked;
  readonly zones: readonly Pick<Zone, 'zone' | 'name'>[];
  readonly shown: readonly string[];
}

function Wishes({ asked, zones, shown }: WishesProps) {
  const listed = [
    ...zones,
    ...asked.zones.filter((zone) => zones.every((one) => one.zone !== zone)).map((zone) => ({ zone, name: zone })),
  ];
  const add = (text: string) => text !== '' && ask({ zone: [...new Set([...shown, text])] });
  return (
    <div class="wishes">
      {listed.length > 0 && (
        <Choices
          name="Zones"
          values={listed.map(({ zone, name }) => ({
            ...{ value: zone, name: name === zone ? zone : `${zone} ${name}`, chosen: shown.includes(zone) },
          }))}
          onChoose={(zone) => ask({ zone })}
        />
      )}
      <label>
        Add a zone{' '}
        <input
          type="text"
          placeholder="FR, aws:eu-west-3"
          onChange={({ currentTarget }) => {
            add(currentTarget.value.trim());
            currentTarget.value = '';
          }}
        />
      </label>
      <Hours name="days" label="Days back" of={DAYS} value={asked.days} unit="d" />
      <Hours name="ahead" label="Hours ahead" of={AHEAD_H} value={asked.ahead_h} unit="h" />
      <Hours name="long" label="A load of" of={LONG_H} value={asked.long_h} unit="h" />
    </div>
  );
}

interface HoursProps {
  readonly name: string;
  readonly label: string;
  readonly of: readonly number[];
  readonly value: number;
  readonly unit: string;
}

const Hours = ({ name, label, of, value, unit }: HoursProps) => (
  <label>
    {label}{' '}
    <select value={String(value)} onChange={({ currentTarget }) => ask({ [name]: currentTarget.value })}>
      {of.map((one) => (
        <option key={one} value={String(one)}>
          {one} {unit}
        </option>
      ))}
    </select>
  </label>
);
