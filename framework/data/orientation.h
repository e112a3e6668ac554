// SPDX-License-Identifier: MIT
// The orientation that a camera notes in a JPEG file's EXIF segment (TIFF 6.0, tag 274). One number of it is read here, so that
// no library for the rest has to be found on a cluster.
#pragma once

#include <span>

#include "framework/data/image_file.h"

namespace irmae::data {

/// 1 to 8, from the bytes of a segment APP1; 1, which is upright, where it notes none or is damaged.
int orientation_in(std::span<const std::uint8_t> segment);

/// The image as viewers show it, where `stored` lies in the file with this orientation. Of 5 to 8 width and height change
/// places.
Image upright(const Image& stored, int orientation);

}  // namespace irmae::data
