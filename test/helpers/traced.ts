// A ledger of imported traces: hours of one power on one GPU, whose energy and emissions follow by hand.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { joulebook, tempFolder } from './cli.ts';

export interface Hour {
  readonly name: string;
  readonly w: number;
  /** When it began, ISO 8601. */
  readonly at: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** g/kWh of all hours; none: not known. */
  readonly g?: number;
}

/** Imports them; the ledger's folder. Every hour has a step a minute of 1000 tokens, and a loss that falls from 9 by 0.1. */
export async function traced(hours: readonly Hour[]): Promise<string> {
  const folder = tempFolder();
  const ledger = join(folder, 'ledger');
  for (const { name, w, at, tags = {}, g } of hours) {
    const iso = (minute: number) => new Date(Date.parse(at) + minute * 60_000).toISOString();
    const power = Array.from({ length: 61 }, (_, i) => `${iso(i)},gpu-0,${w}`);
    const steps = Array.from({ length: 60 }, (_, i) => `${iso(i + 1)},${i + 1},${(i + 1) * 1000},${9 - i / 10}`);
    writeFileSync(join(folder, 'power.csv'), `timestamp,device,power_w\n${power.join('\n')}\n`);
    writeFileSync(join(folder, 'steps.csv'), `timestamp,step,tokens,loss\n${steps.join('\n')}\n`);
    writeFileSync(
      join(folder, 'grid.csv'),
      `timestamp,gco2e_per_kwh\n2020-01-01T00:00Z,${g}\n2060-01-01T00:00Z,${g}\n`,
    );
    const about = g === undefined ? [] : ['--zone', 'DE', '--intensity', 'grid.csv'];
    const tagged = Object.entries(tags).flatMap(([key, value]) => ['--tag', `${key}=${value}`]);
    const args = ['import', 'trace', 'power.csv', '--ledger', ledger, '--name', name, '--steps', 'steps.csv'];
    const { code, stderr } = await joulebook([...args, ...about, ...tagged], { cwd: folder });
    expect(code, stderr).toBe(0);
  }
  return ledger;
}
