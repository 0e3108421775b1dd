// The tests' fake driver for benches: test/fake-nvml/fake-nvml.ts, bundled on the fly, since Node 20 reads no TypeScript.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const FOLDER = join(import.meta.dirname, '../test/fake-nvml');

/** What fake-nvml.ts exports: buildFakeNvml(dir), fakeNvmlEnv(spec), trueEnergyJ(spec, from, to, gpu) and more. */
export async function loadFakeNvml() {
  const folder = mkdtempSync(join(tmpdir(), 'joulebook-bench-'));
  try {
    const outfile = join(folder, 'fake-nvml.mjs');
    const define = { 'import.meta.dirname': JSON.stringify(FOLDER) }; // the C file lies beside the source
    await build({
      ...{ entryPoints: [join(FOLDER, 'fake-nvml.ts')], outfile, define },
      ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20' },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
