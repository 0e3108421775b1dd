// joulebook ci tag: what a commit's runs came to, as two trailers: in a note of the commit, in the file of a message, or printed.

import { execFileSync } from 'node:child_process';
import { commitEnergy } from '../app/commit-energy.ts';
import { commitNamed } from '../app/commits.ts';
import { writeNote } from '../app/git-notes.ts';
import { settingsOf } from '../app/settings.ts';
import { fault, reasonOf, usage } from '../core/fault.ts';
import { type Figure, toJson } from '../core/figure.ts';
import { energy, mass } from '../report/format.ts';
import { workingFolder } from '../run/identity.ts';

export interface TagOptions {
  commit: string;
  message?: string;
  print?: boolean;
  json?: boolean;
  ledger?: string;
}

/** refs/notes/joulebook-energy: git log --notes=joulebook-energy shows them. */
const REF = 'joulebook-energy';

/** Rejects with a Fault. */
export async function tag(runs: readonly string[], options: TagOptions): Promise<void> {
  if (options.message !== undefined && options.print === true)
    throw usage('--message and --print exclude each other', 'give one of them');
  const cwd = workingFolder();
  const commit = commitNamed(options.commit, cwd);
  const { folder } = await settingsOf(options);
  const made = await commitEnergy(folder, { runs, commit });
  const trailers = [`Energy: ${words(made.it_j, energy)}`, `Emissions: ${words(made.total_g, mass)}`];
  const text = `${trailers.join('\n')}\n`;
  if (options.message !== undefined) addTrailers(options.message, trailers);
  else if (options.print !== true) writeNote(commit, text, { cwd, ref: REF });
  const { it_j, total_g } = made;
  const json = {
    ...{ schema: 'joulebook/tag/v1', commit, runs: made.runs },
    it_j: toJson(it_j),
    total_g: toJson(total_g),
  };
  process.stdout.write(options.json === true ? `${JSON.stringify(json, null, 2)}\n` : text);
}

/** Git may take so long. */
const MOST_MS = 10_000;

/** In one line, as a trailer is. */
function words(figure: Figure, write: (value: number) => string): string {
  const told = toJson(figure);
  if (told.value === null) return `unknown (${told.why.replace(/\s+/g, ' ')})`;
  const { value, low, high } = told;
  return low === value && high === value ? write(value) : `${write(value)} (90 %: ${write(low)} – ${write(high)})`;
}

/** In the place of those that are there. Throws Fault git-failed. */
function addTrailers(file: string, trailers: readonly string[]): void {
  const options = trailers.flatMap((trailer) => ['--trailer', trailer]);
  // A line of --- ends a patch's message, but not that of a commit; git 2.39 loops for ever where a scissors line is below it.
  const args = ['interpret-trailers', '--in-place', '--no-divider', '--if-exists', 'replace', ...options, '--', file];
  try {
    execFileSync('git', args, { stdio: 'pipe', encoding: 'utf8', timeout: MOST_MS });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.split('\n')[0] ?? '';
    const facts = {
      what: 'interpret-trailers',
      why: said || reasonOf(cause),
      hint: 'name the file of a commit message',
    };
    throw fault('git-failed', { facts, cause });
  }
}
