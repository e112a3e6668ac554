// SPDX-License-Identifier: MIT
// The two parts of a data set: what is trained on, and what is measured on.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace irmae::storage {

enum class Split { train, validation };

/// The name of a split in files and for users: "train" or "validation".
inline std::string text_of(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
  }
  throw std::logic_error("a split that is neither train nor validation");
}

/// The split of this name. Nothing where the text is any other: who asked for it says what is allowed there.
inline std::optional<Split> split_named(std::string_view text) {
  for (const Split split : {Split::train, Split::validation})
    if (text == text_of(split)) return split;
  return {};
}

}  // namespace irmae::storage
