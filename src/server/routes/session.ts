// Signing in and out on the page: a token is given once and a cookie is had for it.

import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { fault, usage } from '../../core/fault.ts';
import { type Session, session, signIn } from '../contract/session.ts';
import { cookieOf, sessionOf, type Way } from '../cookie.ts';
import { endpoint } from '../endpoint.ts';
import type { Holders } from '../holders.ts';
import type { Count } from '../rates.ts';

/** What signing in needs. */
export interface Desk {
  /** Null: no tokens are wanted. */
  readonly holders: Holders | null;
  readonly way: Way;
  readonly count: Count | null;
  readonly now: () => number;
}

export function addSession(app: FastifyInstance, { holders, way, count, now }: Desk): void {
  const about = { path: '/api/session', scope: 'none', answer: session } as const;
  const nothing = v.strictObject({});
  const who = { ...about, summary: 'Who is signed in', question: nothing };
  endpoint(app, who, async (_, { request: { holder } }) => told(holders, holder));

  const enter = {
    ...about,
    method: 'POST',
    summary: 'Signs in with a token: { "token": TOKEN }',
    question: nothing,
    body: signIn,
  } as const;
  endpoint(app, enter, async (_, { request, reply }) => {
    const asked = v.safeParse(signIn, request.body);
    if (!asked.success) throw usage('the body is no sign-in', 'send JSON such as { "token": "joulebook_…" }');
    const holder = holders?.ofToken(asked.output.token) ?? null;
    if (holders === null) return told(holders, null);
    if (holder === null) {
      await count?.(request, reply, 'wrong');
      throw fault('token-needed', { facts: { why: 'this token is unknown or has expired' } });
    }
    const { name, until_ms } = holders.enter(holder);
    reply.header('set-cookie', cookieOf(request, way, { name, seconds: Math.floor((until_ms - now()) / 1000) }));
    return told(holders, holder);
  });

  const leave = { ...about, method: 'DELETE', summary: 'Signs out', question: nothing } as const;
  endpoint(app, leave, async (_, { request, reply }) => {
    const name = sessionOf(request, way);
    if (name !== null) holders?.leave(name);
    reply.header('set-cookie', cookieOf(request, way, { name: '', seconds: 0 }));
    return told(holders, null);
  });
}

function told(holders: Holders | null, holder: { name: string; scope: Session['scope'] } | null): Session {
  const none = { name: null, scope: holders === null ? ('read' as const) : null };
  const { name, scope } = holder ?? none;
  return { schema: 'joulebook/session/v1', needed: holders !== null, name, scope };
}
