// A record of a W&B run file, a protobuf Record, to what wandb.log was given in one call, flat by name.
//
// Layout: wandb/proto/wandb_internal.proto (Record.history = 2, HistoryItem.value_json = 16).

import { PbfReader } from 'pbf';
import { BYTES, fields, message } from './protobuf.ts';

const HISTORY = 2;
const ITEM = 1;
const STEP = 2;
const MOST_ITEMS = 2000;

/** Null for a record that is no history, or damaged: `damaged` tells which. */
export function historyOf(record: Uint8Array): { items: Record<string, number> | null; damaged: boolean } {
  try {
    let items: Record<string, number> | null = null;
    const pbf = new PbfReader(record);
    fields(pbf, (number) => {
      if (number === HISTORY && pbf.type === BYTES) items = itemsOf(pbf);
    });
    return { items, damaged: false };
  } catch {
    return { items: null, damaged: true };
  }
}

function itemsOf(pbf: PbfReader): Record<string, number> {
  const items: Record<string, number> = {};
  let count = 0;
  message(pbf, (number) => {
    if (pbf.type !== BYTES) return;
    if (number === ITEM && count++ < MOST_ITEMS) {
      const { name, value } = itemOf(pbf);
      if (name !== '' && value !== null) items[name] = value;
    } else if (number === STEP)
      message(pbf, (field) => {
        if (field === 1 && pbf.type === 0) items._step ??= pbf.readVarint(true);
      });
  });
  return items;
}

/** Names of nested values are joined by a point, as W&B shows them. */
function itemOf(pbf: PbfReader): { name: string; value: number | null } {
  const names: string[] = [];
  let value: number | null = null;
  message(pbf, (number) => {
    if (pbf.type !== BYTES) return;
    if ((number === 1 || number === 2) && names.length < 10) names.push(pbf.readString());
    else if (number === 16) value = numberOf(pbf.readString());
  });
  return { name: names.filter((name) => name !== '').join('.'), value };
}

function numberOf(json: string): number | null {
  if (json.length > 40 || json.trim() === '') return null;
  const value = Number(json);
  return Number.isFinite(value) ? value : null;
}
