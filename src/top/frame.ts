// A view of a run as lines of text that fit a screen: at 40 columns with fewer columns of the table, without UTF-8 in
// ASCII, without colour plain. What comes from outside (names, commands, messages) loses its control characters.

import colors from 'picocolors';
import { goesOn } from '../ledger/runs.ts';
import { percent, three } from '../report/format.ts';
import { elapsed, liveParts, type Signs, two, wattHours } from '../run/live-text.ts';
import type { DeviceView, View } from './watch.ts';

export interface FrameOptions {
  readonly columns: number;
  /** Lines that there are; null: as many as it takes. */
  readonly rows: number | null;
  readonly color: boolean;
  readonly utf8: boolean;
  readonly signs: Signs;
  /** The first device to show. */
  readonly scroll: number;
  readonly paused: boolean;
  /** Whether keys are told. */
  readonly keys: boolean;
}

const BLOCKS = { full: '█', empty: '░', spark: ' ▁▂▃▄▅▆▇█' };
const PLAIN = { full: '#', empty: '.', spark: ' _.-=+*%#' };
const NARROW = 60;
const LEAST_COLUMNS = 20;

/** How many stretches of the last minutes fit beside their label. */
export const stretchesIn = (columns: number): number => Math.min(150, Math.max(10, columns - 2));

/** The lines of the frame, none longer than `columns`. */
export function frame(view: View, options: FrameOptions): string[] {
  const columns = Math.max(LEAST_COLUMNS, options.columns);
  const paint = colors.createColors(options.color);
  const cut = (text: string, style: (text: string) => string = (same) => same) => style(clipped(text, columns));
  const head = [
    cut(titleOf(view), paint.bold),
    cut(clean(view.run.command.join(' ')), paint.dim),
    ...[...pauseOf(view), ...stallOf(view)].map((text) => cut(text, paint.yellow)),
    '',
    ...wrapped(figuresOf(view, options.signs), columns).map((text) => cut(text, paint.bold)),
    ...progressOf(view, options, columns).map((text) => cut(text, paint.cyan)),
    ...phasesOf(view, columns).map((text) => cut(text)),
    '',
    ...historyOf(view, options, columns).map((text) => cut(text, paint.green)),
    '',
    cut(rowOf(HEADINGS, columns), paint.dim),
  ];
  const tail = [
    ...view.warnings.slice(-3).map((message) => cut(`! ${clean(message)}`, paint.yellow)),
    ...(options.keys ? ['', cut(keysOf(view, options), paint.dim)] : []),
  ];
  const room = options.rows === null ? view.devices.length : Math.max(1, options.rows - head.length - tail.length);
  const from = Math.max(0, Math.min(options.scroll, view.devices.length - room));
  const shown = view.devices.slice(from, from + room);
  const devices = shown.map((device) => {
    const text = rowOf(cellsOf(device, view, options, columns), columns);
    return cut(text, device.charged ? undefined : paint.dim);
  });
  const lines = [...head, ...devices, ...tail];
  return options.rows === null ? lines : lines.slice(0, Math.max(1, options.rows));
}

function titleOf({ run, state, at_ms, started_at_ms, hosts }: View): string {
  const name = run.name === null ? '' : ` "${clean(run.name)}"`;
  const many = hosts.length > 1 ? `  ${hosts.length} hosts` : '';
  const zone = run.zone === null ? '' : `  ${clean(run.zone)}`;
  return `joulebook  ${run.id}${name}  ${state}  ${elapsed((at_ms - started_at_ms) / 1000)}${zone}${many}`;
}

const pauseOf = ({ paused, at_ms }: View): string[] =>
  paused === null ? [] : [clean(`paused for ${elapsed((at_ms - paused.since_ms) / 1000)}: ${paused.why}`)];

const stallOf = ({ stalled_since_ms, at_ms }: View): string[] =>
  stalled_since_ms === null ? [] : [`no line of its log for ${elapsed((at_ms - stalled_since_ms) / 1000)}: stalled?`];

function figuresOf({ figures, mean_w, state }: View, signs: Signs): string[] {
  const mean = !goesOn(state) && mean_w !== null ? [`mean ${three(mean_w)} W`] : [];
  const energy = figures.energy_j === null ? ['energy unknown'] : [];
  const emissions = figures.emissions_g === null ? ['emissions unknown'] : [];
  const known = liveParts({ ...figures, step: null, projection: null }, signs).map(({ text }) => text);
  return [...mean, ...known, ...energy, ...emissions];
}

