// What happened to a run: what budgets and policies decided and what that saved, and what else was noted.

import type { FigureJson } from '../../../core/figure.ts';
import { reasonsIn } from '../../../decide/decisions-in.ts';
import { duration, energy, mass } from '../../../report/format.ts';
import type { ReportJson } from '../../../report/model.ts';
import type { Series } from '../../../server/contract/series.ts';
import { timeText } from '../../ui/chart-of.ts';
import { underFigure } from './figure-words.ts';
import { Facts } from './section.tsx';

const MOST_EVENTS = 100;

export function Happened({ report, series }: { report: ReportJson; series: Series | null }) {
  const events = (series?.spans?.events ?? []).filter(({ event }) => !event.startsWith('decision'));
  const { decisions } = report;
  if (decisions.length === 0 && events.length === 0) return <p class="empty-part">No event was noted.</p>;
  return (
    <>
      {decisions.length > 0 && <Decisions decisions={decisions} />}
      {events.length > 0 && (
        <>
          {decisions.length > 0 && <h3>Events</h3>}
          <Facts caption="Events">
            <thead>
              <tr>
                <th scope="col">At (UTC)</th>
                <th scope="col">What</th>
              </tr>
            </thead>
            <tbody>
              {events.slice(0, MOST_EVENTS).map(({ at_ms, event, message, device }) => (
                <tr key={`${at_ms} ${event} ${message}`}>
                  <td>{timeText(at_ms).slice(0, 19)}</td>
                  <td>
                    {message || event}
                    {device !== null && ` (${device})`}
                  </td>
                </tr>
              ))}
            </tbody>
          </Facts>
          {events.length > MOST_EVENTS && <p>and {events.length - MOST_EVENTS} more</p>}
        </>
      )}
    </>
  );
}

function Decisions({ decisions }: { decisions: ReportJson['decisions'] }) {
  return (
    <Facts caption="Decisions">
      <thead>
        <tr>
          <th scope="col">At (UTC)</th>
          <th scope="col">Decision</th>
          <th scope="col">Why</th>
          <th scope="col">Saved</th>
        </tr>
      </thead>
      <tbody>
        {decisions.map((one) => (
          <tr key={`${one.at_ms} ${one.act}`}>
            <td>{timeText(one.at_ms).slice(0, 19)}</td>
            <td>
              {one.act === 'refuse' ? 'not started' : one.act}
              {stoodText(one.stood)}
            </td>
            <td>
              {reasonsIn(one)}
              {one.outcome !== null && !one.outcome.done && <small>not done: {one.outcome.how}</small>}
            </td>
            <td>
              {one.saved === null ? (
                'nothing was to be saved'
              ) : (
                <>
                  {savedText(one.saved.emissions_g, mass)}, {savedText(one.saved.energy_j, energy)}
                  {one.saved.estimate && ' (estimate)'}
                  <small>{one.saved.how}</small>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </Facts>
  );
}

const stoodText = (stood: ReportJson['decisions'][number]['stood']): string =>
  stood === null
    ? ''
    : stood.to_ms === null
      ? ' (it has not gone on)'
      : ` for ${duration((stood.to_ms - stood.from_ms) / 1000)}`;

function savedText(of: FigureJson, write: (value: number) => string): string {
  if (of.value === null) return `unknown: ${of.why}`;
  const under = underFigure(of, write);
  return `${write(of.value)}${under === '' ? '' : ` (${under})`}`;
}
