// SPDX-License-Identifier: MIT
#include "framework/data/pictures/picture_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "framework/counted.h"
#include "storage/system/system_failure.h"
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

bool is_any_picture(const fs::path& path) { return is_picture(path) || is_other_picture(storage::ending_of(path)); }

bool is_hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

/// "2 names KIND are left out REASON (FIRST, ...)".
std::string left_out_names(const std::vector<fs::path>& names, const char* kind, const char* reason) {
  return fmt::format("{}{} {} left out{} ({}{})", counted(names.size(), "name"), kind, names.size() == 1 ? "is" : "are", reason,
                     names.front().string(), names.size() == 1 ? "" : ", ...");
}

/// A walk in the order of the paths, so that of the names of a folder or a picture the first one is taken, on every machine.
class Walk {
 public:
  FoundPictures below(const fs::path& folder) {
    try {
      enter(folder);
    } catch (const fs::filesystem_error& error) {
      storage::fail_to_read(error.path1(), error.code().value());
    }
    return std::move(found_);
  }

 private:
  void enter(const fs::path& folder) {
    const fs::path own = fs::canonical(folder);
    if (!known_.insert(own.native()).second) return found_.second_names.push_back(folder);
    std::vector<fs::directory_entry> entries;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) entries.push_back(entry);
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) look_at(entry, own);
  }

  /// own: the folder without links.
  void look_at(const fs::directory_entry& entry, const fs::path& own) {
    std::error_code ignored;
    const fs::file_type kind = entry.status(ignored).type();
    const bool link = entry.is_symlink(ignored);
    if (is_hidden(entry.path())) {
      if (kind == fs::file_type::directory || is_any_picture(entry.path())) found_.hidden.push_back(entry.path());
      return;
    }
    if (kind == fs::file_type::directory && !(link && leads_back(entry.path()))) enter(entry.path());
    if (kind != fs::file_type::regular && kind != fs::file_type::not_found) return;
    std::string ending = storage::ending_of(entry.path());
    const bool readable = is_picture(entry.path());
    if (!readable && !is_other_picture(ending)) return;
    const fs::path file = own / entry.path().filename();
    const bool leads_elsewhere = link && kind == fs::file_type::regular;
    if (!known_.insert((leads_elsewhere ? fs::canonical(file) : file).native()).second)
      return found_.second_names.push_back(entry.path());
    if (readable) return found_.files.push_back(entry.path());
    ++found_.left_out;
    found_.left_out_endings.insert(std::move(ending));
  }

  FoundPictures found_;
  std::unordered_set<std::string> known_;  ///< folders and pictures, by their paths without links
};

}  // namespace

std::string FoundPictures::what_is_left_out() const {
  std::vector<std::string> all;
  if (left_out > 0)
    all.push_back(fmt::format("{} of other types {} left out ({})", counted(left_out, "picture"), left_out == 1 ? "is" : "are",
                              fmt::join(left_out_endings, ", ")));
  if (!hidden.empty()) all.push_back(left_out_names(hidden, " with a dot in front", ""));
  if (!second_names.empty()) all.push_back(left_out_names(second_names, "", ", since links lead to the same pictures"));
  return fmt::format("{}", fmt::join(all, "; "));
}

std::string FoundPictures::why_none(const fs::path& folder) const {
  std::string none = fmt::format("{}: no .jpg, .jpeg or .png file there", folder.string());
  if (!hidden.empty()) none += ", names with a dot in front left out";
  if (left_out == 0) return none;
  return fmt::format("{}, but {} of other types ({}): save them as PNG", none, counted(left_out, "picture"),
                     fmt::join(left_out_endings, ", "));
}

bool is_picture(const fs::path& path) {
  const std::string ending = storage::ending_of(path);
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

FoundPictures pictures_below(const fs::path& folder) { return Walk().below(folder); }

}  // namespace irmae::data
