// Runs, or groups of repeats, against the first of them. What is compared stands in the address.

import './compare.css';
import { useMemo, useState } from 'preact/hooks';
import type { CompareJson } from '../../report/compare-model.ts';
import { useAnswer } from '../api.ts';
import { ask, route } from '../route.ts';
import { Awaited } from '../ui/awaited.tsx';
import { useTitle } from '../ui/title.ts';
import { askedOf, pathOf } from './compare-asked.ts';
import { Picked, Picking } from './compare-picking.tsx';
import { ComparisonTold } from './compare-told.tsx';

export function Compare() {
  useTitle('Compare');
  const { query } = route.value;
  const asked = useMemo(() => askedOf(query), [query]);
  const path = pathOf(asked);
  const answer = useAnswer<CompareJson>(path);
  // It stays open while one after the other is chosen.
  const [picking, setPicking] = useState(path === null);
  const labels = path !== null && answer.state === 'here' ? answer.value.sides.map(({ label }) => label) : [];
  return (
    <>
      <h1>Compare</h1>
      {path === null && (
        <p>
          Choose two runs or more, or the values of a tag whose runs are repeats of each other. The first is what the
          others are set against.
        </p>
      )}
      <Picked asked={asked} labels={labels} />
      {path !== null && (
        <div class="over">
          <button type="button" aria-expanded={picking} onClick={() => setPicking(!picking)}>
            {picking ? 'done' : 'add others'}
          </button>
          <Said name="target" label="Target" example="loss=2.5" value={asked.target} />
          <Said name="quality" label="Front of" example="loss" value={asked.quality} />
        </div>
      )}
      {(picking || path === null) && <Picking asked={asked} />}
      {path !== null && <Awaited answer={answer}>{(compared) => <ComparisonTold of={compared} />}</Awaited>}
    </>
  );
}

interface SaidProps {
  readonly name: 'target' | 'quality';
  readonly label: string;
  readonly example: string;
  readonly value: string | null;
}

/** What is asked besides, once it is typed in whole. */
const Said = ({ name, label, example, value }: SaidProps) => (
  <label class="said">
    {label}{' '}
    <input
      type="text"
      value={value ?? ''}
      placeholder={example}
      onChange={({ currentTarget }) => ask({ [name]: currentTarget.value.trim() || null })}
    />
  </label>
);
