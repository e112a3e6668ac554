// SPDX-License-Identifier: MIT
// Pictures as bytes, and grids of them.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/record.h"

namespace irmae::analysis {

/// Rows from the top, three bytes a pixel. Empty: width 0.
struct Raster {
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

/// One picture of stored images, uint8 [..., channel, y, x] with one or three channels, in rows of `columns`, a white line
/// between them; at most `rows` rows (0: all). Empty where `images` is null or of another kind.
Raster montage(const storage::NamedArray* images, std::int64_t columns, std::int64_t rows);

/// One picture of these, one below the other, as wide as the widest. Empty ones are left out.
Raster stacked(const std::vector<Raster>& parts);

}  // namespace irmae::analysis
