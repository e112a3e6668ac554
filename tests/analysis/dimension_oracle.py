# SPDX-License-Identifier: MIT
"""Oracle: intrinsic dimension from nearest neighbours in numpy, point by point, from the papers' formulas.

Usage: dimension_oracle.py FOLDER WIDTH NEIGHBOURS. FOLDER holds points as raw float64; distances and estimates (TwoNN, maximum
likelihood) are written beside them. No two of the points may coincide.
"""
import pathlib
import sys

import numpy as np

folder, width, neighbours = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
points = np.fromfile(folder / "points.bin").reshape(-1, width)
n = len(points)
distances = np.stack(
    [np.sort(np.linalg.norm(np.delete(points, i, axis=0) - points[i], axis=1))[:neighbours] for i in range(n)]
)

# Facco et al. 2017: -log(1 - F(m)) = d log m, F(m_i) = i / n for the i-th ratio, the largest tenth left out.
ratios = np.sort(distances[:, 1] / distances[:, 0])[: int(0.9 * n)]
empirical = np.arange(1, len(ratios) + 1) / n
two_nn = np.linalg.lstsq(np.log(ratios)[:, None], -np.log(1 - empirical), rcond=None)[0][0]

# Levina and Bickel 2004, equation 8, and the mean over k of their section 3; MacKay and Ghahramani 2005 average inverses.
estimates = []
for k in range(10, 21):
    inverse = [np.mean([np.log(row[k - 1] / row[j]) for j in range(k - 1)]) for row in distances]
    estimates.append(1 / np.mean(inverse))

distances.tofile(folder / "distances.bin")
np.array([two_nn, np.mean(estimates)]).tofile(folder / "estimates.bin")
