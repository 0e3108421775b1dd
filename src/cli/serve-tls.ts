// The certificate and key of joulebook serve: read, tried, and read anew when they are renewed.

import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type Server } from 'node:tls';
import { fault, reasonOf, usage } from '../core/fault.ts';

interface Files {
  tlsCert?: string;
  tlsKey?: string;
}

export interface Tls {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer };
  readonly warnings: readonly string[];
}

/** How often it is looked whether there are newer ones. */
const LOOK_MS = 60_000;

/** Null where none are given. Throws Fault usage, file-unreadable, file-bad. */
export function readTls({ tlsCert, tlsKey }: Files, now_ms: number): Tls | null {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) {
    const [given, other] = tlsKey === undefined ? ['--tls-cert', '--tls-key'] : ['--tls-key', '--tls-cert'];
    throw usage(`${given} is given without ${other}`, 'give both: the certificate with its chain, and its key, as PEM');
  }
  const [cert, key] = [read(tlsCert), read(tlsKey)];
  const expires_ms = expiryOf(tlsCert, cert);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const facts = { file: tlsKey, where: '', problem: `it does not fit ${tlsCert}: ${reasonOf(error)}` };
    throw fault('file-bad', {
      facts: { ...facts, hint: 'give the key that the certificate was made for, as PEM' },
      cause: error,
    });
  }
  const warnings = [
    ...(expires_ms <= now_ms ? [`the certificate ${tlsCert} has expired: browsers will refuse it`] : []),
    ...(process.platform !== 'win32' && (statSync(tlsKey).mode & 0o007) !== 0
      ? [`the key ${tlsKey} can be read by everybody on this machine: chmod o= ${tlsKey}`]
      : []),
  ];
  return { tls: { cert, key }, warnings };
}

/** Takes renewed files into use without a new start; what cannot be used is told and left. Returns how to end it. */
export function followTls(files: Files, server: Server, tell: (message: string) => void): () => void {
  const { tlsCert, tlsKey } = files;
  if (tlsCert === undefined || tlsKey === undefined) return () => {};
  const renew = () => {
    try {
      server.setSecureContext(readTls(files, Date.now())!.tls);
    } catch (error) {
      tell(`the renewed certificate is not used: ${reasonOf(error)}`);
    }
  };
  for (const file of [tlsCert, tlsKey]) watchFile(file, { interval: LOOK_MS, persistent: false }, renew);
  return () => {
    for (const file of [tlsCert, tlsKey]) unwatchFile(file, renew);
  };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw fault('file-unreadable', { facts: { file, why: reasonOf(error) }, cause: error });
  }
}

function expiryOf(file: string, cert: Buffer): number {
  try {
    return Date.parse(new X509Certificate(cert).validTo);
  } catch (error) {
    const facts = {
      file,
      where: '',
      problem: 'this is no certificate',
      hint: 'give one as PEM: -----BEGIN CERTIFICATE-----',
    };
    throw fault('file-bad', { facts, cause: error });
  }
}
