// What was decided about runs, what came of it, and what it saved: a table, its sum, and all that is known of the one chosen.
//
// It takes the CLI's document (joulebook/budget-log/v1) and asks nobody.

import './budgets.css';
import type { FigureJson } from '../../core/figure.ts';
import { reasonsIn, type SeenBudget } from '../../decide/decisions-in.ts';
import { amountOf } from '../../report/amount.ts';
import type { DecisionLogJson, LoggedJson } from '../../report/decision-log.ts';
import { sumText } from '../../report/decisions-text.ts';
import { duration, energy, mass, percent, three } from '../../report/format.ts';
import { timeText } from '../ui/chart-of.ts';
import { saveCsv } from '../ui/download.ts';
import { Figure } from '../ui/figure.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { type Order, rowsOfTable } from '../ui/table-order.ts';
import { RunLink } from './run-link.tsx';

/** Of its own within a log: a run, and the decision's number there. */
export const idOf = ({ run, writer, decision }: LoggedJson): string => `${run}/${writer ?? ''}/${decision}`;

interface ToldProps {
  readonly of: DecisionLogJson;
  readonly order: Order | null;
  readonly onOrder: (order: Order) => void;
  /** The id of the decision that is told in full. */
  readonly chosen: string | null;
  readonly choose: (id: string | null) => void;
}

export function DecisionsTold({ of, order, onOrder, chosen, choose }: ToldProps) {
  const { decisions, saved, warnings } = of;
  const one = decisions.find((decision) => idOf(decision) === chosen);
  return (
    <>
      {sumText(saved).map((line) => (
        <p key={line} class="saved-sum">
          {line.charAt(0).toUpperCase() + line.slice(1)}
        </p>
      ))}
      {warnings.map(({ message }) => (
        <p key={message} class="warning">
          {message}
        </p>
      ))}
      <div class="over">
        <p role="status">{`${decisions.length} decision${decisions.length === 1 ? '' : 's'}`}</p>
        <button type="button" onClick={() => saveCsv('decisions', rowsOfTable(decisions, COLUMNS))}>
          CSV
        </button>
        <span class="hint">Enter on a row tells all that was known.</span>
      </div>
      {one !== undefined && <InFull of={one} close={() => choose(null)} />}
      <Table
        caption="Decisions"
        rows={newestFirst(decisions)}
        columns={COLUMNS}
        idOf={idOf}
        order={order}
        onOrder={onOrder}
        onOpen={(row) => choose(idOf(row))}
        height={`${Math.min(460, 44 + 34 * decisions.length)}px`}
      />
    </>
  );
}

const newestFirst = (decisions: readonly LoggedJson[]) => decisions.toReversed();

const WORDS: Partial<Record<LoggedJson['act'], string>> = { refuse: 'not started' };
const actText = ({ act }: LoggedJson): string => WORDS[act] ?? act;

/** How long the job stood by it. */
const stoodText = ({ stood }: LoggedJson): string =>
  stood === null ? '' : stood.to_ms === null ? 'has not gone on' : duration((stood.to_ms - stood.from_ms) / 1000);

const outcomeText = ({ outcome, act }: LoggedJson): string =>
  outcome === null
    ? act === 'warn' || act === 'refuse'
      ? ''
      : 'nobody lived to tell'
    : outcome.done
      ? 'done'
      : `not done: ${outcome.how}`;

/** What cost something has a sign. */
const signed = (write: (value: number) => string) => (value: number) =>
  value < 0 ? `−${write(-value)}` : write(value);

const savedColumn = (
  id: string,
  name: string,
  csv: string,
  of: (one: LoggedJson) => FigureJson | undefined,
  write: (value: number) => string,
): Column<LoggedJson> => ({
  ...{ id, name, csv, number: true, width: 130, key: (row) => of(row)?.value ?? null },
  cell: (row) => {
    const told = of(row);
    return told === undefined ? (
      ''
    ) : (
      <>
        {row.saved?.estimate && '≈ '}
        <Figure of={told} write={signed(write)} />
      </>
    );
  },
});

