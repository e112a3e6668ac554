// SPDX-License-Identifier: MIT
// Evaluations that a complete cell asks for and lacks: a file that they need was not there, or this program has learnt them
// since, or measures something else by their names since.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "framework/manifest/cell.h"
#include "framework/models/layers/layer_spec.h"
#include "storage/run_file.h"

namespace irmae::launchers {

/// Names of the evaluations that measure this cell by a file from elsewhere. `shape`: of its samples, empty where it is not
/// known.
std::set<std::string> needing_files(const manifest::Cell& cell, const models::Shape& shape);

/// A cell, and the shape of its samples.
using CellAndShape = std::pair<const manifest::Cell*, models::Shape>;

/// What is wrong with the files from elsewhere by which these cells are to be measured, a line each with the number of cells: a
/// file is not there, or cannot be used. Each that is there is tried, once for a shape: seconds for a large one.
std::map<std::string, int> wrong_files(const std::vector<CellAndShape>& cells);

/// Whether an evaluation of this cell has come to mean something else in some version of this program.
bool has_changed_evaluations(const manifest::Cell& cell);

/// Names of the evaluations that the cell's run has from an earlier version of this program, where they meant something else.
/// Throws Error where the file is damaged.
std::set<std::string> outdated(const manifest::Cell& cell, const storage::RunFile& run);

/// Names of the evaluations that the cell lacks as far as its run's file tells: whether the data allow those that the file has
/// never heard of turns out with the data. Throws Error where the file is damaged.
std::set<std::string> lacking(const manifest::Cell& cell, const models::Shape& shape, const storage::RunFile& run);

/// Names of the evaluations that the cell lacks or has outdated: what there is to measure. Throws as both.
std::set<std::string> unmeasured(const manifest::Cell& cell, const models::Shape& shape, const storage::RunFile& run);

/// A complete cell of which something is to be measured.
struct Unmeasured {
  std::filesystem::path file;  ///< its run.h5
  manifest::Cell cell;
  std::set<std::string> names;  ///< of the evaluations

  std::filesystem::path folder() const { return file.has_parent_path() ? file.parent_path() : "."; }
};

/// What there is to do below some folders.
struct Survey {
  std::vector<Unmeasured> open;
  std::size_t complete = 0;           ///< cells that lack nothing
  std::size_t waiting = 0;            ///< cells that lack only what needs files that are not there
  std::size_t unfinished = 0;         ///< cells whose training has not ended
  std::vector<std::string> problems;  ///< a line each: files that cannot be read, and those that are not there
};

/// What a survey looks for: evaluations that complete cells lack, or all that the files which are there allow.
enum class Measure { what_lacks, everything };

/// What there is to measure of the cells below `folders` whose names match one of the patterns `only`, or of all where there
/// are none. Throws Error where there is no such folder or no run, UsageError where no cell matches.
Survey survey(const std::vector<std::string>& folders, const std::vector<std::string>& only, Measure wanted);

}  // namespace irmae::launchers
