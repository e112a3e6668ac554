// SPDX-License-Identifier: MIT
// The orientation that a camera notes in a JPEG file's EXIF segment (TIFF 6.0, tag 274). One number of it is read here, so that
// no library for the rest has to be found on a cluster.
#pragma once

#include <string_view>

#include "framework/data/pictures/image_file.h"

namespace irmae::data {

/// The orientation, 1 to 8, that the first EXIF segment of a JPEG file's bytes notes; 1, which is upright, where there is none,
/// or it is damaged.
int orientation_of_jpeg(std::string_view file);

/// The image as viewers show it, where `stored` lies in the file with this orientation. With 5 to 8 width and height change
/// places.
Image upright(Image stored, int orientation);

}  // namespace irmae::data
