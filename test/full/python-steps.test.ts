// A hundred thousand steps of eight threads of a Python program, many more than a pipe holds: none is lost.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { metered, reportOf, tempFolder } from '../helpers/cli.ts';

const WITHOUT = spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 8)']).status !== 0;
const SCRIPT = `
import threading, joulebook
def work():
    for i in range(13000):
        joulebook.step(tokens=1, samples=2)
threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(joulebook.dropped())
`;

if (!WITHOUT || process.env.CI)
  test('a hundred thousand steps all arrive, in the summary and in the ledger', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'script.py'), SCRIPT);
    const env = { PYTHONPATH: resolve(import.meta.dirname, '../../clients/python'), PYTHONDONTWRITEBYTECODE: '1' };
    const { report, result } = await metered(folder, ['--', 'python3', join(folder, 'script.py')], env);
    expect([result.code, result.stdout]).toEqual([0, '0\n']);
    const all = { steps: 104_000, tokens: 104_000, samples: 208_000 };
    expect(report.work).toMatchObject(all);
    const kept = await reportOf(join(folder, 'ledger'), 'last');
    expect(kept.work).toMatchObject(all);
    for (const { warnings } of [report, kept]) expect(warnings.map(({ code }) => code)).not.toContain('work');
  });
