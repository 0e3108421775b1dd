// The API's description (OpenAPI 3.1), made of what every endpoint says it asks and answers.
//
// A shape with a name (contract/common.ts, `named`) stands once, as a component; wherever it is used there is a reference to it.

import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const ABOUT = [
  'What joulebook knows of a ledger: runs and their accounts, live and over time.',
  'Figures carry their unit in the name of their key and come with a 90 % interval; what is not known is null, and why.',
  'Keys are added, never renamed or removed. Times are UTC epoch milliseconds.',
].join(' ');

const TOKEN = 'As joulebook token create makes it. A server on loopback wants none.';

/** To be called before there are endpoints; what it returns makes the description once they are all there. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<() => Json> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'joulebook',
        version,
        description: ABOUT,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: TOKEN } } },
      // Nothing, or a token.
      security: [{}, { token: [] }],
    },
  });
  const made = once(() => withComponents(app.swagger() as unknown as Json));
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => made());
  return made;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every shape with a title, once. Throws where two differ that have one name. */
export function withComponents(document: Json): Json {
  if (!isObject(document)) return document;
  const schemas = new Map<string, Json>();
  const moved = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(moved);
    if (!isObject(value)) return value;
    const inside = Object.fromEntries(
      Object.entries(value).flatMap(([key, part]) => (key === '$schema' ? [] : [[key, moved(part)]])),
    );
    const { title: name, about, description, ...shape } = inside;
    // The name of a shape is a text: a property may be called title, too.
    if (typeof name !== 'string') return inside;
    const component = { ...(about !== undefined && { description: about }), ...shape };
    const before = schemas.get(name) ?? component;
    if (JSON.stringify(before) !== JSON.stringify(component)) throw new Error(`two shapes are called ${name}`);
    schemas.set(name, component);
    // What is said of this use stands beside the reference.
    return { $ref: `#/components/schemas/${name}`, ...(description !== undefined && { description }) };
  };
  const { paths = {}, components, ...rest } = document;
  const found = moved(paths);
  const sorted = Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...rest, components: { ...(isObject(components) ? components : {}), schemas: sorted }, paths: found };
}
