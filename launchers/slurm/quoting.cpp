// SPDX-License-Identifier: MIT
#include "launchers/slurm/quoting.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/error.h"

namespace irmae::slurm {

std::string shell_words(const std::vector<std::string>& texts) {
  std::string line;
  for (const std::string& text : texts) line += (line.empty() ? "" : " ") + shell_word(text);
  return line;
}

std::string directive_word(std::string_view what, std::string_view text) {
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }))
    throw UsageError(fmt::format("{}: a line break or another control character cannot stand in a batch script", what));
  if (storage::is_plain_word(text)) return std::string(text);
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + "\"";
}

std::string output_pattern(const std::filesystem::path& folder, std::string_view pattern) {
  std::string text;
  for (const char c : folder.string()) {
    if (c == '\\')
      throw UsageError(
          fmt::format("{}: Slurm cannot write its output files below a folder with a backslash in its name; "
                      "choose another -o DIR",
                      folder.string()));
    text += c;
    if (c == '%') text += c;
  }
  return text + "/" + std::string(pattern);
}

}  // namespace irmae::slurm
