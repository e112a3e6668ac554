// SPDX-License-Identifier: MIT
#include "framework/data/picture_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "framework/counted.h"
#include "storage/text/file_ending.h"

namespace irmae::data {

namespace fs = std::filesystem;

namespace {

/// Whether a link to a folder is one to a folder that it lies in itself.
bool leads_back(const fs::path& link) {
  const fs::path target = fs::canonical(link), from = fs::canonical(link.parent_path());
  return std::mismatch(target.begin(), target.end(), from.begin(), from.end()).first == target.end();
}

/// Of pictures that a user may take for readable ones.
bool is_other_picture(const std::string& ending) {
  static const std::set<std::string> kEndings = {".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jp2",  ".jxl",
                                                 ".pbm",  ".pgm", ".pnm", ".ppm",  ".tga",  ".tif",  ".tiff", ".webp"};
  return kEndings.contains(ending);
}

}  // namespace

std::string FoundPictures::what_is_left_out() const {
  if (left_out == 0) return "";
  return fmt::format("{} of other types {} left out ({})", counted(left_out, "picture"), left_out == 1 ? "is" : "are",
                     fmt::join(left_out_endings, ", "));
}

std::string FoundPictures::why_none(const fs::path& folder) const {
  const std::string none = fmt::format("{}: no .jpg, .jpeg or .png file there", folder.string());
  if (left_out == 0) return none;
  return fmt::format("{}, but {} of other types ({}): save them as PNG", none, counted(left_out, "picture"),
                     fmt::join(left_out_endings, ", "));
}

bool is_picture(const fs::path& path) {
  const std::string ending = storage::ending_of(path);
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

FoundPictures pictures_below(const fs::path& folder) {
  FoundPictures found;
  std::error_code ignored;
  for (auto entry = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const fs::file_type kind = entry->status(ignored).type();
    if (kind == fs::file_type::directory && entry->is_symlink(ignored) && leads_back(entry->path()))
      entry.disable_recursion_pending();
    if (kind != fs::file_type::regular && kind != fs::file_type::not_found) continue;
    if (is_picture(entry->path())) {
      found.files.push_back(entry->path());
    } else if (std::string ending = storage::ending_of(entry->path()); is_other_picture(ending)) {
      ++found.left_out;
      found.left_out_endings.insert(std::move(ending));
    }
  }
  std::sort(found.files.begin(), found.files.end());
  return found;
}

}  // namespace irmae::data
