// Words and sections of who is told.

import { expect, test } from 'vitest';
import { channelsOf } from './notify.ts';

const URL_TEXT = 'https://hooks.example.org/T0/secret';
const section = (section: object) => ({ file: 'joulebook.yaml', section });

test('those of the section and of the options, each once', () => {
  const made = channelsOf(section({ webhook: [URL_TEXT], command: './tell.sh', desktop: true }), [
    'desktop',
    `webhook=${URL_TEXT}`,
    'command=echo a=b',
  ]);
  expect(made).toEqual([
    { kind: 'webhook', url: URL_TEXT, allow_private: false },
    { kind: 'command', command: './tell.sh' },
    { kind: 'desktop' },
    { kind: 'command', command: 'echo a=b' },
  ]);
  expect(channelsOf(null, [])).toEqual([]);
  expect(channelsOf(section({ desktop: false }), [])).toEqual([]);
});

test('http is for private networks alone, that are allowed in the file', () => {
  const url = 'http://10.0.0.7/hook';
  expect(() => channelsOf(null, [`webhook=${url}`])).toThrow('--notify: the webhook is not https');
  expect(channelsOf(section({ allow_private: true }), [`webhook=${url}`])).toEqual([
    { kind: 'webhook', url, allow_private: true },
  ]);
});

test.each([
  ['slack', '--notify: that is nobody who can be told'],
  ['webhook=hooks.example.org', '--notify: the webhook is no address of the web'],
  ['webhook=ftp://hooks.example.org', '--notify: the webhook is no address of the web'],
  ['webhook=https://ada:pw@hooks.example.org/', '--notify: the webhook has a user or password in its address'],
  ['command= ', '--notify: there is no command'],
])('%s is refused, and no secret is repeated', (word, message) => {
  expect(() => channelsOf(null, [word])).toThrow(message);
  expect(() => channelsOf(null, [word])).not.toThrow(/pw@/);
});

test('what is wrong in a file names it and the key', () => {
  expect(() => channelsOf(section({ webhook: 'x' }), [])).toThrow(
    'joulebook.yaml: notify.webhook: the webhook is no address',
  );
});
