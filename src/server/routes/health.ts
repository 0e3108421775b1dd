// Whether the server is there.

import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { type Health, health } from '../contract/health.ts';
import { endpoint } from '../endpoint.ts';
import type { Served } from '../server.ts';

export function addHealth(app: FastifyInstance, { version, now }: Served): void {
  const about = { path: '/api/health', summary: 'Whether the server is there' };
  endpoint(app, { ...about, question: v.strictObject({}), answer: health }, async (): Promise<Health> => {
    return { schema: 'joulebook/health/v1', version, at_ms: now(), runs: null };
  });
}
