import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { endAt, gpu, runRecord, second, writerOf } from '../../../test/helpers/ledger.ts';
import { createRun } from '../../ledger/writer.ts';
import { series as contract } from '../contract/series.ts';
import { createServer } from '../server.ts';

const folder = () => join(mkdtempSync(join(tmpdir(), 'joulebook-series-')), 'ledger');

async function ask(ledger: string, path: string) {
  const app = await createServer({ ledger, version: 'test', now: () => 0, pages: null });
  try {
    const response = await app.inject({ url: path, headers: { host: 'localhost' } });
    return { status: response.statusCode, body: response.json() };
  } finally {
    await app.close();
  }
}

/** Two GPUs for so many seconds: gpu-0 at 100 W + its second, gpu-1 at 50 W. */
function simple(seconds = 20) {
  const ledger = folder();
  createRun(ledger, runRecord('r1', { zone: 'DE', pue: 1.5 }));
  const writer = writerOf(ledger, 'r1', 'w1', [gpu(0, 'a'), gpu(1, 'b')]);
  for (let s = 0; s < seconds; s++) {
    writer.append('energy', second('gpu-0', s, 100 + s));
    writer.append('energy', second('gpu-1', s, 50));
  }
  writer.flush();
  writer.end(endAt(seconds * 1000));
  return ledger;
}

test('a short run is told second by second', async () => {
  const ledger = simple(20);
  const { status, body } = await ask(ledger, '/api/runs/r1/series');
  expect(status).toBe(200);
  const told = v.parse(contract, body);
  expect(told.stretch_ms).toBe(1000);
  expect(told.power!.devices.map(({ device, mean_w }) => [device, mean_w[3]])).toEqual([
    ['gpu-0', 103],
    ['gpu-1', 50],
  ]);
  expect(told.power!.total.mean_w[3]).toBe(153);
  // 20 × 100 + (0 + … + 19) + 20 × 50
  expect(told.energy!.value.at(-1)).toBeCloseTo(3190, 9);
});
