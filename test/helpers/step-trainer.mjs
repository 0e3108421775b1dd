// A training that does each step once: FOLDER/steps has a line for each, FOLDER/checkpoint the last one that was saved. SIGTERM saves
// and ends it; it goes on from where it was saved.
//
// node step-trainer.mjs FOLDER STEPS

import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, steps] = [process.argv[2], Number(process.argv[3])];
const file = join(folder, 'checkpoint');
let step = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;

function save() {
  writeFileSync(`${file}.new`, String(step));
  renameSync(`${file}.new`, file);
}

process.on('SIGTERM', () => {
  save();
  process.exit(143);
});
appendFileSync(join(folder, 'starts'), `${process.pid}\n`);
const timer = setInterval(() => {
  if (step < steps) {
    step++;
    appendFileSync(join(folder, 'steps'), `${step}\n`);
    console.log(JSON.stringify({ step, total_steps: steps, loss: 1 / step }));
  }
  if (step < steps) return;
  clearInterval(timer);
  save();
}, 40);
