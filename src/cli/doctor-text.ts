// The page of `joulebook doctor`: sensors, what to do, place and time, ledger, versions; in the look of the report.

import colors from 'picocolors';
import type { DoctorJson, Finding, LedgerJson, SensorJson, SourceJson } from '../app/doctor-model.ts';
import { clean, three } from '../report/format.ts';

const LABEL = 16;
const LEAST_WIDTH = 40;

type Paint = ReturnType<typeof colors.createColors>;

/** Lines no wider than `width` columns, but for words that are; `color` false gives plain text. */
export function doctorText(doctor: DoctorJson, { color, width }: { color: boolean; width: number }): string {
  const paint = colors.createColors(color);
  const wide = Math.max(LEAST_WIDTH, width);
  const line: Line = (label, text, ink = (s) => s) => wrapped(label, text, wide).map(ink);
  const part = (title: string, lines: readonly string[]) => ['', paint.bold(title), ...lines];
  return `${[
    headLine(doctor, paint),
    ...part('Sensors', sensorLines(doctor, line, paint)),
    ...part('What to do', todoLines(doctor.findings, wide, paint)),
    ...part('Place and time', placeLines(doctor, line)),
    ...part('Ledger', ledgerLines(doctor.ledger, line)),
    ...part('Versions', versionLines(doctor, line)),
  ].join('\n')}\n`;
}

type Line = (label: string, text: string, ink?: (text: string) => string) => string[];

function headLine({ host, findings }: DoctorJson, { bold, green, yellow, red }: Paint): string {
  const count = (level: Finding['level']) => findings.filter((one) => one.level === level).length;
  const [problems, notes] = [count('problem'), count('note')];
  const told = [
    ...(problems > 0 ? [red(counted(problems, 'problem'))] : []),
    ...(notes > 0 ? [yellow(counted(notes, 'note'))] : []),
  ];
  return `${bold('joulebook doctor')}  ${clean(host)}  ${told.length === 0 ? green('all well') : told.join(', ')}`;
}

function sensorLines({ sensors, barred, sources }: DoctorJson, line: Line, { dim, red }: Paint): string[] {
  const absent = sources.filter(({ state }) => state !== 'read' && state !== 'barred');
  return [
    ...sensors.flatMap((sensor) => {
      const source = sources.find((one) => one.source === sensor.driver);
      return [...line(sensor.device, reading(sensor)), ...line('', detail(sensor, source), dim)];
    }),
    ...barred.flatMap(({ device, name, why }) => line(device, `cannot be read: ${why}  ${name}`, red)),
    ...(sensors.length + barred.length === 0 ? line('none', 'no energy can be told here') : []),
    ...absent.flatMap(({ source, state, why }) =>
      line(source, [STATE[state], why].filter(Boolean).join(': '), state === 'absent' ? dim : red),
    ),
  ];
}

const STATE = {
  read: 'read',
  barred: 'barred',
  absent: 'not here',
  crashed: 'crashed',
  silent: 'hangs',
  failed: 'failed',
};

function reading(sensor: SensorJson): string {
  const { power_w, power_from, source, charged, within, better, name } = sensor;
  const watts = power_w.value === null ? `no power: ${power_w.why}` : `${three(power_w.value)} W`;
  const mean = power_from === 'counter' ? ' (mean by the counter)' : '';
  const why = better !== null ? `: ${better} reads the same` : within === null ? '' : `: inside ${within}`;
  const counts = charged ? 'counts' : `does not count${why}`;
  return [`${watts}${mean}`, source, counts, name].filter(Boolean).join('  ');
}

function detail({ update, driver, part, device, looks, failed_looks }: SensorJson, source?: SourceJson): string {
  const read = source?.read;
  return [
    driver,
    ...(part === device ? [] : [`part ${part}`]),
    ...(update === null ? [] : [pace(update)]),
    ...(read ? [`a look takes ${brief(read.median_ms)}, p95 ${brief(read.p95_ms)}`] : []),
    ...(failed_looks > 0 ? [`${failed_looks} of ${looks} looks failed`] : []),
  ].join(', ');
}

const brief = (ms: number): string => (ms < 1 ? `${three(1000 * ms)} µs` : `${three(ms)} ms`);

function pace({ of, period_ms, low_ms, high_ms, changes, watched_ms }: NonNullable<SensorJson['update']>): string {
  if (period_ms !== null)
    return `${of} changes every ${three(period_ms)} ms (${three(low_ms!)} – ${three(high_ms!)} ms)`;
  if (high_ms !== null) return `${of} changes at least every ${three(high_ms)} ms`;
  const watched = `${three(watched_ms / 1000)} s`;
  return changes === 0
    ? `${of} not seen to change in ${watched}`
    : `${of} changed ${counted(changes, 'time')} in ${watched}`;
}

