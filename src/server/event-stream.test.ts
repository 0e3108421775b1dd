// Real connections on loopback, read by hand: what a slow reader does to us cannot be seen otherwise.

import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { type EventStream, openEventStream } from './event-stream.ts';

async function served() {
  const app = Fastify();
  const streams: EventStream[] = [];
  let gone = 0;
  app.get('/', (request, reply) => {
    reply.header('x-kept', 'yes');
    streams.push(openEventStream(request, reply, () => gone++));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const open = (headers = '') => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    return { socket, text: () => text };
  };
  return { streams, open, gone: () => gone };
}

const poll = (look: () => unknown) => expect.poll(look, { timeout: 5000 });

test('a message is its id, its name and one line; headers of others stay; the id that was had last is told', async () => {
  const { streams, open } = await served();
  const { text } = open('Last-Event-ID: b-7\r\n');
  await poll(() => streams.length).toBe(1);
  expect(streams[0]!.last_id).toBe('b-7');
  streams[0]!.send({ event: 'live', id: 'b-8', data: '{"a":1}' });
  await poll(text).toContain('id: b-8\nevent: live\ndata: {"a":1}\n\n');
  expect(text()).toMatch(/content-type: text\/event-stream; charset=utf-8\r\n/);
  expect(text()).toMatch(/x-kept: yes\r\n/);
  expect(text()).toContain('retry: 2000\n\n');
});

test('a reader that takes nothing holds one message, and gets the newest when it reads on', async () => {
  const { streams, open } = await served();
  const { socket, text } = open();
  await poll(() => streams.length).toBe(1);
  socket.pause();
  const data = JSON.stringify('x'.repeat(100_000));
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 2000; i++) {
    streams[0]!.send({ event: 'live', id: `n-${i}`, data });
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // 200 MB were sent; what a connection of loopback takes by itself is some MB.
  expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
  socket.resume();
  await poll(() => text().includes('id: n-1999\n')).toBe(true);
  expect(text().match(/^id: /gm)!.length).toBeLessThan(200);
});

test('it ends from either side, once', async () => {
  const { streams, open, gone } = await served();
  const [left, stays] = [open(), open()];
  await poll(() => streams.length).toBe(2);
  left.socket.destroy();
  await poll(gone).toBe(1);
  for (const one of streams) one.end();
  // The last chunk of its answer; the connection may serve another.
  await poll(stays.text).toMatch(/\r\n0\r\n\r\n$/);
  await poll(gone).toBe(2);
});
