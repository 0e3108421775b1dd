// A run as an offline run of Weights & Biases, which `wandb sync` uploads: its figures as one row of history and as the summary,
// what it was as the configuration.
//
// Source: wandb/wandb at commit b6e2950 (Aug 2026): wandb/proto/wandb_internal.proto and wandb/sdk/internal/datastore.py. The
// file is LevelDB's log format with the common crc32; a record is never split but at the edge of a block of 32 KiB.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { PbfWriter } from 'pbf';
import { fault, reasonOf } from '../core/fault.ts';
import { putWhole } from '../ledger/durable.ts';
import type { Account } from './account.ts';
import { type Cell, flatRow } from './rows.ts';

/** Fields of messages, and of Record by its types. */
const RECORD = { num: 1, history: 2, summary: 3, run: 17, exit: 18, header: 21 };
const VALUE_JSON = 16;

/** Makes offline-run-TIME-ID in the folder of W&B's runs; the path of its file. Throws Fault file-unreadable. */
export function writeWandb(folder: string, account: Account, version: string): string {
  const { id, started_at_ms } = account.run;
  const time = new Date(started_at_ms).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
  const run = join(folder, `offline-run-${time}-${id}`);
  const file = join(run, `run-${id}.wandb`);
  try {
    mkdirSync(join(run, 'files'), { recursive: true }); // where wandb sync puts what it makes of it
    putWhole(file, wandbBytes(account, version));
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  return file;
}

/** The bytes of run-ID.wandb. */
export function wandbBytes(account: Account, version: string): Buffer {
  const { run } = account;
  const cells = Object.entries(flatRow(account)).filter(([, value]) => value !== null);
  const numbers = cells.filter(([, value]) => typeof value === 'number').map(named);
  const texts = cells.filter(([, value]) => typeof value === 'string').map(named);
  const ended_s = (run.ended_at_ms ?? run.started_at_ms) / 1000;
  const row: Pair[] = [['_step', 0], ['_timestamp', ended_s], ['_runtime', run.duration_s], ...numbers];
  const records: [keyof typeof RECORD, (pbf: PbfWriter) => void][] = [
    ['header', (pbf) => pbf.writeMessage(1, (_, inner) => inner.writeStringField(1, `joulebook ${version}`), null)],
    ['run', (pbf) => writeRun(pbf, { account, config: texts })],
    ['history', (pbf) => writeItems(pbf, row)],
    ['summary', (pbf) => writeItems(pbf, numbers)],
    ['exit', (pbf) => writeExit(pbf, account)],
  ];
  return framed(
    records.map(([type, write], i) => {
      const pbf = new PbfWriter();
      pbf.writeVarintField(RECORD.num, i + 1);
      pbf.writeMessage(RECORD[type], (_, inner) => write(inner), null);
      return pbf.finish();
    }),
  );
}

type Pair = readonly [name: string, value: Cell];
const named = ([name, value]: Pair): Pair => [`joulebook/${name}`, value];

/** RunRecord: run_id 1, project 3, config 4, display_name 8, host 13, start_time 17. */
function writeRun(pbf: PbfWriter, { account, config }: { account: Account; config: readonly Pair[] }): void {
  const { run } = account;
  pbf.writeStringField(1, run.id);
  pbf.writeStringField(3, run.tags.project ?? 'joulebook');
  pbf.writeMessage(4, (_, inner) => writeItems(inner, config), null);
  pbf.writeStringField(8, run.name ?? run.id);
  if (run.hosts[0] !== undefined) pbf.writeStringField(13, run.hosts[0]);
  pbf.writeMessage(
    17,
    (_, inner) => {
      inner.writeVarintField(1, Math.floor(run.started_at_ms / 1000));
      inner.writeVarintField(2, Math.round((run.started_at_ms % 1000) * 1e6));
    },
    null,
  );
}

/** RunExitRecord: exit_code 1, runtime 2, in s. */
function writeExit(pbf: PbfWriter, { run }: Account): void {
  if (['failed', 'interrupted', 'stopped'].includes(run.state)) pbf.writeVarintField(1, 1);
  pbf.writeVarintField(2, Math.round(run.duration_s));
}

/** HistoryRecord.item, SummaryRecord.update and ConfigRecord.update are all 1: key 1, value_json 16. */
function writeItems(pbf: PbfWriter, items: readonly Pair[]): void {
  for (const [name, value] of items)
    pbf.writeMessage(
      1,
      (_, item) => {
        item.writeStringField(1, name);
        item.writeStringField(VALUE_JSON, JSON.stringify(value));
      },
      null,
    );
}

const BLOCK = 1 << 15;
const HEAD = 7;
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4];

/** Records in LevelDB's log format: ":W&B", a magic number, version 0, then parts of records with checksum, length and kind. */
export function framed(records: readonly Uint8Array[]): Buffer {
  const out: Uint8Array[] = [];
  let at = 0;
  const put = (bytes: Uint8Array) => {
    out.push(bytes);
    at += bytes.length;
  };
  put(Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]));
  for (const record of records) {
    let [from, begun] = [0, false];
    do {
      if (BLOCK - (at % BLOCK) < HEAD) put(Buffer.alloc(BLOCK - (at % BLOCK)));
      const to = Math.min(record.length, from + BLOCK - (at % BLOCK) - HEAD);
      const kind = to === record.length ? (begun ? LAST : FULL) : begun ? MIDDLE : FIRST;
      const part = Buffer.concat([Buffer.from([kind!]), record.subarray(from, to)]);
      const head = Buffer.alloc(HEAD - 1);
      head.writeUInt32LE(crc32(part));
      head.writeUInt16LE(to - from, 4);
      put(head);
      put(part);
      [from, begun] = [to, true];
    } while (from < record.length);
  }
  return Buffer.concat(out);
}