function progressOf({ figures, budgets }: View, { utf8, signs }: FrameOptions, columns: number): string[] {
  const { step, total } = figures;
  const parts = liveParts({ ...figures, budgets, power_w: null, energy_j: null, emissions_g: null }, signs);
  const texts = parts.filter(({ wanted }) => wanted !== 6 && wanted !== 8).map(({ text }) => text);
  if (step === null) return wrapped(texts, columns);
  const [first, ...rest] = texts;
  const width = Math.max(8, Math.min(30, columns - 30));
  const filled = total === null || total <= 0 ? [] : [bar(step / total, width, utf8)];
  return wrapped([first!, ...filled, ...rest], columns);
}

function phasesOf({ phases, loss, epoch }: View, columns: number): string[] {
  const shares = phases.length < 2 ? [] : phases.map(({ phase, share }) => `${clean(phase)} ${percent(share)}`);
  const numbers = [
    ...(epoch === null ? [] : [`epoch ${three(epoch)}`]),
    ...(loss === null ? [] : [`loss ${three(loss)}`]),
  ];
  return wrapped([...shares, ...numbers], columns);
}

function historyOf({ history, history_s }: View, { utf8 }: FrameOptions, columns: number): string[] {
  const known = history.filter((w) => w !== null);
  if (known.length === 0) return [];
  const most = Math.max(...known);
  const { spark } = utf8 ? BLOCKS : PLAIN;
  const line = history.slice(-columns).map((w) => {
    if (w === null) return ' ';
    return spark[most === 0 ? 1 : Math.max(1, Math.round((w / most) * (spark.length - 1)))];
  });
  const range = `${two(Math.min(...known))} to ${two(most)} W in ${Math.round(history_s / 60)} min`;
  return [line.join(''), range];
}

/** Cells of the table by their column; a narrow screen leaves columns out. */
type Cells = Readonly<Record<'device' | 'power' | 'bar' | 'limit' | 'energy' | 'source' | 'seen', string>>;

const HEADINGS: Cells = {
  ...{ device: 'device', power: 'W', bar: '', limit: 'limit', energy: 'energy', source: 'source', seen: 'seen' },
};

function rowOf(cells: Cells, columns: number): string {
  if (columns < NARROW) {
    return `${fixed(cells.device, 13)} ${cells.power.padStart(6)} ${cells.energy.padStart(9)} ${cells.bar}`;
  }
  const right = `${cells.limit.padStart(6)} ${cells.energy.padStart(9)}  ${cells.source.padEnd(9)} ${cells.seen.padStart(5)}`;
  return `${fixed(cells.device, 16)} ${cells.power.padStart(6)} ${fixed(cells.bar, barWidth(columns))} ${right}`;
}

/** What the other columns leave for the bar. */
const barWidth = (columns: number): number => Math.max(4, columns < NARROW ? columns - 31 : Math.min(40, columns - 59));

function cellsOf(device: DeviceView, { hosts }: View, { utf8 }: FrameOptions, columns: number): Cells {
  const { power_w, limit_w, energy_j, coverage } = device;
  const share = power_w === null || limit_w === null || limit_w <= 0 ? null : power_w / limit_w;
  return {
    device: clean(hosts.length > 1 ? `${device.host} ${device.device}` : device.device),
    power: power_w === null ? '-' : three(power_w),
    bar: share === null ? '' : bar(share, barWidth(columns), utf8),
    limit: limit_w === null ? '' : three(limit_w),
    energy: energy_j === null ? 'unknown' : wattHours(energy_j),
    source: device.charged ? device.source : 'beside',
    seen: percent(coverage).replace(/\.\d+ /, ' '),
  };
}

function keysOf({ state, devices }: View, { paused }: FrameOptions): string {
  return [
    'q quit',
    `p ${paused ? 'go on' : 'pause'}`,
    ...(devices.length > 1 ? ['j k devices'] : []),
    ...(paused ? ['paused'] : []),
    ...(state === 'running' ? [] : [`the run is ${state}`]),
  ].join('  ');
}

/** A bar of a share 0..1; more fills it. */
export function bar(share: number, width: number, utf8: boolean): string {
  const { full, empty } = utf8 ? BLOCKS : PLAIN;
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return full.repeat(filled) + empty.repeat(width - filled);
}

/** Parts put on as few lines as they fit on. */
function wrapped(parts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + part.length <= columns) lines[lines.length - 1] = `${last}  ${part}`;
    else lines.push(part);
  }
  return lines;
}

const clean = (text: string): string => text.replace(/\p{C}+/gu, ' ');
const clipped = (text: string, columns: number): string => [...text].slice(0, columns).join('').trimEnd();
const fixed = (text: string, width: number): string => clipped(text, width).padEnd(width);
