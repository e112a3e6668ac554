// SPDX-License-Identifier: MIT
// Pictures as PNG files in memory, for pages that hold their pictures themselves.
#pragma once

#include <string>

#include "analysis/raster.h"

namespace irmae::analysis {

/// The bytes of a PNG file; of one channel where no pixel has a colour.
std::string png(const Raster& raster);

}  // namespace irmae::analysis
