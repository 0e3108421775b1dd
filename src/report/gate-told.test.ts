import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { badgeOf } from './badge.ts';
import type { CheckJson, GateJson } from './gate.ts';
import { type CommentFacts, commentOf, markerOf } from './gate-comment.ts';
import { junitOf } from './gate-junit.ts';

const check = (more: Partial<CheckJson> = {}): CheckJson => ({
  ...{ metric: 'j_per_token', max_increase: 0.05, verdict: 'regression', p: 0.004, equal_grid_g_per_kwh: null },
  baseline: { value: 2, repeats: 4, values: [2, 2, 2, 2] },
  candidate: { value: 3, repeats: 2, values: [3, 3] },
  increase: { value: 0.5, low: 0.4, high: 0.6 },
  ...{ more_repeats: 0, more_baseline: 0, reason: 'j_per_token +50.0 %: more than 5 % allowed' },
  ...more,
});
const gate = (more: Partial<GateJson> = {}): GateJson => ({
  ...{ schema: 'joulebook/gate/v1', verdict: 'regression', failed: true },
  baseline: {
    ...{ name: 'main', commit: 'a'.repeat(40), dirty: false, measured_on: '2026-11-28' },
    ...{ joulebook: '0.1.0', repeats: 4 },
  },
  candidate: { commit: 'b'.repeat(40), dirty: true, runs: ['r1', 'r2'] },
  ...{ checks: [check()], different: [], left_out: [], warnings: [] },
  ...more,
});
const hardware = [{ kind: 'gpu', name: 'NVIDIA H100', source: 'counter', count: 2 }];
const told = (more: Partial<CommentFacts> = {}) =>
  commentOf({
    ...{ gate: gate(), more: [], measured: { hardware, intensity: null, pue_known: false } },
    ...{
      commands: [['python', 'train.py', '--name', 'a b']],
      again: ['joulebook ci gate --baseline', 'main'],
      key: 'main',
    },
    ...more,
  });

describe('the comment', () => {
  test('has its marker first, a row of both values with the change, and the way to repeat it', () => {
    const lines = told().split('\n');
    expect(lines[0]).toBe('<!-- joulebook: main -->');
    expect(lines[1]).toBe('### Energy: more than is allowed');
    expect(lines).toContain(
      '| `j_per_token` | 2.00 J per token | 3.00 J per token | +50.0 % (+40.0 % to +60.0 %) | **worse** | `▁▁▁▁ │ ██` |',
    );
    expect(lines).toContain('- j_per_token +50.0 %: more than 5 % allowed');
    expect(lines).toContain(
      '`main` is `aaaaaaaaaaaa`, 2026-11-28, 4 runs; here is `bbbbbbbbbbbb` with changes that were not committed, 2 runs.',
    );
    expect(lines).toContain('Both measured on 2 × `NVIDIA H100` (gpu, counter).');
    const from = lines.indexOf('```sh');
    expect(lines.slice(from, from + 5)).toEqual([
      '```sh',
      `git checkout ${'b'.repeat(40)}`,
      "joulebook run -- python train.py --name 'a b'",
      'joulebook ci gate --baseline main',
      '```',
    ]);
  });

  test('against a file of its own it tells how both sides are measured, in words of a shell', () => {
    const again = ['joulebook ci gate --baseline', 'main', '--max-increase', '5 %', '--file', 'base.json'];
    const lines = told({ again, file: 'base.json' }).split('\n');
    const from = lines.indexOf('```sh');
    expect(lines.slice(from + 1, from + 7)).toEqual([
      `git checkout ${'a'.repeat(40)}`,
      "joulebook run -- python train.py --name 'a b'",
      'joulebook ci baseline update --name main --file base.json',
      `git checkout ${'b'.repeat(40)}`,
      "joulebook run -- python train.py --name 'a b'",
      "joulebook ci gate --baseline main --max-increase '5 %' --file base.json",
    ]);
  });

  test('the bars of both are in the order of time', () => {
    const baseline = { value: 1, repeats: 2, values: [0, 2] };
    const candidate = { value: 6, repeats: 3, values: [8, 6, 4] };
    expect(told({ gate: gate({ checks: [check({ baseline, candidate })] }) })).toContain('`▁▃ │ ▅▇█`');
  });

  test('of what is for information there is no verdict', () => {
    const more = [check({ metric: 'it_j', increase: { value: -0.1, low: null, high: null } })];
    expect(told({ more })).toContain('| `it_j` | 2.00 J | 3.00 J | −10.0 % |  | `▁▁▁▁ │ ██` |');
  });

  test('what was measured otherwise, left out and warned of is said; unknown values are', () => {
    const nothing = { value: null, repeats: 0, values: [] };
    const text = told({
      gate: gate({
        ...{ verdict: 'cannot-tell', different: ['meter: gpu by model here'], warnings: ['of other work'] },
        checks: [check({ verdict: 'cannot-tell', candidate: nothing, increase: null, equal_grid_g_per_kwh: 412.34 })],
        left_out: [{ run: 'r3', why: 'it failed' }],
      }),
    });
    expect(text).toContain('### Energy: cannot tell yet');
    expect(text).toContain('| `j_per_token` | 2.00 J per token | unknown | unknown | cannot tell yet | `▄▄▄▄` |');
    expect(text).toContain('**Measured otherwise**: meter: gpu by model here.');
    expect(text).toContain('- left out: run `r3`, it failed');
    expect(told({ gate: gate({ left_out: [{ run: 'r3', why: 'it failed' }] }) })).toMatch(/^3 runs of:$/m);
    expect(text).toContain('- of other work');
    expect(text).toContain("at 412 gCO2e/kWh, the baseline's");
  });

  test('words of others neither call anybody nor end the code that they stand in', () => {
    const evil = 'x`|<img src=x>\n@everyone ```';
    const text = told({
      ...{ commands: [['echo', evil]], key: '--> @all\n' },
      measured: { hardware: [{ ...hardware[0]!, name: evil }], intensity: null, pue_known: false },
      gate: gate({ warnings: ['@everyone <b> [a](b)'] }),
    });
    expect(text.split('\n')[0]).toBe('<!-- joulebook: -_ _all_ -->');
    expect(text).toContain('- @\u200beveryone \\<b\\> \\[a\\](b)');
    expect(text).toContain('2 × ```` x`\\|<img src=x> @everyone ``` ```` (gpu');
    expect(text).toContain('\n````sh\n');
    expect(text.match(/^````$/gm)).toHaveLength(1);
  });

  test('the key of a marker ends no comment of HTML', () => {
    for (const key of ['-->', '--!>', 'a\nb', 'a--b'])
      expect(markerOf(key)).toMatch(/^<!-- joulebook: (?!.*--.*-->)[^<>\n]* -->$/);
  });
});

