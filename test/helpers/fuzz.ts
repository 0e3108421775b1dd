// The fuzz harness: whatever bytes come, each reader gives values, a count of what it left out, or a Fault that says
// where; never another error, a NaN or a negative energy. The same properties run briefly in test/fuzz.test.ts and
// long, with a seed of the day, in test/full/fuzz.test.ts.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { reportOf, runsOf } from '../../src/app/reports.ts';
import { settingsOf } from '../../src/app/settings.ts';
import { Fault } from '../../src/core/fault.ts';
import { redactCommand } from '../../src/core/redact.ts';
import { readIntensityFile } from '../../src/grid/file.ts';
import { compactFolder } from '../../src/ledger/compact.ts';
import { thisProcess } from '../../src/ledger/process.ts';
import { findRun } from '../../src/ledger/runs.ts';
import { createRun, openWriter } from '../../src/ledger/writer.ts';
import { readTrace } from '../../src/meter/trace.ts';
import { csv } from '../../src/workload/files/csv.ts';
import { mlflowRun } from '../../src/workload/files/mlflow.ts';
import type { FileFormat } from '../../src/workload/files/port.ts';
import { tfevents } from '../../src/workload/files/tfevents.ts';
import { trainerLog } from '../../src/workload/files/trainer-log.ts';
import { trainerState } from '../../src/workload/files/trainer-state.ts';
import { wandb } from '../../src/workload/files/wandb.ts';
import { createStepReader } from '../../src/workload/log-reader.ts';
import { type Step, stepOf } from '../../src/workload/step.ts';
import { readSteps } from '../../src/workload/steps-file.ts';
import { workOf } from '../../src/workload/work.ts';
import { event, history, readLog, runFile, simple } from './log-bytes.ts';

export type Property = fc.IAsyncProperty<unknown>;

/** A text with some places overwritten, cut, doubled or filled with junk. */
function damaged(text: string | Buffer): fc.Arbitrary<Buffer> {
  const whole = Buffer.from(text);
  const place = fc.nat({ max: whole.length });
  const change = fc.oneof(
    fc.record({ how: fc.constant('put' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) }),
    fc.record({ how: fc.constant('cut' as const), at: place, bytes: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({
      how: fc.constant('insert' as const),
      at: place,
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 30 }),
        fc
          .constantFrom(
            'NaN',
            '-1',
            '1e999',
            '"',
            '\n',
            '\r',
            ',',
            '{',
            '}',
            '\x1b[2K',
            ':',
            'null',
            '  ',
            '99999999999999999999',
          )
          .map((word) => Buffer.from(word)),
      ),
    }),
  );
  return fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) =>
    changes.reduce<Buffer>((all, { how, at, bytes }) => {
      const from = Math.min(at, all.length);
      const skip = how === 'insert' ? 0 : Math.min(bytes.length, all.length - from);
      return Buffer.concat([all.subarray(0, from), ...(how === 'cut' ? [] : [bytes]), all.subarray(from + skip)]);
    }, whole),
  );
}

const finite = (value: unknown, path = ''): void => {
  if (typeof value === 'number') expect(Number.isFinite(value), path).toBe(true);
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) finite(inner, `${path}.${key}`);
};

/** Runs something that may refuse, but only by a Fault with words in it. */
async function orFault(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.message.length).toBeGreaterThan(5);
    expect(error.message).not.toMatch(/undefined|\[object/);
  }
}

const LOG = [
  '{"step": 1, "loss": 4.2, "tokens": 4096, "lr": 1e-4, "epoch": 0.01}',
  "{'loss': '4.794', 'grad_norm': '0.9307', 'learning_rate': '4e-05', 'epoch': '0.1562', 'num_input_tokens_seen': 2560}",
  "\r 12/400 [00:01<00:30,  9.1it/s]\x1b[A{'loss': 2.3, 'epoch': 0.2}",
  'plain words { and braces }',
  '[default0]: iteration 10/ 500 | consumed samples: 160 | learning rate: 1.0E-05 | lm loss: 5.54E+00 |',
  '[rank1]: step: 10  loss:  3.9119  grad_norm:  1.6558  memory:  0.77GiB(0.81%)  tps: 34,574  mfu: 0.36%',
  'Epoch 1/2',
  '12/400 ━━━━ 3s 10ms/step - accuracy: 0.91 - loss: 0.32',
  'saving checkpoint at iteration 10 to /ckpt',
  '{"step": NaN, "loss": Infinity, "tokens": -5}',
].join('\n');

