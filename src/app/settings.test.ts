import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { settingsOf } from './settings.ts';

let root: string;
let cwd: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'jb-settings-'));
  cwd = join(root, 'project', 'deep');
  mkdirSync(cwd, { recursive: true });
  mkdirSync(join(root, 'config', 'joulebook'), { recursive: true });
  env = { XDG_CONFIG_HOME: join(root, 'config') };
});
afterEach(() => rmSync(root, { recursive: true }));
const near = (text: string) => writeFileSync(join(root, 'project', 'joulebook.yaml'), text);
const own = (text: string) => writeFileSync(join(root, 'config', 'joulebook', 'config.yaml'), text);

describe('settings', () => {
  test('option before variable before the nearest file before the user’s', async () => {
    const zone = async (option?: string) => (await settingsOf(option ? { zone: option } : {}, env, cwd)).zone;
    expect(await zone()).toBeNull();
    own('zone: A\npue: 1.1\n');
    expect(await zone()).toEqual({ text: 'A', from: `${root}/config/joulebook/config.yaml: zone` });
    near('zone: B\n');
    expect((await zone())?.text).toBe('B');
    env.JOULEBOOK_ZONE = 'C';
    expect(await zone()).toEqual({ text: 'C', from: 'JOULEBOOK_ZONE' });
    expect(await zone('D')).toEqual({ text: 'D', from: '--zone' });
    expect((await settingsOf({}, env, cwd)).pue?.text).toBe('1.1');
  });

  test('a place as the zone: its zone, its PUE where none is given, by whichever way it is named', async () => {
    const of = async (options = {}) => {
      const { zone, pue, place } = await settingsOf(options, env, cwd);
      return [zone?.text, pue?.text, place?.name];
    };
    near('zone: gcp:us-central1\n');
    expect(await of()).toEqual(['US-MIDW-MISO', '1.11', 'gcp:us-central1']);
    env.JOULEBOOK_ZONE = 'azure/westeurope';
    expect(await of()).toEqual(['NL', '1.14', 'azure:westeurope']);
    expect(await of({ zone: 'aws:eu-west-1' })).toEqual(['IE', '1.1', 'aws:eu-west-1']);
    expect(await of({ zone: 'aws:eu-west-1', pue: '1.5' })).toEqual(['IE', '1.5', 'aws:eu-west-1']);
    expect(await of({ zone: 'hetzner:hel1' })).toEqual(['FI', undefined, 'hetzner:hel1']);
    expect(await of({ zone: 'DE' })).toEqual(['DE', undefined, undefined]);
    expect(await of({ zone: 'aws:nowhere-1' })).toEqual(['aws:nowhere-1', undefined, undefined]);
    const { zone, pue } = await settingsOf({ zone: 'aws:eu-west-1' }, env, cwd);
    expect([zone?.from, pue?.from]).toEqual(['--zone aws:eu-west-1', '--zone aws:eu-west-1']);
    near('zone: gcp:us-central1\npue: 1.3\n');
    delete env.JOULEBOOK_ZONE;
    expect(await of()).toEqual(['US-MIDW-MISO', '1.3', 'gcp:us-central1']);
  });

  test('the ledger: given, in the file relative to it, the nearest, else new here', async () => {
    const folder = async (options = {}) => (await settingsOf(options, env, cwd)).folder;
    expect(await folder()).toBe(join(cwd, '.joulebook'));
    mkdirSync(join(root, 'project', '.joulebook'));
    writeFileSync(join(root, 'project', '.joulebook', 'ledger.json'), '{}');
    expect(await folder()).toBe(join(root, 'project', '.joulebook'));
    near('ledger: ./energy\n');
    expect(await folder()).toBe(join(root, 'project', 'energy'));
    env.JOULEBOOK_HOME = '/elsewhere';
    expect(await folder()).toBe('/elsewhere');
    expect(await folder({ ledger: 'x' })).toBe(join(cwd, 'x'));
  });

  test('an empty CUDA_VISIBLE_DEVICES is not an unset one', async () => {
    expect((await settingsOf({}, env, cwd)).visible).toBeNull();
    expect((await settingsOf({}, { ...env, CUDA_VISIBLE_DEVICES: '' }, cwd)).visible).toBe('');
  });

  test.each([
    ['zoen: DE\n', /joulebook\.yaml: zoen: there is no such setting/, /zone/],
    ['zone: [DE]\n', /joulebook\.yaml: zone: .*is not a setting's value/, /zone: DE/],
    ['zone: DE\n  pue: 1\n', /joulebook\.yaml: the file: /, /name: value/],
    ['- DE\n', /joulebook\.yaml: /, /./],
    ['just words\n', /joulebook\.yaml: the file: /, /./],
  ])('%j is refused with its place', async (text, message, hint) => {
    near(text);
    await expect(settingsOf({}, env, cwd)).rejects.toMatchObject({
      code: 'config-bad',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test('an empty file says nothing', async () => {
    near('# nothing yet\n');
    expect((await settingsOf({}, env, cwd)).zone).toBeNull();
  });
});
