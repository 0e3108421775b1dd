import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { editCard, plainDecimal } from './model-card.ts';

const ENTRY = {
  ...{ emissions: 412.5, source: 'joulebook', training_type: null },
  ...{ geographical_location: 'DE', hardware_used: '2 × NVIDIA: H100' },
};
const MADE =
  'co2_eq_emissions:\n  emissions: 412.5\n  source: joulebook\n  geographical_location: DE\n  hardware_used: "2 × NVIDIA: H100"';
const edit = (text: string) => editCard('README.md', text, ENTRY);

describe('where it goes', () => {
  test.each([
    ['no card', '', `---\n${MADE}\n---\n`],
    ['no front matter', '# Model\n---\nx\n', `---\n${MADE}\n---\n# Model\n---\nx\n`],
    ['front matter without it', '---\nlicense: mit # yes\n---\n# M\n', `---\nlicense: mit # yes\n${MADE}\n---\n# M\n`],
    [
      'an older one in the middle',
      '---\nlicense: mit\nco2_eq_emissions:\n  emissions: 1\n  source: x\n\n# next\ntags:\n- a\n---\nbody',
      `---\nlicense: mit\n${MADE}\n\n# next\ntags:\n- a\n---\nbody`,
    ],
    [
      'a plain number',
      '---\nco2_eq_emissions: 12 # kg?\nlicense: mit\n---\n',
      `---\n${MADE} # kg?\nlicense: mit\n---\n`,
    ],
    ['a flow', '---\nco2_eq_emissions: {emissions: 1,\n  source: "}"}\na: 1\n---\n', `---\n${MADE}\na: 1\n---\n`],
    ['nothing as its value', '---\nco2_eq_emissions:\na: 1\n---\n', `---\n${MADE}\na: 1\n---\n`],
    ['CRLF', '---\r\na: 1\r\n---\r\nx\r\n', `---\r\na: 1\r\n${MADE.replaceAll('\n', '\r\n')}\r\n---\r\nx\r\n`],
    ['BOM', '\uFEFF---\na: 1\n---\n', `\uFEFF---\na: 1\n${MADE}\n---\n`],
  ])('%s', async (_, before, after) => {
    expect(await edit(before)).toBe(after);
  });

  test.each([
    ['---\na: [1\n---\n', /no YAML/],
    ['---\n- a\n---\n', /no list of names and values/],
    ['---\nco2_eq_emissions: &x 1\nb: *x\n---\n', /cannot be replaced without touching the rest/],
  ])('%j is refused', async (text, message) => {
    await expect(edit(text)).rejects.toThrow(message);
  });
});

test('whatever the metadata and the text, the rest of both stays', async () => {
  const name = fc.stringMatching(/^[a-z][a-z_-]{0,8}$/).filter((text) => text !== 'co2_eq_emissions');
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const value = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(name, leaf, { maxKeys: 3 }));
  const metadata = fc.array(fc.tuple(name, value), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(metadata, metadata, fc.option(value), fc.string(), async (before, after, old, body) => {
      const all = Object.fromEntries([
        ...before,
        ...(old === null ? [] : [['co2_eq_emissions', old] as const]),
        ...after,
      ]);
      const yaml = Object.keys(all).length === 0 ? '' : stringify(all);
      const text = yaml === '' ? body : `---\n${yaml}---\n${body}`;
      if (yaml === '' && /^\s*---/.test(body)) return;
      const edited = await edit(text);
      expect(edited.endsWith(body)).toBe(true);
      const made = parse(/^---\n([\S\s]*?)\n---\n/.exec(edited)![1]!);
      const { co2_eq_emissions, ...rest } = made;
      const { co2_eq_emissions: _, ...given } = all;
      expect(rest).toEqual(yaml === '' ? {} : (({ co2_eq_emissions: __, ...same }) => same)(parse(yaml)));
      expect(Object.keys(rest)).toEqual(Object.keys(given));
      expect(co2_eq_emissions.emissions).toBe(412.5);
      expect(await edit(edited)).toBe(edited);
    }),
    { numRuns: 300 },
  );
});

test.each([
  [412.5, '412.5'],
  [1.5e-7, '0.00000015'],
  [1234567.891, '1234570'],
  [1e21, '1000000000000000000000'],
  [0.1 + 0.2, '0.3'],
  [3, '3'],
  [99999.96, '100000'],
])('%d g is written as %s', (grams, text) => {
  expect(plainDecimal(grams)).toBe(text);
});