const COLUMNS: readonly Column<LoggedJson>[] = [
  {
    ...{ id: 'run', name: 'Run', width: 160, key: ({ run, run_name }: LoggedJson) => run_name ?? run },
    cell: ({ run, run_name, act }) => (act === 'refuse' ? (run_name ?? run) : <RunLink id={run} name={run_name} />),
  },
  {
    ...{
      id: 'when',
      name: 'When (UTC)',
      csv: 'when',
      width: 175,
      key: ({ at_ms }: LoggedJson) => new Date(at_ms).toISOString(),
    },
    cell: ({ at_ms }) => timeText(at_ms).slice(0, 19),
  },
  {
    id: 'act',
    name: 'Decided',
    width: 110,
    key: actText,
    cell: (row) => <span class={`act ${row.act}`}>{actText(row)}</span>,
  },
  { id: 'by', name: 'Asked by', width: 120, key: ({ by }) => by.join(', ') || null },
  { id: 'why', name: 'Because', width: 340, key: (row) => reasonsIn(row) },
  {
    id: 'stood',
    name: 'Stood',
    csv: 'stood (s)',
    width: 120,
    key: ({ stood }) => (stood === null || stood.to_ms === null ? null : (stood.to_ms - stood.from_ms) / 1000),
    cell: stoodText,
  },
  savedColumn('saved_g', 'Saved', 'saved (gCO2e)', ({ saved }) => saved?.emissions_g, mass),
  savedColumn('saved_j', 'Saved energy', 'saved (J)', ({ saved }) => saved?.energy_j, energy),
  { id: 'outcome', name: 'Outcome', width: 170, key: (row) => outcomeText(row) || null },
];

/** Everything that was known, and what came of it. */
function InFull({ of, close }: { of: LoggedJson; close: () => void }) {
  const { at_ms, run, run_name, grid, left, outcome, saved } = of;
  return (
    <section class="in-full" aria-label="One decision in full">
      <header>
        <h3>
          {actText(of)}: {run_name ?? run}
        </h3>
        <button type="button" onClick={close}>
          close
        </button>
      </header>
      <p>
        {timeText(at_ms)}. {reasonsIn(of)}
      </p>
      <dl>
        {of.budgets.map((budget) => (
          <Seen key={`${budget.budget} ${budget.limit}`} of={budget} />
        ))}
        {grid !== null && (
          <>
            <dt>Grid then</dt>
            <dd>
              {three(grid.g_per_kwh)} gCO2e/kWh in {grid.zone}, {grid.quality} by {grid.provider}
              {grid.forecast !== null && `; ${grid.forecast.hours.length} values foretold by ${grid.forecast.provider}`}
            </dd>
          </>
        )}
        <Left name="Energy still to use" of={left.energy} write={energy} />
        <Left name="Emissions still to come" of={left.emissions} write={mass} />
        {outcome !== null && (
          <>
            <dt>Outcome</dt>
            <dd>
              {outcome.done ? 'done' : 'not done'}: {outcome.how}, in {duration(outcome.took_ms / 1000)}
            </dd>
          </>
        )}
        {stoodText(of) !== '' && (
          <>
            <dt>Stood</dt>
            <dd>{stoodText(of)}</dd>
          </>
        )}
        {saved !== null && (
          <>
            <dt>Saved</dt>
            <dd>
              <Figure of={saved.emissions_g} write={signed(mass)} />,{' '}
              <Figure of={saved.energy_j} write={signed(energy)} />
              <small>{saved.how}</small>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Seen({ of }: { of: SeenBudget }) {
  const write = amountOf({ measure: of.measure, currency: null, text: of.limit });
  const reach = (name: string, one: SeenBudget['spent']) =>
    one === null
      ? []
      : [`${name} ${write(one.value)}${one.low === one.high ? '' : ` (90 %: ${write(one.low)} – ${write(one.high)})`}`];
  const told = [
    ...reach('spent', of.spent),
    ...(of.share === null ? [] : [`${percent(of.share)} of ${of.limit}`]),
    ...reach('projected', of.end),
    ...(of.overrun === null ? [] : [`overrun with a probability of ${percent(of.overrun)}`]),
    ...(of.unknown === null ? [] : [`not known: ${of.unknown}`]),
  ];
  return (
    <>
      <dt>Budget {of.budget}</dt>
      <dd>{told.join('; ')}</dd>
    </>
  );
}

const Left = ({ name, of, write }: { name: string; of: SeenBudget['spent']; write: (value: number) => string }) =>
  of === null ? null : (
    <>
      <dt>{name}</dt>
      <dd>
        <Figure of={of} write={write} />
      </dd>
    </>
  );
