// SPDX-License-Identifier: MIT
#include "launchers/slurm/slurm_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "storage/system/run_program.h"

namespace irmae::slurm {

Job::Stage stage_of(const std::string& state) {
  using Stage = Job::Stage;
  // PREEMPTED is what a job says while it leaves; requeued it is PENDING again.
  static const std::map<std::string, Stage> known = {
      {"PENDING", Stage::waits},       {"REQUEUED", Stage::waits},      {"REQUEUE_FED", Stage::waits},
      {"REQUEUE_HOLD", Stage::waits},  {"RESV_DEL_HOLD", Stage::waits}, {"SPECIAL_EXIT", Stage::waits},
      {"SUSPENDED", Stage::waits},     {"STOPPED", Stage::waits},       {"CONFIGURING", Stage::waits},
      {"RUNNING", Stage::runs},        {"COMPLETING", Stage::runs},     {"RESIZING", Stage::runs},
      {"SIGNALING", Stage::runs},      {"STAGE_OUT", Stage::runs},      {"BOOT_FAIL", Stage::ended},
      {"CANCELLED", Stage::ended},     {"COMPLETED", Stage::ended},     {"DEADLINE", Stage::ended},
      {"FAILED", Stage::ended},        {"NODE_FAIL", Stage::ended},     {"PREEMPTED", Stage::ended},
      {"OUT_OF_MEMORY", Stage::ended}, {"REVOKED", Stage::ended},       {"TIMEOUT", Stage::ended},
      {"LAUNCH_FAILED", Stage::ended}};
  const auto found = known.find(state);
  return found == known.end() ? Stage::runs : found->second;
}

std::vector<std::string> squeue(const std::string& last_field) {
  return {"squeue", "-h", "-a", "-r", "-t", "all", "-o", "%i|%T|" + last_field};
}

bool narrows_squeue(std::string_view variable) { return variable.starts_with("SQUEUE_"); }

std::vector<QueueLine> parse_squeue(const std::string& text) {
  std::vector<QueueLine> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t state = line.find('|');
    const std::size_t last = state == std::string::npos ? state : line.find('|', state + 1);
    if (last == std::string::npos) continue;
    found.push_back({line.substr(0, state), line.substr(state + 1, last - state - 1), line.substr(last + 1)});
  }
  return found;
}

JobQueue ask_squeue() {
  JobQueue queue;
  storage::Finished finished;
  try {
    finished = storage::run_program(squeue("%N|%r"), std::chrono::seconds(5), {.leave_out = narrows_squeue});
  } catch (const Error&) {
    return queue;  // no Slurm here
  }
  queue.answered = finished.in_time && finished.status == 0;
  if (queue.answered)
    for (const QueueLine& line : parse_squeue(finished.output)) {
      const std::size_t end = std::min(line.last.find('|'), line.last.size());  // of the node
      const std::size_t reason = std::min(end + 1, line.last.size());
      queue.jobs[line.job] = {stage_of(line.state), line.state, line.last.substr(0, end), line.last.substr(reason)};
    }
  else if (!finished.in_time)
    queue.problem = "squeue did not answer within 5 s: queued cells are shown as if Slurm did not know them";
  else
    queue.problem = fmt::format("squeue failed ({}): queued cells are shown as if Slurm did not know them",
                                storage::complaint_of(finished));
  return queue;
}

}  // namespace irmae::slurm
