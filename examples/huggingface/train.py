"""Trains a tiny, randomly initialised GPT-2 with Hugging Face's own Trainer on one chapter of Newton.

Nothing is downloaded: the configuration, the weights and the character tokenizer are made here. What the Trainer
prints is left as it is; include_num_input_tokens_seen makes it count tokens, and joulebook reads them.
"""

import argparse
import tempfile
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast, Trainer, TrainingArguments, set_seed

DIM, CONTEXT, LAYERS, HEADS, BATCH = 64, 64, 2, 4, 8
CORPUS = Path(__file__).parent.parent / "demo" / "corpus.txt"


def character_tokenizer(text):
    """One token is one character."""
    tokenizer = Tokenizer(models.WordLevel({c: i for i, c in enumerate(sorted(set(text)))}))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def windows(tokens):
    """Pieces of CONTEXT tokens side by side; the model itself shifts the labels by one."""
    for at in range(0, len(tokens) - CONTEXT + 1, CONTEXT):
        piece = tokens[at : at + CONTEXT]
        yield {"input_ids": piece, "labels": piece}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, help="threads on the CPU; torch's own choice without it")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    set_seed(args.seed)

    text = CORPUS.read_text(encoding="utf-8")
    tokenizer = character_tokenizer(text)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=CONTEXT,
        n_embd=DIM,
        n_layer=LAYERS,
        n_head=HEADS,
        bos_token_id=None,
        eos_token_id=None,
    )
    with tempfile.TemporaryDirectory() as folder:
        training = TrainingArguments(
            output_dir=folder,
            max_steps=args.steps,
            seed=args.seed,
            per_device_train_batch_size=BATCH,
            dataloader_drop_last=True,
            dataloader_pin_memory=torch.cuda.is_available(),
            learning_rate=3e-3,
            logging_steps=10,
            include_num_input_tokens_seen="all",
            save_strategy="no",
            report_to="none",
        )
        Trainer(
            model=GPT2LMHeadModel(config),
            args=training,
            train_dataset=list(windows(tokenizer(text)["input_ids"])),
        ).train()


if __name__ == "__main__":
    main()
