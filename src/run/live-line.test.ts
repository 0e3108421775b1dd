import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLiveAccount } from './live-account.ts';
import { createCursorWatch, createLive, type LiveMode, liveModeOf } from './live-line.ts';
import { UNICODE } from './live-text.ts';

describe('how it is told', () => {
  const xterm = { terminal: true, term: 'xterm-256color' };
  test.each([
    ['auto, beside a command that may draw', 'auto', { ...xterm, ours: false }, 'title'],
    ['auto, where all goes through us', 'auto', { ...xterm, ours: true }, 'line'],
    ['a line where it was asked for', 'line', { ...xterm, ours: false }, 'line'],
    ['a title where it was asked for', 'title', { ...xterm, ours: true }, 'title'],
    ['off', 'off', { ...xterm, ours: true }, 'off'],
    ['no terminal', 'auto', { terminal: false, term: 'xterm', ours: false }, 'minute'],
    ['off without a terminal', 'off', { terminal: false, term: '', ours: false }, 'off'],
    ['dumb, beside a command', 'line', { terminal: true, term: 'dumb', ours: false }, 'off'],
    ['dumb, alone', 'auto', { terminal: true, term: 'dumb', ours: true }, 'minute'],
    ['no TERM', 'auto', { terminal: true, term: '', ours: false }, 'off'],
    ['the console of Linux has no title', 'auto', { terminal: true, term: 'linux', ours: false }, 'off'],
    ['a line on the console', 'auto', { terminal: true, term: 'linux', ours: true }, 'line'],
  ] as const)('%s', (_, wish, place, mode) => expect(liveModeOf(wish, place)).toBe(mode));
});

function told(mode: LiveMode) {
  const said: string[] = [];
  const live = createLive({
    ...{ mode, account: createLiveAccount([], { pue: null }), signs: UNICODE, columns: () => 80 },
    voice: {
      say: (text) => said.push(text) > 0,
      sayNow: (text) => void said.push(text),
      through() {},
    },
  });
  const second = (s: number) => live.second({ started_at_ms: 0, now_ms: s * 1000, charged: new Set() });
  return { live, said, second };
}
const through = (live: ReturnType<typeof told>['live'], text: string) => live.around(Buffer.from(text)).toString();

describe('a line', () => {
  test('goes before output and comes back at the start of a line', () => {
    const { live, said, second } = told('line');
    second(1);
    expect(said).toEqual(['\r\x1b[K1 s']);
    expect(through(live, 'out\r\n')).toBe('\r\x1b[Kout\r\n1 s');
    expect(through(live, 'half')).toBe('\r\x1b[Khalf');
    second(2);
    expect(said).toHaveLength(1); // the cursor is in a line of the command's
    expect(through(live, ' a line\n')).toBe(' a line\n2 s');
    live.end();
    expect(said.at(-1)).toBe('\r\x1b[K');
  });

  test('becomes a title for good when the command begins to draw', () => {
    const { live, said, second } = told('line');
    second(1);
    expect(through(live, '10 %\r20 %')).toBe('\r\x1b[K10 %\r20 %');
    second(2);
    expect(said.at(-1)).toBe('\x1b[22;0t\x1b]2;2 s\x07');
    second(3);
    expect(said.at(-1)).toBe('\x1b]2;3 s\x07');
    live.end();
    expect(said.at(-1)).toBe('\x1b[23;0t');
    second(4);
    expect(said.at(-1)).toBe('\x1b[23;0t');
  });
});

test('without a terminal a plain line a minute, the first after 60 s', () => {
  const { live, said, second } = told('minute');
  for (let s = 1; s <= 185; s++) second(s);
  expect(said).toEqual(['joulebook: 1:00\n', 'joulebook: 2:00\n', 'joulebook: 3:00\n']);
  live.end();
});

test('off says nothing', () => {
  const { live, said, second } = told('off');
  second(100);
  expect(through(live, 'x\n')).toBe('x\n');
  live.end();
  expect(said).toEqual([]);
});

describe('where the cursor is', () => {
  test.each([
    ['a whole line', 'abc\n', true, false],
    ['a part of one', 'abc', false, false],
    ['colours', '\x1b[1;31mred\x1b[m\n', true, false],
    ['a line of DOS', 'abc\r\n', true, false],
    ['two returns before a new line, as two terminals make it', 'abc\r\r\n', true, false],
    ['a return that something follows', 'abc\rdef', false, true],
    ['a backspace', 'ab\bc\n', false, true],
    ['up a line', 'abc\n\x1b[A', false, true],
    ['erasing a line', '\x1b[2K', false, true],
    ['the alternate screen', '\x1b[?1049h', false, true],
    ['a title', '\x1b]0;t\x07', false, true],
    ['saving the cursor', '\x1b7', false, true],
  ])('%s', (_, text, atStart, moved) => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const watch = createCursorWatch();
        const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
        for (const [i, edge] of edges.slice(1).entries()) watch.see(Buffer.from(text.slice(edges[i], edge)));
        expect([watch.atStart, watch.moved]).toEqual([atStart, moved]);
      }),
    );
  });
});

test('whatever a command prints in whatever pieces: without what we draw, its bytes are its own', () => {
  const piece = fc.oneof(
    fc.constantFrom('\n', '\r\n', 'text', '\x1b[31m', 'é'),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const { live, second } = told('line');
      let seen = '';
      for (const [i, one] of pieces.entries()) {
        second(i);
        const chunk = Buffer.from(one, 'latin1');
        const out = live.around(chunk).toString('latin1');
        const bare = out.replace(/^\r\x1b\[K/, '');
        expect(bare.startsWith(one) || out === one).toBe(true);
        const after = bare.startsWith(one) ? bare.slice(one.length) : '';
        expect(after).toMatch(/^(\d+ s)?$/);
        if (after !== '') expect(`${seen}${one}`).toMatch(/(^|\n)$|^(\x1b\[31m)*$/);
        seen += one;
      }
      live.end();
    }),
  );
});
