# SPDX-License-Identifier: MIT
"""Every array of a run file says what it is, in what unit, and along what. Exit status 1 where one does not, or where none is in
a group that is named.

check_labels.py FILE GROUP...
"""
import importlib.util
import sys

import h5py


def check(path, parts):
    groups, wrong = set(), []

    def look(name, item):
        if not isinstance(item, h5py.Dataset):
            return
        groups.add(item.parent.name)
        for attribute in ("long_name", "units"):
            if not isinstance(item.attrs.get(attribute), str) or not item.attrs[attribute]:
                wrong.append(f"{name} has no {attribute}")
        if not item.is_scale:
            wrong.extend(f"{name} has {len(axis)} scales along axis {i}" for i, axis in enumerate(item.dims) if len(axis) != 1)

    with h5py.File(path) as file:
        file.visititems(look)
    assert not wrong, wrong
    for part in parts:
        assert f"/{part}" in groups, (part, groups)
    if importlib.util.find_spec("xarray") and importlib.util.find_spec("h5netcdf"):
        import xarray

        for group in sorted(groups):
            with xarray.open_dataset(path, group=group, engine="h5netcdf") as data:
                data.load()


if __name__ == "__main__":
    check(sys.argv[1], sys.argv[2:])
