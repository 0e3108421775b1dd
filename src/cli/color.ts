// Whether a stream of ours gets colours: a terminal that knows them, and nobody who does not want them (no-color.org); and
// what else a strip of time wants to know of the reader's side: width, letters, clock.

import type { Paint, StripOptions } from '../report/heat-strip.ts';
import { isUtf8 } from '../run/live-text.ts';

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** By the stream and the environment. */
export function colorOn({ isTTY }: Stream): boolean {
  const { NO_COLOR = '', TERM } = process.env;
  return isTTY === true && NO_COLOR === '' && TERM !== 'dumb';
}

/** Shades of colour where the terminal says that it has them: COLORTERM for 24 bits, the name in TERM for 256 colours. */
function paintOn(stream: Stream): Paint {
  const { COLORTERM = '', TERM = '' } = process.env;
  if (!colorOn(stream)) return 'none';
  if (/^(truecolor|24bit)$/i.test(COLORTERM)) return 'true';
  return COLORTERM !== '' || TERM.includes('256') ? '256' : 'none';
}

/** How a strip is to be drawn on a stream. */
export function stripOptions(stream: Stream): StripOptions {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return {
    ...{ columns: stream.columns || 80, paint: paintOn(stream), utf8: isUtf8(process.env) },
    time_zone: timeZone ?? null,
  };
}
