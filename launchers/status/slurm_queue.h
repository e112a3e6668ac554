// SPDX-License-Identifier: MIT
// What Slurm says about its jobs.
#pragma once

#include <map>
#include <string>

namespace irmae::launchers {

struct SlurmJob {
  enum class Stage { waits, runs, ended };
  Stage stage = Stage::ended;
  std::string state;  ///< Slurm's word: PENDING, ...
  std::string node;
};

/// What Slurm's word for a state means. A word that is not known counts as running: rather not submitted than trained twice.
SlurmJob::Stage stage_of(const std::string& state);

struct SlurmQueue {
  bool answered = false;                 ///< otherwise nothing is known
  std::string problem;                   ///< why not, where there is a Slurm; one line
  std::map<std::string, SlurmJob> jobs;  ///< by "<array>_<task>" or "<job>"
};

/// Runs squeue, where there is one, for at most five seconds.
SlurmQueue ask_squeue();

/// Lines of `squeue -h -r -o '%i|%T|%N'`.
std::map<std::string, SlurmJob> parse_squeue(const std::string& text);

}  // namespace irmae::launchers
