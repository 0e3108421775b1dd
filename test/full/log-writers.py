"""Writes logs of a small training as the real libraries do: log-writers.py WRITER FOLDER TRUTH.

TRUTH gets what was logged as JSON: a list of {step, at_s, loss, tokens, ...}, at_s being the time of the call.
"""

import json
import os
import sys
import time

WRITER, FOLDER, TRUTH = sys.argv[1:4]
STEPS, PAUSE = 20, 0.05
truth = []


def steps(first=1, stride=1):
    """Numbers of steps, each a while after the other, noted with its time and values."""
    for n in range(first, first + STEPS):
        time.sleep(PAUSE)
        record = {"step": n * stride, "at_s": time.time(), "loss": 2.0 + 1.0 / n, "tokens": n * 2**24 + n, "samples": n * 64}
        truth.append(record)
        yield record


def torch_tensorboard(new_style=False):
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(FOLDER, flush_secs=1) as writer:
        for s in steps(stride=10):
            for tag, value in (("train/loss", s["loss"]), ("train/num_input_tokens_seen", s["tokens"])):
                writer.add_scalar(tag, value, s["step"], new_style=new_style)
        writer.add_scalar("eval/loss", 3.0, s["step"])


def tensorboardx():
    from tensorboardX import SummaryWriter

    with SummaryWriter(FOLDER, flush_secs=1) as writer:
        for s in steps():
            writer.add_scalar("lm loss", s["loss"], s["step"])
            writer.add_scalar("lm loss vs samples", s["loss"], s["samples"])
            writer.add_text("note", "x" * 1000, s["step"])
        import numpy

        writer.add_image("noise", numpy.random.randint(0, 255, (3, 800, 800), dtype="uint8"), 1)


def wandb_offline():
    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DIR=FOLDER)
    import wandb

    run = wandb.init(project="p", settings=wandb.Settings(console="off"))
    for s in steps(stride=10):
        run.log({"train/loss": s["loss"], "train/global_step": s["step"], "nested": {"a": 1}, "note": "x" * 5000})
    run.log({"eval/loss": 3.0, "train/global_step": s["step"]})
    run.finish()


def mlflow_files():
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow

    mlflow.set_tracking_uri("file:" + FOLDER)
    with mlflow.start_run():
        for s in steps(stride=10):
            mlflow.log_metrics({"loss": s["loss"], "num_tokens": s["tokens"]}, step=s["step"])
        mlflow.log_metric("eval_loss", 3.0, step=s["step"])


def lightning_module():
    import lightning
    import torch

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, _):
            loss = self.layer(batch[0]).pow(2).mean()
            time.sleep(PAUSE)
            truth.append({"step": self.global_step + 1, "at_s": time.time(), "loss": loss.item()})
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch, _):
            self.log("val_loss", self.layer(batch[0]).pow(2).mean())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    torch.manual_seed(1)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(20, 4)), batch_size=2)
    return lightning, Module(), data


def lightning_fit(logger):
    lightning, module, data = lightning_module()
    options = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    trainer = lightning.Trainer(max_epochs=2, accelerator="cpu", logger=logger, log_every_n_steps=1, **options)
    trainer.fit(module, data, data)


def lightning_csv():
    from lightning.pytorch.loggers import CSVLogger

    lightning_fit(CSVLogger(FOLDER, flush_logs_every_n_steps=1))


def lightning_tensorboard():
    from lightning.pytorch.loggers import TensorBoardLogger

    lightning_fit(TensorBoardLogger(FOLDER))


def trainer(report_to):
    from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

    class Note(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **_):
            if "loss" in logs:
                tokens = state.num_input_tokens_seen
                truth.append({"step": state.global_step, "at_s": time.time(), "loss": logs["loss"], "tokens": tokens})

        def on_step_end(self, *_, **__):
            time.sleep(PAUSE / 2)

    config = GPT2Config(
        vocab_size=50, n_positions=16, n_embd=16, n_layer=1, n_head=2, bos_token_id=None, eos_token_id=None
    )
    data = [{"input_ids": [i % 50] * 16, "labels": [i % 50] * 16} for i in range(64)]
    arguments = TrainingArguments(
        output_dir=FOLDER,
        max_steps=40,
        per_device_train_batch_size=4,
        logging_steps=2,
        save_steps=10,
        eval_strategy="steps",
        eval_steps=10,
        report_to=report_to,
        include_num_input_tokens_seen="all",
        disable_tqdm=True,
        use_cpu=True,
    )
    Trainer(
        model=GPT2LMHeadModel(config), args=arguments, train_dataset=data, eval_dataset=data[:8], callbacks=[Note()]
    ).train()


WRITERS = {
    "torch": torch_tensorboard,
    "torch-tensors": lambda: torch_tensorboard(new_style=True),
    "tensorboardX": tensorboardx,
    "wandb": wandb_offline,
    "mlflow": mlflow_files,
    "lightning-csv": lightning_csv,
    "lightning-tensorboard": lightning_tensorboard,
    "trainer-tensorboard": lambda: trainer(["tensorboard"]),
    "trainer-state": lambda: trainer([]),
}
WRITERS[WRITER]()
with open(TRUTH, "w", encoding="utf-8") as file:
    json.dump(truth, file)
