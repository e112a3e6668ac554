#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Training steps of the paper's networks in PyTorch on one GPU, for comparison: forward, backward, fused Adam; the images are
given and lie on the GPU.

    pytorch_gpu_step.py shapes --batch 32 --mode eager --precision float32      prints samples/s
    pytorch_gpu_step.py celeba --flops                                          prints FLOP of one sample's step
    pytorch_gpu_step.py product --precision bf16                                prints FLOP/s of a large matrix product

Times are the GPU's own, by events; on a CPU (--device cpu, to try the script) they are the clock's."""

import argparse
import contextlib
import statistics
import time

import torch
from pytorch_step import NETWORKS
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def seconds_of(work, repeats, device):
    """Of one repeat, between two events around all of them."""
    if device == "cpu":
        start = time.perf_counter()
        for _ in range(repeats):
            work()
        return (time.perf_counter() - start) / repeats
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    first.record()
    for _ in range(repeats):
        work()
    last.record()
    torch.cuda.synchronize()
    return first.elapsed_time(last) / 1000 / repeats


def median_of(work, options):
    for _ in range(20):
        work()
    once = seconds_of(work, 5, options.device)
    repeats = max(5, int(options.seconds / 5 / once))
    return statistics.median(seconds_of(work, repeats, options.device) for _ in range(5))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=[*NETWORKS, "product"])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    parser.add_argument("--precision", choices=["float32", "tf32", "bf16"], default="float32")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--flops", action="store_true")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    half = options.precision == "bf16"
    if options.network == "product":
        n = 8192 if options.device == "cuda" else 512
        a, b = (torch.rand(n, n, device=options.device, dtype=torch.bfloat16 if half else torch.float32) for _ in range(2))
        print(2 * n**3 / median_of(lambda: torch.mm(a, b), options))
        return
    shape, model = NETWORKS[options.network]()
    model.to(options.device)
    images = torch.rand(options.batch, *shape, device=options.device)
    loss_of = nn.MSELoss()

    def loss():
        context = torch.autocast(options.device, torch.bfloat16) if half else contextlib.nullcontext()
        with context:
            return loss_of(model(images).float(), images)

    if options.flops:
        with FlopCounterMode(display=False) as counter:
            loss().backward()
        print(counter.get_total_flops() / options.batch)
        return
    adam = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    forward = torch.compile(loss, mode="reduce-overhead") if options.mode == "compile" else loss

    def step():
        adam.zero_grad(set_to_none=options.mode == "eager")
        forward().backward()
        adam.step()

    print(options.batch / median_of(step, options))


if __name__ == "__main__":
    main()
