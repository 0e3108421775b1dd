// Where decisions are told to people and other programs, and what is told there. What tells them is in tell.ts, which only a
// process of its own loads.

export interface Webhook {
  readonly kind: 'webhook';
  readonly url: string;
  readonly allow_private: boolean;
}

export type Channel = Webhook | { readonly kind: 'command'; readonly command: string } | { readonly kind: 'desktop' };

/** What is told: a document of joulebook/decision/v1, of which this much must be there. */
export interface Document {
  readonly run: string;
  readonly run_name: string | null;
  readonly writer: string | null;
  readonly message: string;
  readonly decision?: unknown;
  readonly act?: unknown;
}

/** The variable that holds what webhooks are signed with. */
export const SECRET = 'JOULEBOOK_NOTIFY_SECRET';

/** In words that tell no secret of it: an address may be one. */
export function nameOf(channel: Channel): string {
  if (channel.kind === 'webhook') return `the webhook at ${new URL(channel.url).host}`;
  return channel.kind === 'command' ? 'the command' : 'the desktop';
}

/** One for each decision, whoever tells it. */
export const idOf = ({ run, writer, decision }: Document): string => `${run}.${writer ?? '-'}.${decision}`;

export const NO_DESKTOP = 'there is no notify-send here';
