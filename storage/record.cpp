// SPDX-License-Identifier: MIT
#include "storage/record.h"

#include <fmt/format.h>

#include <functional>
#include <numeric>

namespace irmae::storage {

std::string text_of(const Scalar& value) {
  return std::visit([](const auto& one) { return fmt::format("{}", one); }, value);
}

const Scalar* find_value(const std::vector<std::pair<std::string, Scalar>>& named, const std::string& name) {
  for (const auto& [key, value] : named)
    if (key == name) return &value;
  return nullptr;
}

std::int64_t elements_of(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace irmae::storage
