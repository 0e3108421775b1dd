// Files that appear whole or not at all.

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Creates `file` with `text`, durably, only if it does not exist yet; true if this call made it. */
export function createOnce(file: string, text: string): boolean {
  const draft = writeDraft(file, text);
  try {
    linkSync(draft, file);
    syncFolder(dirname(file));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Replaces or creates `file` with `text`, durably. */
export function putWhole(file: string, text: string | Uint8Array): void {
  const draft = writeDraft(file, text);
  try {
    renameSync(draft, file);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  }
  syncFolder(dirname(file));
}

/**
 * Writes `text` to what somebody named: a file whole or not at all, with the rights that it has; what a link points to; a
 * device or pipe is written to, and stays what it is. Throws what the file system says.
 */
export function putWhereTold(file: string, text: string): void {
  const real = existsSync(file) ? realpathSync(file) : file;
  const old = statSync(real, { throwIfNoEntry: false });
  if (old?.isFile() === false) writeFileSync(real, text);
  else putWhole(real, text);
  if (old?.isFile()) chmodSync(real, old.mode);
}

/**
 * Replaces or creates `file` with `text` for whoever reads it now: whole or not at all, but not synced, as it is soon written
 * again. Its folder must be there. Throws what the file system says.
 */
export function putLightly(file: string, text: string): void {
  const draft = join(dirname(file), `.draft-${process.pid}-${Math.random().toString(36).slice(2)}`);
  try {
    writeFileSync(draft, text, { flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Makes a folder and those above it; nothing where it is there. Throws what the file system says. Node's own
 * `recursive` never returns where the parent exists and still takes no folder (below /proc).
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (isFolder(folder)) return;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const parent = dirname(folder);
    // One that is there by now may have been made by another rank since: only a second refusal is one.
    if (!existsSync(parent)) makeFolder(parent);
    makeInside(folder);
  }
}

function makeInside(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!isFolder(folder)) throw error;
  }
}

/** Makes new names in a folder survive a power cut. Some file systems refuse it; then there is nothing to do. */
export function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // refused: network and foreign file systems
  }
}

function writeDraft(file: string, text: string | Uint8Array): string {
  makeFolder(dirname(file));
  const draft = join(dirname(file), `.draft-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const fd = openSync(draft, 'wx');
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  } finally {
    closeSync(fd);
  }
  return draft;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
