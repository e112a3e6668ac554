# SPDX-License-Identifier: MIT
"""Oracle: reads an exported model with PyTorch and with a safetensors reader of its own, and compares both with the codes and
images that the run stored; and computes the run's validation errors anew from the exported model. Exit status 1 on a
difference. Arguments: folder of a run that stored all its validation images and its export, the method; any number of such
pairs."""
import json
import sys

import h5py
import numpy as np
import torch
from torch import nn


def read_safetensors(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    assert (8 + length) % 8 == 0, "values are not aligned"
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    tensors, ends = {}, [0]
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        assert first == ends[-1], "a gap or an overlap"
        ends.append(last)
        kind = {"F32": "<f4", "F64": "<f8"}[entry["dtype"]]
        values = np.frombuffer(data[8 + length + first : 8 + length + last], kind).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    assert 8 + length + ends[-1] == len(data), "bytes behind the last value"
    return tensors, metadata


def close(given, wanted, what, tolerance=1e-5):
    difference = ((given - wanted).abs().max() / wanted.abs().max()).item()
    assert difference <= tolerance, f"{what} differs by {difference}"


def check(folder, method):
    with h5py.File(folder + "/run.h5") as f:
        z = torch.from_numpy(f["latents/validation/z"][:])
        originals = torch.from_numpy(f["samples/originals"][:].astype("f4")) / 255
        stored = torch.from_numpy(f["samples/reconstructions"][:].astype("f4"))
        run_id = f.attrs["run_id"]
        output = f["config"].attrs["model.output"]
        precision = f["config"].attrs["train.precision"]
        assert z.dtype == {"float32": torch.float32, "float64": torch.float64}[precision]
        metrics = {name: f["metrics"][name][:] for name in ("validation_reconstruction", "validation_loss")}
        epochs = f["config"].attrs["train.epochs"]
    count = len(originals)
    assert count == len(z), "errors over the validation set need all of its images"
    assert z.std(0).max() > 1e-3 * z.abs().max() and stored.std(0).max() > 1, "all images give the same: nothing would be checked"
    if precision == "float64":
        originals = originals.double()

    def same_images(given, what):
        rounded = (given.clamp(0, 1) * 255 - stored).abs().max().item()
        assert rounded <= 0.5 + 1e-3, f"{what} differs by {rounded} of 255"

    model = torch.jit.load(folder + "/model.pt").eval()
    with torch.no_grad():
        close(model.encode(originals), z[:count], "encode")
        same_images(model.decode(z[:count]), "decode")
        same_images(model(originals), "forward")
        assert torch.equal(model(originals), model.decode(model.encode(originals)))
    assert model.latent == z.shape[1] and list(model.sample_shape) == [3, 32, 32]

    # Absolute values: a wrong divisor or wrong samples would be the same in every comparison of runs. The images are bytes, and
    # so the stored ones are those that were measured. Summed here in float64.
    with torch.no_grad():
        wanted = ((model(originals).double() - originals.double()) ** 2).mean().item()
    assert all(len(values) == epochs for values in metrics.values())
    # Methods with a penalty, and the VAE with its cross-entropy of drawn codes, have another objective.
    for name in ["validation_reconstruction"] + ["validation_loss"] * (method in ("ae", "irmae", "irmae-nonlinear")):
        given = metrics[name][-1]
        assert abs(given - wanted) <= 1e-5 * wanted, f"{name} is {given}, computed from the exported model {wanted}"

    tensors, metadata = read_safetensors(folder + "/model.safetensors")
    assert metadata["id"] == run_id and metadata["method"] == method and metadata["output"] == output
    assert metadata["latent"] == str(z.shape[1]) and metadata["sample_shape"] == "3x32x32"
    state = model.state_dict()
    assert set(state) == set(tensors), set(state) ^ set(tensors)
    for name, tensor in tensors.items():
        assert torch.equal(state[name], tensor), name
    matrices = [name for name in tensors if ".W" in name]
    assert matrices == (["encoder.W1.weight", "encoder.W2.weight"] if method == "irmae-nonlinear" else []), matrices
    assert metadata["folded"].startswith({"rrae": "1 linear layer folded into encoder.8", "irmae": "2 linear layers folded into encoder.8", "irmae-nonlinear": "2 linear layers kept"}.get(method, "no linear layers"))

    # The plain network as anyone would write it.
    n = z.shape[1]
    conv, deconv = nn.Conv2d, nn.ConvTranspose2d
    encoder = nn.Sequential(
        conv(3, 32, 4, 2, 1), nn.ReLU(), conv(32, 64, 4, 2, 1), nn.ReLU(), conv(64, 128, 4, 2, 1), nn.ReLU(),
        conv(128, 256, 4, 2, 1), nn.ReLU(), conv(256, n, 2), nn.Flatten(),
    )  # fmt: skip
    decoder = nn.Sequential(
        nn.Unflatten(1, (n, 1, 1)), deconv(n, 256, 2), nn.ReLU(), deconv(256, 128, 4, 2, 1), nn.ReLU(),
        deconv(128, 64, 4, 2, 1), nn.ReLU(), deconv(64, 32, 4, 2, 1), nn.ReLU(), deconv(32, 3, 4, 2, 1),
    )  # fmt: skip
    if method == "irmae-nonlinear":
        for i in (1, 2):
            encoder.add_module(f"W{i}", nn.Linear(n, n, bias=False))
            encoder.add_module(f"R{i}", nn.ReLU())
    plain = nn.ModuleDict({"encoder": encoder, "decoder": decoder}).to(z.dtype)
    plain.load_state_dict(tensors)
    with torch.no_grad():
        close(encoder(originals), z[:count], "codes of the safetensors file")
        images = {"tanh": torch.tanh, "sigmoid": torch.sigmoid}[output](decoder(z[:count]))
        close(images, model.decode(z[:count]), "decoder of the safetensors file")  # bytes would tell half a 255th at best
        same_images(images, "images of the safetensors file")


for folder, method in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    print(folder, flush=True)  # for who reads the failure
    check(folder, method)
