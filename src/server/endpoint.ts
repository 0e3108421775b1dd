// One endpoint of the API: its question and answer as schemas → a route that checks what is asked, says what was wrong with
// it, and is described in the OpenAPI document.
//
// Answers are not checked while serving (a long report would take longer to check than to make): the tests check them.

import { toJsonSchema } from '@valibot/to-json-schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { TokenScope } from '../app/tokens.ts';
import { fault } from '../core/fault.ts';
import { refusal } from './contract/common.ts';

/** What a token must allow; none: no token is needed. */
export type Scope = TokenScope | 'none';

// biome-ignore lint/suspicious/noExplicitAny: what goes in differs from schema to schema
type Shape<T> = v.GenericSchema<any, T>;

interface Endpoint<Q, A> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  /** What a token must allow; default read. */
  readonly scope?: Scope;
  /** It stays open and tells what is new: the handler takes the reply over. */
  readonly stream?: boolean;
  /** Bytes that its body may have; default LIMITS.body. */
  readonly most_bytes?: number;
  /** Of the parts of the path and the query together; unknown names are refused. */
  readonly question: Shape<Q>;
  readonly answer: Shape<A>;
  /** What a body is to be; the handler checks it. */
  readonly body?: Shape<unknown>;
}

/** An answer is only read: what the CLI prints may be answered as it is. */
type ReadOnly<T> = T extends object ? { readonly [K in keyof T]: ReadOnly<T[K]> } : T;

type About = { readonly request: FastifyRequest; readonly reply: FastifyReply };
type Handle<Q, A> = (asked: Q, about: About) => Promise<ReadOnly<A>>;

/** Adds it. A question that does not fit is refused with code `usage` (400), naming the part and what would be right. */
export function endpoint<Q, A>(app: FastifyInstance, one: Endpoint<Q, A>, handle: Handle<Q, A>): void {
  const { method = 'GET', path, summary, question, answer, body, scope = 'read', stream = false, most_bytes } = one;
  app.route({
    ...{ method, url: path, config: { scope, stream } },
    ...(most_bytes === undefined ? {} : { bodyLimit: most_bytes }),
    schema: {
      ...{ summary, operationId: operationOf(method, path), ...askedIn(path, { method, question }) },
      ...(scope === 'none' ? { security: [] } : { description: `A token must allow ${scope}.` }),
      ...(body !== undefined && { body: described(body) }),
      ...(stream && { produces: ['text/event-stream'] }),
      response: { 200: answered(answer, summary), default: answered(refusal, 'Why there is no answer') },
    },
    async handler(request, reply) {
      const asked = parsed(question, { ...(request.query as object), ...(request.params as object) });
      const made = await handle(asked, { request, reply });
      // What a thread has made is its JSON text already.
      if (typeof made === 'string') reply.type('application/json; charset=utf-8');
      return made;
    },
  });
}

/** Throws Fault usage. */
function parsed<Q>(question: Shape<Q>, given: object): Q {
  const { success, output, issues } = v.safeParse(question, given);
  if (success) return output;
  const [first] = issues;
  const name = v.getDotPath(first) ?? 'the query';
  if (first.type === 'strict_object') {
    const known = Object.keys((question as unknown as { entries?: object }).entries ?? {});
    const hint = known.length === 0 ? 'nothing can be said here' : `known are ${known.join(', ')}`;
    throw fault('usage', { facts: { problem: `${name} is not known here`, hint } });
  }
  const problem = `${name}: ${JSON.stringify(first.input) ?? 'nothing'} cannot be used`;
  // A shape that has words of its own says more than its pattern.
  const said = first.message.startsWith('Invalid') ? first.expected : first.message;
  throw fault('usage', { facts: { problem, hint: `expected ${said ?? first.message}` } });
}

/** GET /api/runs/:run/series: getRunsRunSeries. */
const operationOf = (method: string, path: string): string =>
  `${method.toLowerCase()}${path
    .replace(/^\/api/, '')
    .replace(/[^a-z]+([a-z])/gi, (_, letter: string) => letter.toUpperCase())}`;

/** Names in the path, and all others in the query. */
function askedIn(path: string, { method, question }: { readonly method: string; readonly question: Shape<unknown> }) {
  const { properties = {}, required = [] } = described(question);
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  const part = (here: (name: string) => boolean) => ({
    ...{ type: 'object', additionalProperties: false, required: required.filter(here) },
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => here(name))),
  });
  return {
    ...(inPath.size === 0 ? {} : { params: part((name) => inPath.has(name)) }),
    ...(method === 'GET' ? { querystring: part((name) => !inPath.has(name)) } : {}),
  };
}

const answered = (schema: Shape<unknown>, text: string) => ({
  ...described(schema),
  'x-response-description': text,
});

interface Described {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

const described = (schema: Shape<unknown>): Described =>
  toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input', target: 'draft-2020-12' }) as Described;
