// A figure as people read it: its value, and its interval, or unknown and why, for who points at it.

import type { FigureJson } from '../../core/figure.ts';
import { Tip } from './tip.tsx';

export function Figure({ of, write }: { of: FigureJson; write: (value: number) => string }) {
  if (of.value === null)
    return (
      <Tip text={of.why}>
        <span class="unknown">unknown</span>
      </Tip>
    );
  if (of.low === of.value && of.high === of.value) return <span>{write(of.value)}</span>;
  return <Tip text={`90 %: ${write(of.low)} – ${write(of.high)}`}>{write(of.value)}</Tip>;
}
