// SPDX-License-Identifier: MIT
#include "framework/data/pictures/orientation.h"

#include <algorithm>

namespace irmae::data {

namespace {

using namespace std::string_view_literals;

/// Numbers of a TIFF file, in the order of bytes that its head states. Past its end all are zero.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), little_(byte(0) == 'I') {}

  std::size_t size() const { return bytes_.size(); }
  unsigned word(std::size_t at) const { return little_ ? byte(at) | byte(at + 1) << 8 : byte(at) << 8 | byte(at + 1); }
  std::size_t offset(std::size_t at) const {
    return little_ ? word(at) | std::size_t{word(at + 2)} << 16 : std::size_t{word(at)} << 16 | word(at + 2);
  }

 private:
  unsigned byte(std::size_t at) const { return at < bytes_.size() ? static_cast<unsigned char>(bytes_[at]) : 0; }

  std::string_view bytes_;
  bool little_;
};

int orientation_in(const Tiff& tiff) {
  constexpr unsigned orientation = 274, short_number = 3, entry_size = 12;
  const std::size_t directory = tiff.offset(4), entries = directory + 2;
  for (std::size_t i = 0; i < tiff.word(directory) && entries + (i + 1) * entry_size <= tiff.size(); ++i) {
    const std::size_t entry = entries + i * entry_size;
    if (tiff.word(entry) != orientation || tiff.word(entry + 2) != short_number) continue;
    const unsigned value = tiff.word(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

int orientation_of_jpeg(std::string_view file) {
  constexpr auto exif = "Exif\0\0"sv;
  constexpr unsigned char mark = 0xFF, exif_segment = 0xE1, pixels = 0xDA;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(file[at]); };
  // Segments follow each other from the file's start, each with a mark and its length, to the one behind which pixels begin.
  for (std::size_t at = 2; at + 4 <= file.size() && byte(at) == mark && byte(at + 1) != pixels;) {
    if (byte(at + 1) == mark) {  // a mark may have further ones before it
      ++at;
      continue;
    }
    const auto length = static_cast<std::size_t>(std::max(2, byte(at + 2) << 8 | byte(at + 3)));  // with its own two bytes
    const std::string_view segment = file.substr(at + 4, length - 2);
    if (byte(at + 1) == exif_segment && segment.starts_with(exif)) return orientation_in(Tiff(segment.substr(exif.size())));
    at += 2 + length;
  }
  return 1;
}

Image upright(Image stored, int orientation) {
  if (orientation == 1) return stored;
  // Where in the file a pixel of the upright image lies: perhaps counted from the right, from the bottom, and in the other
  // order.
  const bool turned = orientation >= 5,
             from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8,
             from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image result{turned ? stored.height : stored.width, turned ? stored.width : stored.height, stored.channels, {}};
  result.bytes.resize(stored.bytes.size());
  auto* to = result.bytes.data();
  for (std::int64_t y = 0; y < result.height; ++y)
    for (std::int64_t x = 0; x < result.width; ++x, to += stored.channels) {
      const std::int64_t column = turned ? y : x, row = turned ? x : y;
      const std::int64_t stored_column = from_right ? stored.width - 1 - column : column,
                         stored_row = from_bottom ? stored.height - 1 - row : row;
      std::copy_n(stored.bytes.data() + (stored_row * stored.width + stored_column) * stored.channels, stored.channels, to);
    }
  return result;
}

}  // namespace irmae::data
