// A ledger that somebody made to do harm to who looks at it: markup, code, SQL and paths in every text that it holds.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRun } from '../../src/ledger/writer.ts';
import { endAt, gpu, runRecord, second, writerOf } from './ledger.ts';

/** Sets window.pwned, or an element with data-pwned, wherever it is taken for markup or code. */
export const MARKUP = [
  '<img src=x data-pwned onerror=window.pwned=1>',
  '"><script data-pwned>window.pwned=1</script>',
  "' onmouseover='window.pwned=1' data-pwned='",
  '<svg data-pwned onload=window.pwned=1>',
  'javascript:window.pwned=1//',
  '</title></style><iframe data-pwned srcdoc="<script>top.pwned=1</script>">',
  '\u202e\u2066gnp.exe\u0000\u001b]0;x\u0007',
  '__proto__',
] as const;

/** Makes `file`, or tells `secret`, wherever it is taken for SQL. */
export const sqlWords = (file: string, secret: string): string[] => [
  "' OR '1'='1",
  `'; COPY (SELECT 42) TO '${file}'; --`,
  `')); COPY (SELECT 42) TO '${file}'; --`,
  `x' UNION ALL SELECT content FROM read_text('${secret}') --`,
  `"; ATTACH '${file}' AS a; --`,
  '$$; INSTALL httpfs; --',
  '%_[*?]\\',
];

export interface Hostile {
  readonly ledger: string;
  /** Words of which none may do anything. */
  readonly words: readonly string[];
  /** Files that appear only where a word did something. */
  readonly trap: string;
}

/** Six runs in the folder, each with all its texts of one word and the next ones; beside it a secret that nobody asks for. */
export async function hostileLedger(folder: string, canary: string): Promise<Hostile> {
  const [ledger, secret, trap] = ['ledger', 'secret.json', 'trap'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(secret, JSON.stringify({ canary }));
  mkdirSync(trap);
  const words = [...MARKUP, ...sqlWords(join(trap, 'made'), secret)];
  for (let i = 0; i < words.length; i++) await hostileRun(ledger, words, i);
  gridOf(ledger, words);
  return { ledger, words, trap };
}

async function hostileRun(ledger: string, words: readonly string[], i: number): Promise<void> {
  const word = (at: number) => words[(i + at) % words.length]!;
  const id = `run-${i}`;
  createRun(
    ledger,
    runRecord(id, {
      ...{ name: word(0), command: [word(1), word(2)], user: word(3), cwd: word(4), created_at_ms: 1000 * i },
      git: { commit: word(5), branch: word(6), dirty: true, diff_hash: word(1), remote: `javascript:${word(0)}` },
      tags: { project: word(0), [word(1)]: word(2), constructor: word(3), __proto__x: word(4) },
      ...{ zone: i % 2 === 0 ? word(0) : 'DE', model: word(2), stage: 'pre-train', parent: word(3), version: word(4) },
      price: { per_kwh: 0.2, currency: word(5) },
      // Where it is said to be kept is another's file.
      ...(i % 3 === 0 ? { intensity: { file: word(1), hash: '../../../secret' } } : {}),
    }),
  );
  const uuid = `GPU-${word(1)}`;
  const device = gpu(0, uuid, { device: `gpu-${word(0)}`, name: word(2), notes: [word(3)] });
  const writer = writerOf(ledger, id, `w${i}`, [device, gpu(1, word(4), { name: word(5) })], {
    host: word(6),
    command: [word(0)],
  });
  for (let s = 0; s < 60; s++) {
    writer.append('energy', second(device.device, s, 100 + s));
    if (s % 7 !== 0) writer.append('energy', second('gpu-1', s, 50));
    const metrics = { [word(0)]: s, [word(1)]: 1 / (s + 1), val_loss: 2 / (s + 1) };
    writer.append('steps', {
      ...{ at_ms: 1000 * s + 500, step: s, epoch: null, tokens: 1000 * s, samples: null, batch: null, lr: 1e-3 },
      ...{ loss: 2 / (s + 1), phase: s < 30 ? null : word(2), metrics, units: { [word(0)]: word(1) }, it_j: 100 * s },
    } as never);
  }
  for (const event of ['warning', 'budget', word(0), 'gap', 'restart'])
    writer.append('events', {
      ...{ at_ms: 20_000, event, device: device.device, message: word(1) },
      facts: { [word(0)]: word(1), code: word(2), budget: word(3), why: word(4), from_ms: 1000, to_ms: 2000 },
    });
  writer.flush();
  await writer.end({ ...endAt(60_000), signal: word(1) });
  // Names of folders come from whoever may write there.
  const name = word(0).replace(/[/\0]/g, '_');
  if (i % 3 === 2) renameSync(writer.folder, join(writer.folder, '..', `w-${name}`));
}

/** Zones and providers whose names are no names. */
function gridOf(ledger: string, words: readonly string[]): void {
  for (const word of words) {
    const name = word.replace(/[/\0]/g, '_');
    const folder = join(ledger, 'grid', name, name, 'average-lifecycle');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '1970-01.jsonl'), `${JSON.stringify({ why: word })}\n${word}\n`);
  }
}