/** Any chunking of damaged logs: steps are finite, and one chunk or many give the same. */
const logs = fc.asyncProperty(
  fc.oneof(
    fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
    damaged(`${LOG}\n${LOG}\n`),
  ),
  fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 30 }),
  async (bytes, cuts) => {
    const read = (chunks: readonly Buffer[]): Step[] => {
      const steps: Step[] = [];
      const reader = createStepReader((step) => steps.push(step));
      for (const chunk of chunks) reader.push(chunk, 7);
      reader.end(7);
      return steps;
    };
    const chunks: Buffer[] = [];
    let at = 0;
    for (const cut of cuts) {
      chunks.push(bytes.subarray(at, at + cut));
      at += cut;
    }
    const steps = read([...chunks, bytes.subarray(at)]);
    finite(steps);
    for (const { tokens, step } of steps) expect(Math.min(tokens ?? 0, step ?? 0)).toBeGreaterThanOrEqual(0);
    expect(steps).toEqual(read([bytes]));
    const work = workOf(steps);
    finite(work);
    expect(Math.min(work.steps ?? 0, work.tokens ?? 0, work.samples ?? 0, work.epochs ?? 0)).toBeGreaterThanOrEqual(0);
  },
);

const LOG_FILES: readonly (readonly [() => FileFormat, string | Buffer])[] = [
  [
    () => tfevents,
    Buffer.concat([1, 2].map((step) => event(1.7e9 + step, step, simple('loss', 1), simple('lr', 0.5)))),
  ],
  [
    () => wandb,
    runFile(history({ loss: '1.5', _step: '1', _timestamp: '1700000001' }), history({ loss: '1', _step: '2' })),
  ],
  [mlflowRun, '1700000001000 0.5 1\n1700000002000 0.25 2\n'],
  [() => csv, 'epoch,step,train_loss,val_loss\n0,4,1.5,\n0,9,,2\n1,14,1,\n'],
  [() => trainerLog, '{"current_steps": 1, "total_steps": 9, "loss": 1.5, "elapsed_time": "0:00:12"}\n'],
  [() => trainerState, '{"max_steps": 9, "log_history": [{"step": 1, "loss": 1.5}, {"step": 2, "eval_loss": 2}]}'],
];

/** Damaged log files of every format: steps are finite, whatever the chunks. */
const logFiles = fc.asyncProperty(
  fc
    .constantFrom(...LOG_FILES)
    .chain(([format, bytes]) => fc.record({ format: fc.constant(format), bytes: damaged(bytes) })),
  fc.integer({ min: 1, max: 300 }),
  async ({ format, bytes }, cut) => {
    const { steps } = readLog(bytes, { format: format(), cut });
    finite(steps);
    for (const { tokens, step } of steps) expect(Math.min(tokens ?? 0, step ?? 0)).toBeGreaterThanOrEqual(0);
  },
);

