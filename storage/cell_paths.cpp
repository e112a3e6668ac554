// SPDX-License-Identifier: MIT
#include "storage/cell_paths.h"

#include <fmt/format.h>

#include <algorithm>

namespace irmae::storage {

namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool is_id(std::string_view text) { return text.size() == 64 && is_hex(text); }

std::string short_id(std::string_view id) { return std::string(id.substr(0, kShortId)); }

std::string cell_folder(std::string_view name, std::string_view id) { return fmt::format("{}-{}", name, short_id(id)); }

std::optional<FolderName> parse_cell_folder(std::string_view folder) {
  if (folder.size() < kShortId + 2) return std::nullopt;  // a name of one letter, and the dash
  const std::size_t dash = folder.size() - kShortId - 1;
  if (folder[dash] != '-' || !is_hex(folder.substr(dash + 1))) return std::nullopt;
  return FolderName{std::string(folder.substr(0, dash)), std::string(folder.substr(dash + 1))};
}

}  // namespace irmae::storage
