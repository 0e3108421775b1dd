// The sampler's part in telling group signals from others: it survives them and says that they came.

import { FORWARDED, IGNORED_AT_START } from './signals.ts';

export function installCanary(report: (signal: NodeJS.Signals) => void): void {
  for (const signal of FORWARDED) if (!IGNORED_AT_START.includes(signal)) process.on(signal, () => report(signal));
}
