// Who is told of decisions: the `notify` section of a configuration file and words such as --notify desktop → channels.
//
// A webhook is refused here where no connection could be right; where its name leads to is looked at with each try.

import type * as Valibot from 'valibot';
import { type Fault, fault, usage } from '../core/fault.ts';
import type { Channel } from '../run/notify/channel.ts';
import type { Wrong } from './yaml-file.ts';

/** As it is written. */
export interface NotifySection {
  readonly webhook?: string | readonly string[];
  readonly command?: string | readonly string[];
  readonly desktop?: boolean;
  /** Webhooks may be at private, link-local and loopback addresses, and without TLS. */
  readonly allow_private?: boolean;
}

/** The section of the nearest file that has one. */
export interface NotifySetting {
  readonly file: string;
  readonly section: NotifySection;
}

const FORM = 'notify: { webhook: https://hooks.example.org/x, command: ./tell.sh, desktop: true }';
const WORDS = 'webhook=https://hooks.example.org/x, command=./tell.sh or desktop';

/** What the section may hold. */
export function notifySchema(v: typeof Valibot) {
  const texts = v.optional(v.union([v.string(), v.array(v.string())], 'a text, or a list of them'));
  const flag = v.optional(v.boolean('true or false'));
  const keys = { webhook: texts, command: texts, desktop: flag, allow_private: flag };
  return v.strictObject(keys, `keys below it, as in ${FORM}`);
}

/** What is wrong in the section, and what would be right. */
export function wrongInNotify({ unknown, received, message }: Wrong) {
  if (unknown) return { problem: 'there is no such setting', hint: 'one of webhook, command, desktop, allow_private' };
  return { problem: `${received} cannot be used`, hint: message };
}

/** Those of the section, then those of the options. Throws Fault config-bad, usage. */
export function channelsOf(setting: NotifySetting | null, words: readonly string[]): Channel[] {
  const { section, file } = setting ?? { section: {} as NotifySection, file: '' };
  const { allow_private = false, desktop = false } = section;
  const list = (texts: string | readonly string[] = []) => [texts].flat();
  const said = (path: string) => (problem: string, hint: string) =>
    fault('config-bad', { facts: { file, path: `notify.${path}`, problem, hint } });
  const all: Channel[] = [
    ...list(section.webhook).map((url) => webhookOf(url, allow_private, said('webhook'))),
    ...list(section.command).map((command) => commandOf(command, said('command'))),
    ...(desktop ? [{ kind: 'desktop' } as const] : []),
    ...words.map((word) => channelOf(word, allow_private)),
  ];
  const keys = all.map((channel) => JSON.stringify(channel));
  return all.filter((_, i) => keys.indexOf(keys[i]!) === i);
}

type Refuse = (problem: string, hint: string) => Fault;

function channelOf(word: string, allow_private: boolean): Channel {
  const refuse: Refuse = (problem, hint) => usage(`--notify: ${problem}`, hint);
  const [, kind, text] = /^(webhook|command)=(.*)$/s.exec(word) ?? [];
  if (kind === 'webhook') return webhookOf(text!, allow_private, refuse);
  if (kind === 'command') return commandOf(text!, refuse);
  if (word === 'desktop') return { kind: 'desktop' };
  throw refuse('that is nobody who can be told', `write ${WORDS}`);
}

/** The address is in no message: it may be a secret. */
function webhookOf(text: string, allow_private: boolean, refuse: Refuse): Channel {
  const url = URL.canParse(text) ? new URL(text) : null;
  const form = 'write it as https://hooks.example.org/x';
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw refuse('the webhook is no address of the web', form);
  if (url.username !== '' || url.password !== '')
    throw refuse(
      'the webhook has a user or password in its address',
      'sign what is sent with JOULEBOOK_NOTIFY_SECRET in their place',
    );
  if (url.protocol === 'http:' && !allow_private)
    throw refuse('the webhook is not https', `${form}, or set notify.allow_private for one of your own network`);
  return { kind: 'webhook', url: url.href, allow_private };
}

function commandOf(command: string, refuse: Refuse): Channel {
  if (command.trim() === '') throw refuse('there is no command', 'name one, such as ./tell.sh');
  return { kind: 'command', command };
}
