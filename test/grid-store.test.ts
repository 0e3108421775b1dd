// What providers answered, as it is kept: by many processes at once, through kills, damage, full disks and wrong clocks.

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepPoints, syncTopic } from '../src/app/grid-sync.ts';
import type { Entry, Retrieval, Topic } from '../src/grid/knowledge.ts';
import type { Point } from '../src/grid/provider.ts';
import { neso } from '../src/grid/providers/neso.ts';
import { knownOf, topicsOf, withTopic } from '../src/ledger/grid-store.ts';
import { thisProcess } from '../src/ledger/process.ts';
import { joulebook, start, tempFolder, until } from './helpers/cli.ts';
import { type Loopback, loopback, type Received, type Reply } from './helpers/loopback.ts';

const HALF_MS = 1_800_000;
const H = 3_600_000;
/** Longer ago than anything is revised. */
const OLD = Date.UTC(2019, 5, 3);
const TOPIC: Topic = { provider: 'neso', zone: 'GB', kind: 'average', scope: 'direct' };
const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;

let server: Loopback;
let folder: string;
let ledger: string;
function halves({ path }: Received): Reply {
  const [, , from = '', to = ''] = path.split('/');
  const begin = Math.floor(Date.parse(from) / HALF_MS) * HALF_MS;
  const end = to === 'fw48h' ? begin + 4 * HALF_MS : Date.parse(to);
  const data = [];
  for (let at = begin; at < end; at += HALF_MS)
    data.push({ from: iso(at), to: iso(at + HALF_MS), intensity: { forecast: 150, actual: 100, index: 'low' } });
  return { body: { data } };
}
const slowly =
  (reply: (request: Received) => Reply, ms: number) =>
  (request: Received): Reply =>
  (response) =>
    void setTimeout(() => response.end(JSON.stringify((reply(request) as { body: unknown }).body)), ms);
beforeEach(async () => {
  server = await loopback(halves);
  folder = tempFolder();
  ledger = join(folder, 'ledger');
});
afterEach(() => server.close());

const args = (...more: string[]) => ['grid', ...more, '--provider', 'neso', '--ledger', ledger];
const env = () => ({ NESO_URL: server.base });
const sync = (...more: string[]) => joulebook(args('sync', 'GB', ...more), { env: env(), cwd: folder });
const history = (from: number, to: number, ...more: string[]) =>
  joulebook(args('history', 'GB', '--from', iso(from), '--to', iso(to), '--json', ...more), {
    env: env(),
    cwd: folder,
  });
const place = (at = ledger) => join(at, 'grid', 'neso', 'GB', 'average-direct');
const files = () =>
  readdirSync(place())
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(place(), name));
const entries = (): Entry[] => [...knownOf(ledger, TOPIC).entries];

describe('one asks, the others read', () => {
  test('eight processes that sync the same topic at once ask the provider once', async () => {
    server.answers(slowly(halves, 400));
    const all = await Promise.all(Array.from({ length: 8 }, () => sync()));
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(Array(8).fill([0, '']));
    const asked = server.received.map(({ path }) => path);
    expect(asked.filter((path) => path.endsWith('fw48h')).length).toBe(1);
    expect(asked.length).toBe(2);
    expect(all.filter(({ stdout }) => /values new/.test(stdout)).length).toBe(1);
    expect(existsSync(join(place(), 'lock'))).toBe(false);
    expect(knownOf(ledger, TOPIC).damaged).toBe(0);
  });

  test('one that is killed -9 while it asks: the next takes over', async () => {
    server.answers(() => () => {});
    const { child, done } = start(args('sync', 'GB'), { env: env(), cwd: folder });
    await until('a question', () => server.received.length > 0);
    const waiting = sync();
    child.kill('SIGKILL');
    await done;
    server.answers(halves);
    const { code, stdout } = await waiting;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/values new/)]);
  });

  test('eight that add at once: every entry is whole', async () => {
    const point: Point = { from_ms: OLD, to_ms: OLD + H, g_per_kwh: 1, quality: 'measured' };
    const about = { region: 'GB', source: '', licence: '', issued_at_ms: null, from_ms: OLD, to_ms: OLD + H };
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        withTopic(ledger, TOPIC, {
          signal: AbortSignal.timeout(10_000),
          work: async (known, add) => {
            await new Promise((resolve) => setImmediate(resolve));
            expect(known.entries.length).toBe(entries().length);
            add({ what: 'history', retrieved_at_ms: OLD + i, ...about, points: [point] });
          },
        }),
      ),
    );
    expect(entries().length).toBe(8);
  });
});

