// SPDX-License-Identifier: MIT
#include "analysis/drawing/png.h"

#include "storage/formats/png.h"

namespace irmae::analysis {

namespace {

/// One byte for each pixel where all are grey, as those of MNIST are; else empty.
std::vector<std::uint8_t> grey(const Raster& raster) {
  std::vector<std::uint8_t> values;
  values.reserve(raster.rgb.size() / 3);
  for (auto pixel = raster.rgb.begin(); pixel != raster.rgb.end(); pixel += 3) {
    if (pixel[0] != pixel[1] || pixel[0] != pixel[2]) return {};
    values.push_back(pixel[0]);
  }
  return values;
}

}  // namespace

std::string png(const Raster& raster) {
  const std::vector<std::uint8_t> values = grey(raster);
  return values.empty() ? storage::encode_png(raster.width, raster.height, 3, raster.rgb.data())
                        : storage::encode_png(raster.width, raster.height, 1, values.data());
}

}  // namespace irmae::analysis
