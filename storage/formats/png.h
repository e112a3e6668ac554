// SPDX-License-Identifier: MIT
// Pictures as the bytes of PNG files.
#pragma once

#include <cstdint>
#include <string>

namespace irmae::storage {

/// A picture as the bytes of a PNG file. `pixels`: rows from the top, 1 (grey) or 3 (red, green, blue) bytes each. The same
/// pixels always give the same bytes. Throws Error where libpng cannot encode it.
std::string encode_png(std::int64_t width, std::int64_t height, std::int64_t channels, const std::uint8_t* pixels);

}  // namespace irmae::storage
