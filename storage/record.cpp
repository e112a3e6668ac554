// SPDX-License-Identifier: MIT
#include "storage/record.h"

#include <fmt/format.h>

namespace irmae::storage {

std::string text_of(const Scalar& value) {
  return std::visit([](const auto& one) { return fmt::format("{}", one); }, value);
}

const Scalar* find_value(const std::vector<std::pair<std::string, Scalar>>& named, const std::string& name) {
  for (const auto& [key, value] : named)
    if (key == name) return &value;
  return nullptr;
}

}  // namespace irmae::storage