function todoLines(findings: readonly Finding[], width: number, { dim, red, yellow, green }: Paint): string[] {
  const todo = findings.filter(({ level }) => level !== 'ok');
  if (todo.length === 0) return [`  ${green('nothing: all that is here is read')}`];
  return todo.flatMap(({ level, about, why, remedy }) => [
    ...wrapped(level, `${about}: ${why}`, width).map(level === 'problem' ? red : yellow),
    ...(remedy === null
      ? []
      : wrapped('', `→ ${remedy}`, width).map((text) => (level === 'problem' ? text : dim(text)))),
  ]);
}

function placeLines({ place, clock, machine, rights }: DoctorJson, line: Line): string[] {
  const from = (given: { value: string; from: string }) => `${given.value}  (${given.from})`;
  const [best] = place.intensity;
  const intensity =
    best === undefined
      ? `unknown: ${place.why}`
      : `${best.g_per_kwh === null ? 'a series' : `${three(best.g_per_kwh)} g/kWh`}, ${best.quality}${best.year === null ? '' : ` ${best.year}`} ${best.scope}, ${best.source}`;
  const off = clock.max_error_ms === null ? '' : `, off by at most ${three(clock.max_error_ms)} ms`;
  const kept =
    clock.synchronised === null
      ? `unknown whether it is kept: ${clock.why}`
      : clock.synchronised
        ? `kept by a time service (${clock.by})${off}`
        : 'kept by no time service, offset unknown';
  const watched = `${three(clock.watched_s)} s`;
  const drift =
    Math.abs(clock.drift_ms) <= 1
      ? `steady to 1 ms in ${watched}`
      : `moved ${clock.drift_ms} ms against the monotonic one in ${watched}`;
  const { cgroup, container, virtual, pid_namespace } = machine;
  const where = [
    container === null ? 'no container' : `in a container (${container})`,
    virtual === null ? 'virtual or not: unknown' : virtual ? 'a virtual machine' : 'not virtual',
    ...(pid_namespace === 'own' ? ['PID namespace of its own'] : []),
    cgroup.version === null ? 'no cgroup' : `cgroup v${cgroup.version}${cgroup.writable ? ' (writable)' : ''}`,
  ];
  const closed = rights.paths.filter(({ readable }) => !readable);
  const who = `${rights.user ?? 'unnamed user'} (uid ${rights.uid ?? 'unknown'}), groups ${rights.groups.join(', ') || 'none'}`;
  return [
    ...line('zone', place.zone === null ? 'not told' : from(place.zone)),
    ...line('intensity', intensity),
    ...place.intensity_notes.flatMap((note) => line('', note)),
    ...line('PUE', place.pue === null ? 'not told' : from(place.pue)),
    ...line('clock', `${kept}; ${drift}`),
    ...line('machine', where.join(', ')),
    ...line('rights', who),
    ...closed.flatMap(({ path, mode, group }) =>
      line('', `not readable: ${path}  ${mode}  ${group ?? 'unknown group'}`),
    ),
  ];
}

function ledgerLines(
  { path, from, exists, version, known_version, writable, runs, running, free_bytes }: LedgerJson,
  line: Line,
) {
  const free = free_bytes === null ? '' : `, ${three(free_bytes / 1e9)} GB free`;
  return [
    ...line('at', `${path}${from === null ? '' : `  (${from})`}`),
    ...line(
      'state',
      `${exists ? `format ${version ?? 'unknown'} (known: ${known_version})` : 'not there yet'}, ${writable ? 'writable' : 'not writable'}${free}`,
    ),
    ...(runs === null ? [] : line('runs', `${runs}${running === 0 ? '' : `, ${running} running`}`)),
  ];
}

function versionLines({ versions, settings_files }: DoctorJson, line: Line): string[] {
  const { joulebook, node, kernel, system, nvidia, amdgpu } = versions;
  return [
    ...line('joulebook', `${joulebook}, Node ${node}`),
    ...line('system', [kernel, ...(system === null ? [] : [system])].join(', ')),
    ...(nvidia === null ? [] : line('NVIDIA driver', nvidia)),
    ...(amdgpu === null ? [] : line('amdgpu', amdgpu)),
    ...line('settings', settings_files.length === 0 ? 'no file' : settings_files.join(', ')),
  ];
}

/** A label and its text, broken at blanks where it is too wide, later lines below the text's first column. */
function wrapped(label: string, text: string, width: number): string[] {
  const indent = label.length > LABEL - 1 ? label.length + 1 : LABEL;
  const room = width - 2 - indent;
  const lines: string[] = [''];
  for (const [piece, blanks = '', word = ''] of clean(text).matchAll(/( *)([^ ]+)/g)) {
    const last = lines.at(-1)!;
    if (last !== '' && last.length + blanks.length + word.length > room) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : last + piece;
  }
  return lines.map((part, i) => `  ${(i === 0 ? label : '').padEnd(indent)}${part}`.trimEnd());
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
