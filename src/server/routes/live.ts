// What goes on now, as server-sent events, and how a run's end looked before.

import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { findRun } from '../../ledger/runs.ts';
import { type Foreseen, foreseen, foreseenAsked, type Live, live } from '../contract/live.ts';
import { endpoint } from '../endpoint.ts';
import { openEventStream } from '../event-stream.ts';
import { createBoard, type Snapshot } from '../live/board.ts';
import type { Served } from '../server.ts';

export function addLive(app: FastifyInstance, { ledger, now, board = createBoard(ledger, now) }: Served): void {
  const open = new Set<() => void>();
  // An open stream would hold up the server's end.
  app.addHook('preClose', async () => {
    board.close();
    for (const end of open) end();
  });
  const about = {
    path: '/api/live',
    stream: true,
    summary:
      'What goes on now: server-sent events named live, each with data as described here, once a second while a run goes on',
  };
  endpoint(app, { ...about, question: v.strictObject({}), answer: live }, async (_, { request, reply }) => {
    let leave = () => {};
    const stream = openEventStream(request, reply, () => {
      leave();
      open.delete(stream.end);
    });
    open.add(stream.end);
    if (request.method === 'HEAD') stream.end();
    else leave = board.join(passing(stream.last_id, (data, id) => stream.send({ event: 'live', id, data })));
    return undefined as unknown as Live; // the reply is the stream's
  });
  const before = { path: '/api/live/:run', summary: 'How the end of a run looked since somebody looks at it' };
  endpoint(app, { ...before, question: foreseenAsked, answer: foreseen }, async ({ run }): Promise<Foreseen> => {
    const { id } = findRun(ledger, run).record;
    return { schema: 'joulebook/foreseen/v1', run: id, courses: (await board.courses(id)) as Foreseen['courses'] };
  });
}

/** Where nothing goes on, only what is new is worth a message; the time alone is not. */
function passing(last_id: string | null, send: (text: string, id: string) => void): (snapshot: Snapshot) => void {
  let before = '';
  return ({ id, text, moves }) => {
    const same = text.replace(/"at_ms":\d+(\.\d+)?,/, '');
    if (id === last_id || (!moves && same === before)) return;
    before = moves ? '' : same;
    send(text, id);
  };
}
