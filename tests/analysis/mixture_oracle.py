# SPDX-License-Identifier: MIT
"""Oracle: expectation maximisation for Gaussian mixtures in numpy and scipy, from a given start, to given files.

Usage: mixture_oracle.py FOLDER ITERATIONS FLOOR. FOLDER holds samples, weights, means, covariances as raw float64; the
result is written beside them as fitted-*.bin. Written from the textbook's formulas, sample by component, without the
triangular solves of the program.
"""
import pathlib
import sys

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

folder, iterations, floor = pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
weights = np.fromfile(folder / "weights.bin")
k = len(weights)
means = np.fromfile(folder / "means.bin").reshape(k, -1)
d = means.shape[1]
covariances = np.fromfile(folder / "covariances.bin").reshape(k, d, d)
x = np.fromfile(folder / "samples.bin").reshape(-1, d)


def log_joint():
    return np.stack(
        [np.log(weights[j]) + multivariate_normal(means[j], covariances[j]).logpdf(x) for j in range(k)], axis=1
    )


for _ in range(iterations):
    joint = log_joint()
    r = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    weights = r.mean(axis=0)
    means = np.stack([np.average(x, axis=0, weights=r[:, j]) for j in range(k)])
    covariances = np.stack(
        [np.cov(x.T, aweights=r[:, j], ddof=0).reshape(d, d) + floor * np.eye(d) for j in range(k)]
    )
weights.tofile(folder / "fitted-weights.bin")
means.tofile(folder / "fitted-means.bin")
covariances.tofile(folder / "fitted-covariances.bin")
np.array([logsumexp(log_joint(), axis=1).mean()]).tofile(folder / "fitted-likelihood.bin")
