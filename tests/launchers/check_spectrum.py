"""Oracle: numpy's singular values and effective ranks of the latents in a run file, against what irmae stored and printed."""
import csv
import io
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1]) as f:
    z = f["latents/validation/z"][:].astype(np.float64)
    stored = f["spectrum/final/covariance"][:]
s = np.linalg.svd(np.cov(z.T), compute_uv=False)
np.testing.assert_allclose(stored, s, rtol=1e-6, atol=1e-9 * s[0])
row = next(csv.DictReader(io.StringIO(sys.argv[2])))
p = stored / stored.sum()
np.testing.assert_allclose(float(row["entropy_rank"]), np.exp(-(p[p > 0] * np.log(p[p > 0])).sum()), rtol=1e-9)
np.testing.assert_allclose(float(row["participation_ratio"]), stored.sum() ** 2 / (stored**2).sum(), rtol=1e-9)
assert int(row["count_1e-2"]) == (stored > 1e-2 * stored[0]).sum()
assert int(row["count_1e-3"]) == (stored > 1e-3 * stored[0]).sum()
assert int(row["variance_99"]) == np.searchsorted(np.cumsum(p), 0.99) + 1
