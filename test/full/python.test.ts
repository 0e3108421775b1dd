// The Python helper in real training on the CPU: PyTorch, the Trainer of Transformers, and Lightning by both its names.
//
// What the trainer itself prints is what joulebook must tell. Without the packages (.ci/python.sh) these are skipped with
// the reason; in CI they fail.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { ReportJson } from '../../src/report/model.ts';
import { metered, reportOf, tempFolder } from '../helpers/cli.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OWN = join(ROOT, '.venv/bin/python');
const PYTHON = process.env.JOULEBOOK_TEST_PYTHON ?? (existsSync(OWN) ? OWN : null);
const ENV = {
  ...{ PYTHONPATH: join(ROOT, 'clients/python'), PYTHONDONTWRITEBYTECODE: '1' },
  ...{ CUDA_VISIBLE_DEVICES: '', HF_HUB_OFFLINE: '1', PYTHONWARNINGS: 'ignore' },
};

/** The examples of the guide, in their order. */
const GUIDE = [...readFileSync(join(ROOT, 'docs/guides/python.md'), 'utf8').matchAll(/```python\n([\s\S]*?)```/g)].map(
  ([, text]) => text,
);

/** What each script prints of itself as its last line. */
interface Truth {
  readonly steps: number;
  readonly tokens: number;
  readonly losses: readonly (readonly [step: number, loss: number])[];
}

const COMMON = `
import functools, json, sys, torch, joulebook
torch.set_num_threads(1)
torch.manual_seed(0)
losses = []
def tell(steps, tokens):
    print(json.dumps({"steps": steps, "tokens": tokens, "losses": losses}))
`;

const PYTORCH = `${COMMON}
model = torch.nn.Sequential(torch.nn.Embedding(64, 32), torch.nn.Flatten(), torch.nn.Linear(16 * 32, 64))
optimizer = torch.optim.AdamW(model.parameters())
tokens = 0
for number in range(1, 41):
    batch = torch.randint(0, 64, (2 + number % 3, 16))
    with joulebook.step(tokens=batch.numel(), samples=len(batch)) as step:
        loss = torch.nn.functional.cross_entropy(model(batch), batch[:, 0])
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        step.set(loss=loss)
    tokens += batch.numel()
    losses.append([number, loss.item()])
    if number % 10 == 0:
        with joulebook.window("validation"), joulebook.phase("eval"), torch.no_grad():
            model(torch.randint(0, 64, (512, 16)))
tell(40, tokens)
`;

const TRANSFORMERS = `${COMMON}
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments
class Watch(TrainerCallback):
    def on_log(self, args, state, control, logs=None, **kwargs):
        if "loss" in logs:
            losses.append([state.global_step, logs["loss"]])
model = GPT2LMHeadModel(GPT2Config(vocab_size=64, n_positions=32, n_embd=32, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0))
rows = [{"input_ids": ids, "labels": ids} for ids in torch.randint(0, 64, (40, 16))]
args = TrainingArguments(output_dir=sys.argv[1], per_device_train_batch_size=4, num_train_epochs=2, logging_steps=5,
    eval_strategy="epoch", save_strategy="epoch", report_to=[], include_num_input_tokens_seen="all", use_cpu=True, disable_tqdm=True)
Trainer = functools.partial(Trainer, eval_dataset=rows[:8])
${GUIDE[1]!}
trainer.add_callback(Watch())
trainer.train()
tell(trainer.state.global_step, trainer.state.num_input_tokens_seen)
`;

const lightning = (module: string) => `${COMMON}
import logging
import ${module} as pl
logging.getLogger(pl.__name__).setLevel(logging.ERROR)
class Model(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(16, 1)
    def training_step(self, batch, index):
        loss = self.layer(batch[0]).square().mean()
        losses.append([index + 1 + 10 * self.current_epoch, loss.item()])
        return loss
    def validation_step(self, batch, index):
        self.layer(batch[0])
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.01)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(40, 16)), batch_size=4)
pl.Trainer = functools.partial(pl.Trainer, accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False)
${GUIDE[2]!}
trainer.fit(Model(), data, data)
tell(trainer.global_step, 2 * 40 * 16)
`;

