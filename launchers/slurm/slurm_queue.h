// SPDX-License-Identifier: MIT
// What Slurm says about its jobs.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace irmae::slurm {

struct Job {
  enum class Stage { waits, runs, ended };
  Stage stage = Stage::ended;
  std::string state;  ///< Slurm's word: PENDING, ...
  std::string node;
  std::string reason;  ///< why it does not run, in Slurm's words; "None" of one that does
};

/// What Slurm's word for a state means. A word that is not known counts as running: rather not submitted than trained twice.
Job::Stage stage_of(const std::string& state);

struct JobQueue {
  bool answered = false;            ///< otherwise nothing is known
  std::string problem;              ///< why not, where there is a Slurm; one line
  std::map<std::string, Job> jobs;  ///< by "<array>_<task>" or "<job>"
};

/// Runs squeue, where there is one, for at most five seconds.
JobQueue ask_squeue();

/// The command that asks for all jobs, those of hidden partitions and finished ones too as long as Slurm remembers them: id,
/// state and one field more, which alone may hold the separator.
std::vector<std::string> squeue(const std::string& last_field);

/// Whether squeue is started without this variable: a user's SQUEUE_PARTITION and the like would hide jobs.
bool narrows_squeue(std::string_view variable);

struct QueueLine {
  std::string job;  ///< "<array>_<task>" or "<job>"
  std::string state, last;
};

/// The jobs in what the command of squeue() prints; lines of another form are left out.
std::vector<QueueLine> parse_squeue(const std::string& text);

}  // namespace irmae::slurm
