// The figures of two sides beside each other, with how far they lie apart as a mark on one scale.

import type { FigureJson } from '../../core/figure.ts';
import { change, reachText, type ToldFigure, verdictText, written } from '../../report/compare-words.ts';
import { Tip } from '../ui/tip.tsx';
import { Wide } from '../ui/wide.tsx';
import { type Scale, scaleOf, weightOf } from './compare-verdict.ts';

export function Figures({ told, a, b }: { told: readonly ToldFigure[]; a: string; b: string }) {
  const scale = scaleOf(told);
  return (
    <Wide name="Figures side by side">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col" class="number">
              {a}
            </th>
            <th scope="col" class="number">
              {b}
            </th>
            <th scope="col">Change (90 %)</th>
            <th scope="col">
              <span class="for-ears">as a mark</span>
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {told.map((one) => (
            <Row key={one.name} of={one} scale={scale} />
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Row({ of: { label, one }, scale }: { of: ToldFigure; scale: Scale }) {
  const { ratio, unit } = one;
  return (
    <tr>
      <th scope="row">{label}</th>
      <td class="number">
        <Side of={one.a} unit={unit} />
      </td>
      <td class="number">
        <Side of={one.b} unit={unit} />
      </td>
      <td>
        {ratio.value === null ? (
          <span class="unknown">unknown</span>
        ) : (
          <>
            <b>{change(ratio.value)}</b>
            <small>{reachText(one).replace(/^\(|\)$/g, '')}</small>
          </>
        )}
      </td>
      <td>{ratio.value !== null && <Mark of={ratio} scale={scale} weight={weightOf(one)} />}</td>
      <td class={`told ${weightOf(one)}`}>{verdictText(one) || <span class="unknown">unknown</span>}</td>
    </tr>
  );
}

/** A value above its interval; why one is unknown stands below the table, once for all that it is of. */
function Side({ of, unit }: { of: FigureJson; unit: string }) {
  if (of.value === null)
    return (
      <Tip text={of.why}>
        <span class="unknown">unknown</span>
      </Tip>
    );
  return (
    <>
      <span>{written(of.value, unit)}</span>
      {of.low !== of.high && (
        <small>
          {written(of.low, unit)} – {written(of.high, unit)}
        </small>
      )}
    </>
  );
}

const WIDTH = 160;
const HEIGHT = 18;

/** The change and its interval; the upright line is "no difference". What lies beyond the scale ends in an arrow. */
function Mark({
  of,
  scale: { low, high },
  weight,
}: {
  of: { value: number; low: number; high: number };
  scale: Scale;
  weight: string;
}) {
  const width = high - low || 1;
  const x = (ratio: number) => 6 + ((Math.max(low, Math.min(high, ratio - 1)) - low) / width) * (WIDTH - 12);
  const middle = HEIGHT / 2;
  return (
    <svg class={`mark ${weight}`} width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path class="none" d={`M${x(1)} 0V${HEIGHT}`} />
      <path class="reach" d={`M${x(of.low)} ${middle}H${x(of.high)}`} />
      {of.high - 1 > high && <path class="reach" d={`M${WIDTH - 6} 4l5 5l-5 5`} />}
      <circle cx={x(of.value)} cy={middle} r={4} />
    </svg>
  );
}
