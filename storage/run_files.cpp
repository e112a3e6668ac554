// SPDX-License-Identifier: MIT
#include "storage/run_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/system/files.h"

namespace irmae::storage {

namespace fs = std::filesystem;

namespace {

/// Files of the runs below `root`; what cannot be looked at is a problem.
void collect(const fs::path& root, FoundRuns& found) {
  std::error_code error;
  if (fs::is_regular_file(root, error)) {
    found.files.push_back(root);
    return;
  }
  std::vector<fs::path> folders{root};
  for (fs::recursive_directory_iterator entry(root, fs::directory_options::skip_permission_denied, error), end;
       !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) folders.push_back(entry->path());
  }
  if (error)
    found.problems.push_back(
        fmt::format("{}: cannot be read to its end ({}); runs are missing here", root.string(), error.message()));
  for (const fs::path& folder : folders) {
    try {
      for (const char* name : {kRunFile, kMetricsFile}) {
        if (!is_there(folder / name)) continue;
        found.files.push_back(folder / name);
        break;
      }
    } catch (const UnreadableFile& unreadable) {
      found.problems.emplace_back(unreadable.what());
    }
  }
}

/// Keeps one name of each file: a link to a run's folder beside it, or a folder that is named twice, would count a run twice.
/// The first name stays, but for one whose folder is a link.
void keep_one_name_of_each(std::vector<fs::path>& files) {
  std::map<fs::path, fs::path> names;  // by the path without links
  for (fs::path& file : files) {
    std::error_code error, ignored;
    fs::path place = fs::canonical(file, error);
    if (error) place = file;  // whoever reads it says why it cannot be
    const auto [name, is_new] = names.try_emplace(std::move(place), file);
    if (!is_new && fs::is_symlink(name->second.parent_path(), ignored)) name->second = std::move(file);
  }
  files.clear();
  for (auto& [place, name] : names) files.push_back(std::move(name));
  std::sort(files.begin(), files.end());
}

}  // namespace

FoundRuns find_run_files(const std::vector<std::string>& paths) {
  FoundRuns found;
  for (const std::string& path : paths) {
    try {
      if (!is_there(path)) throw Error(fmt::format("{}: there is no such folder", path));
      collect(path, found);
    } catch (const UnreadableFile& unreadable) {
      found.problems.emplace_back(unreadable.what());
    }
  }
  std::sort(found.files.begin(), found.files.end());
  keep_one_name_of_each(found.files);
  return found;
}

}  // namespace irmae::storage
