// What is exported is read back by the tools it is for: a Python that has huggingface_hub and mlflow (.ci/python.sh makes
// one). Without it this is skipped with the reason; in CI it fails.

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { CLI, joulebook, tempFolder } from '../helpers/cli.ts';

const OWN = join(resolve(import.meta.dirname, '../..'), '.venv/bin/python');
const PYTHON = process.env.JOULEBOOK_TEST_PYTHON ?? (existsSync(OWN) ? OWN : null);
const has = (module: string) => PYTHON !== null && spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0;
const skip = (module: string) => !has(module) && !process.env.CI;

const folder = tempFolder();
const ledger = join(folder, 'ledger');
const T0 = 1_714_557_600;

/** One hour at 1 kW in Germany: 329.65 g (Ember, 2025). */
async function aRun(): Promise<void> {
  const trace = join(folder, 'power.csv');
  writeFileSync(
    trace,
    `timestamp,device,power_w\n${Array.from({ length: 3601 }, (_, s) => `${T0 + s},gpu-0,1000`).join('\n')}\n`,
  );
  const { code } = await joulebook(['import', 'trace', trace, '--zone', 'DE', '--pue', '1', '--ledger', ledger]);
  expect(code).toBe(0);
}

function python(code: string, ...args: string[]): unknown {
  const env = { ...process.env, HF_HUB_OFFLINE: '1', MLFLOW_ALLOW_FILE_STORE: 'true' };
  const { status, stdout, stderr } = spawnSync(PYTHON!, ['-c', code, ...args], { encoding: 'utf8', cwd: folder, env });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

test.skipIf(skip('huggingface_hub'))('huggingface_hub reads the model card', async () => {
  await aRun();
  const card = join(folder, 'README.md');
  writeFileSync(card, '---\nlicense: mit\n---\n# Model\n');
  const { code } = await joulebook([
    'export',
    'last',
    '--format',
    'card',
    '--out',
    card,
    '--training-type',
    'fine-tuning',
    '--ledger',
    ledger,
  ]);
  expect(code).toBe(0);
  const read = python(
    'import json, sys\nfrom huggingface_hub import ModelCard\nc = ModelCard.load(sys.argv[1])\nprint(json.dumps([c.data.to_dict()["co2_eq_emissions"], c.data.license, c.text]))',
    card,
  );
  expect(read).toEqual([
    expect.objectContaining({
      emissions: expect.closeTo(329.65, 9),
      training_type: 'fine-tuning',
      geographical_location: 'DE',
    }),
    'mit',
    '# Model\n',
  ]);
});

test.skipIf(skip('mlflow'))('mlflow reads metrics and tags', async () => {
  await aRun();
  const made = python(
    `import json, mlflow
mlflow.set_tracking_uri("file:" + __import__("os").getcwd() + "/mlruns")
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 1.5)
print(json.dumps([run.info.experiment_id, run.info.run_id]))`,
  ) as [string, string];
  const out = join(folder, 'mlruns', ...made);
  const { code } = await joulebook(['export', 'last', '--format', 'mlflow', '--out', out, '--ledger', ledger]);
  expect(code).toBe(0);
  const read = python(
    `import json, sys, mlflow
mlflow.set_tracking_uri("file:" + __import__("os").getcwd() + "/mlruns")
data = mlflow.get_run(sys.argv[1]).data
print(json.dumps([data.metrics["loss"], data.metrics["joulebook.operational_g"], data.tags["joulebook.zone"]]))`,
    made[1],
  );
  expect(read).toEqual([1.5, expect.closeTo(329.65, 9), 'DE']);
});

test.skipIf(skip('pandas'))('pandas, with which CodeCarbon reads its files, reads our emissions.csv', async () => {
  await aRun();
  const out = join(folder, 'emissions.csv');
  await joulebook(['export', 'last', '--format', 'codecarbon', '--tz', 'UTC', '--out', out, '--ledger', ledger]);
  const read = python(
    'import json, sys, pandas as pd\nr = pd.read_csv(sys.argv[1]).to_dict("records")[0]\nprint(json.dumps([r["timestamp"], r["duration"], r["energy_consumed"], r["emissions"], r["country_iso_code"]]))',
    out,
  );
  expect(read).toEqual(['2024-05-01T11:00:00', 3600, expect.closeTo(1, 9), expect.closeTo(0.32965, 9), 'DEU']);
});

test('a million rows take little memory', () => {
  const rows = Array.from({ length: 1_000_000 }, (_, i) => {
    const end = new Date((T0 + i + 1) * 1000).toISOString().slice(0, 19);
    return `${end},p,r${i % 3},${i + 1},${(i + 1) * 1e-6}\n`;
  });
  const path = join(folder, 'big.csv');
  writeFileSync(path, `timestamp,project_name,run_id,duration,energy_consumed\n${rows.join('')}`);
  const limited = [
    '--max-old-space-size=150',
    CLI,
    'import',
    'codecarbon',
    path,
    '--tz',
    'UTC',
    '--json',
    '--ledger',
    join(folder, 'many'),
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, limited, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: 1_000_000,
    runs: [expect.any(String), expect.any(String), expect.any(String)],
  });
});
