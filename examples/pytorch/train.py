"""Trains a tiny character GPT on one chapter of Newton, on the GPU that torch sees or else on the CPU.

Every few steps it prints one JSON line, which is all that joulebook needs:
{"step": 10, "epoch": 0.0381, "tokens": 5120, "loss": 3.9, "lr": 0.0015}
One token is one character; "tokens" is their sum so far, "loss" the mean (nats) since the line before.
"""

import argparse
import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

DIM, CONTEXT, LAYERS, HEADS, BATCH = 64, 64, 2, 4, 8
PEAK_RATE, LEAST_RATE, WARM_UP_STEPS = 3e-3, 3e-4, 20
CORPUS = Path(__file__).parent.parent / "demo" / "corpus.txt"


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.qkv, self.out = nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)
        self.mlp = nn.Sequential(nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Linear(4 * DIM, DIM))

    def forward(self, x):
        heads = [part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, dim=-1)]
        seen = F.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    def __init__(self, characters):
        super().__init__()
        self.token, self.position = nn.Embedding(characters, DIM), nn.Embedding(CONTEXT, DIM)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.head = nn.Sequential(nn.LayerNorm(DIM), nn.Linear(DIM, characters))

    def forward(self, tokens):
        return self.head(self.blocks(self.token(tokens) + self.position.weight))


def rate_at(step, steps):
    """Linear warm-up, then half a cosine down to the least rate."""
    cosine = LEAST_RATE + (PEAK_RATE - LEAST_RATE) * 0.5 * (1 + math.cos(math.pi * step / steps))
    return cosine * min(1, step / WARM_UP_STEPS)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, help="threads on the CPU; torch's own choice without it")
    parser.add_argument("--log-every", type=int, default=10)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    text = CORPUS.read_text(encoding="utf-8")
    characters = sorted(set(text))
    data = torch.tensor([characters.index(c) for c in text], device=device)
    window = torch.arange(CONTEXT + 1, device=device)

    model = GPT(len(characters)).to(device)
    optimizer = torch.optim.AdamW(model.parameters())
    losses = []
    for step in range(1, args.steps + 1):
        rate = rate_at(step, args.steps)
        optimizer.param_groups[0]["lr"] = rate
        starts = torch.randint(len(data) - CONTEXT, (BATCH, 1)).to(device)
        batch = data[starts + window]
        loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
        if step % args.log_every == 0 or step == args.steps:
            tokens = step * BATCH * CONTEXT
            record = {
                "step": step,
                "epoch": round(tokens / len(data), 4),
                "tokens": tokens,
                "loss": round(torch.stack(losses).mean().item(), 4),
                "lr": round(rate, 6),
            }
            print(json.dumps(record), flush=True)
            losses.clear()


if __name__ == "__main__":
    main()
