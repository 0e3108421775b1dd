// The contract that every intensity provider passes, against a loopback server that speaks its documented language.

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Passed } from '../../src/grid/http.ts';
import type { Answer, Asked, IntensityProvider } from '../../src/grid/provider.ts';
import { createRecorder, recordingOf, replayOf } from '../../src/grid/recording.ts';
import { drip, flood, securely } from './hostile-http.ts';
import { type Loopback, loopback, type Received, type Reply } from './loopback.ts';
import { noOpenssl } from './redfish.ts';

export interface ProviderCase {
  readonly name: string;
  /** A driver that asks at `base`, as told, and holds SECRET wherever it holds a key. */
  make(base: string, passed: Passed): IntensityProvider;
  /** Answers as the provider documents, `steps` pieces of its step from `from_ms` on; `hole` leaves the second one out its way. */
  serve(request: Received, span: { from_ms: number; to_ms: number; hole: boolean }): Reply;
  readonly zone: string;
  readonly unknownZone: string;
  /** Why a part of the contract does not apply: it has no key, no holes. */
  readonly skip?: { readonly refused?: string; readonly hole?: string };
}

/** In every key of every driver under test. */
export const SECRET = 'correct-horse-7';
const DAY_MS = 86_400_000;
const T0 = Date.UTC(2024, 2, 4);

