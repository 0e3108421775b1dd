// The sampler's part in telling group signals from others: it survives them and says that they came.

import { FORWARDED } from './signals.ts';

/** Reports every signal of the forwarded kinds that reaches this process, and survives it. */
export function installCanary(report: (signal: NodeJS.Signals) => void): void {
  for (const signal of FORWARDED) process.on(signal, () => report(signal));
}
