// joulebook amend: what was recorded of a run is corrected, and both are kept.

import type { Said } from '../app/account-config.ts';
import { amendingOf, keepAmendment, type Saying } from '../app/amend.ts';
import { placeRecord } from '../app/place-record.ts';
import { type Setting, settingsOf } from '../app/settings.ts';
import { fault, usage } from '../core/fault.ts';
import { redactTags, redactText } from '../core/redact.ts';
import { ancestorsOf, byId } from '../ledger/lineage.ts';
import { findRun, listRuns, type RunEntry } from '../ledger/runs.ts';
import { changeWords } from '../report/change-words.ts';
import { modelNamed, stageNamed } from './lineage.ts';
import { accountOf, type MeteringOptions } from './metering.ts';
import { tagsOf, timeOf } from './options.ts';
import { warn } from './say.ts';

type Shared = 'zone' | 'pue' | 'tag' | 'price' | 'account' | 'intensity' | 'ledger';
export interface AmendOptions extends Pick<MeteringOptions, Shared> {
  from?: string;
  to?: string;
  untag?: string[];
  /** False: what was said is taken back. */
  model?: string | false | undefined;
  stage?: string | false | undefined;
  parentRun?: string | false | undefined;
  why?: string;
  json?: boolean;
}

/** Keeps a correction of a run and tells it. Rejects with a Fault; then nothing was kept. */
export async function amend(wanted: string, { model, stage, parentRun, ...options }: AmendOptions): Promise<void> {
  const why = whyOf(options.why);
  const saying = { from_ms: timeOf('--from', options.from), to_ms: timeOf('--to', options.to) };
  const settings = await settingsOf(options);
  const given = (setting: Setting | null) => (setting?.from.startsWith('--') === true ? setting : null);
  const [zone, price, own] = [given(settings.zone), given(settings.price), options.pue ?? null];
  const place = zone === null ? null : settings.place;
  const whole = saying.from_ms === null && saying.to_ms === null;
  // A place that is named brings its PUE, unless another is given.
  const its = own === null && whole ? (place?.pue ?? null) : null;
  const pue = own === null ? its && { text: String(its.value), from: zone!.from } : { text: own, from: '--pue' };
  const account = options.account === undefined ? null : settings.account;
  const { record: lines, kept: files, notes } = await accountOf({ pue, price, account });
  for (const note of notes) warn(note);
  const { folder: ledger, user } = settings;
  const entry = findRun(ledger, wanted);
  const said: Saying = {
    ...{ ...saying, zone, intensity: given(settings.intensity) },
    place: place === null ? null : placeRecord(place, its !== null),
    ...{ lines: saidIn(lines), kept: files },
    ...{ tags: redactTags(tagsOf('--tag', options.tag ?? [])), untag: options.untag ?? [] },
    lineage: lineageIn(ledger, entry, { model, stage, parentRun }),
  };
  const amending = await amendingOf(entry, said, settings);
  const kept = keepAmendment(ledger, entry.record.id, { ...amending, at_ms: Date.now(), user, why });
  if (options.json === true) {
    const made = { ...kept.value, run: entry.record.id, number: kept.number };
    process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
    return;
  }
  const { id, name } = entry.record;
  const words = changeWords(kept.value.what, entry.record).join(', ');
  process.stdout.write(
    `  run ${id}${name === null ? '' : ` "${name}"`} amended: ${words}${why === null ? '' : ` (${why})`}\n` +
      `  what that changes: joulebook restate ${id} --dry-run\n`,
  );
}

/** Throws Fault usage where a run would come of itself, and of the parent as findRun. */
function lineageIn(
  ledger: string,
  { record }: RunEntry,
  { model, stage, parentRun }: Pick<AmendOptions, 'model' | 'stage' | 'parentRun'>,
): Saying['lineage'] {
  const parent = parentRun === undefined || parentRun === false ? null : findRun(ledger, parentRun).record;
  if (parent !== null && [parent, ...ancestorsOf(parent, byId(listRuns(ledger)))].some(({ id }) => id === record.id))
    throw usage(
      `--parent-run: ${parent.id} comes of run ${record.id} itself`,
      'name the run that this one went on from',
    );
  return {
    ...(model === undefined ? {} : { model: model === false ? null : modelNamed('--model', model) }),
    ...(stage === undefined ? {} : { stage: stage === false ? null : stageNamed('--stage', stage) }),
    ...(parentRun === undefined ? {} : { parent: parent?.id ?? null }),
  };
}

/** What is said of them alone. */
function saidIn({ pue, price, ...rest }: Said['record']): Saying['lines'] {
  return { ...rest, ...(pue === null ? {} : { pue }), ...(price === null ? {} : { price }) };
}

function whyOf(text: string | undefined): string | null {
  if (text === undefined || text.trim() === '') return null;
  if (!/\p{Cc}/u.test(text)) return redactText(text.trim());
  throw fault('usage', { facts: { problem: '--why has control characters', hint: 'give a reason in one line' } });
}
