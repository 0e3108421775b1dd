// The beginning of a run's page: which run it is, how it stands, and its figures with their intervals.

import type { ComponentChildren } from 'preact';
import type { FigureJson } from '../../../core/figure.ts';
import { duration, energy, many, mass, percent, three, volume } from '../../../report/format.ts';
import type { ReportJson } from '../../../report/model.ts';
import type { Series } from '../../../server/contract/series.ts';
import { timeText } from '../../ui/chart-of.ts';
import { underFigure } from './figure-words.ts';

/** What is known of a run before its report is made. */
export function HeadAwaited({ run }: { run: Series['run'] }) {
  return (
    <header class="run-head">
      <h1>
        {run.name ?? run.id} <span class={`state ${run.state}`}>{run.state}</span>
      </h1>
      <p class="when">
        {timeText(run.from_ms).slice(0, 16)} UTC, {duration((run.to_ms - run.from_ms) / 1000)}
      </p>
      <p class="asked awaited">Its account is being made …</p>
    </header>
  );
}

export function Head({ report }: { report: ReportJson }) {
  const { run } = report;
  const tags = Object.entries(run.tags);
  return (
    <header class="run-head">
      <h1>
        {run.name ?? run.id} <span class={`state ${run.state}`}>{run.state}</span>
      </h1>
      <p class="when">
        {timeText(run.started_at_ms).slice(0, 16)} UTC, {duration(run.duration_s)}
        {endText(run)}
        {run.zone !== null && `, zone ${run.zone}`}
        {run.model !== null && `, model ${run.model}`}
        {run.git !== null && (
          <>
            , <code>{gitText(run.git)}</code>
          </>
        )}
      </p>
      {run.command.length > 0 && (
        <pre class="command-line">
          <code>{run.command.join(' ')}</code>
        </pre>
      )}
      {tags.length > 0 && (
        <ul class="run-tags" aria-label="Tags">
          {tags.map(([key, value]) => (
            <li key={key}>
              {key}={value}
            </li>
          ))}
        </ul>
      )}
      <Headline report={report} />
    </header>
  );
}

const endText = ({ exit_code, signal, segments }: ReportJson['run']): string =>
  [
    ...(signal !== null ? [`, ${signal}`] : exit_code !== null && exit_code !== 0 ? [`, exit code ${exit_code}`] : []),
    ...(segments > 1 ? [`, ${segments} segments`] : []),
  ].join('');

export const gitText = ({ commit, branch, dirty }: NonNullable<ReportJson['run']['git']>): string =>
  `${branch ? `${branch} ` : ''}${commit.slice(0, 10)}${dirty ? ' with changes' : ''}`;

function Headline({ report }: { report: ReportJson }) {
  const { run, energy: used, emissions, per, work } = report;
  const { mean_g_per_kwh: mean } = emissions.intensity;
  const mean_w = used.it_j.value === null || run.duration_s <= 0 ? null : used.it_j.value / run.duration_s;
  return (
    <dl class="tiles">
      <Tile name="IT energy" of={used.it_j} write={energy}>
        {mean_w !== null && <p>mean {three(mean_w)} W</p>}
        <p class={used.coverage < 0.995 ? 'noted' : ''}>{percent(used.coverage)} of its time observed</p>
      </Tile>
      <Tile name="Operational emissions" of={emissions.operational_g} write={mass}>
        {mean !== null && <p>at {three(mean)} gCO2e/kWh</p>}
        <p>
          {used.pue.value === null ? (
            <span class="noted">PUE unknown: IT energy alone</span>
          ) : (
            `PUE ${three(used.pue.value)} in`
          )}
        </p>
      </Tile>
      {emissions.embodied_g.value !== null && emissions.total_g.value !== null && (
        <Tile name="With embodied" of={emissions.total_g} write={mass}>
          <p>embodied {mass(emissions.embodied_g.value)}</p>
        </Tile>
      )}
      {work.tokens !== null && (
        <Tile name="Per 1M tokens" of={per.g_per_million_tokens} write={mass}>
          {per.j_per_token.value !== null && <p>{three(per.j_per_token.value)} J/token</p>}
          <p>
            {many(work.tokens)} tokens{work.tokens_per_s !== null && `, ${many(work.tokens_per_s)}/s`}
          </p>
        </Tile>
      )}
      {work.tokens === null && work.steps !== null && (
        <Tile name="Per step" of={per.j_per_step} write={energy}>
          <p>{many(work.steps)} steps</p>
        </Tile>
      )}
      {report.cost.value !== null && (
        <Tile name="Cost" of={report.cost} write={(value) => `${three(value)} ${report.currency ?? ''}`.trim()} />
      )}
      {report.water_l.value !== null && <Tile name="Water" of={report.water_l} write={volume} />}
    </dl>
  );
}

interface TileProps {
  readonly name: string;
  readonly of: FigureJson;
  readonly write: (value: number) => string;
  readonly children?: ComponentChildren;
}

function Tile({ name, of, write, children }: TileProps) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <b class={of.value === null ? 'unknown' : ''}>{of.value === null ? 'unknown' : write(of.value)}</b>
        <p>{underFigure(of, write)}</p>
        {children}
      </dd>
    </div>
  );
}
