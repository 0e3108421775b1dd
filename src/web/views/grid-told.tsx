// Zones told: how clean each is now, how it was, when it will be cleanest, and by whom that is known; and the heat map of the hours.
//
// It takes the CLI's documents (joulebook/grid/v1) and asks nobody.

import './grid.css';
import { percent, three } from '../../report/format.ts';
import { timeText } from '../ui/chart-of.ts';
import { Heat } from '../ui/heat.tsx';
import { Tip } from '../ui/tip.tsx';
import { Wide } from '../ui/wide.tsx';
import type { Grid } from './grid-document.ts';
import { cleanestOf, gridHeat, HOUR_MS, pastMean, pointAt, type Span } from './grid-hours.ts';

interface ToldProps {
  readonly of: readonly Grid[];
  readonly span: Span;
  readonly now_ms: number;
  /** Of the load whose start is looked for. */
  readonly long_h: number;
}

const intensity = (g_per_kwh: number): string => `${three(g_per_kwh)} gCO2e/kWh`;

export function GridsTold(props: ToldProps) {
  const { of, span, now_ms } = props;
  const warnings = [
    ...new Set(
      of.flatMap(({ zone, warnings }) => warnings.map((text) => (text.includes(zone) ? text : `${zone}: ${text}`))),
    ),
  ];
  return (
    <>
      <Wide name="Zones">
        <table class="zones">
          <thead>
            <tr>
              <th scope="col">Zone</th>
              <th scope="col">Now</th>
              <th scope="col">The time before</th>
              <th scope="col">Cleanest {props.long_h} h to come</th>
              <th scope="col">Against now</th>
              <th scope="col">Known by</th>
            </tr>
          </thead>
          <tbody>
            {of.map((grid) => (
              <Zone key={grid.zone} {...props} grid={grid} />
            ))}
          </tbody>
        </table>
      </Wide>
      {warnings.map((text) => (
        <p key={text} class="warning">
          {text}
        </p>
      ))}
      <Heat
        of={gridHeat(of, span, now_ms)}
        note="Hours of UTC. Full fields are measured or estimated, thin ones expected; what is not known is hatched."
      />
      <Sources of={of} />
    </>
  );
}

function Zone({ grid, span, now_ms, long_h }: ToldProps & { grid: Grid }) {
  const { zone, kind, scope } = grid;
  const point = pointAt(grid, now_ms);
  const past = pastMean(grid, { from_ms: span.from_ms, to_ms: now_ms });
  const found = cleanestOf(grid, { now_ms, to_ms: span.to_ms, long_ms: long_h * HOUR_MS });
  return (
    <tr>
      <th scope="row">
        {zone}
        <small>
          {kind}, {scope}
        </small>
      </th>
      <td>
        {point === null ? (
          <span class="unknown">unknown</span>
        ) : (
          <>
            <b>{intensity(point.g_per_kwh)}</b>
            <small>
              {point.quality} by {point.provider}
            </small>
          </>
        )}
      </td>
      <td>
        {past.mean === null ? <span class="unknown">unknown</span> : <>mean {intensity(past.mean)}</>}
        <small>{percent(past.coverage)} of it known by the hour</small>
      </td>
      <td>
        {found.start === null ? (
          <Tip text={found.why}>
            <span class="unknown">unknown</span>
          </Tip>
        ) : (
          <>
            <b>{found.start.at_ms <= now_ms ? 'now' : `${timeText(found.start.at_ms).slice(0, 16)} UTC`}</b>
            <small>
              {intensity(found.start.g_per_kwh)}, {found.qualities.join(', ')}
            </small>
          </>
        )}
      </td>
      <td>{found.start === null ? <small>{found.why}</small> : <Saved saved={found.saved} />}</td>
      <td>
        {[...new Set(grid.sources.map(({ provider }) => provider))].join(', ') || <span class="unknown">nobody</span>}
        {grid.issued_at_ms !== null && <small>forecast made {timeText(grid.issued_at_ms).slice(0, 16)} UTC</small>}
      </td>
    </tr>
  );
}

function Saved({ saved }: { saved: number | null }) {
  if (saved === null) return <span class="unknown">now is not known</span>;
  return saved < 0.005 ? <>no better than now</> : <b class="less">{percent(saved)} less</b>;
}

/** Whose values these are: most are free to use where they are named. */
function Sources({ of }: { of: readonly Grid[] }) {
  const told = of.flatMap(({ sources }) =>
    sources.map(({ provider, source, licence, year }) =>
      [`${provider}${year === null ? '' : ` ${year}`}`, source, licence].filter((text) => text !== '').join(', '),
    ),
  );
  if (told.length === 0) return null;
  return (
    <details class="sources">
      <summary>Sources</summary>
      <ul>
        {[...new Set(told)].map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}
