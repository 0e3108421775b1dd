// Ctrl-C while providers are asked: the question is given up, what was answered until then is kept, the locks are given back.
//
// A second Ctrl-C ends the process at once, as the system does it.

/** What a question rejects with after Ctrl-C; the exit code is 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

let asked: AbortSignal | null = null;

/** Aborts with Interrupted at the first Ctrl-C; one for all questions of a command. */
export function interruption(): AbortSignal {
  if (asked !== null) return asked;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Interrupted('interrupted')));
  asked = stop.signal;
  return asked;
}
