// Where joulebook keeps its ledger and what it takes from the environment: the one place that reads process.env.

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export interface Environment {
  readonly home: string | null;
  readonly zone: string | null;
  readonly pue: string | null;
  readonly nvml: string | null;
  readonly procfs: string;
  readonly run_id: string | null;
  readonly visible: string | null;
  readonly order: string | null;
  readonly user: string | null;
}

export function environment(env: NodeJS.ProcessEnv = process.env): Environment {
  const text = (name: string) => (env[name] === undefined || env[name] === '' ? null : env[name]!);
  return {
    ...{
      home: text('JOULEBOOK_HOME'),
      zone: text('JOULEBOOK_ZONE'),
      pue: text('JOULEBOOK_PUE'),
      nvml: text('JOULEBOOK_NVML'),
    },
    ...{ procfs: text('JOULEBOOK_PROCFS') ?? '/proc', run_id: text('JOULEBOOK_RUN_ID') },
    // An empty CUDA_VISIBLE_DEVICES means no device at all: it is not the same as an unset one.
    ...{
      visible: env.CUDA_VISIBLE_DEVICES ?? null,
      order: text('CUDA_DEVICE_ORDER'),
      user: text('USER') ?? text('LOGNAME'),
    },
  };
}

/** --ledger, else JOULEBOOK_HOME, else the nearest .joulebook going up, else a new one here. */
export function ledgerFolder(option: string | undefined, home: string | null, cwd = process.cwd()): string {
  const given = option ?? home;
  if (given !== null && given !== undefined) return resolve(cwd, given);
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = join(folder, '.joulebook');
    if (existsSync(join(found, 'ledger.json'))) return found;
    if (dirname(folder) === folder) return join(cwd, '.joulebook');
  }
}
