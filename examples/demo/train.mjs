// Trains a small neural language model on one chapter of Newton: characters in, the next character out.
//
// The model is Bengio's n-gram network (JMLR 3, 2003): embeddings of the last 12 characters, one tanh layer, a softmax;
// hand-written gradients, Adam. One "token" is one character predicted. As position and character together choose what
// is added to the hidden layer, their products (the table) are made once a step for the whole batch.
//
// node train.mjs [--seconds 55] [--steps N] [--epochs N] [--seed 1] [--log-every 20] [--format json|hf]

import { readFileSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const CONTEXT = 12;
const EMBEDDING = 16;
const HIDDEN = 128;
const BATCH = 512;
const PEAK_RATE = 0.006;
const LEAST_RATE = 0.0003;
const WARM_UP_STEPS = 20;

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string' },
    steps: { type: 'string' },
    epochs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'log-every': { type: 'string', default: '20' },
    format: { type: 'string', default: 'json' },
  },
});
const logEvery = number('log-every', given['log-every']);
const random = mulberry32(number('seed', given.seed));
if (given.format !== 'json' && given.format !== 'hf') throw new Error(`--format ${given.format}: json or hf`);
// A reader that left (| head) ends training, as it ends a Python program.
process.stdout.on('error', () => process.exit(141));

const { vocabulary, text } = read(new URL('corpus.txt', import.meta.url));
const V = vocabulary.length;
const examples = text.length - CONTEXT;
const perEpoch = Math.ceil(examples / BATCH);
const lastStep = stepsGiven();
const seconds =
  given.seconds === undefined && lastStep < Infinity ? Infinity : number('seconds', given.seconds ?? '55');

const embedding = parameter(V * EMBEDDING, 0.3);
const inward = parameter(CONTEXT * EMBEDDING * HIDDEN, 0.5 / Math.sqrt(CONTEXT * EMBEDDING * 0.09));
const inwardBias = parameter(HIDDEN, 0);
const outward = parameter(HIDDEN * V, 0.1 / Math.sqrt(HIDDEN));
const outwardBias = parameter(V, 0);
const parameters = [embedding, inward, inwardBias, outward, outwardBias];

const table = new Float32Array(CONTEXT * V * HIDDEN);
const tableGradient = new Float32Array(CONTEXT * V * HIDDEN);
const hidden = new Float32Array(HIDDEN);
const hiddenGradient = new Float32Array(HIDDEN);
const chance = new Float32Array(V);
const order = Uint32Array.from({ length: examples }, (_, i) => i);

await train();

async function train() {
  const started = performance.now();
  let tokens = 0;
  let lossSum = 0;
  let lossSteps = 0;
  for (let step = 1; ; step++) {
    const within = (step - 1) % perEpoch;
    if (within === 0) shuffle(order);
    const batch = order.subarray(within * BATCH, Math.min(examples, (within + 1) * BATCH));
    const passed = (performance.now() - started) / 1000;
    const done = Math.min(1, lastStep < Infinity ? step / lastStep : passed / seconds);
    const rate = rateAt(step, done);

    lossSum += gradients(batch);
    lossSteps++;
    for (const each of parameters) adam(each, step, rate);
    tokens += batch.length;

    const last = step >= lastStep || (performance.now() - started) / 1000 >= seconds;
    if (last || step === 1 || step % logEvery === 0) {
      const loss = lossSum / lossSteps;
      say({ step, epoch: Number((tokens / examples).toFixed(4)), tokens, loss, lr: rate });
      lossSum = 0;
      lossSteps = 0;
      await breath();
    }
    if (last) break;
  }
  process.stderr.write(`It writes now: ${JSON.stringify(write('The light of', 160))}\n`);
}

/** Mean loss of a batch (nats a character); leaves the gradients in the parameters. */
function gradients(batch) {
  fillTable();
  tableGradient.fill(0);
  let loss = 0;
  const scale = 1 / batch.length;
  for (const at of batch) {
    forward(text, at);
    const target = text[at + CONTEXT];
    loss -= Math.log(chance[target] + 1e-30);
    chance[target] -= 1;
    backward(text, at, scale);
  }
  shareTableGradient();
  return loss * scale;
}

/** table[position, character] = embedding[character] · inward[position]. */
function fillTable() {
  table.fill(0);
  for (let position = 0; position < CONTEXT; position++) {
    for (let character = 0; character < V; character++) {
      const row = (position * V + character) * HIDDEN;
      for (let e = 0; e < EMBEDDING; e++) {
        const value = embedding.value[character * EMBEDDING + e];
        const from = (position * EMBEDDING + e) * HIDDEN;
        for (let h = 0; h < HIDDEN; h++) table[row + h] += value * inward.value[from + h];
      }
    }
  }
}

