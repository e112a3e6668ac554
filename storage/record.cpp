// SPDX-License-Identifier: MIT
#include "storage/record.h"

#include <fmt/format.h>

#include <functional>
#include <numeric>

namespace irmae::storage {

std::string text_of(const Scalar& value) {
  return std::visit([](const auto& one) { return fmt::format("{}", one); }, value);
}

const Scalar* find_value(const Attributes& attributes, const std::string& name) {
  for (const auto& [key, value] : attributes)
    if (key == name) return &value;
  return nullptr;
}

const NamedArray* Evaluation::array(const std::string& wanted) const {
  for (const LabelledArray& labelled : arrays)
    if (labelled.array.name == wanted) return &labelled.array;
  return nullptr;
}

const Scalar* Evaluation::note(const std::string& wanted) const { return find_value(notes, wanted); }

std::int64_t elements_of(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::string_view bytes_of(const NamedArray& array) {
  return std::visit(
      [](const auto& values) {
        return std::string_view(reinterpret_cast<const char*>(values.data()), values.size() * sizeof values[0]);
      },
      array.values);
}

}  // namespace irmae::storage
