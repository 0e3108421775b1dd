// The chart of a run at other starts.

import type { Starts } from '../../../server/contract/starts.ts';
import { Chart } from '../../ui/chart.tsx';
import { noteOf, startsOver } from './starts-of.ts';

export function StartsChart({ starts }: { starts: Starts }) {
  return (
    <Chart
      of={startsOver(starts)}
      height={200}
      note={noteOf(starts)}
      empty={starts.why ?? 'No other start can be compared.'}
    />
  );
}
