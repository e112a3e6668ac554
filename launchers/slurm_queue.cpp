// SPDX-License-Identifier: MIT
#include "launchers/slurm_queue.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <set>
#include <sstream>
#include <vector>

namespace irmae::launchers {

namespace {

/// A constant text: nothing that a user or a manifest names reaches the shell. -k: squeue may sleep through a TERM.
constexpr const char* kCommand =
    "command -v squeue >/dev/null 2>&1 || exit 127; "
    "exec timeout -k 1 5 squeue -h -r -t all -o '%i|%T|%j|%N|%k' 2>/dev/null </dev/null";

SlurmJob::Stage stage_of(const std::string& state) {
  // PREEMPTED is what a job says while it leaves; requeued it is PENDING again.
  static const std::set<std::string> waits = {"PENDING",      "REQUEUED",  "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD",
                                              "SPECIAL_EXIT", "SUSPENDED", "STOPPED",     "CONFIGURING"};
  static const std::set<std::string> runs = {"RUNNING", "COMPLETING", "RESIZING", "SIGNALING", "STAGE_OUT"};
  if (waits.contains(state)) return SlurmJob::Stage::waits;
  return runs.contains(state) ? SlurmJob::Stage::runs : SlurmJob::Stage::ended;
}

}  // namespace

std::map<std::string, SlurmJob> parse_squeue(const std::string& text) {
  std::map<std::string, SlurmJob> jobs;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    std::vector<std::string> fields;
    for (std::string field; std::getline(parts, field, '|');) fields.push_back(field);
    if (fields.size() < 2) continue;
    jobs[fields[0]] = {stage_of(fields[1]), fields[1], fields.size() > 3 ? fields[3] : ""};
  }
  return jobs;
}

SlurmQueue ask_squeue() {
  SlurmQueue queue;
  FILE* pipe = popen(kCommand, "r");
  if (!pipe) return queue;
  std::string text;
  std::array<char, 1 << 14> buffer;
  for (std::size_t count; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) text.append(buffer.data(), count);
  const int status = pclose(pipe);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  if (code == 127) return queue;
  queue.answered = code == 0;
  if (queue.answered)
    queue.jobs = parse_squeue(text);
  else if (code == 124 || code >= 128)
    queue.problem = "squeue did not answer within 5 s: queued cells are shown as if Slurm did not know them";
  else
    queue.problem = "squeue failed: queued cells are shown as if Slurm did not know them; squeue says why";
  return queue;
}

}  // namespace irmae::launchers
