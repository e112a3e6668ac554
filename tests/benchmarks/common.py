# SPDX-License-Identifier: MIT
"""What the benchmarks of CPUs and of GPUs share: where things are, and how programs are run."""

import os
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/benchmarks"
BUILD = ROOT / "build/release"
VENV = ROOT / ".venv/bin"
PYTHON = VENV / "python" if (VENV / "python").exists() else pathlib.Path(sys.executable)
ENVIRONMENT = {
    **os.environ, "PATH": f"{VENV}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_mpi_yield_when_idle": "1"}


def stop(reason):
    sys.exit(f"tests/benchmarks/{pathlib.Path(sys.argv[0]).name}: {reason}")


def attempt(command, threads=None, **options):
    environment = {**ENVIRONMENT, **({"OMP_NUM_THREADS": str(threads)} if threads else {})}
    return subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True, **options)


def call(command, threads=None, **options):
    done = attempt(command, threads, **options)
    if done.returncode:
        stop(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def mpirun(ranks):
    return ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", ranks]


def logs(out):
    return [path.read_text() for path in sorted(out.glob("*/*/log.txt"))]


def rates(out):
    """Of each cell: samples/s, the median of its epochs but the first."""
    return [statistics.median(float(rate) for rate in re.findall(r"([\d.]+) samples/s", log)[1:]) for log in logs(out)]
