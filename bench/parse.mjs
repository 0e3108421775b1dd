// How many lines a second each log format is read at: its fixture's lines that tell a step, over and over in 64 kB blocks,
// through the whole reader (splitter, detection, parser), by CPU time: others on the machine do not count. And what lines
// cost that tell nothing, with and without a marker.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './load.mjs';

const { createStepReader, FORMAT_NAMES } = await load('src/workload/log-reader.ts');
const FIXTURES = join(import.meta.dirname, '../src/workload/formats/fixtures');
const TARGET = 300_000;
const TARGETED = new Set(['json-lines', 'hf-dict', 'megatron', 'torchtitan', 'nanogpt']);
const BYTES = (process.argv.includes('--quick') ? 8 : 48) << 20;
const TYPICAL = 8;
const BLOCK = 1 << 16;
/** Formats whose examples stand in one file. */
const VISION = new Set(['mmengine', 'detectron2', 'timm']);
/** Formats whose lines tell something only after others. */
const MADE = {
  keras: [
    'Epoch 1/5',
    ...drawn(422, (n) => `${n}/422 ━━━━━━━━━━━━━━━━━━━━ 20s 108ms/step - accuracy: 0.8 - loss: 0.7`),
  ],
  csv: ['epoch,lr-Adam,step,train_loss,val_loss', ...drawn(400, (n) => `0,0.001,${n},2.5,`)],
};
function drawn(count, line) {
  return Array.from({ length: count }, (_, i) => line(i + 1));
}

/** Lines of a fixture that tell a step of training when they are read alone: the first, which are the typical ones. */
function tellingLines(name) {
  const log = readFileSync(join(FIXTURES, `${VISION.has(name) ? 'vision' : name}.log`), 'utf8').split('\n');
  return log
    .filter((line) => {
      let told = false;
      const reader = createStepReader((step) => {
        told ||= step.phase === null && step.step !== null;
      });
      reader.push(Buffer.from(`${line}\n`), 0);
      return told && reader.format === name && !line.includes('\r');
    })
    .slice(0, TYPICAL);
}

/** About so many bytes of the lines, as one buffer, and how many lines that are. */
function repeated(lines, bytes) {
  const once = `${lines.join('\n')}\n`;
  const times = Math.max(1, Math.round(bytes / Buffer.byteLength(once)));
  return { log: Buffer.from(once.repeat(times)), lines: lines.length * times };
}

const cpu_ms = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function measure({ log, lines }) {
  let steps = 0;
  const reader = createStepReader(() => steps++);
  const started = cpu_ms();
  for (let at = 0; at < log.length; at += BLOCK) reader.push(log.subarray(at, at + BLOCK), at);
  reader.end(0);
  return { perSecond: (lines / (cpu_ms() - started)) * 1000, share: steps / lines };
}

function row(name, lines, target) {
  if (lines.length === 0) return;
  measure(repeated(lines, BYTES / 8)); // compiled
  const { perSecond, share } = measure(repeated(lines, BYTES));
  const length = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) / lines.length;
  const mbs = (perSecond * length) / 2 ** 20;
  const limit = target === null ? '' : `  (limit ${target})`;
  console.log(
    `  ${name.padEnd(16)}${Math.round(perSecond / 1000)
      .toString()
      .padStart(7)}k lines/s${mbs.toFixed(0).padStart(7)} MB/s` +
      `${length.toFixed(0).padStart(6)} B/line${(100 * share).toFixed(0).padStart(5)} % told${limit}`,
  );
}

console.log(`lines a second of CPU time, of ${BYTES >> 20} MB each`);
for (const name of FORMAT_NAMES)
  row(name, MADE[name] ?? tellingLines(name), TARGETED.has(name) ? `${TARGET / 1000}k` : null);
row('no marker', ['line 4711 of a log that a training program might print, more or less so'], null);
row('a marker only', ['| 4711 of a table that a training program might print, more or less so'], null);
row(
  'many signs',
  ['2024-05-01 10:00:00,123 | INFO | loss of something: {"a": [1, 2], "b": "c=d"} [x/y] and more'],
  null,
);
