// SPDX-License-Identifier: MIT
// What irmae submit asks of Slurm, through its command line programs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace irmae::slurm {

/// One task that Slurm still has in mind.
struct QueuedTask {
  std::string state;   ///< "PENDING", "RUNNING" ...
  std::string script;  ///< the batch script, as it was given to sbatch
};

/// Throws UsageError where the environment would send sbatch to another cluster than squeue is asked of.
void check_clusters();

/// The largest number of tasks in an array that the cluster allows, by MaxArraySize, which is one more than the highest index,
/// and max_array_tasks among its SchedulerParameters.
std::size_t max_array_size();

/// The tasks of the jobs of this name by "<array>_<index>" (or "<job>"), finished ones too as long as Slurm remembers
/// them.
std::map<std::string, QueuedTask> queue(const std::string& job_name);

/// Submits the script with its options and returns the job's id. In the script alone they would be below sbatch's variables,
/// such as SBATCH_PARTITION; so these count for what the script does not say.
std::string submit(const std::filesystem::path& script, const std::vector<std::string>& options);

}  // namespace irmae::slurm
