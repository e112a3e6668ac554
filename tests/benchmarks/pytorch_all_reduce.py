#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The all-reduce of 5.8 MB (the shapes network's gradients) in PyTorch over gloo.

    torchrun --nproc-per-node 2 pytorch_all_reduce.py

Prints the median of the slowest rank's times, in ms."""

import statistics
import time

import torch
import torch.distributed as dist

torch.set_num_threads(1)
dist.init_process_group("gloo")
gradients = torch.zeros(1_445_859)
times = []
for i in range(320):
    dist.barrier()
    start = time.perf_counter()
    dist.all_reduce(gradients)
    spent = torch.tensor(time.perf_counter() - start)
    dist.all_reduce(spent, dist.ReduceOp.MAX)
    if i >= 20:
        times.append(spent.item() * 1e3)
if dist.get_rank() == 0:
    print(f"{statistics.median(times):.3f}")
dist.destroy_process_group()
