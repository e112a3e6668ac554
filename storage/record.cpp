// SPDX-License-Identifier: MIT
#include "storage/record.h"

#include <fmt/format.h>

namespace irmae::storage {

std::string text_of(const Scalar& value) {
  return std::visit([](const auto& one) { return fmt::format("{}", one); }, value);
}

}  // namespace irmae::storage
