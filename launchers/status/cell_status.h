// SPDX-License-Identifier: MIT
// How one cell stands, from what lies in its folder. No HDF5 file is opened.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "storage/system/host_name.h"
#include "storage/system/process_space.h"

namespace irmae::launchers {

/// How a cell comes along. done: its run.h5 is there. running: its state file says so and was renewed lately. dead: its state
/// file says that it runs, but it does not, or its Slurm job was taken away before it began. stopped: by a signal, with a
/// checkpoint; it goes on when it is started again. failed: with an error, or its Slurm job ended before it began. queued:
/// Slurm holds a job for it. waiting: nobody has begun it. unreadable: its folder is closed to whoever looks.
enum class CellProgress { done, running, dead, stopped, failed, queued, waiting, unreadable };

/// Every state's name, in the order of CellProgress.
const std::vector<std::string>& progress_names();
const std::string& name_of(CellProgress progress);
/// The state of this name. Throws UsageError naming it where there is none.
CellProgress progress_of(const std::string& name);
/// The place of a state's cells, from 0, where there is no room for all: what runs comes first, then what went wrong.
int turn_of(CellProgress progress);

struct CellStatus {
  std::string cell;  ///< its name
  std::string id;    ///< 64 hex digits; storage::short_id() of it where no plan says more
  std::string manifest;
  std::filesystem::path folder;  ///< need not exist
  CellProgress state = CellProgress::waiting;
  std::optional<std::int64_t> epoch, epochs;  ///< finished and wanted
  std::optional<double> samples_per_second;
  std::optional<double> seconds_left;   ///< of a running cell's training
  std::optional<double> seconds_whole;  ///< a whole cell's time: a done one took it, a running one will
  std::string node, job;
  std::string error;              ///< of a failed cell its error, of a dead or unreadable one how it is known
  std::string quiet;              ///< of a running cell what it does without a step, and for how long, where that is long
  std::string held_by;            ///< of a queued cell why Slurm does not start it, where that may need somebody's help
  std::int64_t updated = 0;       ///< when it last said something, seconds since 1970; 0: never
  std::vector<std::string> jobs;  ///< every Slurm job that it is known to have had, oldest first
  std::filesystem::path printed;  ///< where the last of them prints to, once it has begun; empty: not known
  std::int64_t submitted = 0;     ///< when this user submitted the last of them; 0: somebody else did
};

/// From where somebody looks at a cell, and when.
struct Observation {
  std::int64_t now = std::time(nullptr);
  std::string host = storage::host_name();
  std::string process_space = storage::process_space();
};

/// How the cell of `folder` stands, which is named as storage::cell_folder() names it and need not exist. One with any other
/// name has a cell of that name without an id. A damaged state.toml is a problem.
CellStatus cell_status(const std::filesystem::path& folder, const std::string& manifest, const Observation& observation,
                       std::vector<std::string>& problems);

/// Whether the folder's name is a cell's, and a trainer has once opened it or it is closed to whoever looks.
bool is_cell_folder(const std::filesystem::path& folder);

}  // namespace irmae::launchers
