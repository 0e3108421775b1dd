// One document to one channel: a webhook, a command's stdin, or the desktop.

import { spawn } from 'node:child_process';
import { reasonOf } from '../../core/fault.ts';
import { runHook } from '../hook.ts';
import { type Channel, type Document, idOf, NO_DESKTOP, SECRET } from './channel.ts';
import { deliver, type PostOptions } from './webhook.ts';

export interface Sending extends PostOptions {
  /** Of commands. */
  readonly env: NodeJS.ProcessEnv;
  /** How long a command may take, ms. */
  readonly command_ms?: number;
}

/** Null: it got through, else why not. Never rejects. */
export async function tell(channel: Channel, document: Document, sending: Sending): Promise<string | null> {
  if (channel.kind === 'webhook')
    return deliver(channel, { id: idOf(document), body: JSON.stringify(document) }, sending);
  const { [SECRET]: _, ...env } = sending.env;
  if (channel.kind === 'command') return runHook(channel.command, document, env, sending.command_ms);
  return notifySend(document, env);
}

const DESKTOP_MS = 5000;

function notifySend({ run, run_name, message }: Document, env: NodeJS.ProcessEnv): Promise<string | null> {
  const words = ['--app-name=joulebook', '--', `joulebook: ${run_name ?? run}`, message];
  return new Promise((resolve) => {
    const child = spawn('notify-send', words, { env, stdio: 'ignore', timeout: DESKTOP_MS, killSignal: 'SIGKILL' });
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? NO_DESKTOP : `notify-send could not be run: ${reasonOf(error)}`),
    );
    child.on('exit', (code, signal) =>
      resolve(code === 0 ? null : `notify-send ended with ${signal ?? `exit code ${code}`}`),
    );
  });
}
