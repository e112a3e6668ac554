# SPDX-License-Identifier: MIT
"""Oracle: reads a run file with h5py and xarray and checks values, names and units. Exit status 1 on a difference."""
import sys

import h5py
import numpy as np
import xarray as xr

path = sys.argv[1]
with h5py.File(path) as f:
    assert f.attrs["schema_version"] == 1
    assert f.attrs["kind"] == "run"  # text, not bytes
    assert f["config"].attrs["train.learning_rate"] == 0.1
    np.testing.assert_array_equal(f["latents/train/z"][:], np.arange(1, 7, dtype=np.float32).reshape(3, 2))
    missing = []

    def check(name, item):
        if isinstance(item, h5py.Dataset):
            if "long_name" not in item.attrs or "units" not in item.attrs:
                missing.append(name)

    f.visititems(check)
    assert not missing, missing

expected = {
    "latents/train": ("z", ("index", "component")),
    "latents/validation": ("labels", ("index",)),
    "metrics": ("train_loss", ("epoch",)),
    "spectrum/final": ("covariance", ("component",)),
    "spectrum/history": ("matrices", ("epoch", "layer", "component")),
    "samples": ("originals", ("sample", "channel", "y", "x")),
    "weights": ("encoder.0.weight", ("axis0_2", "axis1_2")),
}
for group, (name, dims) in expected.items():
    with xr.open_dataset(path, group=group, engine="h5netcdf") as data:
        assert data[name].dims == dims, (group, data[name].dims)
