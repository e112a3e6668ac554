# SPDX-License-Identifier: MIT
"""Oracle: looks at the pictures on contact sheets of the shapes, and at the text that was printed with them. Arguments: a sheet of
the first 4 training samples; one of all 70; the text printed with it."""
import re
import sys

import numpy as np
from PIL import Image

few, all_of_them = Image.open(sys.argv[1]), Image.open(sys.argv[2])
text = open(sys.argv[3]).read()


def places(sheet, columns, rows):
    """The pictures of 32 x 32 in rows, a line of one pixel between them."""
    assert sheet.format == "PNG" and sheet.mode == "RGB" and sheet.size == (33 * columns - 1, 33 * rows - 1), sheet
    pixels = np.asarray(sheet)
    return np.array([pixels[33 * y : 33 * y + 32, 33 * x : 33 * x + 32] for y in range(rows) for x in range(columns)])


tiles = places(all_of_them, 9, 8)
tiles, empty = tiles[:70], tiles[70:]
assert (empty == 255).all(), "where there are no samples it is white"
assert len(np.unique(tiles.reshape(70, -1), axis=0)) == 70, "two samples are one"
assert (places(few, 2, 2) == tiles[:4]).all(), "the first samples depend on how many are shown"

# One shape of one colour on black. What fills its frame is a square, also where the image's edge cuts it: corners of a circle's
# frame are black.
squares = 0
for tile in tiles:
    inside = tile.any(2)
    assert 29 <= inside.sum() <= 17 * 17 and len(np.unique(tile[inside], axis=0)) == 1
    y, x = np.where(inside.any(1))[0], np.where(inside.any(0))[0]
    squares += inside[y[0] : y[-1] + 1, x[0] : x[-1] + 1].all()

assert "all.png: the first 70 of train\n" in text, text
training = text[text.index("training    70 samples\n") : text.index("validation  50 samples\n")]
assert f"square                  {100 * squares / 70:.1f} %\n" in training, (squares, training)
mean, deviation = map(float, re.search("mean ([0-9.]+), standard deviation ([0-9.]+)", training).groups())
# Pixels are rounded to bytes.
assert abs(tiles.mean() / 255 - mean) < 5e-4 and abs(tiles.std() / 255 - deviation) < 1e-3, (tiles.mean() / 255, training)
