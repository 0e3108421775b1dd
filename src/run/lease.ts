// One meter per host and run: whoever binds a name in the kernel holds the lease, and the others hear from it.
//
// The name is an abstract Unix socket (unix(7)): bound at once or not at all, seen by every process of the network
// namespace, and freed by the kernel at its holder's death, so nothing can stay locked. Where there are none (not
// Linux, a container with a network of its own) each process meters for itself, and readers count what they share once.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { thisProcess } from '../ledger/process.ts';
import { ensureLedger } from '../ledger/writer.ts';
import type { Device } from '../meter/port.ts';
import type { FlatSample } from './messages.ts';

/** What the holder of a lease and the other ranks tell each other. */
export type LeaseMessage =
  /** Rank → holder: my window began, or ended, at this instant. */
  | { readonly type: 'began' | 'ended'; readonly at_ms: number }
  /** Rank → holder: these devices belong to the run as I see it. */
  | { readonly type: 'claim'; readonly devices: readonly Device[] }
  /** Holder → rank: I am metering. */
  | { readonly type: 'metering' }
  /** Holder → rank: these, by their keys, I do not see: meter them yourself. */
  | { readonly type: 'grant'; readonly keys: readonly string[] }
  /** Both ways: where the record of each device stands, for whoever goes on with it. */
  | { readonly type: 'seeds'; readonly seeds: readonly Seed[] };

/** The last readings of a device up to where its rows have been written. */
export interface Seed {
  readonly key: string;
  readonly reached_ms: number;
  /** Whether it counts toward the run, which some ranks may not see for themselves. */
  readonly charged: boolean;
  /** at_ms, J, W; index is not told. */
  readonly samples: readonly (readonly [FlatSample[1], FlatSample[2], FlatSample[3]])[];
}

export interface Peer {
  send(message: LeaseMessage): void;
}

export interface LeaseEvents {
  /** We are the meter from now on; told at most once, before openLease() resolves or when the one before us is gone. */
  held(): void;
  /** Another is; told again with every other. */
  joined(holder: Peer): void;
  /** A rank joins us. */
  admitted(peer: Peer): void;
  heard(from: Peer, message: LeaseMessage): void;
  /** A rank that had joined us is gone. */
  left(peer: Peer): void;
}

export interface Lease {
  /** Gives it up or leaves: another rank may take it at once. */
  close(): void;
}

const RETRY_MS = 5;
/** Between binding a name and listening to it lies less than a millisecond; many tries mean that something is amiss. */
const TRIES = 60;

/**
 * A name that only processes of this user agree on which write the same run to the same ledger on the same boot; null
 * where the ledger cannot be made.
 */
export function leaseOf(ledger: string, run: string): string | null {
  try {
    ensureLedger(ledger);
    const { dev, ino } = statSync(ledger, { bigint: true });
    const parts = [process.getuid?.() ?? '', thisProcess().boot_id ?? '', dev, ino, run];
    return `joulebook-${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)}`;
  } catch {
    return null;
  }
}

/** Takes part in the lease; resolves when it is known who holds it. Never rejects: with no name it is held alone. */
export async function openLease(name: string | null, on: LeaseEvents): Promise<Lease> {
  let closed = false;
  let server: Server | null = null;
  const sockets = new Set<Socket>();
  const close = () => {
    closed = true;
    server?.close();
    for (const socket of sockets) socket.end().unref();
  };

  const contend = async (): Promise<void> => {
    for (let i = 0; i < TRIES && !closed && name !== null && process.platform === 'linux'; i++) {
      const bound = await listen(name, (socket) => admit(socket));
      if (bound !== null) {
        server = bound;
        if (closed) return close();
        return on.held();
      }
      const socket = await reach(name);
      if (socket !== null) return join(socket);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (1 + Math.random())));
    }
    if (!closed) on.held();
  };
  const admit = (socket: Socket) => {
    sockets.add(socket);
    const peer = peerOf(socket, (message) => on.heard(peer, message));
    socket.on('close', () => {
      sockets.delete(socket);
      if (!closed) on.left(peer);
    });
    on.admitted(peer);
  };
  const join = (socket: Socket) => {
    sockets.add(socket);
    const holder = peerOf(socket, (message) => on.heard(holder, message));
    socket.on('close', () => {
      sockets.delete(socket);
      if (!closed) void contend();
    });
    on.joined(holder);
  };

  await contend();
  return { close };
}

/** Null where the name is taken, or cannot be bound at all. */
function listen(name: string, admit: (socket: Socket) => void): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer(admit);
    server.on('error', () => resolve(null));
    server.listen({ path: `\0${name}` }, () => resolve(server));
  });
}

function reach(name: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ path: `\0${name}` });
    socket.on('error', () => resolve(null));
    socket.on('connect', () => resolve(socket));
  });
}

/** Messages are lines of JSON; what is none is left out: any local process may connect. */
function peerOf(socket: Socket, heard: (message: LeaseMessage) => void): Peer {
  socket.on('error', () => {});
  socket.setEncoding('utf8');
  let text = '';
  socket.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop()!;
    for (const line of lines) {
      const message = parsed(line);
      if (message !== null) heard(message);
    }
  });
  return {
    send(message) {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
    },
  };
}

const LISTS = { claim: 'devices', grant: 'keys', seeds: 'seeds' } as const;

function parsed(line: string): LeaseMessage | null {
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    const { type } = value;
    if (type === 'metering') return { type };
    if (type === 'began' || type === 'ended') {
      return Number.isFinite(value.at_ms) ? { type, at_ms: value.at_ms as number } : null;
    }
    const list = type === 'claim' || type === 'grant' || type === 'seeds' ? LISTS[type] : null;
    return list !== null && Array.isArray(value[list]) ? (value as unknown as LeaseMessage) : null;
  } catch {
    return null;
  }
}
