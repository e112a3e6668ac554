// SPDX-License-Identifier: MIT
// The two parts of a data set: what is trained on, and what is measured on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/text/words_of.h"

namespace irmae::storage {

enum class Split { train, validation };
inline constexpr auto kSplits = words_of<Split::validation>({"train", "validation"});

/// The name of a split in files and for users: "train" or "validation".
inline std::string text_of(Split split) { return std::string(kSplits.of(split)); }

/// The split of this name. Nothing where the text is any other: who asked for it says what is allowed there.
inline std::optional<Split> split_named(std::string_view text) { return kSplits.from(text); }

}  // namespace irmae::storage
