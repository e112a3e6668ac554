// SPDX-License-Identifier: MIT
// Statistics of reference images, kept between runs: they cost as much as those of a sample, and every run of a data set
// needs the same ones.
#pragma once

#include <optional>
#include <string>

#include "analysis/frechet/statistics.h"

namespace irmae::frechet {

/// The statistics that were kept under this key, of features [width]; nothing where there are none, or what is there cannot be
/// read.
std::optional<Statistics> read_reference(const std::string& key, std::int64_t width);

/// Keeps statistics under this key. Silently does nothing where the cache cannot be written: it only saves time.
void write_reference(const std::string& key, const Statistics& statistics);

}  // namespace irmae::frechet
