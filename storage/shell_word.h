// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace irmae::storage {

/// Whether no shell, and not sbatch either, sees anything special in it.
bool is_plain_word(std::string_view text);

/// One word for bash: as it is where it is plain, else in single quotes.
std::string shell_word(std::string_view text);

/// The same for a file or a folder: one whose name begins with a dash is not to be taken for an option.
std::string shell_path(std::string_view path);

}  // namespace irmae::storage
