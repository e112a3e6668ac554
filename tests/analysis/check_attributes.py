# SPDX-License-Identifier: MIT
"""Oracle: the linear discriminants of a run on shapes, from its stored codes. Of the attributes the file holds one itself: a
sample's label says whether it is a square. The attributes' random numbers are made again for the others. Exit status 1 on a
difference."""
import sys

import h5py
import numpy as np


def philox(seed, stream, index, draw):
    """Philox4x32-10 (Salmon et al. 2011) of a counter (index, 0, stream, draw)."""
    counter, key = [index, 0, stream, draw], [seed, 0]
    for _ in range(10):
        a, b = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [b >> 32 ^ counter[1] ^ key[0], b & 0xFFFFFFFF, a >> 32 ^ counter[3] ^ key[1], a & 0xFFFFFFFF]
        key = [key[0] + 0x9E3779B9 & 0xFFFFFFFF, key[1] + 0xBB67AE85 & 0xFFFFFFFF]
    return counter


def attributes(seed, stream, count):
    rows = []
    for index in range(count):
        look, place = philox(seed, stream, index, 0), philox(seed, stream, index, 1)
        x, y = (8 + (word * 17 >> 32) for word in place[:2])
        rows.append([look[3] >> 31 == 1, 3 + (place[2] * 6 >> 32) >= 6, x > 16, y > 16])
    return np.array(rows)


def discriminant(codes, present, ridge):
    mean, scale = codes.mean(0), codes.std(0, ddof=1)
    standard = (codes - mean) / np.maximum(scale, 1e-6 * scale.max())
    a, b = standard[present], standard[~present]
    within = (np.cov(a.T, ddof=0) * len(a) + np.cov(b.T, ddof=0) * len(b)) / len(codes) + ridge * np.eye(codes.shape[1])
    weights = np.linalg.inv(within) @ (a.mean(0) - b.mean(0))
    threshold = weights @ (a.mean(0) + b.mean(0)) / 2
    return weights / scale, lambda z: ((z - mean) / scale) @ weights > threshold


with h5py.File(sys.argv[1]) as f:
    found = f["evaluation/attributes"]
    train, validation = (f[f"latents/{split}/z"][:].astype(float) for split in ("train", "validation"))
    assert found.attrs["names"].split() == ["square", "large", "right", "low"]
    seed = int(f["config"].attrs["train.seed"])
    learn, judge = attributes(seed, 0, len(train)), attributes(seed, 1, len(validation))
    np.testing.assert_array_equal(learn[:, 0], f["latents/train/labels"][:] == 1)
    np.testing.assert_array_equal(judge[:, 0], f["latents/validation/labels"][:] == 1)
    for i in range(4):
        weights, told = discriminant(train, learn[:, i], found.attrs["ridge"])
        right = told(validation) == judge[:, i]
        np.testing.assert_allclose(found["accuracy"][i], right.mean(), atol=1e-12)
        balanced = (right[judge[:, i]].mean() + right[~judge[:, i]].mean()) / 2
        np.testing.assert_allclose(found["balanced_accuracy"][i], balanced, atol=1e-12)
        np.testing.assert_allclose(found["prevalence"][i], judge[:, i].mean(), atol=1e-12)
        direction = weights / np.linalg.norm(weights)
        np.testing.assert_allclose(found["directions"][i], direction, rtol=1e-6, atol=1e-8)
        # The regression of codes on the score: a code that moves so changes its score by one standard deviation.
        score = train @ direction
        move = np.array([np.cov(component, score)[0, 1] for component in train.T]) / score.std(ddof=1)
        np.testing.assert_allclose(found["moves"][i], move, rtol=1e-6, atol=1e-8)
    best = np.argsort(-found["balanced_accuracy"][:], kind="stable")[:2]
    np.testing.assert_array_equal(found["row_attribute"][:], np.repeat(best, 3))
    assert found["images"].shape == (6, 5, 3, 32, 32)
    np.testing.assert_allclose(found["deviations"][:], [-3, -1.5, 0, 1.5, 3])
    # The middle one does not move: it is the same image for both attributes.
    np.testing.assert_array_equal(found["images"][:3, 2], found["images"][3:, 2])
    assert (found["images"][0, 0] != found["images"][0, 4]).any()
