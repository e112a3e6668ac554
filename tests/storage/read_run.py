# SPDX-License-Identifier: MIT
"""Oracle: reads a run file with h5py and xarray and checks values, names and units. Exit status 1 on a difference."""
import sys

import check_labels
import h5py
import numpy as np
import xarray as xr

path = sys.argv[1]
with h5py.File(path) as f:
    assert f.attrs["schema_version"] == 1
    assert f.attrs["kind"] == "run"  # text, not bytes
    assert f["config"].attrs["train.learning_rate"] == 0.1
    np.testing.assert_array_equal(f["latents/train/z"][:], np.arange(1, 7, dtype=np.float32).reshape(3, 2))
    rows, files = f["latents/train/source"], f["latents/validation/source"]
    assert rows.dtype == np.int64 and list(rows[:]) == [8, 3, 5]
    assert list(files.asstr()[:]) == ["a/ü.png", "longer/1.png"]
    for source in rows, files:
        assert source.chunks and source.compression == "gzip" and source.fletcher32
        assert source.dims[0][0].name == source.parent.name + "/index"

expected = {
    "latents/train": {"z": ("index", "component"), "source": ("index",)},
    "latents/validation": {"labels": ("index",), "source": ("index",)},
    "metrics": {"train_loss": ("epoch",)},
    "spectrum/final": {"covariance": ("component",)},
    "spectrum/history": {"matrices": ("epoch", "layer", "component")},
    "samples": {"originals": ("sample", "channel", "y", "x")},
    "weights": {"encoder.0.weight": ("axis0_2", "axis1_2")},
}
check_labels.check(path, expected)
for group, datasets in expected.items():
    with xr.open_dataset(path, group=group, engine="h5netcdf") as data:
        for name, dims in datasets.items():
            assert data[name].dims == dims, (group, name, data[name].dims)
with xr.open_dataset(path, group="latents/validation", engine="h5netcdf") as data:
    assert list(data["source"].str.decode("utf-8").values) == ["a/ü.png", "longer/1.png"]
