// A button that opens a list of boxes to tick: the values of a facet, the columns of a table.

import './choices.css';
import { useEffect, useRef } from 'preact/hooks';

interface Choice {
  readonly value: string;
  readonly name: string;
  readonly chosen: boolean;
  /** How many have it. */
  readonly many?: number;
}

interface ChoicesProps {
  readonly name: string;
  readonly values: readonly Choice[];
  readonly onChoose: (values: string[]) => void;
}

/** Longer lists are found by words instead. */
const MOST = 60;

export function Choices({ name, values, onChoose }: ChoicesProps) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = ({ target }: Event) => {
      if (details.current?.open && !details.current.contains(target as Node)) details.current.open = false;
    };
    document.addEventListener('pointerdown', close);
    return () => document.removeEventListener('pointerdown', close);
  }, []);
  const chosen = values.filter((one) => one.chosen).map(({ value }) => value);
  const toggle = (value: string) =>
    onChoose(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || details.current === null) return;
    details.current.open = false;
    details.current.querySelector('summary')?.focus();
  };
  const marked = chosen.length > 0 && values.some(({ many }) => many !== undefined);
  return (
    <details class="choices" ref={details} onKeyDown={onKeyDown}>
      <summary>
        {name}
        {marked && <b> {chosen.length}</b>}
      </summary>
      <ul>
        {values.slice(0, MOST).map(({ value, name, many, chosen }) => (
          <li key={value}>
            <label>
              <input type="checkbox" checked={chosen} onChange={() => toggle(value)} /> <span>{name}</span>
              {many !== undefined && <small>{many}</small>}
            </label>
          </li>
        ))}
        {values.length > MOST && <li class="hint">and {values.length - MOST} more: find them by words</li>}
      </ul>
    </details>
  );
}
