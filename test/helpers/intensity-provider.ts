// The contract that every intensity provider passes, against a loopback server that speaks its documented language.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Answer, Asked, IntensityProvider } from '../../src/grid/provider.ts';
import { type Loopback, loopback, type Received, type Reply } from './loopback.ts';

export interface ProviderCase {
  readonly name: string;
  /** A driver that asks at `base`, waits as told, and holds SECRET wherever it holds a key. */
  make(base: string, wait: (ms: number) => Promise<void>): IntensityProvider;
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
      driver = provider.make(server.base, async (ms) => void waited.push(ms));
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
