// Documents that threads beside the server make are those that the commands print; refusals cross over whole; what is known already is not sent anew.

import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { serving } from '../helpers/browser.ts';
import { joulebook, tempFolder } from '../helpers/cli.ts';

const ledger = join(tempFolder(), 'ledger');
beforeAll(async () => {
  for (const name of ['two', 'one'])
    await joulebook(['run', '--ledger', ledger, '--zone', 'DE', '--name', name, '--quiet', '--', 'sleep', '1']);
});

test('what threads make is what the commands print, many at a time', async () => {
  const server = await serving(ledger);
  const asked = ['runs/last', 'runs/one', 'totals?by=project', 'waste', 'budgets/log', 'compare?runs=one&runs=two'];
  const answers = await Promise.all(asked.map((path) => fetch(`${server.url}/api/${path}`)));
  expect(answers.map(({ status }) => status)).toEqual(asked.map(() => 200));
  expect(answers[0]!.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const [report, , total] = await Promise.all(answers.map((answer) => answer.json()));
  const told = async (...words: string[]) =>
    JSON.parse((await joulebook([...words, '--ledger', ledger, '--json'])).stdout);
  expect(report).toEqual(await told('report', 'last'));
  expect(total).toEqual(await told('total', '--by', 'project'));
  const again = await fetch(`${server.url}/api/runs/last`, {
    headers: { 'if-none-match': answers[0]!.headers.get('etag')! },
  });
  expect(again.status).toBe(304);
  const refused = await fetch(`${server.url}/api/runs/onee`);
  expect(refused.status).toBe(404);
  expect(await refused.json()).toMatchObject({ code: 'run-not-found', hint: expect.stringContaining('one') });
  expect((await server.stop()).code).toBe(0);
});
