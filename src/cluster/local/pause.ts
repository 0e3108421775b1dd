// Waiting, and waiting until something is so.

/** Resolves after so many ms. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks every `every_ms` until it is so; false where it is not so after `most_ms`. */
export async function untilSo(look: () => boolean, most_ms: number, every_ms: number): Promise<boolean> {
  const until = performance.now() + most_ms;
  while (!look()) {
    if (performance.now() >= until) return false;
    await pause(every_ms);
  }
  return true;
}
