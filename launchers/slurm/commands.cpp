// SPDX-License-Identifier: MIT
#include "launchers/slurm/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "launchers/slurm/slurm_queue.h"
#include "storage/error.h"
#include "storage/system/run_program.h"
#include "storage/text/first_line.h"

namespace irmae::slurm {

namespace {

/// A controller that answers at all answers within seconds, also where it has much to do.
constexpr std::chrono::seconds kAnswerLimit{30};

/// What the command printed, or an Error with its first line of complaint; without that where it complains to the user itself.
std::string output_of(const std::vector<std::string>& words, std::optional<std::chrono::seconds> limit = kAnswerLimit,
                      const storage::Inherited& inherited = {}) {
  storage::Finished finished;
  try {
    finished = storage::run_program(words, limit, inherited);
  } catch (const storage::NoSuchProgram& error) {
    throw UsageError(std::string(error.what()) +
                     ": irmae submit needs Slurm's commands; --print shows the batch script without them");
  }
  if (!finished.in_time)
    throw Error(
        fmt::format("{} did not answer within {} s: is Slurm's controller up (scontrol ping)? The same command again then",
                    words[0], limit->count()));
  if (finished.status == 0) return finished.output;
  if (inherited.standard_error)
    throw Error(fmt::format("{} failed with exit status {}: its reason stands above", words[0], finished.status));
  throw Error(fmt::format("{} {}: {}", words[0], words.size() > 1 ? words[1] : "", storage::complaint_of(finished)));
}

/// Whether sbatch is started without this variable: those that stand for options which not every script has, so that no option
/// on its command line is above them (an array of reports, errors that are missing in a task's output, a wait for the job's
/// end), and inside of a job what describes that job, which the new one's launcher would take for its own.
bool misleads_sbatch(std::string_view variable) {
  constexpr std::array<std::string_view, 3> kOptions{"SBATCH_ARRAY_INX", "SBATCH_ERROR", "SBATCH_WAIT"};
  constexpr std::array<std::string_view, 4> kOfTheCluster{"SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_CLUSTERS", "SLURM_JWT"};
  if (std::ranges::find(kOptions, variable) != kOptions.end()) return true;
  return std::getenv("SLURM_JOB_ID") != nullptr && variable.starts_with("SLURM_") &&
         std::ranges::find(kOfTheCluster, variable) == kOfTheCluster.end();
}

/// The number that follows "NAME =" or "NAME=" in the line, 0 where no number does; nothing where the name is not there.
std::optional<std::size_t> number_after(std::string_view name, const std::string& line) {
  std::size_t at = line.find(name);
  if (at == std::string::npos) return std::nullopt;
  at = line.find_first_not_of(" =", at + name.size());
  std::size_t number = 0;
  if (at != std::string::npos) std::from_chars(line.data() + at, line.data() + line.size(), number);
  return number;
}

}  // namespace

void check_clusters() {
  if (std::getenv("SBATCH_CLUSTERS") != nullptr)
    throw UsageError(
        "SBATCH_CLUSTERS is set, which squeue does not read, so that queued cells would not be seen: unset it and set "
        "SLURM_CLUSTERS");
}

std::size_t max_array_size() {
  std::istringstream lines(output_of({"scontrol", "show", "config"}));
  std::optional<std::size_t> indices, tasks;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("MaxArraySize")) indices = number_after("MaxArraySize", line);
    if (line.starts_with("SchedulerParameters")) tasks = number_after("max_array_tasks", line);
  }
  if (!indices) throw Error("scontrol show config says no MaxArraySize; is this Slurm's scontrol?");
  if (*indices < 2) throw Error("this cluster takes no job arrays (MaxArraySize in scontrol show config)");
  // A site may allow high indices, but fewer tasks of one array.
  return std::min(*indices, std::max<std::size_t>(tasks.value_or(*indices), 1));
}

std::map<std::string, QueuedTask> queue(const std::string& job_name) {
  std::vector<std::string> words = squeue("%o");
  words.insert(words.end(), {"-n", job_name});
  std::map<std::string, QueuedTask> tasks;
  for (const QueueLine& line : parse_squeue(output_of(words, kAnswerLimit, {.leave_out = narrows_squeue})))
    tasks[line.job] = {line.state, line.last};
  return tasks;
}

std::string submit(const std::filesystem::path& script, const std::vector<std::string>& options) {
  std::vector<std::string> words{"sbatch", "--parsable"};
  words.insert(words.end(), options.begin(), options.end());
  words.push_back(script.string());
  // What a site says to its users has many lines, and may be said of a job that is taken, too.
  const storage::Inherited sbatch_inherits{.leave_out = misleads_sbatch, .standard_error = true};
  // "<id>" or "<id>;<cluster>". Without a limit: nobody would know the id of a job that is taken after it.
  const std::string answer = storage::first_line(output_of(words, std::nullopt, sbatch_inherits));
  const std::string id = answer.substr(0, answer.find(';'));
  if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos)
    throw Error(fmt::format("sbatch answered '{}' where a job's id was expected", answer));
  return id;
}

}  // namespace irmae::slurm
