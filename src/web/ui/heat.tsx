// A heat map: values by two categories, such as zone and hour.

import { inWords } from './chart-of.ts';
import { fieldAt, type HeatOf, heatLegend, heatPlot, heatScene, heatSentence } from './heat-scene.ts';
import { Still } from './still.tsx';

interface HeatProps {
  readonly of: HeatOf;
  readonly note?: string;
  readonly empty?: string;
}

export function Heat({ of, note, empty = 'Nothing is known here.' }: HeatProps) {
  const entries = heatLegend(of).map(({ name, ink }) => ({ name, ink }));
  return (
    <Still
      title={of.title}
      note={note}
      columns={of.columns.length}
      rows={of.rows.length}
      draw={(width, at) => heatPlot(of, { width, at })}
      file={(width) => heatScene(of, width)}
      hit={(point, width) => fieldAt(of, point, width)}
      told={(field) => heatSentence(of, field)}
      at={({ column, row }) => {
        const value = inWords(of, of.values[row]?.[column] ?? null);
        const note = of.notes?.[row]?.[column] ?? null;
        return `${of.down} ${of.rows[row]}, ${of.across} ${of.columns[column]}: ${value}${note === null ? '' : `, ${note}`}`;
      }}
      legend={() => [{ name: of.unit, ink: 'paper' }, ...entries]}
      table={() => ({
        columns: [
          { name: of.down },
          ...of.columns.map((name) => ({ name: `${of.across} ${name}`, ...(of.write && { write: of.write }) })),
        ],
        rows: of.rows.map((name, row) => [name, ...of.columns.map((_, column) => of.values[row]?.[column] ?? null)]),
      })}
      empty={empty}
    />
  );
}