describe('the lock of a topic', () => {
  const signal = AbortSignal.timeout(10_000);
  const lock = () => join(place(), 'lock');
  const ELSEWHERE = JSON.stringify({ ...thisProcess(), host: 'elsewhere', boot_id: 'another' });
  const entry = (at: number): Entry => ({
    ...{ what: 'history', retrieved_at_ms: at, issued_at_ms: null, from_ms: OLD, to_ms: OLD + H },
    ...{ region: 'GB', source: '', licence: '', points: [] },
  });

  test('one that was taken over is left to its new holder', async () => {
    await withTopic(ledger, TOPIC, { signal, work: async () => writeFileSync(lock(), ELSEWHERE) });
    expect(readFileSync(lock(), 'utf8')).toBe(ELSEWHERE);
  });

  test('a holder on another host that keeps answers still works; one that has not for minutes is gone', async () => {
    const long_ago_s = Date.now() / 1000 - 301;
    await withTopic(ledger, TOPIC, {
      signal,
      work: async (_, add) => {
        utimesSync(lock(), long_ago_s, long_ago_s);
        add(entry(OLD));
        expect(Date.now() - statSync(lock()).mtimeMs).toBeLessThan(60_000);
      },
    });
    writeFileSync(lock(), ELSEWHERE);
    const stop = new AbortController();
    const waiting = withTopic(ledger, TOPIC, { signal: stop.signal, work: async () => 'had it' });
    setTimeout(() => stop.abort(new Error('still waiting')), 300);
    await expect(waiting).rejects.toThrow('still waiting');
    utimesSync(lock(), long_ago_s, long_ago_s);
    expect(await withTopic(ledger, TOPIC, { signal, work: async () => 'had it' })).toBe('had it');
  });

  test('a file that had to wait is heard when it is kept: a report of meanwhile did not know it', async () => {
    const topic: Topic = { provider: 'import', zone: 'GB', kind: 'average', scope: 'lifecycle' };
    const points: Point[] = [{ from_ms: OLD, to_ms: OLD + H, g_per_kwh: 5, quality: 'measured' }];
    const brought = { issued_at_ms: null, region: 'GB', source: '', licence: '', points, signal };
    let given_ms = Number.POSITIVE_INFINITY;
    let kept: Promise<unknown> = Promise.resolve();
    await withTopic(ledger, topic, {
      signal,
      work: async () => {
        kept = keepPoints(ledger, topic, brought);
        await new Promise((resolve) => setTimeout(resolve, 250));
        given_ms = Date.now();
      },
    });
    expect(await kept).toEqual({ added: 1, revised: 0 });
    expect(knownOf(ledger, topic).entries[0]!.retrieved_at_ms).toBeGreaterThanOrEqual(given_ms);
  });
});

describe('damage', () => {
  test('a torn last line and lines that are none cost that answer and nothing else', async () => {
    await history(OLD, OLD + 2 * H);
    appendFileSync(files()[0]!, 'not json\n{"what":"history"}\n{"what":"history","retrieved_at_ms":1,"poi');
    const found = await history(OLD, OLD + 2 * H);
    expect(JSON.parse(found.stdout)).toMatchObject({ mean_g_per_kwh: 100, coverage: 1 });
    expect(server.received.length).toBe(1);
    // What is added next begins on a line of its own.
    const wide = JSON.parse((await history(OLD, OLD + 26 * H)).stdout);
    expect(wide).toMatchObject({ mean_g_per_kwh: 100, coverage: 1 });
    expect(knownOf(ledger, TOPIC).damaged).toBe(3);
    const holes = JSON.parse((await history(OLD - 2 * H, OLD, '--offline')).stdout);
    expect(holes.warnings).toContainEqual("3 damaged lines of neso's answers are left out");
  });

  test('cut off at any byte, it reads, and what is due is asked again', async () => {
    await history(OLD, OLD + 2 * H);
    const [file] = files();
    const whole = readFileSync(file!);
    for (const kept of [0, 1, whole.length >> 1, whole.length - 1]) {
      writeFileSync(file!, whole);
      truncateSync(file!, kept);
      expect(entries()).toEqual([]);
    }
    const asked = server.received.length;
    expect(JSON.parse((await history(OLD, OLD + 2 * H)).stdout).coverage).toBe(1);
    expect(server.received.length).toBe(asked + 1);
  });

  test('two ledgers copied together still read', async () => {
    await history(OLD, OLD + 2 * H);
    const other = join(folder, 'other');
    const ask = (zone: string, from: number, at: string) =>
      joulebook(
        [
          'grid',
          'history',
          zone,
          '--provider',
          'neso',
          '--ledger',
          at,
          '--from',
          iso(from),
          '--to',
          iso(from + H),
          '--json',
        ],
        { env: env(), cwd: folder },
      );
    await ask('GB', OLD, other);
    await ask('GB-REGION-1', OLD, other);
    // It was copied while it was being written: the lock is of a process that is gone.
    writeFileSync(join(place(other), 'lock'), JSON.stringify(gone()));
    cpSync(other, ledger, { recursive: true });
    expect(JSON.parse((await ask('GB', OLD, ledger)).stdout).coverage).toBe(1);
    expect(topicsOf(ledger).map(({ zone }) => zone)).toEqual(['GB', 'GB-REGION-1']);
    expect(JSON.parse((await ask('GB', OLD + 24 * H, ledger)).stdout).coverage).toBe(1);
  });
});

