// One piece of work for all who ask for it meanwhile: each may leave, and with the last one the work ends.

/** `work` is begun by the first and not again until it is done; a failure reaches all who wait. */
export function shared<T>(work: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let running: { readonly result: Promise<T>; readonly stop: AbortController; waiting: number } | null = null;
  return async (signal) => {
    signal.throwIfAborted();
    if (running === null) {
      const stop = new AbortController();
      const mine = { stop, waiting: 0, result: work(stop.signal) };
      running = mine;
      const done = () => {
        if (running === mine) running = null;
      };
      mine.result.then(done, done);
    }
    const mine = running;
    mine.waiting++;
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([mine.result, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      mine.waiting--;
      if (mine.waiting === 0 && signal.aborted) {
        if (running === mine) running = null;
        mine.stop.abort(signal.reason);
      }
    }
  };
}
