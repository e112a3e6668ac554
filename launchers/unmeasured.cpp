// SPDX-License-Identifier: MIT
#include "launchers/unmeasured.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/evaluation/evaluation.h"
#include "framework/counted.h"
#include "framework/manifest/name_patterns.h"
#include "framework/manifest/stored_cell.h"
#include "framework/training/runs/trained_model.h"
#include "launchers/full_schema.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/run_files.h"
#include "storage/seal.h"
#include "storage/text/shell_word.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

std::set<std::string> needing_files(const manifest::Cell& cell, const models::Shape& shape) {
  std::set<std::string> names;
  for (const evaluation::Kind& kind : evaluation::kinds())
    if (!kind.file_of(cell, shape).empty()) names.insert(kind.name);
  return names;
}

std::map<std::string, int> wrong_files(const std::vector<CellAndShape>& cells) {
  std::map<std::pair<std::string, models::Shape>, std::string> known;  // by file and shape
  std::map<std::string, int> wrong;
  for (const auto& [cell, shape] : cells)
    for (const evaluation::Kind& kind : evaluation::kinds()) {
      const std::string file = kind.file_of(*cell, shape);
      if (file.empty()) continue;
      const auto [place, is_new] = known.try_emplace({file, shape});
      if (is_new) {
        const std::string why = kind.why_absent(file);
        // Cells that are to be trained may still name another one; a complete one cannot.
        place->second = why.empty() ? kind.why_unusable(file, shape) : why + ", or name its path in the manifest";
      }
      if (!place->second.empty()) ++wrong[place->second];
    }
  return wrong;
}

bool has_changed_evaluations(const manifest::Cell& cell) {
  return std::ranges::any_of(evaluation::kinds(), [&](const auto& kind) { return kind.changed && kind.changed(cell); });
}

std::set<std::string> outdated(const manifest::Cell& cell, const storage::RunFile& run) {
  const std::vector<std::string> stored = run.evaluations();
  std::set<std::string> names;
  for (const evaluation::Kind& kind : evaluation::kinds())
    if (std::ranges::find(stored, kind.name) != stored.end() && kind.is_outdated(cell, run.notes_of(kind.name)))
      names.insert(kind.name);
  return names;
}

std::set<std::string> lacking(const manifest::Cell& cell, const models::Shape& shape, const storage::RunFile& run) {
  std::set<std::string> names = evaluation::names();
  const std::set<std::string> with_file = needing_files(cell, shape);
  for (const std::string& stored : run.evaluations()) {
    // What is missing for any other reason than a file will be missing again.
    if (with_file.contains(stored) && storage::find_value(run.notes_of(stored), "missing")) continue;
    names.erase(stored);
  }
  return names;
}

std::set<std::string> unmeasured(const manifest::Cell& cell, const models::Shape& shape, const storage::RunFile& run) {
  std::set<std::string> names = lacking(cell, shape, run);
  names.merge(outdated(cell, run));
  return names;
}

namespace {

/// The evaluations of a cell whose file from elsewhere is not there, by name, each with what is to be said of it.
std::map<std::string, std::string> absent_files(const manifest::Cell& cell, const models::Shape& shape) {
  std::map<std::string, std::string> absent;
  for (const evaluation::Kind& kind : evaluation::kinds()) {
    const std::string file = kind.file_of(cell, shape);
    if (file.empty()) continue;
    if (const std::string why = kind.why_absent(file); !why.empty()) absent.emplace(kind.name, why);
  }
  return absent;
}

/// Takes out what needs a file that is not there; `absent` counts the cells by what is said of it. Whether there was any.
bool leave_out_absent(Unmeasured& cell, const models::Shape& shape, std::map<std::string, int>& absent) {
  bool any = false;
  for (const auto& [name, why] : absent_files(cell.cell, shape)) {
    if (cell.names.erase(name) == 0) continue;
    any = true;
    ++absent[fmt::format("{}; without it there is no {}", why, name)];
  }
  return any;
}

/// Adds what there is to do in one file.
void look_at(const fs::path& file, const std::vector<std::string>& only, Measure wanted, const manifest::Schema& schema,
             Survey& all, std::map<std::string, int>& absent) {
  const storage::RunFile run(file);
  const storage::Identity identity = run.identity();
  if (!manifest::matches_any(identity.cell, only)) return;
  if (file.filename() == storage::kMetricsFile) {
    ++all.unfinished;
    return;
  }
  Unmeasured cell{file, manifest::cell_of(identity, schema, file), {}};
  const models::Shape shape = training::shape_of(run, file);
  cell.names = wanted == Measure::everything ? evaluation::names() : unmeasured(cell.cell, shape, run);
  const bool waits = leave_out_absent(cell, shape, absent);
  if (!cell.names.empty())
    all.open.push_back(std::move(cell));
  else
    ++(waits ? all.waiting : all.complete);
}

}  // namespace

Survey survey(const std::vector<std::string>& folders, const std::vector<std::string>& only, Measure wanted) {
  const manifest::Schema schema = full_schema();
  storage::FoundRuns found = storage::find_run_files(folders);
  storage::check_seals_ahead(found.files);
  Survey all;
  all.problems = std::move(found.problems);
  std::map<std::string, int> absent;
  for (const fs::path& file : found.files) {
    try {
      look_at(file, only, wanted, schema, all, absent);
    } catch (const Error& error) {
      all.problems.emplace_back(error.what());
    }
  }
  for (const auto& [why, cells] : absent) all.problems.push_back(fmt::format("{} for {}", why, counted(cells, "cell")));
  if (all.open.empty() && all.problems.empty() && all.complete + all.waiting + all.unfinished == 0) {
    if (!only.empty()) throw manifest::none_matches(only, "irmae status " + storage::shell_path(folders.front()));
    throw Error(fmt::format("{}: no run there is complete; irmae status {} shows what has started", folders.front(),
                            storage::shell_path(folders.front())));
  }
  return all;
}

}  // namespace irmae::launchers
