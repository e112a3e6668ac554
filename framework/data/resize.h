// SPDX-License-Identifier: MIT
// Cropping and resizing of 8-bit pictures as the paper's pipeline does it: torchvision's CenterCrop and Resize on Pillow
// images, that is bilinear with antialiasing and rounding to bytes between the two passes. LibTorch's interpolate differs.
#pragma once

#include "framework/data/image_file.h"

namespace irmae::data {

/// The middle `width` x `height` of the picture, which must be at least as large; halves are rounded to even.
Image centre_crop(const Image& image, std::int64_t width, std::int64_t height);

/// Pillow's resize with the bilinear filter, byte for byte.
Image resize(const Image& image, std::int64_t width, std::int64_t height);

/// Grey to three equal channels, or colours to grey by ITU-R 601-2 luma as Pillow does; unchanged where it fits.
Image with_channels(const Image& image, std::int64_t channels);

}  // namespace irmae::data
