# SPDX-License-Identifier: MIT
"""Oracle: the Frechet distance by scipy's general matrix square root, as the field's first implementations have it.

Usage: frechet_oracle.py A B WIDTH, two files of raw float64 features; prints the distance.
"""
import sys

import numpy as np
from scipy.linalg import sqrtm

width = int(sys.argv[3])
a, b = (np.fromfile(name).reshape(-1, width) for name in sys.argv[1:3])
root = sqrtm(np.cov(a.T) @ np.cov(b.T))
distance = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(np.cov(a.T) + np.cov(b.T) - 2 * root.real)
print(repr(float(distance)))