/** Registers the contract's tests. */
export function intensityProviderContract(provider: ProviderCase): void {
  describe(`${provider.name} keeps the contract of intensity providers`, () => {
    let server: Loopback;
    let waited: number[] = [];
    let driver: IntensityProvider;
    const span = { from_ms: T0, to_ms: T0 + DAY_MS };
    const good =
      (hole = false) =>
      (request: Received) =>
        provider.serve(request, { ...span, hole });
    beforeEach(async () => {
      waited = [];
      server = await loopback(good());
      driver = provider.make(server.base, { wait: async (ms) => void waited.push(ms) });
    });
    afterEach(() => server.close());
    const asked = (more: Partial<Asked> = {}): Asked => ({
      ...{ zone: provider.zone, scope: driver.offer.scopes[0]!, ...span, signal: new AbortController().signal },
      ...more,
    });
    const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
      const error = await promise.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Fault);
      const fault = error as Fault;
      expect(`${fault.message} ${fault.hint} ${JSON.stringify(fault.facts)}`).not.toContain(SECRET);
      return fault;
    };

    test('its offer is plain data that makes sense', () => {
      const { offer } = driver;
      expect(JSON.parse(JSON.stringify(offer))).toEqual(offer);
      expect(offer.scopes.length).toBeGreaterThan(0);
      expect(offer.longest_ms).toBeGreaterThanOrEqual(offer.step_s * 1000);
      expect([offer.source, offer.licence].every((text) => text.length > 3)).toBe(true);
    });

    test('history: pieces in order, without overlap, inside what was asked, above 0', async () => {
      const { points } = await driver.history(asked());
      expect(points.length).toBeGreaterThanOrEqual(20);
      let reached = span.from_ms;
      for (const { from_ms, to_ms, g_per_kwh } of points) {
        expect(from_ms).toBeGreaterThanOrEqual(reached);
        expect(to_ms).toBeGreaterThan(from_ms);
        expect(g_per_kwh).toBeGreaterThan(0);
        reached = to_ms;
      }
      expect(reached).toBeLessThanOrEqual(span.to_ms);
    });

    test('a span inside a piece is cut to it', async () => {
      const [from_ms, to_ms] = [T0 + 6 * 3_600_000 + 60_000, T0 + 6 * 3_600_000 + 120_000];
      const { points } = await driver.history(asked({ from_ms, to_ms }));
      expect(points.map((point) => [point.from_ms, point.to_ms])).toEqual([[from_ms, to_ms]]);
    });

    if (provider.skip?.hole === undefined)
      test('a value that is missing is a hole, not 0', async () => {
        const whole = (await driver.history(asked())).points;
        server.answers(good(true));
        const { points } = await driver.history(asked());
        const time = (all: typeof points) => all.reduce((sum, { from_ms, to_ms }) => sum + to_ms - from_ms, 0);
        expect(time(points)).toBeLessThan(time(whole));
        expect(Math.min(...points.map(({ g_per_kwh }) => g_per_kwh))).toBeGreaterThan(0);
      });

    test('no request is longer than it may be', async () => {
      const { longest_ms } = driver.offer;
      if (longest_ms > 400 * DAY_MS) return;
      await driver.history(asked({ to_ms: T0 + 2.5 * longest_ms }));
      const questions = server.received.filter(({ path }) => !path.includes('login')).length;
      expect(questions).toBeGreaterThanOrEqual(3);
    });

    test('the longest span that it names is one request', async () => {
      const { longest_ms } = driver.offer;
      if (longest_ms > 400 * DAY_MS) return;
      await driver.history(asked({ to_ms: T0 + longest_ms }));
      expect(longest_ms % 3_600_000).toBe(0);
      expect(server.received.filter(({ path }) => !path.includes('login')).length).toBe(1);
    });

    test('an unknown zone is said before or by the provider', async () => {
      server.answers(() => ({ status: 404, body: { message: 'no such zone' } }));
      expect((await faultOf(driver.history(asked({ zone: provider.unknownZone })))).code).toBe('grid-zone');
    });

    if (provider.skip?.refused === undefined)
      test('a key that is refused: once, and not in the words', async () => {
        server.answers(() => ({ status: 401, body: { error: 'Invalid auth-token' } }));
        expect((await faultOf(driver.history(asked()))).code).toBe('grid-refused');
        expect(server.received.length).toBeLessThanOrEqual(2);
      });

    test('429 with Retry-After is waited for', async () => {
      let busy = true;
      server.answers((request) => {
        if (!busy) return good()(request);
        busy = false;
        return { status: 429, headers: { 'retry-after': '7' }, body: {} };
      });
      expect((await driver.history(asked())).points.length).toBeGreaterThan(0);
      expect(waited).toEqual([7000]);
    });

    test.each<[string, Reply, string]>([
      ['429 for ever', { status: 429, body: {} }, 'grid-busy'],
      ['500 for ever', { status: 500, body: 'oops' }, 'grid-unreachable'],
      [
        'a connection that dies midway',
        (response) => response.writeHead(200).write('{', () => response.destroy()),
        'grid-unreachable',
      ],
      [
        'a page of HTML',
        { headers: { 'content-type': 'text/html' }, body: '<html><body>Welcome</body></html>' },
        'grid-bad',
      ],
      ['another JSON', { body: [1, 2, 3] }, 'grid-bad'],
      ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'grid-bad'],
      ['gzip that is none', { headers: { 'content-encoding': 'gzip' }, body: '{"data":[]}' }, 'grid-unreachable'],
    ])('%s', async (_, reply, code) => {
      server.answers(() => reply);
      expect((await faultOf(driver.history(asked()))).code).toBe(code);
    });

    test('an answer with one thing put wrong gives sound pieces or a fault', async () => {
      const wrong = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant('NaN'), fc.constant('2024-03-04T00:00Z'));
      const property = fc.asyncProperty(fc.nat({ max: 5000 }), wrong, async (at, value) => {
        server.answers((request) => {
          const reply = good()(request);
          return typeof reply === 'function' ? reply : { ...reply, body: putWrong(reply.body, at, value) };
        });
        const found = await driver.history(asked()).catch((error: unknown) => error);
        if (found instanceof Error) {
          expect(found).toBeInstanceOf(Fault);
          return;
        }
        let reached = span.from_ms;
        for (const { from_ms, to_ms, g_per_kwh } of (found as Answer).points) {
          expect(from_ms >= reached && to_ms > from_ms && to_ms <= span.to_ms).toBe(true);
          expect(Number.isFinite(g_per_kwh) && g_per_kwh >= 0).toBe(true);
          reached = to_ms;
        }
      });
      await fc.assert(property, { numRuns: 60 });
    });

    test.each<[string, Reply]>([
      ['says nothing', () => {}],
      ['says a little for ever', (response) => drip(response.writeHead(200))],
    ])('a provider that %s is given up after its time, four times', async (_, reply) => {
      server.answers(() => reply);
      const hasty = provider.make(server.base, { patience_ms: 60, wait: async () => {} });
      const { code, message } = await faultOf(hasty.history(asked()));
      expect([code, message]).toEqual(['grid-unreachable', expect.stringContaining('no answer within 0.06 s')]);
      expect(server.received.length).toBe(4);
    });

    test('50 MB are not read to the end, and not asked for again', async () => {
      server.answers(() => (response) => flood(response.writeHead(200), 50));
      const { code, message } = await faultOf(driver.history(asked()));
      expect([code, message]).toEqual(['grid-bad', expect.stringContaining('larger than 32 MB')]);
      expect(server.received.length).toBe(1);
    });

    test('gzip is unpacked', async () => {
      const plain = (await driver.history(asked())).points;
      server.answers((request) => {
        const { body, headers = {} } = good()(request) as { body: unknown; headers?: Record<string, string> };
        const packed = gzipSync(typeof body === 'string' ? body : JSON.stringify(body));
        return (response) => response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end(packed);
      });
      expect((await driver.history(asked())).points).toEqual(plain);
    });

    test.skipIf(noOpenssl !== null)(
      `a certificate that nobody vouches for: asked once, nothing sent (${noOpenssl ?? 'openssl'})`,
      async () => {
        const secure = await securely();
        const { code, message } = await faultOf(provider.make(secure.base, {}).history(asked()));
        expect([code, message]).toEqual(['grid-unreachable', expect.stringMatching(/no safe connection.*certificate/)]);
        expect(secure.requests()).toBe(0);
        await secure.close();
      },
    );

    test('recorded and replayed it gives the same, without the network; no secret is in the record', async () => {
      // A provider that says back all that it was sent.
      server.answers((request) => {
        const reply = good()(request) as { body: unknown; headers?: Record<string, string> };
        const heard = { ...request.headers, ...Object.fromEntries(request.query) };
        if (typeof reply.body === 'string') return { ...reply, body: `${reply.body}<!-- ${JSON.stringify(heard)} -->` };
        return Array.isArray(reply.body)
          ? reply
          : { ...reply, body: { ...(reply.body as object), heard: JSON.stringify(heard) } };
      });
      const recorder = createRecorder();
      const { points } = await provider.make(server.base, { transport: recorder.transport }).history(asked());
      const exchanges = recorder.exchanges([]);
      expect(exchanges.length).toBe(server.received.length);
      const recording = recordingOf('x', asked(), { question: 'history', exchanges, recorded_at_ms: T0 });
      const text = JSON.stringify(recording);
      for (const form of formsOf(SECRET)) expect(text).not.toContain(form);
      expect(text).not.toMatch(/a-token|Basic [A-Za-z0-9]/);
      await server.close();
      const again = provider.make(server.base, {
        transport: replayOf(JSON.parse(text), 'x.json'),
        wait: async () => {},
      });
      expect((await again.history(asked())).points).toEqual(points);
      const later = again.history(asked({ from_ms: T0 + 400 * DAY_MS, to_ms: T0 + 401 * DAY_MS }));
      const { code, message, hint } = await faultOf(later);
      expect([code, message]).toEqual(['file-bad', expect.stringContaining('x.json: no answer to /')]);
      expect(hint).toContain('2024-03-04T00:00:00.000Z to 2024-03-05T00:00:00.000Z');
    });

    test('an abort ends the question at once', async () => {
      server.answers(() => () => {});
      const stop = new AbortController();
      const question = driver.history(asked({ signal: stop.signal }));
      setTimeout(() => stop.abort(new Error('enough')), 20);
      await expect(question).rejects.toThrow('enough');
    });

    test('several questions at once do not mix', async () => {
      const questions = [1, 2, 3].map((hours) => driver.history(asked({ to_ms: T0 + hours * 3_600_000 })));
      const ends = (await Promise.all(questions)).map(({ points }) => points.at(-1)!.to_ms);
      expect(ends).toEqual([1, 2, 3].map((hours) => T0 + hours * 3_600_000));
    });
  });
}

/** JSON with another value at one of its nodes; a text with another text in it. */
function putWrong(body: unknown, at: number, value: unknown): unknown {
  if (typeof body === 'string') {
    const place = at % (body.length + 1);
    return body.slice(0, place) + String(value) + body.slice(place + 1);
  }
  const copy = structuredClone({ body }) as Record<string, unknown>;
  const nodes: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const visit = (holder: Record<string, unknown>) => {
    for (const [key, child] of Object.entries(holder)) {
      nodes.push({ holder, key });
      if (typeof child === 'object' && child !== null) visit(child as Record<string, unknown>);
    }
  };
  visit(copy);
  const { holder, key } = nodes[at % nodes.length]!;
  holder[key] = value;
  return copy.body;
}

/** A secret as it is and in Base64, wherever it begins among other bytes. */
function formsOf(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((before) => {
    const bits = (secret.length + before) * 8;
    const whole = Buffer.from('x'.repeat(before) + secret).toString('base64');
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
  });
  return [secret, encodeURIComponent(secret), ...inBase64];
}
