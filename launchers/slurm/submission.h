// SPDX-License-Identifier: MIT
// A plan's cells as job arrays: which are still to be queued, and what lies where.
//
//   DIR/<manifest>/slurm/<n>/  one array: job.sh, cells (name and id, one line a task), the frozen plan of its cells,
//                              <manifest>/<manifest>.toml, jobs.toml (the task of each cell, once it is submitted) and
//                              the output of its tasks, <task>.out
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "framework/manifest/manifest.h"
#include "launchers/slurm/batch_script.h"

namespace irmae::slurm {

/// The Slurm task of each cell, "<array>_<index>", by the cell's id (64 hex digits).
using JobRecords = std::map<std::string, std::string>;

/// What Slurm has in mind of a manifest's cells.
struct Queued {
  JobRecords cells;               ///< active tasks
  std::vector<std::string> jobs;  ///< ids of the arrays that they belong to, sorted
};

/// Asks squeue. A task counts when a jobs.toml names it, or when its script lies in `folder` (DIR/<manifest>/slurm): a
/// submission that was cut off before its record was written is found by that.
Queued queued_cells(const std::filesystem::path& folder, const std::string& manifest);

/// A line for each job that holds tasks of cells which are not among `cells` (ids), with the command that cancels those tasks.
std::vector<std::string> left_behind(const Queued& queued, const std::set<std::string>& cells);

/// Asks squeue for a report job whose script is `script` and that will still run; its id, or empty.
std::string queued_report(const std::filesystem::path& script, const std::string& manifest);

/// One job array.
struct Array {
  JobPlace place;
  manifest::Plan plan;  ///< its cells, in the order of the tasks
  int ranks = 1;        ///< of each task
  Script script;
};

/// The plan's cells in arrays of at most `largest` tasks, in the first folders of `place.folder` that are free. Cells that ask
/// for a number of ranks of their own (train.ranks) have arrays of their own.
std::vector<Array> arrays_of(const manifest::Plan& plan, const JobOptions& options, const JobPlace& place, std::size_t largest);

/// Writes the array's folder, all but the frozen plan: whoever freezes plans knows every key, and so LibTorch.
void write_array(const Array& array);

/// Submits an array that was written, records its tasks and returns the job's id.
std::string submit_array(const Array& array);

}  // namespace irmae::slurm
