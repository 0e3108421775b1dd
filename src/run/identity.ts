// Who and what a run is: id, writer name, record. Nothing here may fail or hold up the job.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { redactText } from '../core/redact.ts';
import { refOf } from '../ledger/kept.ts';
import { thisProcess } from '../ledger/process.ts';
import type { RunRecord, WriterRecord } from '../ledger/records.ts';
import type { Chain } from './intensity.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ten characters of Crockford's base 32: 50 random bits, easy to type a beginning of. */
export function newRunId(): string {
  return [...randomBytes(10)].map((byte) => ALPHABET[byte % 32]).join('');
}

/** Host, pid and three random bytes: the name of a folder, used by nobody else. */
export function newWriterName(): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 32);
  return `${host || 'host'}-${process.pid}-${randomBytes(3).toString('hex')}`;
}

/** A run as its run.json holds it, from what was asked and what was found here; `cwd` is redacted. */
export function runRecord(
  asked: Omit<RunRecord, 'schema' | 'created_at_ms' | 'git' | 'intensity' | 'cwd'>,
  found: {
    readonly at_ms: number;
    readonly git: RunRecord['git'];
    readonly cwd: string;
    readonly stored: Chain['stored'];
  },
): RunRecord {
  const { at_ms, git, cwd, stored } = found;
  return {
    ...asked,
    ...{ schema: 'joulebook/run/v1', created_at_ms: Math.round(at_ms), git, cwd: redactText(cwd) },
    intensity: refOf(stored),
  };
}

/** This process as a writer that begins at an instant, epoch ms. */
export function writerRecord(command: readonly string[], interval_ms: number, at_ms: number): WriterRecord {
  return {
    ...{ schema: 'joulebook/writer/v1', writer: newWriterName(), ...thisProcess(), started_at_ms: Math.round(at_ms) },
    ...{ command, sampling_s: interval_ms / 1000, imported: false },
  };
}

/** Where we are; its last known name where it has been deleted under us. */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return process.env.PWD ?? '/';
  }
}
