// SPDX-License-Identifier: MIT
// The decoders behind read_image and stored_channels. For this folder only.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "framework/data/pictures/image_file.h"

namespace irmae::data {

/// Why a picture whose head states this size is not decoded, or an empty text: a file of a few hundred bytes may state one that
/// takes all memory.
std::string too_many_pixels(std::int64_t width, std::int64_t height);

/// The product of two bytes on the scale of 0 to 1, rounded.
inline std::uint8_t product(std::uint8_t a, std::uint8_t b) {
  const unsigned scaled = static_cast<unsigned>(a) * b + 128;
  return static_cast<std::uint8_t>((scaled + (scaled >> 8)) >> 8);
}

/// Decodes the bytes of a JPEG or a PNG file into `image`. Returns an empty text, or why they cannot be decoded.
std::string decode_jpeg(const std::string& file, Image& image);
std::string decode_png(const std::string& file, Image& image);

/// The channels that decoding would give, 1 or 3, read from the file's start no further than its head; 0: that cannot be told.
std::int64_t channels_of_jpeg(std::FILE* file);
std::int64_t channels_of_png(std::FILE* file);

}  // namespace irmae::data
