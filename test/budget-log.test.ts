// What was decided about a run: told to a webhook and a command as it happens, and afterwards by report and log, with what it saved.
//
// A replayed power of 1 kW and a grid of 400 g/kWh all the time: a pause moves nothing to cleaner hours and costs what it draws.

import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listRuns } from '../src/ledger/runs.ts';
import type { DecisionLogJson } from '../src/report/decision-log.ts';
import { joulebook, reportOf, start, tempFolder, until } from './helpers/cli.ts';

const SECRET = 'our secret';

/** A webhook that answers 500 once; what it was told, signed or not. */
async function webhook() {
  const told: { act: string; signed: boolean }[] = [];
  let failed = false;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      if (!failed) {
        failed = true;
        response.writeHead(500).end();
        return;
      }
      const { 'webhook-id': id, 'webhook-timestamp': at_s, 'webhook-signature': signature } = request.headers;
      const mac = createHmac('sha256', SECRET).update(`${id}.${at_s}.${body}`).digest('base64');
      told.push({ act: JSON.parse(body).act, signed: signature === `v1,${mac}` });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

test('a pause and its end, told as they happen and afterwards', { timeout: 40_000 }, async () => {
  const cwd = tempFolder();
  const ledger = join(cwd, 'ledger');
  const rows = Array.from({ length: 600 }, (_, i) => `${1_700_000_000 + i / 10},gpu-0,1000`);
  writeFileSync(join(cwd, 'kilowatt.csv'), `timestamp,device,power_w\n${rows.join('\n')}\n`);
  writeFileSync(join(cwd, 'grid.csv'), 'timestamp,gco2e_per_kwh\n2020-01-01T00:00Z,400\n2060-01-01T00:00Z,400\n');
  const { told, url } = await webhook();
  writeFileSync(
    join(cwd, 'joulebook.yaml'),
    `notify: { webhook: "${url}", command: "cat >> told; echo noise", allow_private: true }\n`,
  );
  const words = [
    '--replay',
    'kilowatt.csv',
    '--intensity',
    'grid.csv',
    '--zone',
    'DE',
    '--budget',
    '2kJ',
    '--on-breach',
    'pause',
  ];
  const job = ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5; done; echo done'];
  const run = start(['run', '--ledger', ledger, ...words, '--quiet', '--', ...job], {
    cwd,
    env: { JOULEBOOK_NOTIFY_SECRET: SECRET },
  });
  onTestFinished(() => void run.child.kill('SIGTERM')); // a paused one waits for ever
  await until('the pause', () => existsSync(join(ledger, 'runs')) && listRuns(ledger)[0]?.state === 'paused');
  await until('the webhook', () => told.length === 1);
  expect((await joulebook(['resume', 'last', '--ledger', ledger])).code).toBe(0);
  const result = await run.done;
  expect(result).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(told).toEqual([
    { act: 'pause', signed: true },
    { act: 'resume', signed: true },
  ]);
  const lines = readFileSync(join(cwd, 'told'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { schema: 'joulebook/decision/v1', act: 'pause', budget: 'run', limit: '2kJ', g_per_kwh: 400 },
    { act: 'resume' },
  ]);

  const report = await reportOf(ledger, 'last');
  const [pause, resume] = report.decisions;
  expect(pause).toMatchObject({ act: 'pause', by: ['run'], outcome: { done: true }, grid: { g_per_kwh: 400 } });
  expect(resume).toMatchObject({ act: 'resume', by: [], saved: null });
  const { from_ms, to_ms } = pause!.stood as { from_ms: number; to_ms: number };
  const stood_s = (to_ms - from_ms) / 1000;
  // 1 kW for as long as it stood, at 400 g/kWh; the same work at other hours of the same grid saves nothing.
  expect(pause!.saved!.energy_j.value).toBeCloseTo(-1000 * stood_s, 3);
  expect(pause!.saved!.emissions_g.value).toBeCloseTo((-1000 * stood_s * 400) / 3.6e6, 6);

  const log = async (...more: string[]) => (await joulebook(['budget', 'log', '--ledger', ledger, ...more])).stdout;
  const all = JSON.parse(await log('--json')) as DecisionLogJson;
  expect(all.decisions).toMatchObject([
    { run: report.run.id, ...pause },
    { run: report.run.id, ...resume },
  ]);
  expect(all.saved).toEqual(report.saved);
  expect((JSON.parse(await log('run', '--json')) as DecisionLogJson).decisions).toHaveLength(1);
  const text = await log('--run', 'last');
  expect(text.split('\n')).toHaveLength(4); // two decisions, what the first saved, an end of line
  // In Wh where a slow machine let it stand for longer than 3.6 s.
  expect(text).toMatch(/ pause for .*: .*of 2kJ is spent.*\n {2}cost .* gCO2e .* and .* (J|Wh) /);
  expect(await log('--since', '2090-01-01T00:00Z')).toBe('nothing was decided\n');
  expect((JSON.parse(await log('2kJ', '--json')) as DecisionLogJson).decisions).toHaveLength(1);
  const [nobody, ofRun] = await Promise.all(
    ['lba', report.run.id].map((name) => joulebook(['budget', 'log', name, '--ledger', ledger])),
  );
  expect(nobody).toMatchObject({ code: 2, stderr: expect.stringMatching(/no budget "lba".*\n.*there are 2kJ, run/) });
  expect(ofRun).toMatchObject({ code: 2, stderr: expect.stringContaining(`--run ${report.run.id}`) });
  expect((await joulebook(['report', 'last', '--ledger', ledger])).stdout).toMatch(/^ {2}decisions +\S+ pause for /m);
});
