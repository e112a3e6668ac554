// SPDX-License-Identifier: MIT
#include "framework/data/orientation.h"

#include <algorithm>
#include <cstring>

namespace irmae::data {

namespace {

/// Numbers of a TIFF file, in the order of bytes that its head states. Past its end all are zero.
class Tiff {
 public:
  explicit Tiff(std::span<const std::uint8_t> bytes) : bytes_(bytes), little_(byte(0) == 'I') {}

  unsigned word(std::size_t at) const { return little_ ? byte(at) | byte(at + 1) << 8 : byte(at) << 8 | byte(at + 1); }
  std::size_t offset(std::size_t at) const {
    return little_ ? word(at) | std::size_t{word(at + 2)} << 16 : std::size_t{word(at)} << 16 | word(at + 2);
  }

 private:
  unsigned byte(std::size_t at) const { return at < bytes_.size() ? bytes_[at] : 0; }

  std::span<const std::uint8_t> bytes_;
  bool little_;
};

}  // namespace

int orientation_in(std::span<const std::uint8_t> segment) {
  constexpr std::uint8_t name[] = {'E', 'x', 'i', 'f', 0, 0};
  if (segment.size() < sizeof name || std::memcmp(segment.data(), name, sizeof name) != 0) return 1;
  const Tiff tiff(segment.subspan(sizeof name));
  constexpr unsigned orientation = 274, short_number = 3, entry_size = 12;
  const std::size_t directory = tiff.offset(4);
  for (unsigned entry = 0; entry < tiff.word(directory); ++entry) {
    const std::size_t at = directory + 2 + entry * entry_size;
    if (tiff.word(at) != orientation || tiff.word(at + 2) != short_number) continue;
    const unsigned value = tiff.word(at + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(const Image& stored, int orientation) {
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
