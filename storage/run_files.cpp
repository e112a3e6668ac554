// SPDX-License-Identifier: MIT
#include "storage/run_files.h"

#include <fmt/format.h>

#include <algorithm>

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
  found.files.erase(std::unique(found.files.begin(), found.files.end()), found.files.end());
  return found;
}

}  // namespace irmae::storage