/** A process of this machine that has ended. */
const gone = () => ({ ...thisProcess(), pid: spawnSync('true').pid, pid_start: '1' });

describe('places that cannot be written', () => {
  const mounted = (options: string): boolean => {
    mkdirSync(ledger, { recursive: true });
    const made = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', ledger]).status === 0;
    if (!made) console.warn('skipped: a small file system cannot be mounted here (not root)');
    return made;
  };
  const unmount = () => spawnSync('umount', [ledger]);

  test('a ledger that is read-only: what is known is shown, nobody is asked', async () => {
    if (!mounted('size=1m')) return;
    try {
      await history(OLD, OLD + 2 * H);
      expect(spawnSync('mount', ['-o', 'remount,ro', ledger]).status).toBe(0);
      const asked = server.received.length;
      const { code, stdout, stderr } = await history(OLD, OLD + 4 * H);
      expect([code, JSON.parse(stdout).coverage]).toEqual([0, 0.5]);
      expect(stderr).toMatch(/cannot write to the ledger .*: nobody is asked/);
      expect(await sync()).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot write to the ledger/) });
      expect(server.received.length).toBe(asked);
    } finally {
      unmount();
    }
  });

  test('a full disk: said, and what was there stays whole', async () => {
    if (!mounted('size=64k')) return;
    try {
      await history(OLD, OLD + 2 * H);
      spawnSync('sh', ['-c', `head -c 1000000 /dev/zero >'${ledger}/ballast' 2>/dev/null`]);
      const before = readFileSync(files()[0]!, 'utf8');
      const { code, stderr } = await sync('--since', iso(Date.now() - 13 * 24 * H));
      expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot write to the ledger/)]);
      expect(
        files()
          .map((file) => readFileSync(file, 'utf8'))
          .join(''),
      ).toBe(before);
      expect(existsSync(join(place(), 'lock'))).toBe(false);
      spawnSync('rm', [join(ledger, 'ballast')]);
      expect((await sync()).code).toBe(0);
      expect(knownOf(ledger, TOPIC).damaged).toBe(0);
    } finally {
      unmount();
    }
  });
});

