// joulebook push: sends what a server has not got yet of runs.

import { type Settings, settingsOf } from '../app/settings.ts';
import { fault, usage } from '../core/fault.ts';
import { findRun, listRuns } from '../ledger/runs.ts';
import { nameOf } from '../run/ship/carrier.ts';
import { type Ask, asker, Refused } from '../run/ship/post.ts';
import { type Round, shipper } from '../run/ship/shipper.ts';
import { print, progress } from './say.ts';
import { serverOf } from './server-of.ts';

export interface PushOptions {
  server?: string;
  all?: boolean;
  json?: boolean;
  ledger?: string;
}

/** Rejects with Fault usage, run-not-found, run-ambiguous, ledger-missing, server-away. */
export async function push(runs: readonly string[], options: PushOptions): Promise<void> {
  const settings = await settingsOf({ ...options });
  const server = serverOf(settings);
  if (server === null) throw usage('it is not said where to', 'name the server: --server URL, or JOULEBOOK_SERVER');
  const ask = asker(server);
  const told = [];
  for (const id of idsOf(runs, settings, options)) {
    progress(`${id} …`);
    const sent = await sendAll(id, settings.folder, ask).catch((error) => {
      throw error instanceof Refused ? away(nameOf(server), error) : error;
    });
    progress('');
    told.push(tellingOf(id, sent));
  }
  if (options.json === true) print(JSON.stringify({ schema: 'joulebook/push/v1', server: nameOf(server), runs: told }));
  else for (const one of told) print(lineOf(one, nameOf(server)));
  if (told.some(({ held }) => held.length > 0)) process.exitCode = 3;
}

function idsOf(runs: readonly string[], { folder }: Settings, { all }: PushOptions): string[] {
  if (all === true && runs.length > 0) throw usage('runs were named beside --all', 'leave out one of the two');
  if (all === true)
    return listRuns(folder)
      .map(({ record }) => record.id)
      .reverse();
  return (runs.length === 0 ? ['last'] : runs).map((run) => findRun(folder, run).record.id);
}

/** A segment may be sealed while it is sent: then the next round finds it. */
async function sendAll(run: string, ledger: string, ask: Ask): Promise<Round> {
  const ship = shipper({ ledger, run }, ask);
  let round = await ship.round();
  for (let i = 0; i < 3 && !round.whole; i++) round = await ship.round();
  return round;
}

function tellingOf(run: string, { bytes, sent_bytes, whole, held }: Round) {
  return { run, bytes, there_bytes: sent_bytes, whole, held: [...held].map(([file, why]) => ({ file, why })) };
}

function lineOf({ run, bytes, there_bytes, held }: ReturnType<typeof tellingOf>, server: string): string {
  const [first] = held;
  if (first !== undefined) return `${run}: not taken: ${first.file}: ${first.why}`;
  const open = there_bytes < bytes ? `, ${bytes - there_bytes} are not whole lines yet` : '';
  return `${run}: ${there_bytes} bytes are at ${server}${open}`;
}

const away = (server: string, error: Refused) =>
  fault('server-away', {
    facts: {
      ...{ server, why: error.message },
      hint:
        error.status === 401 || error.status === 403
          ? 'give a token of scope write as JOULEBOOK_TOKEN'
          : 'the record here is whole: try again later',
    },
    cause: error,
  });
