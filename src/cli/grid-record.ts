// joulebook grid record: a provider's real answers as a file, without secrets, from which grid history and forecast answer again.
//
// Of a question that fails, what came until then is kept too: it is what a report of the fault needs.

import { writeFileSync } from 'node:fs';
import { PROVIDERS, providerOf, replayedProvider, secretsOf } from '../app/providers.ts';
import { fault, reasonOf, usage } from '../core/fault.ts';
import { zoneNamed } from '../grid/places.ts';
import type { Answer, Asked, Scope } from '../grid/provider.ts';
import { createRecorder, type Recording, recordingOf, replayOf } from '../grid/recording.ts';
import { aheadOf, type GridOptions, pastOf, scopeIn } from './grid.ts';
import { interruption } from './interruption.ts';
import { warn } from './say.ts';

export interface RecordOptions extends Omit<GridOptions, 'replay' | 'csv' | 'offline' | 'direct' | 'ledger'> {
  forecast?: boolean;
  out?: string;
}

/** Asks, writes the file, and makes sure that it gives the same points again. Rejects with a Fault. */
export async function gridRecord(zone: string, options: RecordOptions): Promise<void> {
  const { out, provider: name } = options;
  if (name === undefined) throw usage('no provider is named', `--provider ${PROVIDERS.join(', ')}`);
  if (out === undefined) throw usage('no file is named', 'name where to write it: --out gb.recording.json');
  const recorder = createRecorder();
  const provider = providerOf(name, { transport: recorder.transport });
  const question = options.forecast === true ? 'forecast' : 'history';
  if (question === 'forecast' && (options.from ?? options.to) !== undefined)
    throw usage('--forecast has no --from and --to', 'say with --hours how far ahead');
  const span = question === 'forecast' ? aheadOf(options) : pastOf(options);
  const scope: Scope = scopeIn(provider.offer, options.scope);
  const asked: Asked = { zone: zoneNamed(zone), scope, ...span, signal: interruption() };
  const keep = (): Recording => {
    const exchanges = recorder.exchanges(secretsOf(provider.offer.name));
    return written(out, recordingOf(provider.offer.name, asked, { question, exchanges, recorded_at_ms: Date.now() }));
  };
  let answer: Answer;
  try {
    answer = await provider[question](asked);
  } catch (error) {
    const { length } = keep().exchanges;
    warn(`${plural(length, 'answer')} until then ${length === 1 ? 'is' : 'are'} in ${out}`);
    throw error;
  }
  const recording = keep();
  if (recording.exchanges.length === 0) throw usage(`${name} asks nobody for that`, 'there is nothing to record');
  for (const note of answer.notes) warn(note);
  await compared({ question, asked }, answer, { recording, out });
  const found = { answers: recording.exchanges.length, points: answer.points.length };
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ schema: 'joulebook/grid-recorded/v1', file: out, provider: recording.provider, ...found }, null, 2)}\n`
      : `${out}: ${plural(found.answers, 'answer')} of ${recording.provider}, ${plural(found.points, 'piece')}, secrets taken out; again with: joulebook grid ${question} ${zone} --replay ${out}\n`,
  );
}

function written(out: string, recording: Recording): Recording {
  try {
    writeFileSync(out, `${JSON.stringify(recording, null, 2)}\n`);
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file: out, why: reasonOf(cause) }, cause });
  }
  return recording;
}

/** A secret that is also a word of the answer (a user called DE) would leave a record that answers otherwise. */
async function compared(
  { question, asked }: { question: 'history' | 'forecast'; asked: Asked },
  { points }: Answer,
  { recording, out }: { recording: Recording; out: string },
): Promise<void> {
  const again = replayedProvider(recording.provider, replayOf(recording, out));
  const said = await again[question](asked).then(
    (answer) => (JSON.stringify(answer.points) === JSON.stringify(points) ? null : 'it gives other values'),
    reasonOf,
  );
  if (said !== null)
    throw fault('file-bad', {
      facts: {
        ...{ file: out, where: '', problem: `without the secrets it does not answer as the provider did: ${said}` },
        hint: 'a key, user or password that is a word of the answers cannot be taken out of them',
      },
    });
}

const plural = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
