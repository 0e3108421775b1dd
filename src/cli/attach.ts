// joulebook run --pid PID: the same as joulebook attach PID, for those who look for it there.

import { fault } from '../core/fault.ts';
import { type AttachOptions, attach } from './monitor.ts';
import type { RunOptions } from './run.ts';

/** Meters a running process. Rejects as attach, and with Fault usage where something was asked that it cannot do. */
export async function runPid(
  command: readonly string[],
  { pid, json, ...options }: RunOptions & { pid: string },
): Promise<void> {
  const refused: readonly (readonly [boolean, string])[] = [
    [command.length > 0, 'a command is'],
    [options.resume !== undefined, '--resume is'],
    [!options.capture, '--no-capture is'],
    [json !== undefined && json !== '-', '--json=FILE is'],
  ];
  const found = refused.find(([given]) => given);
  if (found !== undefined) {
    const facts = { problem: `${found[1]} given beside --pid`, hint: 'leave one of them out' };
    throw fault('usage', { facts });
  }
  const asked: AttachOptions = { ...options, ...(json === undefined ? {} : { json: true }) };
  return attach(pid, asked);
}