/** What junit-10.xsd of Jenkins' xUnit plug-in 3.1 allows: attributes (those that must be there with !), and what may stand inside. */
const JUNIT: Record<string, { attributes: string[]; inside: string[] }> = {
  testsuites: { attributes: ['name', 'time', 'tests', 'failures', 'errors'], inside: ['testsuite'] },
  testsuite: {
    attributes: [
      'name!',
      'tests!',
      'failures!',
      'errors!',
      'group',
      'time',
      'skipped',
      'timestamp',
      'hostname',
      'id',
      'package',
      'file',
      'log',
      'url',
    ],
    inside: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { attributes: [], inside: ['property'] },
  property: { attributes: ['name!', 'value!'], inside: [] },
  testcase: {
    attributes: ['name!', 'time', 'classname', 'group'],
    inside: [
      'skipped',
      'error',
      'failure',
      'rerunFailure',
      'rerunError',
      'flakyFailure',
      'flakyError',
      'system-out',
      'system-err',
    ],
  },
  failure: { attributes: ['type', 'message'], inside: ['#text'] },
  skipped: { attributes: ['type', 'message'], inside: ['#text'] },
  'system-out': { attributes: [], inside: ['#text'] },
};

type Node = Record<string, unknown>;
function problems(nodes: Node[], allowed: readonly string[]): string[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@')!;
    if (!allowed.includes(name)) return [`${name} may not stand here`];
    if (name === '#text') return [];
    const { attributes, inside } = JUNIT[name]!;
    const given = Object.keys((node[':@'] ?? {}) as Node);
    const known = attributes.map((attribute) => attribute.replace('!', ''));
    return [
      ...given.filter((attribute) => !known.includes(attribute)).map((attribute) => `${name}: ${attribute}`),
      ...attributes
        .filter((one) => one.endsWith('!') && !given.includes(one.slice(0, -1)))
        .map((one) => `${name} has no ${one}`),
      ...problems(node[name] as Node[], inside),
    ];
  });
}
const parsed = (text: string): Node[] => {
  expect(XMLValidator.validate(text)).toBe(true);
  const options = { preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', ignoreDeclaration: true };
  return new XMLParser(options).parse(text) as Node[];
};

describe('JUnit XML', () => {
  const all = gate({
    checks: [
      check({ reason: 'a < b & "c" \u0007' }),
      check({ metric: 'it_j', verdict: 'ok' }),
      check({ metric: 'duration_s', verdict: 'cannot-tell', reason: 'cannot tell yet: 3 more' }),
    ],
  });

  test.each([false, true])('is what the schema allows (strict: %s)', (strict) => {
    expect(problems(parsed(junitOf(all, strict)), ['testsuites'])).toEqual([]);
  });

  test('a regression has failed, what cannot be told was skipped, and has failed where it is to', () => {
    const count = (text: string) => [/failures="(\d)"/, /skipped="(\d)"/].map((found) => found.exec(text)?.[1]);
    expect(count(junitOf(all, false))).toEqual(['1', '1']);
    expect(count(junitOf(all, true))).toEqual(['2', '0']);
    expect(junitOf(all, false)).toContain('<failure type="regression" message="a &lt; b &amp; &quot;c&quot; \uFFFD"/>');
    expect(junitOf(all, false)).toContain('<skipped message="cannot tell yet: 3 more"/>');
  });
});

describe('the badge', () => {
  test('is a picture of both words, as wide as they are', () => {
    const svg = badgeOf('energy', '2 < 3 J', 'better');
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).toContain('<title>energy: 2 &lt; 3 J</title>');
    // Six and seven letters of 6.6 px, rounded, and four times 6 px beside them.
    expect(svg).toContain(`width="${40 + 46 + 24}"`);
  });

  /** WCAG 2.1: relative luminance, and the contrast with white. */
  test('white is legible on each of its colours', () => {
    const linear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    for (const verdict of ['ok', 'regression', 'cannot-tell', null] as const) {
      const colours = [...badgeOf('a', 'b', verdict).matchAll(/fill="#(?!ffffff)(\w{6})"/g)].map(([, hex]) => hex!);
      expect(colours).toHaveLength(2);
      for (const hex of colours) {
        const [r, g, b] = [0, 2, 4].map((i) => linear(Number.parseInt(hex.slice(i, i + 2), 16) / 255)) as [
          number,
          number,
          number,
        ];
        expect(1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)).toBeGreaterThan(4.5);
      }
    }
  });
});
