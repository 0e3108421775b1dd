// What a run was run with, by name: its tags, the options of its command line, batch and learning rate as logged, hardware,
// place and commit; and which of it differs between two groups of runs.

import type { ReportInput } from './build.ts';
import type { ReportJson } from './model.ts';

export function settingsIn({ steps, writers }: ReportInput, report: ReportJson): Map<string, string> {
  const { run, energy } = report;
  const out = new Map<string, string>();
  const put = (name: string, value: string | number | null | undefined) => {
    if (value !== null && value !== undefined && value !== '') out.set(name, String(value));
  };
  // What an importer notes is where a run is from, not what it was run with.
  for (const [name, value] of Object.entries(run.tags)) if (!name.startsWith('imported_')) put(`tag ${name}`, value);
  if (writers.every(({ record }) => !record.imported))
    for (const [name, value] of optionsOf(run.command)) put(name, value);
  const most = (values: readonly (number | null)[]) =>
    values.reduce<number | null>((a, b) => (b === null || (a !== null && a >= b) ? a : b), null);
  put('learning rate (most)', most(steps.map(({ lr }) => lr)));
  put('batch', most(steps.map(({ batch }) => batch)));
  const { tokens, steps: done } = report.work;
  if (tokens !== null && done !== null && done > 0) put('tokens per step', Number((tokens / done).toPrecision(6)));
  put('devices', devicesOf(energy.devices));
  put('zone', run.zone);
  put('place', run.place?.name);
  if (energy.pue.value !== null) put('PUE', Number(energy.pue.value.toPrecision(4)));
  put('model', run.model);
  put('stage', run.stage);
  put('hosts', new Set(writers.map(({ record }) => record.host)).size);
  if (run.git !== null) put('commit', `${run.git.commit.slice(0, 12)}${run.git.dirty ? ' with changes' : ''}`);
  return out;
}

/** "2 × H100, 1 × EPYC": what is charged, by its name. */
function devicesOf(devices: ReportJson['energy']['devices']): string {
  const counts = new Map<string, number>();
  for (const { charged, name, kind } of devices)
    if (charged) counts.set(name || kind, (counts.get(name || kind) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}

/** `--lr 0.1`, `--lr=0.1`, `lr=0.1` and a bare `--fp16`, by name; the program and its other words as one. */
export function optionsOf(command: readonly string[]): Map<string, string> {
  const out = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < command.length; i++) {
    const word = command[i]!;
    const [, name, value] = /^(-{0,2}[A-Za-z][\w.-]*)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined) out.set(name, value!);
    else if (!/^--?[A-Za-z]/.test(word)) words.push(word);
    else if (command[i + 1] !== undefined && !/^--?[A-Za-z]/.test(command[i + 1]!)) out.set(word, command[++i]!);
    else out.set(word, 'on');
  }
  if (words.length > 0) out.set('command', words.join(' '));
  return out;
}

/** What differs; several values of one group are told together. */
export function differencesOf(
  a: readonly ReadonlyMap<string, string>[],
  b: readonly ReadonlyMap<string, string>[],
): { what: string; a: string | null; b: string | null }[] {
  const names = new Set([...a, ...b].flatMap((settings) => [...settings.keys()]));
  const told = (side: readonly ReadonlyMap<string, string>[], name: string) => {
    const values = [...new Set(side.flatMap((settings) => settings.get(name) ?? []))].sort();
    return values.length === 0 ? null : values.join(' | ');
  };
  return [...names].map((what) => ({ what, a: told(a, what), b: told(b, what) })).filter((one) => one.a !== one.b);
}
