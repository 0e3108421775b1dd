// A figure as people read it: its value with the interval beside it, or unknown and why.

import type { FigureJson } from '../../core/figure.ts';

export function Figure({ of, write }: { of: FigureJson; write: (value: number) => string }) {
  if (of.value === null)
    return (
      <span class="unknown" title={of.why}>
        unknown
      </span>
    );
  const interval = `90 %: ${write(of.low)} – ${write(of.high)}`;
  return <span title={interval}>{write(of.value)}</span>;
}
