// Lines of a job's output for whoever listens for a while, such as for the one that tells of a checkpoint. Nothing is kept, or
// even cut into lines, while nobody does.

export interface LogLines {
  push(chunk: Buffer): void;
  /** Calls back for each line until the returned function is called. */
  listen(heard: (line: string) => void): () => void;
}

/** Longer is no line that tells something. */
const MOST = 64 << 10;

export function createLogLines(): LogLines {
  const listeners = new Set<(line: string) => void>();
  let rest = '';
  return {
    push(chunk) {
      if (listeners.size === 0) return;
      const parts = (rest + chunk.toString('utf8')).split(/\r?\n|\r/);
      rest = (parts.pop() ?? '').slice(-MOST);
      for (const line of parts) for (const heard of listeners) heard(line);
    },
    listen(heard) {
      if (listeners.size === 0) rest = '';
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
  };
}
