// Writes to a descriptor in order and without holding up our thread, however slow whoever reads it is.

import { write } from 'node:fs';

export interface Outlet {
  write(data: Buffer): void;
  /** Bytes not yet taken. */
  readonly waiting: number;
  /** Resolves when all has been taken, or nobody takes it any more. */
  idle(): Promise<void>;
}

/** A descriptor that does not wait is tried again after so long. */
const AGAIN_MS = 5;

/** `gone` is told once, when the reader has left; what is written after that, or after another failure, is dropped. */
export function createOutlet(fd: number, on: { gone(): void; drained(): void }): Outlet {
  let queue: Buffer[] = [];
  let waiting = 0;
  let busy = false;
  let dead = false;
  let idlers: (() => void)[] = [];

  const rest = () => {
    busy = false;
    for (const done of idlers) done();
    idlers = [];
    on.drained();
  };
  const failed = (error: NodeJS.ErrnoException) => {
    dead = true;
    queue = [];
    waiting = 0;
    rest();
    if (error.code === 'EPIPE') on.gone();
  };
  const pump = (data: Buffer) => {
    write(fd, data, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => pump(data), AGAIN_MS);
        return;
      }
      if (error !== null) return failed(error);
      waiting -= written;
      if (written < data.length) return pump(data.subarray(written));
      if (queue.length === 0) return rest();
      const next = Buffer.concat(queue);
      queue = [];
      pump(next);
    });
  };
  return {
    write(data) {
      if (dead || data.length === 0) return;
      waiting += data.length;
      if (busy) {
        queue.push(data);
        return;
      }
      busy = true;
      pump(data);
    },
    get waiting() {
      return waiting;
    },
    idle: () => (busy ? new Promise((resolve) => idlers.push(resolve)) : Promise.resolve()),
  };
}
