// SPDX-License-Identifier: MIT
// Pictures as PNG files in memory, for pages that hold their pictures themselves.
#pragma once

#include <string>

#include "analysis/drawing/raster.h"

namespace irmae::analysis {

/// The picture as the bytes of a PNG file, of one channel where no pixel has a colour. Throws Error where it has no pixels.
std::string png(const Raster& raster);

}  // namespace irmae::analysis
