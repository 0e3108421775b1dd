// The pieces that views are made of, each with values made up for it: for tests in a browser, and to look at. Not built into
// the dashboard.

import { render } from 'preact';
import { useState } from 'preact/hooks';
import { Bars } from '../ui/bars.tsx';
import type { BarsOf } from '../ui/bars-scene.ts';
import { Chart } from '../ui/chart.tsx';
import type { ChartOf, Range } from '../ui/chart-of.ts';
import { Heat } from '../ui/heat.tsx';
import type { HeatOf } from '../ui/heat-scene.ts';

const FROM_MS = Date.UTC(2026, 10, 28, 12);
const S = 1000;
const POINTS = 600;
const at = Array.from({ length: POINTS }, (_, i) => FROM_MS + i * 30 * S);
const gap = (i: number) => i >= 300 && i < 340;
const watts = (i: number) => (gap(i) ? null : 350 + 40 * Math.sin(i / 9) + (i % 100 < 12 ? -180 : 0));

const power: ChartOf = {
  title: 'Power by device',
  x: { name: 'time', unit: '', time: true, values: at },
  series: [
    {
      ...{ name: 'GPU 0', unit: 'W', from_zero: true, values: at.map((_, i) => watts(i)) },
      band: {
        what: 'least – most',
        low: at.map((_, i) => (gap(i) ? null : watts(i)! - 25)),
        high: at.map((_, i) => (gap(i) ? null : watts(i)! + 25)),
      },
    },
    { name: 'GPU 1', unit: 'W', from_zero: true, values: at.map((_, i) => (gap(i) ? null : 0.8 * watts(i)!)) },
    { name: 'grid', unit: 'gCO2e/kWh', kind: 'steps', values: at.map((_, i) => 300 + 50 * Math.floor(i / 120)) },
  ],
  spans: [
    { from: at[100]!, to: at[112]!, name: 'evaluation', kind: 'phase' },
    { from: at[200]!, to: at[212]!, name: 'evaluation', kind: 'phase' },
    { from: at[300]!, to: at[340]!, name: 'no readings: the meter was away', kind: 'unknown' },
  ],
};

/** Four values, so that each can be named by hand. */
const small: ChartOf = {
  title: 'Four values',
  x: { name: 'energy', unit: 'kWh', values: [0, 1, 2, 3] },
  series: [
    { name: 'loss', unit: '', values: [4, 3, null, 2] },
    {
      name: 'projection',
      unit: 'kgCO2e',
      dashed: true,
      values: [1, 2, 3, 4],
      band: { what: '90 %', low: [1, 1.5, 2, 2.5], high: [1, 2.5, 4, 5.5] },
    },
  ],
};

const points: ChartOf = {
  title: 'Loss against energy',
  x: { name: 'energy', unit: 'kWh', values: [1, 1.5, 3], names: ['small', 'middle', 'large'] },
  series: [{ name: 'loss', unit: '', kind: 'points', values: [3.1, 2.9, 2.7] }],
};

const bars: BarsOf = {
  ...{ title: 'Energy by epoch', unit: 'kWh', of: 'epoch', categories: ['1', '2', '3'] },
  parts: [
    { name: 'training', values: [4, 3, 5], band: { what: '90 %', low: [3.8, 2.8, 4.7], high: [4.2, 3.2, 5.3] } },
    { name: 'evaluation', values: [1, null, 2] },
  ],
};

const hours = Array.from({ length: 24 }, (_, hour) => String(hour));
const heat: HeatOf = {
  ...{ title: 'Intensity by zone and hour', unit: 'gCO2e/kWh', across: 'hour', down: 'zone' },
  ...{ columns: hours, rows: ['DE', 'FR', 'SE'] },
  values: [380, 60, 20].map((base, row) => hours.map((_, hour) => (row === 2 && hour === 5 ? null : base + 4 * hour))),
};

/** Grows as that of a run that goes on does: value i at i s, and a second series from the third value on. */
function Growing() {
  const [many, setMany] = useState(0);
  const values = Array.from({ length: many }, (_, i) => i);
  const series = [
    { name: 'power', unit: 'W', values },
    ...(many > 2 ? [{ name: 'energy', unit: 'J', values: values.map((value) => value * 2) }] : []),
  ];
  return (
    <>
      <Chart of={{ title: 'Growing', x: { name: 'time', unit: 's', values }, series }} height={120} sync="growing" />
      <Chart
        of={{
          title: 'Growing too',
          x: { name: 'time', unit: 's', values },
          series: [{ ...series[0]!, name: 'other' }],
        }}
        height={120}
        sync="growing"
      />
      <button type="button" onClick={() => setMany(many + 1)}>
        one more
      </button>
    </>
  );
}

function Pieces() {
  const [zoom, setZoom] = useState<Range | null>(null);
  return (
    <main>
      <h1>Pieces</h1>
      <Chart of={power} note="Mean of each 30 s." zoom={zoom} onZoom={setZoom} />
      <p id="zoom">{zoom === null ? 'all' : `${Math.round(zoom.from)} ${Math.round(zoom.to)}`}</p>
      <Chart of={small} height={160} />
      <Chart of={points} height={160} />
      <Bars of={bars} />
      <Bars of={{ ...bars, title: 'Energy by epoch, stacked', stacked: true }} />
      <Heat of={heat} />
      <Growing />
      <Chart of={{ ...small, title: 'Nothing', x: { ...small.x, values: [] } }} />
    </main>
  );
}

render(<Pieces />, document.getElementById('app')!);
