// Records what a provider was asked and what it answered (joulebook/grid-recording/v1), and answers from such a record.
//
// Keys are never in it: queries are kept without them, request headers not at all, and answers without what was sent as a
// secret or looks like one. So what is replayed is what came, less the secrets.

import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { fault, reasonOf } from '../core/fault.ts';
import { bodyOf, byNetwork, type Transport } from './http.ts';
import type { Asked } from './provider.ts';
import { hideFields, hiderOf } from './secrets.ts';

const EXCHANGE = v.object({
  method: v.literal('GET'),
  path: v.string(),
  query: v.array(v.tuple([v.string(), v.string()])),
  status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
});
export type Exchange = v.InferOutput<typeof EXCHANGE>;

const RECORDING = v.object({
  schema: v.literal('joulebook/grid-recording/v1'),
  provider: v.string(),
  recorded_at_ms: v.number(),
  asked: v.object({
    question: v.picklist(['history', 'forecast']),
    zone: v.string(),
    scope: v.picklist(['direct', 'lifecycle']),
    from_ms: v.number(),
    to_ms: v.number(),
  }),
  exchanges: v.array(EXCHANGE),
});
/** What a file of it holds; exchanges are in the order in which their answers came. */
export type Recording = v.InferOutput<typeof RECORDING>;

/** What is kept of an answer's headers. */
const KEPT = /^(?:content-type|date|retry-after|(?:x-)?rate-?limit.*)$/;

/** A transport by the network, and what went over it so far, without secrets; `more` are hidden too. */
export function createRecorder(): { transport: Transport; exchanges(more: readonly string[]): Exchange[] } {
  const seen: Exchange[] = [];
  const secrets: string[] = [];
  return {
    async transport(outgoing) {
      secrets.push(...outgoing.secrets);
      const response = await byNetwork(outgoing);
      const body = await bodyOf(response);
      const { status } = response;
      const headers = Object.fromEntries([...response.headers].filter(([name]) => KEPT.test(name)));
      const query = outgoing.query.map(([name, value]): [string, string] => [name, value]);
      seen.push({ method: 'GET', path: outgoing.path, query, status, headers, body });
      return answerOf({ status, headers, body });
    },
    // Only at the end is every token known that an answer gave and a later question carried.
    exchanges(more) {
      const hide = hiderOf([...secrets, ...more]);
      return seen.map(({ method, path, query, status, headers, body }) => ({
        ...{ method, path: hide(path), query: query.map(([name, value]) => [hide(name), hide(value)]), status },
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, hide(value)])),
        body: hide(hideFields(body)),
      }));
    },
  };
}

/**
 * A transport that answers from a recording, each question by its next answer in order, the last one again and again. It
 * rejects with Fault file-bad for a question that is not in it.
 */
export function replayOf({ exchanges, asked }: Recording, file: string): Transport {
  const answers = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    const key = keyOf(exchange.path, exchange.query);
    answers.set(key, [...(answers.get(key) ?? []), exchange]);
  }
  return async ({ path, query, signal }) => {
    signal.throwIfAborted();
    const left = answers.get(keyOf(path, query));
    if (left !== undefined) return answerOf(left.length > 1 ? left.shift()! : left[0]!);
    const { question, zone, from_ms, to_ms } = asked;
    const told = query.map(([name, value]) => `${name}=${value}`).join('&');
    throw fault('file-bad', {
      facts: {
        ...{ file, where: '', problem: `no answer to ${`${path}?${told}`.slice(0, 200)} is recorded in it` },
        hint: `ask for what was recorded: the ${question} of ${zone}, ${isoOf(from_ms)} to ${isoOf(to_ms)}`,
      },
    });
  };
}

/** Rejects with Fault file-unreadable, file-bad. */
export async function readRecording(file: string): Promise<Recording> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
  const bad = (problem: string, cause?: unknown) =>
    fault('file-bad', { facts: { file, where: '', problem, hint: 'make one with: joulebook grid record' }, cause });
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw bad(`it is no JSON: ${reasonOf(cause)}`, cause);
  }
  const { success, output, issues } = v.safeParse(RECORDING, found);
  if (success) return output;
  throw bad(`it is no recording: ${v.getDotPath(issues[0]) ?? 'the whole'} is not as it should be`);
}

/** As the JSON of a file. */
export const recordingOf = (
  provider: string,
  { zone, scope, from_ms, to_ms }: Pick<Asked, 'zone' | 'scope' | 'from_ms' | 'to_ms'>,
  more: Pick<Recording['asked'], 'question'> & Pick<Recording, 'exchanges' | 'recorded_at_ms'>,
): Recording => ({
  ...{ schema: 'joulebook/grid-recording/v1', provider, recorded_at_ms: more.recorded_at_ms },
  ...{ asked: { question: more.question, zone, scope, from_ms, to_ms }, exchanges: more.exchanges },
});

const keyOf = (path: string, query: readonly (readonly [string, string])[]): string =>
  JSON.stringify([path, query.map(([name, value]) => `${name}=${value}`).sort()]);

/** An answer without a body must not be given one. */
function answerOf({ status, headers, body }: Pick<Exchange, 'status' | 'headers' | 'body'>): Response {
  return new Response([204, 205, 304].includes(status) ? null : body, { status, headers });
}

const isoOf = (at_ms: number): string => new Date(at_ms).toISOString();
