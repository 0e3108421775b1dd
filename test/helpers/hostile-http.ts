// Servers that answer as none should: too slowly, too much, or with a certificate that nobody vouches for.

import { mkdtempSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from './redfish.ts';

/** A byte now and then, until the other side has had enough. */
export function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 5);
  response.on('close', () => clearInterval(timer));
}

/** So many megabytes, as fast as they are taken. */
export function flood(response: ServerResponse, megabytes: number): void {
  const chunk = Buffer.alloc(1 << 20, ' ');
  let left = megabytes;
  const more = () => {
    while (left-- > 0) if (!response.write(chunk)) return void response.once('drain', more);
    response.end();
  };
  more();
}

/** A server with a certificate of its own making, and how many requests reached it. */
export async function securely() {
  let requests = 0;
  const server = createServer(selfSigned(mkdtempSync(join(tmpdir(), 'jb-tls-'))), (_, response) => {
    requests++;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