/** Leaves the hidden layer in `hidden` and the softmax in `chance`. */
function forward(characters, at) {
  hidden.set(inwardBias.value);
  for (let position = 0; position < CONTEXT; position++) {
    const row = (position * V + characters[at + position]) * HIDDEN;
    for (let h = 0; h < HIDDEN; h++) hidden[h] += table[row + h];
  }
  chance.set(outwardBias.value);
  for (let h = 0; h < HIDDEN; h++) {
    const value = Math.tanh(hidden[h]);
    hidden[h] = value;
    const row = h * V;
    for (let v = 0; v < V; v++) chance[v] += value * outward.value[row + v];
  }
  let most = -Infinity;
  for (let v = 0; v < V; v++) if (chance[v] > most) most = chance[v];
  let sum = 0;
  for (let v = 0; v < V; v++) {
    chance[v] = Math.exp(chance[v] - most);
    sum += chance[v];
  }
  for (let v = 0; v < V; v++) chance[v] /= sum;
}

/** Takes d loss / d logits from `chance`. */
function backward(characters, at, scale) {
  for (let v = 0; v < V; v++) outwardBias.gradient[v] += scale * chance[v];
  for (let h = 0; h < HIDDEN; h++) {
    const row = h * V;
    const value = hidden[h] * scale;
    let sum = 0;
    for (let v = 0; v < V; v++) {
      sum += chance[v] * outward.value[row + v];
      outward.gradient[row + v] += value * chance[v];
    }
    hiddenGradient[h] = sum * scale * (1 - hidden[h] * hidden[h]);
    inwardBias.gradient[h] += hiddenGradient[h];
  }
  for (let position = 0; position < CONTEXT; position++) {
    const row = (position * V + characters[at + position]) * HIDDEN;
    for (let h = 0; h < HIDDEN; h++) tableGradient[row + h] += hiddenGradient[h];
  }
}

function shareTableGradient() {
  for (let position = 0; position < CONTEXT; position++) {
    for (let character = 0; character < V; character++) {
      const row = (position * V + character) * HIDDEN;
      for (let e = 0; e < EMBEDDING; e++) {
        const value = embedding.value[character * EMBEDDING + e];
        const from = (position * EMBEDDING + e) * HIDDEN;
        let sum = 0;
        for (let h = 0; h < HIDDEN; h++) {
          sum += tableGradient[row + h] * inward.value[from + h];
          inward.gradient[from + h] += tableGradient[row + h] * value;
        }
        embedding.gradient[character * EMBEDDING + e] += sum;
      }
    }
  }
}

/** Kingma and Ba 2015; clears the gradient it used. */
function adam({ value, gradient, first, second }, step, rate) {
  const firstScale = 1 / (1 - 0.9 ** step);
  const secondScale = 1 / (1 - 0.999 ** step);
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i];
    first[i] = 0.9 * first[i] + 0.1 * g;
    second[i] = 0.999 * second[i] + 0.001 * g * g;
    value[i] -= (rate * first[i] * firstScale) / (Math.sqrt(second[i] * secondScale) + 1e-8);
    gradient[i] = 0;
  }
}

/** Linear warm-up, then half a cosine down to the least rate. */
function rateAt(step, done) {
  const cosine = LEAST_RATE + (PEAK_RATE - LEAST_RATE) * 0.5 * (1 + Math.cos(Math.PI * done));
  return cosine * Math.min(1, step / WARM_UP_STEPS);
}

function say({ step, epoch, tokens, loss, lr }) {
  const four = (value) => `'${Number(value.toPrecision(4))}'`;
  const line =
    given.format === 'json'
      ? JSON.stringify({ step, epoch, tokens, loss: Number(loss.toFixed(4)), lr: Number(lr.toPrecision(4)) })
      : `{'loss': ${four(loss)}, 'learning_rate': ${four(lr)}, 'epoch': ${four(epoch)}, 'num_input_tokens_seen': ${tokens}}`;
  process.stdout.write(`${line}\n`);
}

function write(beginning, length) {
  const known = (character) => Math.max(0, vocabulary.indexOf(character));
  const characters = [...beginning.padStart(CONTEXT)].map(known);
  fillTable();
  for (let n = 0; n < length; n++) {
    forward(characters, characters.length - CONTEXT);
    let left = random();
    const next = chance.findIndex((share) => {
      left -= share;
      return left < 0;
    });
    characters.push(next < 0 ? known(' ') : next);
  }
  return characters
    .map((index) => vocabulary[index])
    .join('')
    .trim();
}

function read(file) {
  const letters = [...readFileSync(file, 'utf8').replace(/\s+/g, ' ')];
  const vocabulary = [...new Set(letters)].sort();
  return { vocabulary, text: Uint8Array.from(letters, (letter) => vocabulary.indexOf(letter)) };
}

function parameter(length, spread) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const zeros = () => new Float32Array(length);
  return { value: zeros().map(() => spread * normal()), gradient: zeros(), first: zeros(), second: zeros() };
}

function shuffle(list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}

function stepsGiven() {
  const steps = given.steps === undefined ? Infinity : number('steps', given.steps);
  const epochs = given.epochs === undefined ? Infinity : Math.ceil(number('epochs', given.epochs) * perEpoch);
  return Math.min(steps, epochs);
}

function number(name, word) {
  const value = Number(word);
  if (word.trim() === '' || !(value >= 0)) throw new Error(`--${name} ${word}: a number is wanted`);
  return value;
}

function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
