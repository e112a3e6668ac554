// SPDX-License-Identifier: MIT
// Cropping and resizing of 8-bit pictures as the paper's pipeline does it: torchvision's CenterCrop and Resize on Pillow
// images, that is bilinear with antialiasing and rounding to bytes between the two passes. LibTorch's interpolate differs.
#pragma once

#include "framework/data/pictures/image_file.h"

namespace irmae::data {

/// The middle `width` x `height` of the picture, which must be at least as large; halves are rounded to even.
Image centre_crop(const Image& image, std::int64_t width, std::int64_t height);

/// The picture at this size in pixels, by Pillow's resize with the bilinear filter, byte for byte.
Image resize(const Image& image, std::int64_t width, std::int64_t height);

/// The picture with so many channels: grey as three equal ones, or colours as grey by ITU-R 601-2 luma as Pillow does;
/// unchanged where it has them already.
Image with_channels(const Image& image, std::int64_t channels);

}  // namespace irmae::data
