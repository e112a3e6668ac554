// SPDX-License-Identifier: MIT
#include "framework/cost/finished_runs.h"

#include <algorithm>

#include "framework/manifest/stored_cell.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/seal.h"
#include "storage/text/sizes_in.h"

namespace irmae::cost {

namespace fs = std::filesystem;

namespace {

/// Files that are opened, a millisecond each. More tell nothing new: rates are medians.
constexpr std::size_t kMost = 300;

template <class T>
T note(const storage::Attributes& notes, const std::string& name) {
  if (const T* found = std::get_if<T>(storage::find_value(notes, name))) return *found;
  throw Error("no note " + name);
}

int number(const storage::Attributes& notes, const std::string& name) {
  const auto found = note<std::int64_t>(notes, name);
  if (found < 1 || found > kMostRanks) throw Error(name + " is no number of ranks or threads");
  return static_cast<int>(found);
}

FinishedRun read(const fs::path& path, const manifest::Schema& schema) {
  const storage::RunFile file(path);
  const storage::Attributes notes = file.provenance();
  FinishedRun run{.folder = path.parent_path(), .id = file.id(), .cell = manifest::cell_of(file.identity(), schema, path)};
  run.shape = storage::sizes_in(note<std::string>(notes, "sample_shape"));
  run.ranks = number(notes, "ranks");
  run.threads = number(notes, "threads_per_rank");
  run.device = note<std::string>(notes, "device");
  run.processor = note<std::string>(notes, "processor");
  run.wall_seconds = note<double>(notes, "wall_seconds");
  for (const storage::EpochRecord& record : file.history(storage::Spectra::none)) {
    run.samples += record.seconds * record.samples_per_second;
    run.train_seconds += record.seconds;
  }
  if (run.shape.empty() || run.train_seconds <= 0) throw Error("not of use");
  return run;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code ignored; entry->is_directory(ignored)) found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::vector<FinishedRun> finished_runs(const fs::path& folder, const manifest::Schema& schema) {
  std::vector<fs::path> files;
  for (const fs::path& manifest : folders_in(folder))
    for (const fs::path& cell : folders_in(manifest))
      if (std::error_code error; fs::exists(cell / storage::kRunFile, error)) files.push_back(cell / storage::kRunFile);
  if (files.size() > kMost) {
    for (std::size_t i = 0; i < kMost; ++i) files[i] = files[i * files.size() / kMost];
    files.resize(kMost);
  }
  storage::check_seals_ahead(files);
  std::vector<FinishedRun> runs;
  for (const fs::path& file : files) {
    try {
      runs.push_back(read(file, schema));
    } catch (const Error&) {
      continue;  // damaged, or of another version: it tells nothing
    }
  }
  return runs;
}

}  // namespace irmae::cost
