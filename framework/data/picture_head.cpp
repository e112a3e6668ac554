// SPDX-License-Identifier: MIT
// What the first bytes of a picture say, for a look at many of them: nothing is decoded.
#include <fstream>
#include <istream>

#include "framework/data/image_file.h"

namespace irmae::data {

namespace {

/// From the first segment on: the number of components in the frame header. As decoding does, it passes over bytes between
/// segments.
std::int64_t channels_of_jpeg(std::istream& file) {
  while (file) {
    int marker = file.get();
    if (marker != 0xFF) continue;
    while (marker == 0xFF) marker = file.get();
    const bool is_alone = marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8);
    if (is_alone) continue;
    if (marker == 0xD9 || marker == 0xDA) break;  // the end, or pixels without a frame
    const int high = file.get(), length = high << 8 | file.get();
    const bool is_frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (!is_frame) {
      file.seekg(length - 2, std::ios::cur);
      continue;
    }
    file.seekg(5, std::ios::cur);  // bits, height and width
    const int components = file.get();
    return !file ? 0 : components == 1 ? 1 : 3;
  }
  return 0;
}

std::int64_t channels_of_png(std::istream& file) {
  file.seekg(25);
  const int type = file.get();
  return !file ? 0 : (type & 2) != 0 ? 3 : 1;
}

}  // namespace

std::int64_t stored_channels(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const int first = file.get(), second = file.get();
  if (first == 0xFF && second == 0xD8) return channels_of_jpeg(file);
  if (first == 0x89 && second == 'P') return channels_of_png(file);
  return 0;
}

}  // namespace irmae::data
