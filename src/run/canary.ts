// The sampler's part in telling group signals from others: it survives them and says that they came.

import { FORWARDED } from './signals.ts';

export function installCanary(report: (signal: NodeJS.Signals) => void): void {
  for (const signal of FORWARDED) process.on(signal, () => report(signal));
}
