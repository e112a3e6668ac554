// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace irmae::storage {

/// The sizes in a text such as "3x32x32", each from 1 to 2^24; empty where the text is anything else.
std::vector<std::int64_t> sizes_in(std::string_view text);

}  // namespace irmae::storage
