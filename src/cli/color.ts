// Whether a stream of ours gets colours: a terminal that knows them, and nobody who does not want them (no-color.org).

/** By the stream and the environment. */
export function colorOn({ isTTY }: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR = '', TERM } = process.env;
  return isTTY === true && NO_COLOR === '' && TERM !== 'dumb';
}
