// SPDX-License-Identifier: MIT
#include "analysis/drawing/raster.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace irmae::analysis {

namespace {

constexpr std::int64_t kGap = 1;

Raster blank(std::int64_t width, std::int64_t height) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), 255)};
}

/// `image`: [channels, height, width]
void paste(const std::uint8_t* image, std::int64_t channels, std::int64_t height, std::int64_t width, std::int64_t left,
           std::int64_t top, Raster& target) {
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        target.rgb[static_cast<std::size_t>(3 * ((top + y) * target.width + left + x) + c)] =
            image[(std::min(c, channels - 1) * height + y) * width + x];
}

}  // namespace

Raster montage(const storage::NamedArray* images, std::int64_t columns, std::int64_t rows) {
  const auto* bytes = storage::values_as<std::uint8_t>(images);
  if (!bytes || images->shape.size() < 3 || columns < 1) return {};
  const std::size_t last = images->shape.size();
  const std::int64_t channels = images->shape[last - 3], height = images->shape[last - 2], width = images->shape[last - 1];
  const std::int64_t size = channels * height * width;
  if ((channels != 1 && channels != 3) || size == 0) return {};
  std::int64_t count = static_cast<std::int64_t>(bytes->size()) / size;
  if (rows > 0) count = std::min(count, rows * columns);
  if (count == 0) return {};
  columns = std::min(columns, count);
  const std::int64_t used = (count + columns - 1) / columns;
  Raster raster = blank(columns * (width + kGap) - kGap, used * (height + kGap) - kGap);
  for (std::int64_t i = 0; i < count; ++i)
    paste(bytes->data() + i * size, channels, height, width, i % columns * (width + kGap), i / columns * (height + kGap),
          raster);
  return raster;
}

storage::NamedArray entries_of(const storage::NamedArray& images, const std::vector<std::int64_t>& places) {
  storage::NamedArray result{images.name, images.shape, {}};
  const auto* bytes = storage::values_as<std::uint8_t>(&images);
  if (!bytes || images.shape.empty() || images.shape[0] == 0) return result;
  const std::int64_t size = static_cast<std::int64_t>(bytes->size()) / images.shape[0];
  std::vector<std::uint8_t> chosen;
  for (const std::int64_t place : places)
    chosen.insert(chosen.end(), bytes->begin() + place * size, bytes->begin() + (place + 1) * size);
  result.shape[0] = std::ssize(places);
  result.values = std::move(chosen);
  return result;
}

Raster stacked(const std::vector<NamedRaster>& parts) {
  std::int64_t width = 0, height = 0;
  for (const auto& [name, part] : parts)
    width = std::max(width, part.width), height += part.width > 0 ? part.height + 4 * kGap : 0;
  if (width == 0) return {};
  Raster raster = blank(width, height - 4 * kGap);
  std::int64_t top = 0;
  for (const auto& [name, part] : parts) {
    if (part.width == 0) continue;
    for (std::int64_t y = 0; y < part.height; ++y)
      std::copy_n(part.rgb.begin() + 3 * y * part.width, 3 * part.width, raster.rgb.begin() + 3 * (top + y) * width);
    raster.parts.push_back({name, top, part.height});
    top += part.height + 4 * kGap;
  }
  return raster;
}

}  // namespace irmae::analysis
