// A comparison, told: verdicts in words first, then the figures side by side, why they differ, and what keeps them apart.
//
// It takes the CLI's document and asks nobody, so that a page without a server can draw it too.

import './compare.css';
import type { CompareJson, ComparisonJson, FlagJson } from '../../report/compare-model.ts';
import { changeText, isNothing, pairedText, toldFigures } from '../../report/compare-words.ts';
import { percent, three } from '../../report/format.ts';
import { Bars } from '../ui/bars.tsx';
import { Chart } from '../ui/chart.tsx';
import { Wide } from '../ui/wide.tsx';
import { causesBars, curvesChart, partText } from './compare-charts.ts';
import { Figures } from './compare-figures.tsx';
import { CompareFront } from './compare-front.tsx';
import { type Headline, headlinesOf, ofTheseRuns, reasonsOf, sentenceOf } from './compare-verdict.ts';

export function ComparisonTold({ of }: { of: CompareJson }) {
  const { sides, target, comparisons, front, curves, warnings } = of;
  const runsOf = (label: string) => sides.find((side) => side.label === label)?.runs.length ?? 1;
  const loss = curvesChart(curves);
  return (
    <>
      {target !== null && (
        <p class="note">
          The target: {target.metric} {target.from === 'above' ? '≤' : '≥'} {target.value}
        </p>
      )}
      {warnings.map(({ message }) => (
        <p key={message} class="warning">
          {message}
        </p>
      ))}
      {comparisons.map((one) => (
        <One key={one.b} of={one} runs={[runsOf(one.a), runsOf(one.b)]} />
      ))}
      {front !== null && <CompareFront of={front} />}
      {loss !== null && <Chart of={loss} note="Between two logged values a line is straight." />}
    </>
  );
}

function One({ of, runs: [of_a, of_b] }: { of: ComparisonJson; runs: readonly [number, number] }) {
  const { a, b, flags } = of;
  const told = toldFigures(of);
  return (
    <section class="comparison" aria-label={`${b} against ${a}`}>
      <h2>
        {b} against {a}
      </h2>
      {(of_a > 1 || of_b > 1) && (
        <p class="note">
          Means over {runsText(of_a)} of {a} and {runsText(of_b)} of {b}.
        </p>
      )}
      <p class="verdict">{sentenceOf(of)}</p>
      <Headlines of={headlinesOf(of)} />
      {ofTheseRuns(of) && (
        <p class="note">One run each tells of these runs alone; 3 of each would tell whether it holds for the next.</p>
      )}
      <Flags of={flags} />
      <Figures told={told} a={a} b={b} />
      <Reasons of={of} />
      <Causes of={of} />
      <Differences of={of} />
    </section>
  );
}

const runsText = (many: number): string => `${many} run${many === 1 ? '' : 's'}`;

const SIGNS = { better: '▼', worse: '▲', same: '=', open: '?' } as const;

const Headlines = ({ of }: { of: readonly Headline[] }) => (
  <ul class="headlines">
    {of.map(({ name, words, change, reach, verdict, weight }) => (
      <li key={name} class={weight}>
        <span class="words">{words}</span>
        <b>{change}</b>
        <span class="reach">{reach === '' ? 'exactly' : `90 %: ${reach}`}</span>
        <span class="told">
          <span aria-hidden="true">{SIGNS[weight]} </span>
          {verdict}
        </span>
      </li>
    ))}
  </ul>
);

const Flags = ({ of }: { of: readonly FlagJson[] }) =>
  of.length === 0 ? null : (
    <ul class="flags">
      {of.map(({ message, hint }) => (
        <li key={message}>
          <b>{message}</b>
          <span>{hint}</span>
        </li>
      ))}
    </ul>
  );

function Reasons({ of }: { of: ComparisonJson }) {
  const lines = [...pairedText(of.paired).map(capital), ...reasonsOf(of)];
  return (
    <>
      {lines.map((line) => (
        <p key={line} class="note">
          {line}
        </p>
      ))}
    </>
  );
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Why operational emissions differ: bars, and the factors that they are made of. */
function Causes({ of }: { of: ComparisonJson }) {
  const { at_equal_grid: equal, a } = of;
  const bars = causesBars(of);
  if (equal.difference_g === null || bars === null)
    return <p class="note">Why emissions differ cannot be told: {equal.why}.</p>;
  const both = equal.effects.some(({ effect }) => effect === 'overhead') ? 'grid and overhead' : 'grid';
  return (
    <>
      <Bars of={bars} note={equal.sentence} height={220} />
      {equal.ratio.value !== null && (
        <p class="equal-grid">
          At the {both} of {a}: <b>{changeText(equal)}</b>
        </p>
      )}
      <Wide name="Parts of the difference">
        <table>
          <thead>
            <tr>
              <th scope="col">Cause</th>
              <th scope="col">Part</th>
              <th scope="col">Of {a}’s</th>
              <th scope="col">What changed</th>
            </tr>
          </thead>
          <tbody>
            {equal.effects.map((effect) => (
              <tr key={effect.effect}>
                <th scope="row">{effect.effect}</th>
                <td class="number">{partText(effect)}</td>
                <td class="number">{shareText(effect.share)}</td>
                <td>
                  {effect.what}: {three(effect.a)} → {three(effect.b)} {effect.unit}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </>
  );
}

/** A part of which nothing is left but rounding is 0. */
const shareText = (share: number): string =>
  isNothing(share) ? '0 %' : `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;

function Differences({ of: { differences, a, b } }: { of: ComparisonJson }) {
  if (differences.length === 0) return null;
  return (
    <details class="differences" open={differences.length <= 8}>
      <summary>
        What was run differently <small>{differences.length}</small>
      </summary>
      <Wide name="What was run differently">
        <table>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">{a}</th>
              <th scope="col">{b}</th>
            </tr>
          </thead>
          <tbody>
            {differences.map((one) => (
              <tr key={one.what}>
                <th scope="row">{one.what}</th>
                <td>{one.a ?? <span class="unknown">none</span>}</td>
                <td>{one.b ?? <span class="unknown">none</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}
