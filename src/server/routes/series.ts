// A run over time.

import type { FastifyInstance } from 'fastify';
import { type Series, series, seriesAsked } from '../contract/series.ts';
import { endpoint } from '../endpoint.ts';
import { seriesService } from '../series/service.ts';
import type { Served } from '../server.ts';

export function addSeries(app: FastifyInstance, { ledger, cache = null }: Served): void {
  const service = seriesService({ ledger, cache });
  app.addHook('onClose', async () => service.close());
  const about = { path: '/api/runs/:run/series', summary: 'A run over time, in stretches' };
  endpoint(
    app,
    { ...about, question: seriesAsked, answer: series },
    async (asked): Promise<Series> => service.of(asked),
  );
}
