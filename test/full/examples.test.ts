// The PyTorch and Hugging Face examples, trained under joulebook on the CPU by a Python that has their packages
// (.ci/python.sh makes one). Without it they are skipped with the reason; in CI they fail.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { metered, reportOf, tempFolder } from '../helpers/cli.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OWN = join(ROOT, '.venv/bin/python');
const PYTHON = process.env.JOULEBOOK_TEST_PYTHON ?? (existsSync(OWN) ? OWN : null);
/** On the CPU, with one thread, so that every run prints the same. */
const ENV = { CUDA_VISIBLE_DEVICES: '', HF_HUB_OFFLINE: '1' };

/** Batches of 8 windows of 64 characters: 512 tokens a step. The corpus has 135,379 characters, or 264 whole batches. */
const STEPS = 300;
const TOKENS = 153_600;
const EXAMPLES = [
  {
    ...{ script: 'pytorch/train.py', needs: ['torch'], read: (line: string) => JSON.parse(line) },
    keys: 'step epoch tokens loss lr',
    ...{ summaries: 0, steps: STEPS, epochs: TOKENS / 135_379 },
  },
  {
    ...{ script: 'huggingface/train.py', needs: ['torch', 'transformers', 'accelerate'], read: dictionary },
    keys: 'loss grad_norm learning_rate epoch num_input_tokens_seen train_runtime train_tokens_per_second',
    ...{ summaries: 1, steps: STEPS, epochs: STEPS / 264 }, // the Trainer's lines name no step: its bar on stderr does
  },
];

test.for(EXAMPLES)('the example $script', async ({ script, needs, read, keys, summaries, ...wanted }, { skip }) => {
  const why = whyNot(needs);
  if (why !== null && !process.env.CI) {
    console.warn(`examples/${script} is skipped: ${why}`);
    skip(why);
  }
  expect(why).toBeNull();

  const folder = tempFolder();
  const command = [PYTHON!, '-u', join(ROOT, 'examples', script), '--steps', String(STEPS), '--threads', '1'];
  const { result, report } = await metered(folder, ['--', ...command], ENV);
  expect([result.code, report.run.state]).toEqual([0, 'finished']);

  const alone = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8', env: { ...process.env, ...ENV } });
  expect(untimed(result.stdout)).toBe(untimed(alone.stdout));
  const lines = result.stdout.trimEnd().split('\n').map(read);
  expect(lines.length).toBe(STEPS / 10 + summaries);
  const progress = lines.slice(0, STEPS / 10);
  for (const line of progress) expect(Object.keys(line)).toEqual(keys.split(' '));
  expect(Number(progress.at(-1).loss)).toBeLessThan(0.85 * Number(progress[0].loss));

  const { work, energy } = report;
  expect([work.steps, work.tokens, work.restarts]).toEqual([wanted.steps, TOKENS, 0]);
  expect(work.epochs! / wanted.epochs).toBeCloseTo(1, 3); // printed with four digits
  const total = energy.it_j.value!;
  expect(total).toBeGreaterThan(0);
  expect(report.per.j_per_token.value! * TOKENS).toBeCloseTo(total, 6);

  const { rows } = await reportOf(join(folder, 'ledger'), report.run.id, '--by', 'epoch');
  expect(rows!.map(({ epoch }) => epoch).filter((epoch) => epoch !== null)).toEqual([0, 1]);
  const sum = (values: readonly (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0);
  expect(Math.abs(sum(rows!.map(({ energy_j }) => energy_j)) / total - 1)).toBeLessThan(1e-9);
  expect(sum(rows!.map(({ tokens }) => tokens))).toBe(TOKENS);
});

function whyNot(modules: readonly string[]): string | null {
  if (PYTHON === null) return 'there is no .venv (bash .ci/python.sh makes it) and no JOULEBOOK_TEST_PYTHON';
  const { status, stderr, error } = spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { encoding: 'utf8' });
  return status === 0 ? null : `${PYTHON}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
}

/** Python's print of a flat dictionary without quotes or words in its values. */
function dictionary(line: string) {
  return JSON.parse(line.replaceAll("'", '"'));
}

/** How long it took is another number each time. */
function untimed(text: string): string {
  return text.replace(/'train_(runtime|\w+_per_second)': '[^']*'/g, "'$1'");
}
