// How much of a processor's full power an idle one draws, as a share of its TDP: for the CPU model, and for what of a
// measured package belongs to nobody.
//
// 0.5 is the server of L. A. Barroso and U. Hölzle, "The Case for Energy-Proportional Computing", IEEE Computer 40(12),
// 2007: idle, it draws about half of its peak. Processors since go lower; 0.15 and 0.3 are our reading of idle shares
// measured on packages, and the interval is wide for that reason.

export const IDLE_SHARE = { low: 0.15, value: 0.3, high: 0.5 } as const;
