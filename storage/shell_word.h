// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace irmae::storage {

/// Whether no shell, and not sbatch either, sees anything special in it.
bool is_plain_word(std::string_view text);

/// One word for bash: as it is where it is plain, else in single quotes.
std::string shell_word(std::string_view text);

}  // namespace irmae::storage
