// SPDX-License-Identifier: MIT
// Text as one word of a batch script, whatever it holds.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "storage/text/shell_word.h"

namespace irmae::slurm {

using storage::shell_word;
/// Texts as words for bash, each as shell_word() writes it, with spaces between.
std::string shell_words(const std::vector<std::string>& texts);

/// A text as one word of a line "#SBATCH ...": sbatch splits such a line itself, with quotes and backslashes but without a
/// shell. Throws UsageError for a line break or another control character, which cannot stand there; `what` names the
/// option.
std::string directive_word(std::string_view what, std::string_view text);

/// A folder as the beginning of an --output pattern, where Slurm replaces %a and the like. Throws UsageError for a backslash:
/// Slurm then replaces nothing.
std::string output_pattern(const std::filesystem::path& folder, std::string_view pattern);

}  // namespace irmae::slurm
