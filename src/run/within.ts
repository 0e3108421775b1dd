// Waits for something, but not for ever.

/** Resolves with the promise, or after `most` ms without it; rejects only as the promise does. */
export async function within(promise: Promise<unknown>, most: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([promise, new Promise<void>((resolve) => (timer = setTimeout(resolve, most)))]);
  clearTimeout(timer);
}
