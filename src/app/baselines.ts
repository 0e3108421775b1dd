// Where baselines are kept: a file of the repository that is reviewed like code, or notes of the commits that were measured.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fault, reasonOf } from '../core/fault.ts';
import { type Baseline, type Baselines, baselinesText, parseBaselines } from '../report/baseline.ts';
import { commitNamed } from './commits.ts';
import { noteOf, notesUpTo, topFolder, writeNote } from './git-notes.ts';

export const BASELINE_FILE = '.joulebook-baseline.json';
const DEFAULT_NAME = 'main';

export interface Place {
  readonly cwd: string;
  /** Absent: the nearest BASELINE_FILE going up, else at the top of the repository. */
  readonly file?: string | undefined;
  readonly notes?: boolean | undefined;
}

export interface Found {
  readonly name: string;
  readonly baseline: Baseline;
  /** The file, or the commit whose note it is. */
  readonly where: string;
}

/** All baselines there are, by name; of notes the nearest of each name. Throws Fault baseline-bad, baseline-newer, git-failed. */
export function allBaselines(place: Place): Found[] {
  if (!place.notes) {
    const file = fileOf(place);
    return foundIn(readBaselines(file) ?? {}, file);
  }
  const nearest = new Map<string, Found>();
  for (const { commit, text } of notesUpTo(place.cwd))
    for (const found of foundIn(inNote(text, commit), `the note of ${commit.slice(0, 12)}`))
      if (!nearest.has(found.name)) nearest.set(found.name, found);
  return [...nearest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * A baseline by its name, or by FILE or FILE#NAME; of a file that holds one alone, that one. Throws Fault baseline-missing and
 * as allBaselines.
 */
export function baselineNamed(wanted: string, place: Place): Found {
  const [, file, inFile] = /^(.*\.json|.*[/\\][^#]*)(?:#(.*))?$/.exec(wanted) ?? [];
  const all = allBaselines(file === undefined ? place : { cwd: place.cwd, file });
  const name = file === undefined ? wanted : (inFile ?? (all.length === 1 ? all[0]!.name : DEFAULT_NAME));
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const where =
    place.notes && file === undefined
      ? 'the notes of this commit and those before it'
      : fileOf({ ...place, file: file ?? place.file });
  const names = all.map((one) => one.name);
  const there = names.length > 0 ? `there is ${names.join(', ')}; ` : '';
  const how = place.notes ? 'joulebook ci baseline update --notes' : 'joulebook ci baseline update';
  const hint = `${there}make it with: ${how}${name === DEFAULT_NAME ? '' : ` --name ${name}`}`;
  throw fault('baseline-missing', { facts: { name, where, hint } });
}

/** Keeps a baseline under a name and says where. Throws Fault baseline-unwritable, git-failed and as allBaselines. */
export function keepBaseline(name: string, baseline: Baseline, place: Place): string {
  if (place.notes) {
    const commit = commitNamed(baseline.commit ?? 'HEAD', place.cwd);
    const note = noteOf(commit, place.cwd) ?? '';
    const kept = baselinesText({ ...inNote(note, commit), [name]: baseline });
    writeNote(
      commit,
      OURS.test(note) ? note.replace(OURS, () => kept) : [note.trimEnd(), kept].filter(Boolean).join('\n\n'),
      place,
    );
    return `the note of ${commit.slice(0, 12)}`;
  }
  const file = fileOf(place);
  const text = baselinesText({ ...readBaselines(file), [name]: baseline });
  try {
    const beside = `${file}.${process.pid}.new`;
    writeFileSync(beside, text);
    renameSync(beside, file);
  } catch (cause) {
    throw fault('baseline-unwritable', { facts: { where: file, why: reasonOf(cause) }, cause });
  }
  return file;
}

const foundIn = (baselines: Baselines, where: string): Found[] =>
  Object.entries(baselines).map(([name, baseline]) => ({ name, baseline, where }));

/** In a note others' words may stand before and after: ours begin with a line `{` and end with a line `}`. */
const OURS = /^\{[\s\S]*?(?:^\}\n?|(?![\s\S]))/m;

function inNote(note: string, commit: string): Baselines {
  const text = OURS.exec(note)?.[0];
  return text === undefined ? {} : parseBaselines(text, `the note of ${commit.slice(0, 12)}`);
}

function fileOf({ cwd, file }: Place): string {
  if (file !== undefined) return resolve(cwd, file);
  const top = topFolder(cwd);
  for (let folder = cwd; ; folder = dirname(folder)) {
    const there = join(folder, BASELINE_FILE);
    if (existsSync(there)) return there;
    if (folder === top || folder === dirname(folder)) return join(top ?? cwd, BASELINE_FILE);
  }
}

/** Null where there is no file. */
function readBaselines(file: string): Baselines | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  return parseBaselines(text, file);
}
