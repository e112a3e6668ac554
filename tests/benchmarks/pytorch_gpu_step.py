#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Training steps of the paper's networks in PyTorch on one GPU, for comparison: forward, backward, fused Adam; the images are
given and lie on the GPU.

    pytorch_gpu_step.py shapes eager compile            samples/s, a line for each
    pytorch_gpu_step.py celeba flops                    FLOP of one sample's step
    pytorch_gpu_step.py celeba --precision bf16 peak    FLOP/s of a large matrix product
    pytorch_gpu_step.py shapes                          reads such words, a line each, and answers each with a line

Times are the GPU's own, by events; on a CPU (--device cpu, to try the script) they are the clock's."""

import argparse
import contextlib
import statistics
import sys
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


class Steps:
    def __init__(self, options):
        self.options = options
        self.half = options.precision == "bf16"
        self.shape, self.model = NETWORKS[options.network]()
        self.model.to(options.device)
        self.images = torch.rand(options.batch, *self.shape, device=options.device)
        self.loss_of = nn.MSELoss()
        self.adam = torch.optim.Adam(self.model.parameters(), lr=1e-4, fused=True)
        self.compiled = None

    def loss(self):
        context = torch.autocast(self.options.device, torch.bfloat16) if self.half else contextlib.nullcontext()
        with context:
            return self.loss_of(self.model(self.images).float(), self.images)

    def rate(self, loss, set_to_none):
        def step():
            self.adam.zero_grad(set_to_none=set_to_none)
            loss().backward()
            self.adam.step()

        return self.options.batch / median_of(step, self.options)

    def eager(self):
        return self.rate(self.loss, True)

    def compile(self):
        # As mode="reduce-overhead" has it. PyTorch 2.11 compiles a convolution to one channel wrongly where it chooses layouts.
        options = {"triton.cudagraphs": True} | ({"layout_optimization": False} if self.shape[0] == 1 else {})
        self.compiled = self.compiled or torch.compile(self.loss, options=options)
        for parameter in self.model.parameters():  # a gradient that backward makes itself is overwritten by the next graph
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)

        def loss():
            torch.compiler.cudagraph_mark_step_begin()  # what the step before gave is used no more
            return self.compiled()

        return self.rate(loss, False)

    def flops(self):
        with FlopCounterMode(display=False) as counter:
            self.loss().backward()
        return counter.get_total_flops() / self.options.batch

    def peak(self):
        n, device = (8192 if self.options.device == "cuda" else 512), self.options.device
        a, b = (torch.rand(n, n, device=device, dtype=torch.bfloat16 if self.half else torch.float32) for _ in range(2))
        return 2 * n**3 / median_of(lambda: torch.mm(a, b), self.options)


MEASURES = ["eager", "compile", "flops", "peak"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--precision", choices=["float32", "tf32", "bf16"], default="float32")
    parser.add_argument("--seconds", type=float, default=5, help="of one measurement")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    steps = Steps(options)
    for word in options.measures or sys.stdin:
        word = word.strip()
        if word not in MEASURES:
            sys.exit(f"'{word}' is none of {', '.join(MEASURES)}")
        print(getattr(steps, word)(), flush=True)


if __name__ == "__main__":
    main()
