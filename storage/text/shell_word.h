// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace irmae::storage {

/// Whether no shell, and not sbatch either, sees anything special in this text; false for an empty one.
bool is_plain_word(std::string_view text);

/// A text as one word for bash: as it is where it is plain, else in single quotes.
std::string shell_word(std::string_view text);

/// The name of a file or a folder as one word for bash: one that begins with a dash gets "./" before it, not to be taken for an
/// option.
std::string shell_path(std::string_view path);

}  // namespace irmae::storage
