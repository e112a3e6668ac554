// SPDX-License-Identifier: MIT
// The decoders behind read_image. For this folder only.
#pragma once

#include <string>

#include "framework/data/image_file.h"

namespace irmae::data {

/// Each returns an empty text, or why the file's bytes cannot be decoded.
std::string decode_jpeg(const std::string& file, Image& image);
std::string decode_png(const std::string& file, Image& image);

}  // namespace irmae::data
