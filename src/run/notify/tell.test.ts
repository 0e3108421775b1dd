// Commands and the desktop: what they get, and what comes of one that fails, hangs or is not there.

import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nameOf, SECRET } from './channel.ts';
import { tell } from './tell.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'jb-tell-'));
const document = {
  run: 'r1',
  run_name: 'llm',
  writer: 'w1',
  message: '--pause: it is spent',
  decision: 3,
  act: 'pause',
};
const sending = (more: NodeJS.ProcessEnv = {}) => ({ secret: null, env: { PATH: process.env.PATH, ...more } });

test('a command gets the decision on its stdin, and not the secret of webhooks', async () => {
  const file = join(folder(), 'told');
  const command = { kind: 'command', command: `cat > ${file}; echo "$${SECRET}" >> ${file}; echo noise` } as const;
  expect(await tell(command, document, sending({ [SECRET]: 'xyz' }))).toBeNull();
  const [line, secret] = readFileSync(file, 'utf8').split('\n');
  expect(JSON.parse(line!)).toEqual(document);
  expect(secret).toBe('');
});

test('one that fails, and one that hangs', async () => {
  expect(await tell({ kind: 'command', command: 'exit 3' }, document, sending())).toBe('ended with exit code 3');
  const slow = { ...sending(), command_ms: 100 };
  expect(await tell({ kind: 'command', command: 'sleep 60' }, document, slow)).toBe(
    'took longer than 0.1 s and was ended',
  );
});

test('the desktop: by notify-send where there is one, words that look like options as words', async () => {
  const bin = folder();
  const said = join(bin, 'said');
  writeFileSync(join(bin, 'notify-send'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${said}\n`);
  chmodSync(join(bin, 'notify-send'), 0o755);
  expect(await tell({ kind: 'desktop' }, document, sending({ PATH: `${bin}:${process.env.PATH}` }))).toBeNull();
  expect(readFileSync(said, 'utf8')).toBe('--app-name=joulebook\n--\njoulebook: llm\n--pause: it is spent\n');
  expect(await tell({ kind: 'desktop' }, document, sending({ PATH: folder() }))).toBe('there is no notify-send here');
});

test('a webhook is named by its host alone', () => {
  const url = 'https://hooks.example.org/T0/secret?key=1';
  expect(nameOf({ kind: 'webhook', url, allow_private: false })).toBe('the webhook at hooks.example.org');
});
