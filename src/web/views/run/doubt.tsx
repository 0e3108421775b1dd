// Where the uncertainty comes from, most first, and what would narrow it.

import { useState } from 'preact/hooks';
import { percent } from '../../../report/format.ts';
import type { ReportJson } from '../../../report/model.ts';

const WIDEST = 'the total';
const NAMES: Readonly<Record<string, string>> = {
  ...{
    it_j: 'IT energy',
    facility_j: 'facility energy',
    operational_g: 'operational emissions',
    it_g: 'emissions of IT energy',
  },
  ...{ embodied_g: 'embodied emissions', total_g: 'emissions together', market_g: 'market-based emissions' },
  ...{ marginal_g: 'marginal emissions', water_l: 'water', cost: 'cost' },
};

export function Doubt({ report }: { report: ReportJson }) {
  const [of, setOf] = useState(WIDEST);
  const { uncertainty, uncertainty_by } = report;
  const lines = Object.keys(uncertainty_by).filter((name) => uncertainty_by[name]!.length > 0);
  const shown = of === WIDEST ? uncertainty : (uncertainty_by[of] ?? []);
  if (uncertainty.length === 0 && lines.length === 0)
    return <p class="empty-part">Nothing is known whose uncertainty could be told.</p>;
  return (
    <>
      {lines.length > 0 && (
        <label class="choose">
          Of{' '}
          <select value={of} onChange={(event) => setOf(event.currentTarget.value)}>
            <option value={WIDEST}>{WIDEST}</option>
            {lines.map((name) => (
              <option key={name} value={name}>
                {NAMES[name] ?? name}
              </option>
            ))}
          </select>
        </label>
      )}
      <ol class="doubts">
        {shown.map(({ from, share, hint }) => (
          <li key={from}>
            <span class="from">{from}</span>
            <span class="share">{percent(share)}</span>
            <span class="gauge" aria-hidden="true">
              <span style={{ width: `${Math.min(100, share * 100)}%` }} />
            </span>
            <span class="hint">{hint}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
