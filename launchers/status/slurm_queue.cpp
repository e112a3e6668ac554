// SPDX-License-Identifier: MIT
#include "launchers/status/slurm_queue.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <vector>

namespace irmae::launchers {

namespace {

/// A constant text: nothing that a user or a manifest names reaches the shell. -k: squeue may sleep through a TERM.
constexpr const char* kCommand =
    "command -v squeue >/dev/null 2>&1 || exit 127; "
    "exec timeout -k 1 5 squeue -h -r -t all -o '%i|%T|%N' 2>/dev/null </dev/null";

}  // namespace

SlurmJob::Stage stage_of(const std::string& state) {
  using Stage = SlurmJob::Stage;
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

std::map<std::string, SlurmJob> parse_squeue(const std::string& text) {
  std::map<std::string, SlurmJob> jobs;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    std::vector<std::string> fields;
    for (std::string field; std::getline(parts, field, '|');) fields.push_back(field);
    if (fields.size() < 2) continue;
    jobs[fields[0]] = {stage_of(fields[1]), fields[1], fields.size() > 2 ? fields[2] : ""};
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
