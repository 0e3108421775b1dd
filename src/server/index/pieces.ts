// Long work that lets others in between.

/** Work is done in pieces of so long. */
const PIECE_MS = 15;

/** Calls `work` with each; another's error is the caller's. */
export async function inPieces<T>(all: Iterable<T>, work: (one: T) => void): Promise<void> {
  let began = performance.now();
  for (const one of all) {
    work(one);
    if (performance.now() - began < PIECE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}
