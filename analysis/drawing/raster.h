// SPDX-License-Identifier: MIT
// Pictures as bytes, and grids of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/record.h"

namespace irmae::analysis {

/// Rows of pixels of a picture that belong together.
struct RasterPart {
  std::string name;
  std::int64_t top, height;
};

/// A picture: rows from the top, three bytes (red, green, blue) a pixel. An empty one has width 0.
struct Raster {
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
  std::vector<RasterPart> parts{};  ///< from the top; none: it is one
};

/// One picture of stored images, uint8 [..., channel, y, x] with one or three channels, in rows of `columns`, a white line
/// between them; at most `rows` rows (0: all). Empty where `images` is null or of another kind.
Raster montage(const storage::NamedArray* images, std::int64_t columns, std::int64_t rows);

/// These entries of the first dimension of stored images, uint8; without values where `images` is of another kind. The places
/// have to be within it.
storage::NamedArray entries_of(const storage::NamedArray& images, const std::vector<std::int64_t>& places);

struct NamedRaster {
  std::string name;
  Raster raster;
};

/// One picture of several, one below the other, as wide as the widest. Its parts are those that are not empty.
Raster stacked(const std::vector<NamedRaster>& parts);

}  // namespace irmae::analysis
