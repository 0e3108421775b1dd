// docs/openapi.json is what the server says of itself, and it is OpenAPI 3.1 as the specification's own schema has it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, expect, test } from 'vitest';
import { withComponents } from './openapi.ts';
import { createServer } from './server.ts';

const ROOT = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

// biome-ignore lint/suspicious/noExplicitAny: any document
let told: any;
beforeAll(async () => {
  const app = await createServer({ ledger: join(ROOT, 'no-such'), version, now: () => 0, pages: null });
  told = (await app.inject('/api/openapi.json')).json();
  await app.close();
});

test('docs/openapi.json is up to date: npm run openapi', async () => {
  await expect(`${JSON.stringify(told, null, 2)}\n`).toMatchFileSnapshot(join(ROOT, 'docs/openapi.json'));
});

test('it is valid OpenAPI 3.1, and the validator finds what is not', async () => {
  const validator = new Validator();
  expect(await validator.validate(told)).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect((await new Validator().validate({ ...told, paths: { health: {} } })).valid).toBe(false);
});

test('every reference leads somewhere, and every component is used', () => {
  const used = [...JSON.stringify(told).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
  expect([...new Set(used)].sort()).toEqual(Object.keys(told.components.schemas));
});

test('every endpoint has a name of its own, an answer, a refusal, and says what may be asked', () => {
  const all = Object.values<Record<string, Record<string, never>>>(told.paths).flatMap((path) => Object.values(path));
  expect(all.length).toBeGreaterThan(15);
  const names = all.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(all.length);
  for (const { operationId, summary, responses } of all) {
    expect([operationId, typeof summary, Object.keys(responses!)]).toEqual([operationId, 'string', ['200', 'default']]);
  }
  const { parameters } = told.paths['/api/runs/{run}'].get;
  expect(parameters.map((one: { name: string; in: string }) => `${one.in} ${one.name}`)).toEqual([
    ...['query by', 'query zones', 'query as_of_ms', 'path run'],
  ]);
});

test('shapes of one name are one; two that differ are refused; a property may be called title', () => {
  const figure = { title: 'Figure', about: 'A value', type: 'number' };
  const paths = (second: object) => ({ paths: { a: { first: figure, second }, title: { title: { type: 'string' } } } });
  expect(withComponents(paths({ ...figure, description: 'Of this' }) as never)).toEqual({
    components: { schemas: { Figure: { description: 'A value', type: 'number' } } },
    paths: {
      a: {
        first: { $ref: '#/components/schemas/Figure' },
        second: { $ref: '#/components/schemas/Figure', description: 'Of this' },
      },
      title: { title: { type: 'string' } },
    },
  });
  expect(() => withComponents(paths({ ...figure, type: 'string' }) as never)).toThrow('two shapes are called Figure');
});
