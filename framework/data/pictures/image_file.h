// SPDX-License-Identifier: MIT
// Pictures in files: JPEG (libjpeg-turbo) and PNG (libpng) in, PNG out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace irmae::data {

/// A picture: rows from the top, `channels` bytes a pixel beside each other: 1 is grey, 3 is red, green, blue.
struct Image {
  std::int64_t width = 0, height = 0, channels = 0;
  std::vector<std::uint8_t> bytes;
};

/// Decodes a JPEG or PNG, told by its first bytes. A JPEG is turned as the orientation says that its EXIF data note. Grey stays
/// grey; alpha is laid on black; palettes, inks (CMYK) and 16 bits become 8-bit colours. Throws Error naming the file: absent,
/// neither, cut short, damaged, of more pixels than Pillow opens (178 million), larger than 2 GiB, a device or a pipe.
Image read_image(const std::filesystem::path& path);

/// The channels that read_image would give, 1 or 3, from the file's head alone; 0: that cannot be told.
std::int64_t stored_channels(const std::filesystem::path& path);

/// Replaces `path` by this picture as a PNG file. Throws Error naming the file and the reason.
void write_png(const std::filesystem::path& path, const Image& image);

}  // namespace irmae::data
