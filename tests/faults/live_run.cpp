// SPDX-License-Identifier: MIT
#include "tests/faults/live_run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "tests/temporary_folder.h"

namespace irmae::tests {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The value of a variable in a process's environment; empty also for zombies, which have none.
std::string variable(pid_t process, const std::string& name) {
  std::istringstream all(content("/proc/" + std::to_string(process) + "/environ"));
  for (std::string one; std::getline(all, one, '\0');)
    if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
  return {};
}

char state(pid_t process) {
  const std::string text = content("/proc/" + std::to_string(process) + "/stat");
  const std::size_t end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() ? '?' : text[end + 2];
}

/// To look at every process of a busy machine costs something: `pause` is for that.
bool within(std::chrono::seconds limit, std::chrono::milliseconds pause, const std::function<bool()>& reached) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!reached()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace

LiveRun::LiveRun(const std::string& command, const std::string& fault, fs::path log) : log_(std::move(log)) {
  static int runs = 0;
  mark_ = std::to_string(getpid()) + "-" + std::to_string(++runs);
  // Orphans come to this process and not to one that may never reap them.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string line = "exec " + command;
  launcher_ = fork();
  if (launcher_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // when the test is ended from outside
  setsid();
  const int file = open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0), dup2(file, 1), dup2(file, 2);
  setenv("IRMAE_TEST_RUN", mark_.c_str(), 1);
  if (fault.empty())
    unsetenv("IRMAE_FAULT");
  else
    setenv("IRMAE_FAULT", fault.c_str(), 1);
  execl("/bin/bash", "bash", "-c", line.c_str(), nullptr);
  std::_Exit(127);
}

LiveRun::~LiveRun() {
  kill_all();
  gone(std::chrono::seconds(10));
  if (!status_) waitpid(launcher_, nullptr, 0);
  while (waitpid(-1, nullptr, WNOHANG) > 0) continue;  // the orphans
}

std::vector<pid_t> LiveRun::processes() const {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const pid_t process = std::atoi(entry.path().filename().c_str());
    if (process > 0 && variable(process, "IRMAE_TEST_RUN") == mark_) found.push_back(process);
  }
  return found;
}

std::optional<pid_t> LiveRun::rank(int rank) const {
  for (const pid_t process : processes())
    if (variable(process, "OMPI_COMM_WORLD_RANK") == std::to_string(rank)) return process;
  return std::nullopt;
}

std::optional<pid_t> LiveRun::wait_stopped(int rank, std::chrono::seconds limit) {
  std::optional<pid_t> found;
  within(limit, 200ms, [&] { return (found = this->rank(rank)).has_value() || wait(0s).has_value(); });
  if (!found || !within(limit, 10ms, [&] { return state(*found) == 'T' || wait(0s).has_value(); })) return std::nullopt;
  return state(*found) == 'T' ? found : std::nullopt;
}

std::optional<int> LiveRun::wait(std::chrono::seconds limit) {
  within(limit, 20ms, [&] {
    int status = 0;
    if (!status_ && waitpid(launcher_, &status, WNOHANG) == launcher_) status_ = exit_status_of(status);
    return status_.has_value();
  });
  return status_;
}

bool LiveRun::gone(std::chrono::seconds limit) {
  return within(limit, 200ms, [&] { return processes().empty(); });
}

void LiveRun::kill_all() const {
  for (const pid_t process : processes()) kill(process, SIGKILL);
}

std::string LiveRun::output() const { return content(log_); }

std::string LiveRun::left() const {
  std::string text;
  for (const pid_t process : processes()) {
    std::string line = content("/proc/" + std::to_string(process) + "/cmdline");
    std::replace(line.begin(), line.end(), '\0', ' ');
    text += std::to_string(process) + " " + line.substr(0, 80) + "; ";
  }
  return text;
}

}  // namespace irmae::tests
