// manifest.json: what a data set is, and the SHA-256 of each of its files. It is written last, and read first: a folder without
// it, or whose files are not those that it names, is no data set.

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fault, reasonOf } from '../../core/fault.ts';
import { TABLE_NAMES, type TableName } from './tables.ts';

export const DATASET_VERSION = 1;

export interface FileEntry {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly schema: 'joulebook/dataset/v1';
  /** Of the format; larger ones are not read. */
  readonly version: number;
  /** SHA-256 over the names and hashes of its files: two of one id are the same. */
  readonly id: string;
  readonly title: string;
  /** SPDX. */
  readonly licence: string;
  readonly creator: string | null;
  readonly joulebook: string;
  readonly created_at_ms: number;
  readonly times: 'kept' | 'relative';
  /** ms that rows of energy were put together over; 0: as they were recorded. */
  readonly resolution_ms: number;
  readonly included: readonly string[];
  readonly tables: Readonly<Record<TableName, { readonly file: string; readonly rows: number }>>;
  readonly files: readonly FileEntry[];
}

/** Of files that are to stand below `folder`. Rejects with what the file system says. */
export async function entriesOf(folder: string, files: readonly string[]): Promise<FileEntry[]> {
  const out: FileEntry[] = [];
  for (const file of files) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, file))) hash.update(chunk as Buffer);
    out.push({ file, bytes: statSync(join(folder, file)).size, sha256: hash.digest('hex') });
  }
  return out;
}

/** One name for the content of all files. */
export const idOf = (files: readonly FileEntry[]): string =>
  createHash('sha256')
    .update(
      files
        .map(({ file, sha256 }) => `${sha256}  ${file}\n`)
        .sort()
        .join(''),
    )
    .digest('hex');

export interface Dataset {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * A data set by its folder or its manifest.json, each of its files looked at. Rejects with Fault dataset-bad where one is not
 * what it was, dataset-newer, file-unreadable.
 */
export async function openDataset(path: string): Promise<Dataset> {
  const folder = basename(path) === 'manifest.json' ? dirname(path) : path;
  const manifest = readManifest(path, folder);
  for (const { file, bytes, sha256 } of manifest.files) {
    const [found] = await entriesOf(folder, [file]).catch((cause: unknown) => {
      throw badDataset(path, `${file} cannot be read: ${reasonOf(cause)}`, cause);
    });
    if (found!.bytes !== bytes) throw badDataset(path, `${file} has ${found!.bytes} bytes, its manifest says ${bytes}`);
    if (found!.sha256 !== sha256)
      throw badDataset(path, `${file} was changed: its SHA-256 is ${found!.sha256}, its manifest says ${sha256}`);
  }
  if (idOf(manifest.files) !== manifest.id) throw badDataset(path, 'its id is not that of its files');
  return { folder, manifest };
}

function readManifest(path: string, folder: string): Manifest {
  const file = join(folder, 'manifest.json');
  let text: string;
  try {
    if (!statSync(folder).isDirectory()) throw new Error('it is no folder');
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw badDataset(path, `there is no manifest.json to read: ${reasonOf(cause)}`, cause);
  }
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (cause) {
    throw badDataset(path, `manifest.json is no JSON: ${reasonOf(cause)}`, cause);
  }
  if (manifest?.schema !== 'joulebook/dataset/v1' || !Number.isInteger(manifest.version))
    throw badDataset(path, 'manifest.json is not that of a data set of joulebook');
  if (manifest.version > DATASET_VERSION)
    throw fault('dataset-newer', { facts: { dataset: path, found: manifest.version, known: DATASET_VERSION } });
  const texts = [manifest.id, manifest.title, manifest.licence, manifest.joulebook, manifest.creator ?? ''];
  if (texts.some((one) => typeof one !== 'string' || /\p{Cc}/u.test(one)))
    throw badDataset(path, 'id, title, licence, creator and joulebook in manifest.json are to be a line of text each');
  const named = new Set(Array.isArray(manifest.files) ? manifest.files.map((one) => one?.file) : []);
  if ([...named].some((name) => !/^[a-z_]+(\/[a-z_]+)?\.[a-z.]+$/.test(name)))
    throw badDataset(path, 'it names files that no data set has');
  const missing = TABLE_NAMES.find((name) => !named.has(String(manifest.tables?.[name]?.file)));
  if (missing !== undefined) throw badDataset(path, `manifest.json names no file of the table ${missing}`);
  return manifest;
}

/** Fault dataset-bad. */
export const badDataset = (dataset: string, problem: string, cause?: unknown) =>
  fault('dataset-bad', { facts: { dataset, problem }, cause });
