// A text file or pipe as lines or as records of CSV, read once, in bounded memory, with its hash.
//
// The hash names the content, so that the same file is noticed when it comes again under another name.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { fault, reasonOf } from '../core/fault.ts';

export interface TextFile {
  readonly file: string;
  /** Its beginning, up to 64 KiB, still to be read. Rejects as lines(). */
  peek(): Promise<string>;
  /** Lines without their ends. Rejects with Fault file-unreadable, file-bad. */
  lines(): AsyncGenerator<string>;
  /** All of it. Rejects with Fault file-unreadable, file-bad. */
  whole(): Promise<string>;
  /** Records with the number of their line. Rejects with Fault file-unreadable, file-bad. */
  records(delimiter?: string): AsyncGenerator<{ readonly fields: readonly string[]; readonly line: number }>;
  /** SHA-256 in hex of what was read; to be asked when all was. */
  hash(): string;
}

/** Nothing is opened before it is read. */
export function textFile(file: string): TextFile {
  const hash = createHash('sha256');
  const chunks = chunksOf(file, hash);
  let first: Buffer | null = null;
  const all = async function* () {
    if (first !== null) yield first;
    yield* chunks;
  };
  return {
    file,
    async peek() {
      first ??= (await chunks.next()).value ?? Buffer.alloc(0);
      return first!.toString('utf8').replace(/^\uFEFF/, '');
    },
    lines: () => linesOf(all()),
    whole: () => wholeOf(all()),
    records: (delimiter = ',') => recordsOf(file, all(), delimiter),
    hash: () => hash.copy().digest('hex'),
  };
}

/** A fault of a file, with the place in it where there is one: `line 3`. */
export function badFile(file: string, problem: string, hint: string, more: { where?: string; cause?: unknown } = {}) {
  const where = more.where === undefined ? '' : ` ${more.where}`;
  return fault('file-bad', { facts: { file, where, problem, hint }, cause: more.cause });
}

type Hash = ReturnType<typeof createHash>;

async function* chunksOf(file: string, hash: Hash): AsyncGenerator<Buffer> {
  let first = true;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      if (first && chunk.subarray(0, 8192).includes(0))
        throw badFile(file, 'it is not a text: it holds bytes of value 0', 'unpack it first, or save it as UTF-8');
      first = false;
      hash.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof Error && 'kind' in cause) throw cause;
    throw fault('file-unreadable', { facts: { file, why: reasonOf(cause) }, cause });
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder(); // it drops a mark of byte order
  let rest = '';
  const whole = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield whole(line);
  }
  rest += decoder.decode();
  if (rest !== '') yield whole(rest);
}

async function wholeOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return new TextDecoder().decode(Buffer.concat(all));
}

async function* recordsOf(file: string, chunks: AsyncIterable<Buffer>, delimiter: string) {
  const { parse } = await import('csv-parse');
  const parser = parse({
    ...{ bom: true, relax_column_count: true, skip_empty_lines: true, trim: true, relax_quotes: true, info: true },
    ...{ delimiter, max_record_size: 1 << 20 },
  });
  const input = Readable.from(chunks, { objectMode: false });
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>)
      yield { fields: record, line: info.lines };
  } catch (cause) {
    if (!(cause as NodeJS.ErrnoException).code?.toString().startsWith('CSV_')) throw cause;
    throw badFile(file, reasonOf(cause), 'one row a line, fields separated by commas', { cause });
  }
}
