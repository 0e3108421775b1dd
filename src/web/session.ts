// Who is signed in, where the server wants that: asked once, and known anew when the server shuts its door.

import { signal } from '@preact/signals';
import type { Refusal } from '../server/contract/common.ts';
import type { Session } from '../server/contract/session.ts';

/** Null: not known yet, or the server does not answer. */
export const session = signal<Session | null>(null);

/** Whether nothing is told before somebody signs in. */
export const isShut = (): boolean => session.value?.needed === true && session.value.name === null;

/** What the API refuses may be for want of a token: the session is over, then. */
export function heard({ code }: Pick<Refusal, 'code'>): void {
  if (code === 'token-needed')
    session.value = { schema: 'joulebook/session/v1', needed: true, name: null, scope: null };
}

export const askWho = (): Promise<string | null> => told('GET');
export const signOut = (): Promise<string | null> => told('DELETE');
export const signIn = (token: string): Promise<string | null> => told('POST', { token });

/** What went wrong, in words; null: nothing. */
async function told(method: string, body?: object): Promise<string | null> {
  const json = { 'content-type': 'application/json' };
  try {
    const response = await fetch('/api/session', {
      ...{ method, cache: 'no-store' },
      ...(body && { headers: json, body: JSON.stringify(body) }),
    });
    const value = await response.json();
    if (response.ok) session.value = value as Session;
    return response.ok ? null : (value as Refusal).message;
  } catch {
    return 'the server does not answer';
  }
}
