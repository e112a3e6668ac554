// SPDX-License-Identifier: MIT
#include "storage/text/sizes_in.h"

#include <algorithm>

#include "storage/text/number_in.h"

namespace irmae::storage {

std::vector<std::int64_t> sizes_in(std::string_view text) {
  std::vector<std::int64_t> sizes;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('x', from), text.size());
    const auto size = number_in<std::int64_t>(text.substr(from, end - from));
    if (!size || *size < 1 || *size > (1 << 24)) return {};
    sizes.push_back(*size);
    from = end + 1;
  }
  return sizes;
}

}  // namespace irmae::storage