function ofFile(name: string, text: string, read: (file: string) => Promise<unknown>): Property {
  return fc.asyncProperty(fc.oneof(damaged(text), fc.uint8Array({ maxLength: 400 })), async (bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'jb-fuzz-'));
    try {
      writeFileSync(join(folder, name), bytes);
      await orFault(() => read(join(folder, name)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }) as Property;
}

const soundSeries = async (file: string) => {
  for (const { from_ms, to_ms, g_per_kwh } of (await readIntensityFile(file)).series) {
    from_ms.forEach((from, i) => {
      expect(to_ms[i]!).toBeGreaterThan(from);
      if (i > 0) expect(from).toBeGreaterThanOrEqual(to_ms[i - 1]!);
      expect(g_per_kwh[i]!).toBeGreaterThanOrEqual(0);
    });
    finite([...from_ms, ...to_ms, ...g_per_kwh]);
  }
};
const series = ofFile(
  'grid.csv',
  'timestamp,end,gco2e_per_kwh,kind,scope,quality\n2024-05-01T10:00Z,2024-05-01T10:30Z,412,average,direct,measured\n2024-05-01T10:30Z,,398,average,direct,forecast\n1714557600,,5,average,direct,\n',
  soundSeries,
);
const savedSeries = ofFile(
  'grid.json',
  '{"data":[{"from":"2024-03-04T00:00Z","to":"2024-03-04T00:30Z","intensity":{"forecast":266,"actual":263,"index":"moderate"}},{"from":"2024-03-04T00:30Z","to":"2024-03-04T01:00Z","intensity":{"forecast":270,"actual":null}}]}',
  soundSeries,
);
const traces = ofFile(
  'trace.csv',
  'timestamp,device,power_w,energy_j\n1714557600,gpu-0,300,1000\n1714557601,gpu-0,310,1300\n1714557600,gpu-1,,5\n1714557601,gpu-1,,9\n',
  async (file) => finite((await readTrace(file)).devices),
);
const stepsFiles = ofFile(
  'steps.csv',
  'timestamp,step,tokens,epoch,loss\n1714557600.5,1,4096,0.01,4.1\n1714557601,2,8192,0.02,3.9\n',
  async (file) => finite((await readSteps(file)).steps),
);
const configs = ofFile('joulebook.yaml', 'zone: DE\npue: 1.2\nprice: 0.12EUR/kWh\nledger: ./energy\n', (file) =>
  settingsOf({}, { XDG_CONFIG_HOME: '/nonexistent' }, join(file, '..')),
);

const commands = fc.asyncProperty(fc.array(fc.string({ maxLength: 40 }), { maxLength: 8 }), async (words) => {
  expect(redactCommand(words)).toHaveLength(words.length);
  const secret = 'hf_ABCDEFGHIJKLMNOPqrst';
  for (const hidden of [
    [...words, '--token', secret],
    [...words, `API_KEY=${secret}`],
    [...words, secret],
  ])
    expect(redactCommand(hidden).join(' ')).not.toContain(secret);
});

/** A small ledger of one run, half of it sealed. */
async function sampleLedger(): Promise<string> {
  const ledger = mkdtempSync(join(tmpdir(), 'jb-fuzz-ledger-'));
  createRun(ledger, {
    ...{ schema: 'joulebook/run/v1', id: 'run1', name: 'x', command: ['x'], created_at_ms: 0, user: null, cwd: '/' },
    ...{ git: null, tags: {}, zone: 'FR', pue: 1.1, price: null, intensity: null, version: 'test' },
  });
  for (const name of ['w1', 'w2']) {
    const writer = openWriter(ledger, 'run1', {
      ...{ schema: 'joulebook/writer/v1', writer: name, ...thisProcess(), started_at_ms: 0, command: ['x'] },
      ...{ sampling_s: 0.1, imported: false },
    });
    writer.devices(
      [
        {
          ...{ device: 'gpu-0', kind: 'gpu', name: 'g', uuid: name, source: 'counter', charged: true, limit_w: 700 },
          ...{ gain: { down: 0.05, up: 0.05 }, update_s: 0.1, notes: [] },
        },
      ],
      [],
    );
    for (let s = 0; s < 20; s++) {
      writer.append('energy', {
        ...{ device: 'gpu-0', from_ms: s * 1000, to_ms: s * 1000 + 1000, energy_j: 300, min_w: 290, max_w: 310 },
        ...{ source: 'counter', quality: 'measured' },
      });
    }
    writer.append('events', { at_ms: 5, event: 'warn:note', message: 'hello', facts: { n: 1 } });
    writer.append('steps', {
      ...stepOf(5000, { step: 1, epoch: 0.5, tokens: 7, tokens_are: 'cumulative', lr: 0.1, metrics: { x: 2 } }),
      it_j: 1500,
    });
    const end = { ended_at_ms: 20_000, exit_code: 0, signal: null, work: { lines_dropped: 0, format: null } };
    await writer.end({ schema: 'joulebook/end/v1', ...end });
    if (name === 'w1') await compactFolder(writer.folder, true);
  }
  return ledger;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** One damaged file of a ledger: a report of what is left or a Fault; energy never above what was written. */
async function ledgers(): Promise<{ property: Property; clean(): void }> {
  const whole = await sampleLedger();
  const files = filesIn(whole).map((file) => file.slice(whole.length + 1));
  const scratch = mkdtempSync(join(tmpdir(), 'jb-fuzz-work-'));
  let n = 0;
  const property = fc.asyncProperty(
    fc.constantFrom(...files).chain((file) =>
      fc.record({
        file: fc.constant(file),
        bytes: fc.oneof(
          damaged(readFileSync(join(whole, file)).toString('latin1')).map((b) => Buffer.from(b.toString(), 'latin1')),
          fc.constant(Buffer.alloc(0)),
          fc.constant(null),
        ),
      }),
    ),
    async ({ file, bytes }) => {
      const ledger = join(scratch, String(n++));
      mkdirSync(ledger);
      cpSync(whole, ledger, { recursive: true });
      if (bytes === null) rmSync(join(ledger, file));
      else writeFileSync(join(ledger, file), bytes);
      await orFault(async () => {
        const report = await reportOf(ledger, findRun(ledger, 'run1'), { by: 'step' });
        finite(report);
        expect(report.energy.it_j.value ?? 0).toBeGreaterThanOrEqual(0);
      });
      await orFault(async () => finite(await runsOf(ledger)));
      rmSync(ledger, { recursive: true });
    },
  );
  return {
    property: property as Property,
    clean: () => {
      for (const folder of [whole, scratch]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const PROPERTIES: Readonly<Record<string, Property>> = {
  logs: logs as Property,
  'log files': logFiles as Property,
  'intensity series': series,
  'saved answers': savedSeries,
  'power traces': traces,
  'steps files': stepsFiles,
  configuration: configs,
  'command lines': commands as Property,
};

export async function fuzz(name: string, numRuns: number, seed?: number): Promise<void> {
  const options = { numRuns, ...(seed === undefined ? {} : { seed }) };
  if (name !== 'ledgers') return fc.assert(PROPERTIES[name]!, options);
  const { property, clean } = await ledgers();
  try {
    await fc.assert(property, { ...options, numRuns: Math.ceil(numRuns / 10) });
  } finally {
    clean();
  }
}
