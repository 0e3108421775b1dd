// The thread of board-thread.ts: a board, and who asks it.

import { parentPort, workerData } from 'node:worker_threads';
import { createBoard } from './board.ts';
import type { FromBoard, ToBoard } from './board-thread.ts';

const board = createBoard(workerData as string, Date.now);
const tell = (message: FromBoard) => parentPort!.postMessage(message);
let leave: (() => void) | null = null;

parentPort!.on('message', async (message: ToBoard) => {
  if (message.kind === 'join') leave ??= board.join((snapshot) => tell({ kind: 'snapshot', snapshot }));
  else if (message.kind === 'leave') {
    leave?.();
    leave = null;
  } else tell({ kind: 'courses', number: message.number, courses: await board.courses(message.run) });
});
