# SPDX-License-Identifier: MIT
"""Oracle: numpy's singular values of what a run file holds (its latents' covariance, its matrices and their product), and
effective ranks of them, against what irmae stored and printed. Arguments: run.h5, beside which its metrics.h5 lies; the table of
ranks as CSV; the epochs whose spectra are recorded, with commas."""
import csv
import io
import os
import sys

import h5py
import numpy as np


def same(given, wanted, tolerance, what):
    np.testing.assert_allclose(given, wanted, rtol=tolerance, atol=1e-3 * tolerance * np.max(wanted), err_msg=what)


with h5py.File(sys.argv[1]) as f:
    z = f["latents/validation/z"][:].astype(np.float64)
    stored = f["spectrum/final/covariance"][:]
    product, matrices = f["spectrum/final/product"][:], f["spectrum/final/matrices"][:]
    layers = int(f["config"].attrs["model.linear_layers"])
    assert sorted(name for name in f["weights"] if name.startswith("stack.")) == [f"stack.W{i + 1}" for i in range(layers)]
    weights = [f[f"weights/stack.W{i + 1}"][:].astype(np.float64) for i in range(layers)]
s = np.linalg.svd(np.cov(z.T), compute_uv=False)
same(stored, s, 1e-6, "covariance")

# W_1 is applied first. The other order would have other singular values.
whole = np.linalg.multi_dot(weights[::-1])
other = np.linalg.svd(np.linalg.multi_dot(weights), compute_uv=False)
assert abs(other - np.linalg.svd(whole, compute_uv=False)).max() > 1e-3 * other[0], "the order of the product could not be told"
same(product, np.linalg.svd(whole, compute_uv=False), 1e-9, "product")
assert matrices.shape == (layers, z.shape[1])
for i, weight in enumerate(weights):
    same(matrices[i], np.linalg.svd(weight, compute_uv=False), 1e-9, f"W{i + 1}")

with h5py.File(os.path.join(os.path.dirname(sys.argv[1]), "metrics.h5")) as f:
    history = f["spectrum/history"]
    assert list(history["epoch"][:]) == [int(epoch) for epoch in sys.argv[3].split(",")], history["epoch"][:]
    for name, final in {"covariance": stored, "product": product, "matrices": matrices}.items():
        assert len(history[name]) == len(history["epoch"]), name
        same(history[name][-1], final, 1e-12, f"the last epoch's {name}")
        assert abs(history[name][0] - final).max() > 1e-4 * final.max(), f"{name}: the first epoch is no other than the last"

row = next(csv.DictReader(io.StringIO(sys.argv[2])))
p = stored / stored.sum()
np.testing.assert_allclose(float(row["entropy_rank"]), np.exp(-(p[p > 0] * np.log(p[p > 0])).sum()), rtol=1e-9)
np.testing.assert_allclose(float(row["participation_ratio"]), stored.sum() ** 2 / (stored**2).sum(), rtol=1e-9)
assert int(row["count_1e-2"]) == (stored > 1e-2 * stored[0]).sum()
assert int(row["count_1e-3"]) == (stored > 1e-3 * stored[0]).sum()
assert int(row["variance_99"]) == np.searchsorted(np.cumsum(p), 0.99) + 1
