// joulebook python-path: the folder that holds the Python helper, for PYTHONPATH.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fault } from '../core/fault.ts';

/** Prints the folder. Throws Fault file-unreadable where the package was installed without it. */
export function pythonPath(): void {
  const folder = fileURLToPath(new URL('../clients/python', import.meta.url));
  const file = join(folder, 'joulebook.py');
  if (!existsSync(file))
    throw fault('file-unreadable', { facts: { file, why: 'it is not part of this installation' } });
  process.stdout.write(`${folder}\n`);
}
