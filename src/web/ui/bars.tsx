// Bars by category, of one part or several: beside each other, or stacked.

import { useState } from 'preact/hooks';
import { type BarsOf, barsPlot, barsScene, barsSentence, categoryAt, sumAt } from './bars-scene.ts';
import type { LegendEntry } from './chart-frame.tsx';
import { inkOf, inWords, type Rows, toggled, told, withUnit } from './chart-of.ts';
import { Still } from './still.tsx';

interface BarsProps {
  readonly of: BarsOf;
  readonly note?: string;
  readonly height?: number;
  readonly empty?: string;
}

export function Bars({ of, note, height = 240, empty = 'Nothing was recorded here.' }: BarsProps) {
  const [off, setOff] = useState<ReadonlySet<string>>(new Set());
  const { categories, parts, unit } = of;
  const legend = (at: number | null): LegendEntry[] => {
    const sum = at !== null && of.stacked && parts.length > 1 ? inWords({ ...parts[0], unit }, sumAt(parts, at)) : null;
    return [
      ...parts.map((part, i) => ({
        ...{ name: part.name, ink: part.hatched ? null : inkOf(part, i), off: off.has(part.name) },
        ...(at !== null && { value: told({ ...part, unit }, at) }),
        ...(parts.length > 1 && { toggle: () => setOff(toggled(off, part.name)) }),
      })),
      ...(sum === null || off.size > 0 ? [] : [{ name: 'together', ink: 'paper', value: sum }]),
    ];
  };
  return (
    <Still
      title={of.title}
      note={note}
      columns={parts.length === 0 ? 0 : categories.length}
      rows={1}
      draw={(width, at) => barsPlot(of, { width, height, off, at: at?.column ?? null })}
      file={(width) => barsScene(of, { width, height, off })}
      hit={(point, width) => {
        const column = categoryAt(of, point, width);
        return column === null ? null : { column, row: 0 };
      }}
      told={({ column }) => barsSentence(of, column, off)}
      at={({ column }) => `${of.of} ${categories[column]}`}
      legend={(at) => legend(at?.column ?? null)}
      table={() => barsRows(of)}
      empty={empty}
    />
  );
}

function barsRows({ of, categories, parts, unit }: BarsOf): Rows {
  return {
    columns: [
      { name: of },
      ...parts.flatMap(({ name, band, write }) =>
        [name, ...(band ? [`${name}, low of ${band.what}`, `${name}, high of ${band.what}`] : [])].map((one) => ({
          ...{ name: withUnit(one, unit), ...(write && { write }) },
        })),
      ),
    ],
    rows: categories.map((category, i) => [
      category,
      ...parts.flatMap(({ values, band }) => [
        values[i] ?? null,
        ...(band ? [band.low[i] ?? null, band.high[i] ?? null] : []),
      ]),
    ]),
  };
}
