#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Training steps of the paper's networks in PyTorch, for comparison: forward, backward, fused Adam; the images are given.

    pytorch_step.py shapes --batch 32 --seconds 5
    torchrun --nproc-per-node 2 pytorch_step.py shapes --batch 32 --seconds 5     data-parallel by DDP over gloo

Prints the samples/s of all ranks together. --threads is of each rank."""

import argparse
import os
import time

import torch
from torch import nn


def conv(i, o):
    return nn.Conv2d(i, o, 4, 2, 1)


def deconv(i, o):
    return nn.ConvTranspose2d(i, o, 4, 2, 1)


def r():
    return nn.ReLU()


def shapes(n=32):
    return (3, 32, 32), nn.Sequential(
        conv(3, 32), r(), conv(32, 64), r(), conv(64, 128), r(), conv(128, 256), r(), nn.Conv2d(256, n, 2), nn.Flatten(),
        nn.Linear(n, n, bias=False), nn.Linear(n, n, bias=False), nn.Unflatten(1, (n, 1, 1)),
        nn.ConvTranspose2d(n, 256, 2), r(), deconv(256, 128), r(), deconv(128, 64), r(), deconv(64, 32), r(), deconv(32, 3),
        nn.Tanh())


def mnist(n=128):
    matrices = [nn.Linear(n, n, bias=False) for _ in range(8)]
    return (1, 32, 32), nn.Sequential(
        conv(1, 32), r(), conv(32, 64), r(), conv(64, 128), r(), conv(128, 256), r(), nn.Flatten(), nn.Linear(1024, n),
        *matrices, nn.Linear(n, 8192), r(), nn.Unflatten(1, (128, 8, 8)), deconv(128, 64), r(), deconv(64, 32), r(),
        nn.ConvTranspose2d(32, 1, 1), nn.Tanh())


def celeba(n=512, w=128):
    matrices = [nn.Linear(n, n, bias=False) for _ in range(4)]
    return (3, 64, 64), nn.Sequential(
        conv(3, w), r(), conv(w, 2 * w), r(), conv(2 * w, 4 * w), r(), conv(4 * w, 8 * w), r(), nn.Flatten(),
        nn.Linear(128 * w, n), *matrices, nn.Linear(n, 512 * w), nn.Unflatten(1, (8 * w, 8, 8)), deconv(8 * w, 4 * w), r(),
        deconv(4 * w, 2 * w), r(), deconv(2 * w, w), r(), nn.ConvTranspose2d(w, 3, 1), nn.Tanh())


NETWORKS = {"shapes": shapes, "mnist": mnist, "celeba": celeba}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=list(NETWORKS))
    parser.add_argument("--batch", type=int, default=32, help="global batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    world = int(os.environ.get("WORLD_SIZE", "1"))
    shape, model = NETWORKS[options.network]()
    trained = model
    if world > 1:
        torch.distributed.init_process_group("gloo")
        trained = nn.parallel.DistributedDataParallel(model)
    adam = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    images = torch.rand(options.batch // world, *shape)
    loss_of = nn.MSELoss()

    def step():
        adam.zero_grad()
        loss_of(trained(images), images).backward()
        adam.step()

    for _ in range(10):
        step()
    steps = 0
    start = time.perf_counter()
    # A number of steps that all ranks agree on: they may not leave at different times.
    while True:
        for _ in range(10):
            step()
        steps += 10
        done = torch.tensor(float(time.perf_counter() - start > options.seconds))
        if world > 1:
            torch.distributed.all_reduce(done)
        if done > 0:
            break
    rate = steps * options.batch / (time.perf_counter() - start)
    if int(os.environ.get("RANK", "0")) == 0:
        print(f"{rate:.1f}", flush=True)
    if world > 1:
        torch.distributed.barrier()
        os._exit(0)  # gloo's threads now and then abort the process that ends in order


if __name__ == "__main__":
    main()
