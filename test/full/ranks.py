"""Ranks of torch.distributed (gloo) that fit one small model, most of their time within collectives of 5 s at most.

On SIGUSR1, or when the file --ask is there, rank 0 saves model and step, and all go on; started again it goes on from
there. Each step's loss is a line.
"""

import argparse
import datetime
import os
import signal
import time

import torch
from torch import distributed as dist

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int)
parser.add_argument("--state")
parser.add_argument("--ask")
parser.add_argument("--rest", type=float, default=0, help="s between two steps, and hardly any time within collectives")
args = parser.parse_args()
wanted = False


def want(*_):
    global wanted
    wanted = True


signal.signal(signal.SIGUSR1, want)
dist.init_process_group("gloo", timeout=datetime.timedelta(seconds=5))
rank = dist.get_rank()
torch.set_num_threads(1)
weights, first = torch.zeros(16), 1
if os.path.exists(args.state):
    saved = torch.load(args.state)
    weights, first = saved["weights"], saved["step"] + 1
target, ballast = torch.arange(16.0), torch.zeros(1000 if args.rest else 2_000_000)

for step in range(first, args.steps + 1):
    time.sleep(args.rest)
    batch = torch.randn(32, 16, generator=torch.Generator().manual_seed(2 * step + rank))
    error = batch @ (weights - target)
    gradient, loss = batch.T @ error / 32, (error**2).mean()
    for _ in range(4):
        dist.all_reduce(ballast)
    dist.all_reduce(gradient)
    dist.all_reduce(loss)
    if args.ask and rank == 0 and os.path.exists(args.ask):
        os.remove(args.ask)
        wanted = True
    flag = torch.tensor([float(wanted)])
    dist.all_reduce(flag)
    weights = weights - 0.01 * gradient
    if flag.item() > 0:
        wanted = False
        if rank == 0:
            torch.save({"weights": weights, "step": step}, args.state + ".part")
            os.replace(args.state + ".part", args.state)
    if rank == 0:
        print(f"step {step} loss {loss.item():.4f}", flush=True)
dist.destroy_process_group()