const TRAININGS = [
  { name: 'PyTorch', needs: ['torch'], script: PYTORCH, phases: ['eval'], epochs: null },
  {
    ...{ name: 'Transformers', needs: ['torch', 'transformers', 'accelerate'], script: TRANSFORMERS },
    ...{ phases: ['eval', 'checkpoint'], epochs: 2 },
  },
  ...['lightning.pytorch', 'pytorch_lightning'].map((module) => ({
    ...{ name: module, needs: ['torch', module], script: lightning(module), phases: ['eval'], epochs: 2 },
  })),
];

test.for(TRAININGS)('$name tells its steps, tokens and loss', async (training, { skip }) => {
  const why = whyNot(training.needs);
  if (why !== null && !process.env.CI) {
    console.warn(`${training.name} is not tested: ${why}`);
    skip(why);
  }
  expect(why).toBeNull();

  const folder = tempFolder();
  const script = join(folder, 'train.py');
  writeFileSync(script, training.script);
  const { result, report } = await metered(folder, ['--', PYTHON!, script, join(folder, 'out')], ENV);
  expect([result.code, report.run.state]).toEqual([0, 'finished']);
  const truth: Truth = JSON.parse(result.stdout.trimEnd().split('\n').at(-1)!);

  expect([report.work.steps, report.work.tokens, report.work.epochs]).toEqual([
    ...[truth.steps, truth.tokens, training.epochs],
  ]);
  expect(report.work.restarts).toBe(0);
  const ledger = join(folder, 'ledger');
  expect(lossesIn(ledger)).toEqual(truth.losses);
  expect(report.phases.map(({ phase }) => phase)).toEqual(
    expect.arrayContaining(['startup', 'train', ...training.phases]),
  );

  const total = report.energy.it_j.value!;
  const rows = await rowsOf(ledger, 'step');
  expect(rows.filter(({ step }) => step !== null).map(({ step }) => step)).toEqual(
    Array.from({ length: truth.steps }, (_, i) => i + 1),
  );
  expect(Math.abs(sum(rows.map(({ energy_j }) => energy_j)) / total - 1)).toBeLessThan(1e-9);
  expect(sum(rows.map(({ tokens }) => tokens))).toBe(truth.tokens);
  for (const { step, energy_j } of rows) if (step !== null) expect(energy_j).toBeGreaterThan(0);

  // Alone, without joulebook, it prints the same and no more.
  const alone = spawnSync(PYTHON!, [script, join(folder, 'out')], {
    encoding: 'utf8',
    env: { ...process.env, ...ENV },
  });
  expect([alone.status, JSON.parse(alone.stdout.trimEnd().split('\n').at(-1)!)]).toEqual([0, truth]);
});

const rowsOf = async (ledger: string, by: string): Promise<NonNullable<ReportJson['rows']>> =>
  (await reportOf(ledger, 'last', '--by', by)).rows!;

const sum = (values: readonly (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0);

/** Step and loss of the lines that tell a training loss. */
function lossesIn(ledger: string): [number, number][] {
  const [run] = readdirSync(join(ledger, 'runs'));
  const files = readdirSync(join(ledger, 'runs', run!), { recursive: true }) as string[];
  const lines = files
    .filter((file) => /steps\.\d+\.open$/.test(file))
    .flatMap((file) =>
      readFileSync(join(ledger, 'runs', run!, file), 'utf8')
        .trimEnd()
        .split('\n'),
    )
    .map((line) => JSON.parse(line));
  return lines.filter(({ loss }) => loss !== null).map(({ step, loss }) => [step, loss]);
}

function whyNot(modules: readonly string[]): string | null {
  if (PYTHON === null) return 'there is no .venv (bash .ci/python.sh makes it) and no JOULEBOOK_TEST_PYTHON';
  const { status, stderr, error } = spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { encoding: 'utf8' });
  return status === 0 ? null : `${PYTHON}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
}
