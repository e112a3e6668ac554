// SPDX-License-Identifier: MIT
// The batch scripts that irmae submit writes: the templates array_job.sh and report_job.sh, filled in.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace irmae::slurm {

/// What every task asks Slurm for. Empty text: not said, so the site's default.
struct Resources {
  std::string partition, time, account, qos, memory;
  int ranks = 1;  ///< MPI ranks of each cell
  std::string nodes, cpus_per_task, gpus_per_task, gres;
  std::vector<std::string> more;  ///< further options for sbatch
};

struct JobOptions {
  Resources resources;
  int array_limit = 0;       ///< tasks of an array at a time; 0: no limit
  int signal_seconds = 120;  ///< before the time limit
  int requeue_limit = 50;
  std::string launcher = "mpirun";  ///< or "srun"
  std::string prologue;             ///< text
  std::string report_partition;     ///< of the report job; empty: that of the arrays
};

/// Where things are. All paths absolute.
struct JobPlace {
  std::string manifest;          ///< its name
  std::filesystem::path irmae;   ///< the program
  std::filesystem::path start;   ///< the working folder: what relative paths in manifests start from
  std::filesystem::path output;  ///< DIR
  std::filesystem::path folder;  ///< of this array: script, cells, frozen manifest, output of the tasks
};

struct Script {
  std::string text;
  std::vector<std::string> options;  ///< those of its lines "#SBATCH ...", as words of a command line
};

/// The array job's script for `tasks` cells.
Script array_script(const JobOptions& options, const JobPlace& place, std::size_t tasks);

/// The script of the report job, which starts when the jobs `after` have ended. It asks for one core: neither for the arrays'
/// GPUs nor for what Resources::more says, which is meant for nodes that train.
Script report_script(const JobOptions& options, const JobPlace& place, const std::vector<std::string>& after);

/// The name in Slurm of a manifest's array jobs: "irmae-<manifest>".
std::string job_name(const std::string& manifest);
/// The name in Slurm of a manifest's report job: "irmae-<manifest>-report".
std::string report_name(const std::string& manifest);

}  // namespace irmae::slurm
