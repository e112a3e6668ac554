// SPDX-License-Identifier: MIT
#include "storage/text/sizes_in.h"

#include <algorithm>
#include <utility>

#include "storage/text/number_in.h"

namespace irmae::storage {

std::vector<std::int64_t> sizes_in(std::string_view text) {
  auto sizes = numbers_in<std::int64_t>(text, 'x');
  const auto is_wrong = [](std::int64_t size) { return size < 1 || size > (1 << 24); };
  if (!sizes || std::ranges::any_of(*sizes, is_wrong)) return {};
  return std::move(*sizes);
}

}  // namespace irmae::storage
