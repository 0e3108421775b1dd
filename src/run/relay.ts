// Two small POSIX processes between the command and our stdout, which live on when we do not.
//
// `tee` copies to our stdout and to us. When the reader of our stdout leaves, tee dies by SIGPIPE and so does the command
// at its next write, as it would without us. A guard holds the reading end of our copy too, unread while we live: when we
// are killed it swallows what comes, so that tee never meets a broken pipe.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from './within.ts';

export interface Relay {
  /** The end to give to the command; close ours with `started()` once it has it. */
  readonly childFd: number;
  started(): void;
  /** Resolves when everything was passed on, or after `most` ms: the relay then goes on without us. */
  finished(most: number): Promise<void>;
}

/** Throws what the system says where the tools or FIFOs cannot be had; nothing is left behind. */
export function startRelay(outFd: 1 | 2, onChunk: (chunk: Buffer) => void): Relay {
  const folder = mkdtempSync(join(tmpdir(), 'joulebook-'));
  try {
    const [toTee, toUs] = makeFifos(folder, 2) as [Fifo, Fifo];
    // Opened anew, since ours is made non-blocking. Descriptor 3 ends when we do: nobody else has the other end.
    const held = openSync(toUs.path, constants.O_RDONLY);
    const guard = spawn('/bin/sh', ['-c', 'read -r gone <&3; exec cat >/dev/null'], {
      detached: true,
      stdio: [held, 'ignore', 'ignore', 'pipe'],
    });
    const tee = spawn('tee', ['/dev/fd/3'], { detached: true, stdio: [toTee.read, outFd, 'ignore', toUs.write] });
    const life = guard.stdio[3] as Socket | undefined;
    life?.on('error', () => {}).unref();
    for (const child of [guard, tee]) {
      child.on('error', () => {});
      child.unref();
    }
    for (const fd of [toTee.read, toUs.write, held]) closeSync(fd);
    if (tee.pid === undefined || guard.pid === undefined) {
      // One that never started must not be killed: Node would signal pid 0, that is, our whole process group.
      for (const child of [tee, guard]) if (child.pid !== undefined) child.kill('SIGKILL');
      closeSync(toTee.write);
      closeSync(toUs.read);
      throw new Error(`${tee.pid === undefined ? 'tee' : '/bin/sh'} could not be started`);
    }
    const tap = readTap(toUs.read, onChunk);
    const gone = exited(tee);
    return {
      childFd: toTee.write,
      started: () => closeSync(toTee.write),
      async finished(most) {
        await within(Promise.all([gone, tap.ended]), most);
        tap.close();
        life?.destroy();
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Fifo {
  readonly path: string;
  readonly read: number;
  readonly write: number;
}

/** Real pipes with two ends: Node's own 'pipe' is a socket, which a command cannot open as /dev/stdout. */
function makeFifos(folder: string, count: number): Fifo[] {
  const paths = Array.from({ length: count }, (_, i) => join(folder, String(i)));
  const made = spawnSync('mkfifo', paths, { stdio: 'ignore' });
  if (made.status !== 0) throw new Error(made.error?.message ?? 'mkfifo failed');
  return paths.map((path) => {
    const both = openSync(path, constants.O_RDWR); // so that neither end waits for the other
    const read = openSync(path, constants.O_RDONLY);
    const write = openSync(path, constants.O_WRONLY);
    closeSync(both);
    return { path, read, write };
  });
}

function readTap(fd: number, onChunk: (chunk: Buffer) => void): { ended: Promise<void>; close(): void } {
  // One buffer for all reads: what comes is parsed at once, and memory stays flat however much is printed.
  const buffer = Buffer.allocUnsafeSlow(1 << 16);
  const onread = {
    buffer,
    callback(count: number) {
      onChunk(buffer.subarray(0, count));
      return true;
    },
  };
  // `onread` is documented for net.connect and taken by the constructor too; the types know the former only.
  const socket = new Socket({ fd, readable: true, writable: false, onread } as SocketConstructorOpts);
  const ended = new Promise<void>((resolve) => {
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.on('end', () => resolve());
  });
  socket.resume();
  return { ended, close: () => socket.destroy() };
}

function exited(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
  });
}
