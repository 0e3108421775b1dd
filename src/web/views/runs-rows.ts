// The columns of all runs, as the API tells them, as rows.

import type { FigureJson } from '../../core/figure.ts';
import type { FigureColumn, RunsTable } from '../../server/contract/runs.ts';
import type { Row } from './runs-filter.ts';

export function rowsOf({ runs, reasons, columns: c }: RunsTable): Row[] {
  const figure = ({ value, low, high, why }: FigureColumn, i: number): FigureJson => {
    const known = value[i] ?? null;
    if (known === null) return { value: null, why: reasons[why?.[i] ?? -1] ?? 'not known' };
    return { value: known, low: low[i] ?? known, high: high[i] ?? known };
  };
  return Array.from(
    { length: runs },
    (_, i): Row => ({
      ...{ id: c.id[i]!, name: c.name[i]!, kind: c.kind[i]!, state: c.state[i]!, started_at_ms: c.started_at_ms[i]! },
      ...{ ended_at_ms: c.ended_at_ms[i]!, duration_s: c.duration_s[i]!, zone: c.zone[i]!, tags: c.tags[i]! },
      ...{ model: c.model[i]!, stage: c.stage[i] as Row['stage'], branch: c.branch[i]!, commit: c.commit[i]! },
      ...{ command: c.command[i]!, tokens: c.tokens[i]!, coverage: c.coverage[i]!, currency: c.currency[i]! },
      ...{ budget: c.budget[i]!, it_j: figure(c.it_j, i), operational_g: figure(c.operational_g, i) },
      ...{ embodied_g: figure(c.embodied_g, i), total_g: figure(c.total_g, i), cost: figure(c.cost, i) },
      ...{ j_per_token: figure(c.j_per_token, i), mean_w: figure(c.mean_w, i) },
      g_per_million_tokens: figure(c.g_per_million_tokens, i),
    }),
  );
}
