// SPDX-License-Identifier: MIT
// What irmae submit asks of Slurm, through its command line programs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace irmae::slurm {

/// One task that Slurm still has in mind.
struct QueuedTask {
  std::string state;   ///< "PENDING", "RUNNING" ...
  std::string script;  ///< the batch script, as it was given to sbatch
};

/// Whether Slurm runs a task of this state, or may still run it (again) by itself.
bool is_active(const std::string& state);

/// The largest number of tasks in an array that the cluster allows, by MaxArraySize, which is one more than the highest index,
/// and max_array_tasks among its SchedulerParameters.
std::size_t max_array_size();

/// The tasks of the jobs of this name by "<array>_<index>" (or "<job>"), finished ones too as long as Slurm remembers
/// them.
std::map<std::string, QueuedTask> queue(const std::string& job_name);

/// Submits the script and returns the job's id.
std::string submit(const std::filesystem::path& script);

}  // namespace irmae::slurm
