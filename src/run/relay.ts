// Two small POSIX processes between the command and our stdout, which live on when we do not.
//
// `tee` copies to our stdout and to a drain. When the reader of our stdout leaves, tee dies by SIGPIPE and so does the
// command at its next write, as it would without us. The drain copies to us; when we are killed its first cat dies and
// its second swallows the rest, so that tee never meets a broken pipe.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
    const [toTee, toDrain, toUs] = makeFifos(folder, 3) as [Fifo, Fifo, Fifo];
    const stderr = 'ignore';
    const drain = spawn('/bin/sh', ['-c', 'cat >&3; exec cat >/dev/null'], {
      detached: true,
      stdio: [toDrain.read, 'ignore', stderr, toUs.write],
    });
    const tee = spawn('tee', ['/dev/fd/3'], { detached: true, stdio: [toTee.read, outFd, stderr, toDrain.write] });
    for (const child of [drain, tee]) {
      child.on('error', () => {});
      child.unref();
    }
    for (const fd of [toTee.read, toDrain.read, toDrain.write, toUs.write]) closeSync(fd);
    if (tee.pid === undefined || drain.pid === undefined) {
      for (const child of [tee, drain]) child.kill('SIGKILL');
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
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Fifo {
  readonly read: number;
  readonly write: number;
}

/** Real pipes with two ends: Node's own 'pipe' is a socket, which a command cannot open as /dev/stdout. */
function makeFifos(folder: string, count: number): Fifo[] {
  const paths = Array.from({ length: count }, (_, i) => join(folder, String(i)));
  const made = spawnSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' });
  if (made.status !== 0) throw new Error(made.error?.message ?? 'mkfifo failed');
  return paths.map((path) => {
    const both = openSync(path, constants.O_RDWR); // so that neither end waits for the other
    const read = openSync(path, constants.O_RDONLY);
    const write = openSync(path, constants.O_WRONLY);
    closeSync(both);
    return { read, write };
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

async function within(promise: Promise<unknown>, most: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([promise, new Promise<void>((resolve) => (timer = setTimeout(resolve, most)))]);
  clearTimeout(timer);
}
