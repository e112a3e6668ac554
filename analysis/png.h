// SPDX-License-Identifier: MIT
// Pictures as PNG files in memory (ISO/IEC 15948), for pages that hold their pictures themselves.
#pragma once

#include <string>

#include "analysis/raster.h"

namespace irmae::analysis {

/// The bytes of a PNG file, eight bits a channel, no alpha.
std::string png(const Raster& raster);

}  // namespace irmae::analysis
