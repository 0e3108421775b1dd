// A path named by --log: a file or a folder, which is decided when it is there.

import { statSync } from 'node:fs';
import { type LogSink, type LogSource, openLogFile, stampOf } from './log-file.ts';
import { openLogFolder } from './log-folder.ts';

/** Follows what is, or will be, at the path. */
export function openLog(path: string, sink: LogSink): LogSource {
  const file = openLogFile({ ...sink, path, before: stampOf(path), hold: true });
  let folder = isFolder(path) ? openLogFolder(path, true, sink) : null;
  const source = (): LogSource => {
    if (folder === null && isFolder(path)) folder = openLogFolder(path, false, sink);
    return folder ?? file;
  };
  source().look();
  return {
    look: () => source().look(),
    close: () => source().close(),
    get format() {
      return (folder ?? file).format;
    },
    get dropped() {
      return (folder ?? file).dropped;
    },
  };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
