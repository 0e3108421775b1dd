// Where a run's figures come from: the run's own facts, its code, its machines, and what was corrected or told anew since.

import type { ComponentChildren } from 'preact';
import type { FigureJson } from '../../../core/figure.ts';
import { mass } from '../../../report/format.ts';
import type { ReportJson } from '../../../report/model.ts';
import { timeText } from '../../ui/chart-of.ts';
import { Command } from '../../ui/empty.tsx';
import { gitText } from './head.tsx';

export function Origin({ report, alone }: { report: ReportJson; alone: boolean }) {
  const { run, emissions } = report;
  const facts: [string, ComponentChildren][] = [
    ['Run', <code key="id">{run.id}</code>],
    ['Kind', run.kind],
    ['Started', timeText(run.started_at_ms)],
    ['Ended', run.ended_at_ms === null ? 'it goes on' : timeText(run.ended_at_ms)],
    ['Machines', run.hosts.join(', ') || 'none'],
    ['Segments', String(run.segments)],
    ['Zone', run.zone ?? 'not told'],
    ...(run.place === null ? [] : ([['Place', `${run.place.name} (${run.place.city})`]] as [string, string][])),
    ['Code', run.git === null ? 'not in a repository' : <code key="git">{gitText(run.git)}</code>],
    ...(run.stage === null ? [] : ([['Stage', run.stage]] as [string, string][])),
    ...(run.parent === null
      ? []
      : ([
          [
            'Goes on from',
            alone ? (
              run.parent
            ) : (
              <a key="parent" href={`/runs/${encodeURIComponent(run.parent)}`}>
                {run.parent}
              </a>
            ),
          ],
        ] as [string, ComponentChildren][])),
    ['Method', <code key="method">{emissions.method}</code>],
  ];
  return (
    <>
      <dl class="origin">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {run.amendments.length > 0 && (
        <>
          <h3>Corrections</h3>
          <ul>
            {run.amendments.map(({ at_ms, user, why, what }) => (
              <li key={at_ms}>
                {timeText(at_ms)}
                {user !== null && ` by ${user}`}: <code>{JSON.stringify(what)}</code>
                {why !== null && `, ${why}`}
              </li>
            ))}
          </ul>
        </>
      )}
      {emissions.statements.length > 0 && (
        <>
          <h3>Told anew</h3>
          <ul>
            {emissions.statements.map(({ at_ms, before_g, operational_g, not_comparable }) => (
              <li key={at_ms}>
                {timeText(at_ms)}: {grams(before_g)} → {grams(operational_g)}
                {not_comparable !== null && ` (not to be compared: ${not_comparable})`}
              </li>
            ))}
          </ul>
        </>
      )}
      <p>The same in a terminal, with all that is here and more:</p>
      <Command text={`joulebook report ${run.id} --json`} />
    </>
  );
}

const grams = (of: FigureJson): string => (of.value === null ? 'unknown' : mass(of.value));