describe('politeness', () => {
  test('what is settled is never asked for twice, be it known or not', async () => {
    server.answers((request) => {
      const { body } = halves(request) as { body: { data: { intensity: object }[] } };
      const [first, ...rest] = body.data;
      return { body: { data: [{ ...first!, intensity: { forecast: null, actual: null, index: 'low' } }, ...rest] } };
    });
    await history(OLD, OLD + 6 * H);
    expect(server.received.length).toBe(1);
    for (let i = 0; i < 3; i++) await history(OLD + i * H, OLD + 6 * H);
    expect(server.received.length).toBe(1);
  });

  test.each<[string, () => string]>([
    ['seconds', () => '7200'],
    ['a date', () => new Date(Date.now() + 7_200_000).toUTCString()],
  ])('429 with Retry-After beyond patience, in %s: kept, and asked of no process before its time', async (_, after) => {
    server.answers(() => ({ status: 429, headers: { 'retry-after': after() }, body: {} }));
    const began = Date.now();
    expect(await sync()).toMatchObject({ code: 1, stderr: expect.stringMatching(/neso has been asked too often/) });
    expect(server.received.length).toBe(1);
    const [refusal] = entries();
    expect(refusal).toMatchObject({ what: 'refusal', code: 'grid-busy' });
    const again_at_ms = (refusal as { again_at_ms: number }).again_at_ms;
    expect(again_at_ms).toBeGreaterThanOrEqual(began + 7_198_000);
    expect(again_at_ms).toBeLessThan(Date.now() + 7_201_000);
    server.answers(halves);
    const all = await Promise.all([1, 2, 3].map(() => sync()));
    expect(all.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(server.received.length).toBe(1);
    expect((await sync('--again')).code).toBe(0);
  });

  test('each refusal in a row is waited out longer, an answer forgives them', async () => {
    let now = Date.UTC(2026, 0, 1);
    const ask = () =>
      syncTopic(
        ledger,
        { provider: neso({ base: server.base }), topic: TOPIC, spans: [{ from_ms: now - H, to_ms: now }] },
        { signal: AbortSignal.timeout(10_000), now_ms: () => now, again: false, forecast: false },
      );
    server.answers(() => ({ status: 401, body: {} }));
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      expect((await ask()).refusal).toMatch(/refuses: HTTP 401/);
      const { again_at_ms } = entries().at(-1) as { again_at_ms: number };
      waits.push(again_at_ms - now);
      now = again_at_ms - 1;
      expect((await ask()).refusal).toMatch(/left alone until/);
      now = again_at_ms;
    }
    expect(server.received.length).toBe(8);
    // Minutes: 1, 2, 4, … × 0.5 to 1.5, never more than 6 h × 1.5.
    waits.forEach((wait, i) => {
      const minutes = Math.min(360, 2 ** i);
      expect(wait / 60_000).toBeGreaterThanOrEqual(0.5 * minutes);
      expect(wait / 60_000).toBeLessThan(1.5 * minutes);
    });
    server.answers(halves);
    expect((await ask()).refusal).toBeNull();
    server.answers(() => ({ status: 401, body: {} }));
    now += 24 * H;
    await ask();
    expect((entries().at(-1) as { again_at_ms: number }).again_at_ms - now).toBeLessThan(90_000);
  });

  test('a clock that goes back: what was heard ahead of time reads, and what is due is asked once', async () => {
    let now = Date.now() + 900 * 24 * H;
    const spans = [{ from_ms: Date.now() - 3 * H, to_ms: Date.now() }];
    const ask = () =>
      syncTopic(
        ledger,
        { provider: neso({ base: server.base }), topic: TOPIC, spans },
        { signal: AbortSignal.timeout(10_000), now_ms: () => now, again: false, forecast: false },
      );
    await ask();
    now = Date.now();
    await ask();
    const asked = server.received.length;
    expect(asked).toBe(2);
    await ask();
    expect(server.received.length).toBe(asked);
    const [from, to] = [spans[0]!.from_ms, spans[0]!.to_ms];
    expect(JSON.parse((await history(from, to, '--offline')).stdout)).toMatchObject({
      mean_g_per_kwh: 100,
      coverage: 1,
    });
  });
});

describe('Ctrl-C while a provider is asked', () => {
  const stopped = async (...words: string[]) => {
    const { child, done } = start(args(...words), { env: env(), cwd: folder });
    const before = server.received.length;
    await until('a question that hangs', () => server.received.length > before + words.filter(isPart).length);
    child.kill('SIGINT');
    return done;
  };
  const isPart = (word: string) => word === '--since';

  test.each([
    ['sync', 'GB'],
    ['now', 'GB'],
    ['history', 'GB'],
    ['forecast', 'GB', '--direct'],
    ['when', 'GB', '--duration', '1h'],
  ])('grid %s: exit 130 without a word more, and the lock is given back', async (...words) => {
    server.answers(() => () => {});
    expect(await stopped(...words)).toEqual({ code: 130, signal: null, stdout: '', stderr: '' });
    expect(existsSync(join(place(), 'lock'))).toBe(false);
  });

  test('grid sync: what was answered until then is kept', async () => {
    server.answers((request) => (server.received.length === 1 ? halves(request) : () => {}));
    const { code, stderr } = await stopped('sync', 'GB', '--no-forecast', '--since', iso(Date.now() - 30 * 24 * H));
    expect([code, stderr]).toEqual([130, '']);
    const [kept, ...rest] = entries();
    expect([kept?.what, rest]).toEqual(['history', []]);
    expect((kept as Retrieval).points.length).toBeGreaterThan(24);
  });

  test('grid record: the file holds what came', async () => {
    const out = join(folder, 'record.json');
    server.answers((request) => (server.received.length === 1 ? halves(request) : () => {}));
    const words = ['record', 'GB', '--from', iso(OLD), '--to', iso(OLD + 30 * 24 * H), '--out', out];
    const asked = ['grid', ...words, '--provider', 'neso'];
    const { child, done } = start(asked, { env: env(), cwd: folder });
    await until('a second question', () => server.received.length > 1);
    child.kill('SIGINT');
    const { code, stderr } = await done;
    expect([code, stderr]).toEqual([130, `joulebook: 1 answer until then is in ${out}\n`]);
    expect(JSON.parse(readFileSync(out, 'utf8')).exchanges.length).toBe(1);
  });
});
