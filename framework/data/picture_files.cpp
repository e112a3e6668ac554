// SPDX-License-Identifier: MIT
#include "framework/data/picture_files.h"

#include <algorithm>
#include <string>
#include <system_error>

#include "storage/file_ending.h"

namespace irmae::data {

namespace fs = std::filesystem;

namespace {

/// Whether a link to a folder is one to a folder that it lies in itself.
bool leads_back(const fs::path& link) {
  const fs::path target = fs::canonical(link), from = fs::canonical(link.parent_path());
  return std::mismatch(target.begin(), target.end(), from.begin(), from.end()).first == target.end();
}

}  // namespace

bool is_picture(const fs::path& path) {
  const std::string ending = storage::ending_of(path);
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

std::vector<fs::path> pictures_below(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code ignored;
  for (auto entry = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const fs::file_type kind = entry->status(ignored).type();
    if (kind == fs::file_type::directory && entry->is_symlink(ignored) && leads_back(entry->path()))
      entry.disable_recursion_pending();
    if ((kind == fs::file_type::regular || kind == fs::file_type::not_found) && is_picture(entry->path()))
      all.push_back(entry->path());
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace irmae::data
