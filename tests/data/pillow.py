# SPDX-License-Identifier: MIT
"""What Pillow makes of pictures: python3 pillow.py FOLDER makes noise.png, noise.jpg, grey.png and others and, for each, what the
paper's pipeline (torchvision's CenterCrop and Resize on Pillow images) turns them into, as .npy."""
import struct
import sys

import numpy as np
from PIL import Image, ImageOps


def centre_crop(image, side):
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    return image.crop((left, top, left + side, top + side))


def expected(image, side, size):
    return np.asarray(centre_crop(image, side).resize((size, size), Image.Resampling.BILINEAR))


def main(folder):
    random = np.random.default_rng(1)
    noise = Image.fromarray(random.integers(0, 256, (53, 71, 3), dtype=np.uint8))
    noise.save(f"{folder}/noise.png")
    noise.save(f"{folder}/noise.jpg", quality=90)
    for orientation in range(1, 9):  # as of cameras, some of which write the low byte of a number first
        order = "<" if orientation % 2 else ">"
        head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
        noted = head + struct.pack(order + "HHHIHHHHIHHI", 2, 256, 3, 1, 71, 0, 274, 3, 1, orientation, 0, 0)
        file = f"{folder}/held{orientation}.jpg"
        noise.save(file, quality=90, exif=b"Exif\0\0" + noted)
        np.save(f"{file}.npy", np.asarray(ImageOps.exif_transpose(Image.open(file))))
    grey = Image.fromarray(random.integers(0, 256, (28, 28), dtype=np.uint8))
    grey.save(f"{folder}/grey.png")
    grey.save(f"{folder}/grey.jpg")
    # With a black of its own: Pillow gives none to what it converts.
    inks = Image.merge("CMYK", (*noise.split(), noise.split()[0].rotate(180)))
    inks.save(f"{folder}/inks.jpg", quality=90)
    np.save(f"{folder}/inks.jpg.npy", np.asarray(Image.open(f"{folder}/inks.jpg").convert("RGB")))
    noise.convert("RGBA").save(f"{folder}/alpha.png")
    alpha, value = map(Image.fromarray, np.mgrid[:256, :256].astype(np.uint8))
    some = Image.merge("RGBA", (value, value.rotate(90), value.rotate(180), alpha))
    some.save(f"{folder}/some.png")
    Image.merge("LA", (value, alpha)).save(f"{folder}/some-grey.png")
    noise.quantize(16).save(f"{folder}/some-palette.png", transparency=bytes(range(0, 256, 16)))
    noise.save(f"{folder}/some-colour.png", transparency=noise.getpixel((5, 5)))
    for name in "some", "some-grey", "some-palette", "some-colour":
        picture = Image.open(f"{folder}/{name}.png")
        laid = Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture.convert("RGBA"))
        np.save(f"{folder}/{name}.png.npy", np.asarray(laid.getchannel(0) if picture.mode == "LA" else laid.convert("RGB")))
    noise.quantize(16).save(f"{folder}/palette.png")
    np.save(f"{folder}/palette.npy", np.asarray(noise.quantize(16).convert("RGB")))
    np.save(f"{folder}/noise.png.npy", np.asarray(noise))
    np.save(f"{folder}/noise.jpg.npy", np.asarray(Image.open(f"{folder}/noise.jpg")))
    np.save(f"{folder}/luma.npy", np.asarray(noise.convert("L")))
    np.save(f"{folder}/smaller.npy", expected(noise, 48, 17))
    np.save(f"{folder}/larger.npy", expected(noise, 31, 64))
    np.save(f"{folder}/oblong.npy", np.asarray(noise.resize((40, 90), Image.Resampling.BILINEAR)))
    np.save(f"{folder}/grey32.npy", np.asarray(grey.resize((32, 32), Image.Resampling.BILINEAR)))


def celeba(images, count, side, size, out):
    files = [f"{images}/{i:06d}.jpg" for i in range(1, count + 1)]
    np.save(out, np.stack([expected(Image.open(file), side, size) for file in files]))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        celeba(sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5])
