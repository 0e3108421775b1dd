// A run's page: what the report and the series of a run look like. It is given all that it shows, and asks for nothing.

import './run.css';
import type { ComponentChildren } from 'preact';
import type { ReportJson, Warning } from '../../../report/model.ts';
import type { Series } from '../../../server/contract/series.ts';
import type { Range } from '../../ui/chart-of.ts';
import { Account } from './account.tsx';
import { Course } from './course.tsx';
import { Devices } from './devices.tsx';
import { Doubt } from './doubt.tsx';
import { Happened } from './happened.tsx';
import { Head, HeadAwaited } from './head.tsx';
import { Origin } from './origin.tsx';
import { Phases } from './phases.tsx';
import { Section } from './section.tsx';
import { startsText } from './starts-of.ts';
import { Work } from './work.tsx';
import type { Division } from './work-of.ts';

export interface RunPageProps {
  /** Null: not here yet; it takes longer than the series. */
  readonly report: ReportJson | null;
  /** Of all of the run; null: not here yet, or why it is not shown is told in `course`. */
  readonly whole: Series | null;
  /** What the charts show: of the zoom where that is here, else of all. */
  readonly shown: Series | null;
  readonly zoom: Range | null;
  readonly onZoom?: (range: Range | null) => void;
  readonly together: boolean;
  readonly onTogether?: (together: boolean) => void;
  readonly divisions: readonly Division[];
  /** A finer picture is on its way. */
  readonly busy?: boolean;
  /** Told in place of the charts while there is no series. */
  readonly course?: ComponentChildren;
  /** There is no server behind it: other runs cannot be reached. */
  readonly alone?: boolean;
  /** The chart of other starts, or what asks for it. */
  readonly starts?: ComponentChildren;
}

const SECTIONS = [
  ['course', 'Over time'],
  ['phases', 'Phases'],
  ['work', 'Work'],
  ['devices', 'Devices'],
  ['account', 'Account'],
  ['uncertainty', 'Uncertainty'],
  ['starts', 'Other starts'],
  ['events', 'Events'],
  ['notes', 'Notes'],
  ['origin', 'Provenance'],
] as const;

export function RunPage(props: RunPageProps) {
  const { report, whole, shown, divisions, course, starts } = props;
  const names = new Map<string, string>(SECTIONS);
  const part = (id: (typeof SECTIONS)[number][0], children: ComponentChildren) => (
    <Section id={id} title={names.get(id)!}>
      {children}
    </Section>
  );
  const told = (id: (typeof SECTIONS)[number][0], children: (report: ReportJson) => ComponentChildren) =>
    part(id, report === null ? <p class="asked">…</p> : children(report));
  return (
    <article class="run">
      {report !== null && <Head report={report} />}
      {report === null && whole !== null && <HeadAwaited run={whole.run} />}
      {report !== null && <Loud warnings={report.warnings} />}
      <nav class="parts" aria-label="On this page">
        {SECTIONS.map(([id, name]) => (
          <a key={id} href={`#${id}`}>
            {name}
          </a>
        ))}
      </nav>
      {part(
        'course',
        <div aria-busy={props.busy}>{shown === null ? course : <Course {...props} series={shown} />}</div>,
      )}
      {told('phases', (report) => (
        <Phases report={report} />
      ))}
      {told('work', (report) => (
        <Work report={report} divisions={divisions} series={whole} />
      ))}
      {told('devices', (report) => (
        <Devices report={report} />
      ))}
      {told('account', (report) => (
        <Account report={report} />
      ))}
      {told('uncertainty', (report) => (
        <Doubt report={report} />
      ))}
      {told('starts', (report) => (
        <>
          <p class="told">{startsText(report.emissions)}</p>
          {starts}
        </>
      ))}
      {told('events', (report) => (
        <Happened report={report} series={whole} />
      ))}
      {told('notes', (report) => (
        <Notes warnings={report.warnings} />
      ))}
      {told('origin', (report) => (
        <Origin report={report} alone={props.alone === true} />
      ))}
    </article>
  );
}

/** What nobody may overlook: the account is not all of the run. */
const LOUD = new Set(['interrupted', 'ledger-damage', 'gaps', 'pue-unknown', 'rows-partial']);

function Loud({ warnings }: { warnings: readonly Warning[] }) {
  const loud = warnings.filter(({ code }) => LOUD.has(code));
  if (loud.length === 0) return null;
  return (
    <ul class="loud" aria-label="What to know first">
      {loud.map(({ code, message }) => (
        <li key={`${code} ${message}`}>{message}</li>
      ))}
    </ul>
  );
}

function Notes({ warnings }: { warnings: readonly Warning[] }) {
  if (warnings.length === 0) return <p class="empty-part">Nothing is to be said against these figures.</p>;
  return (
    <dl class="warnings">
      {warnings.map(({ code, message }) => (
        <div key={`${code} ${message}`}>
          <dt>
            <code>{code}</code>
          </dt>
          <dd>{message}</dd>
        </div>
      ))}
    </dl>
  );
}
