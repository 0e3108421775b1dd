// All runs.

import { energy, mass } from '../../report/format.ts';
import type { RunsPage } from '../../server/contract/runs.ts';
import { useAnswer } from '../api.ts';
import { Awaited } from '../ui/awaited.tsx';
import { Figure } from '../ui/figure.tsx';

export function Runs() {
  const answer = useAnswer<RunsPage>('/api/runs');
  return (
    <Awaited answer={answer}>
      {({ runs }) => (
        <table>
          <thead>
            <tr>
              <th>Run</th>
              <th>State</th>
              <th>Energy</th>
              <th>Emissions</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.id}>
                <td>{run.name ?? run.id}</td>
                <td>{run.state}</td>
                <td>
                  <Figure of={run.it_j} write={energy} />
                </td>
                <td>
                  <Figure of={run.total_g} write={mass} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Awaited>
  );
}
