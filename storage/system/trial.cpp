// SPDX-License-Identifier: MIT
#include "storage/system/trial.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fstream>

namespace irmae::storage {

namespace {

void bound(int what, rlim_t most) {
  rlimit limit{};
  if (getrlimit(static_cast<__rlimit_resource>(what), &limit) != 0) return;
  limit.rlim_cur = std::min(most, limit.rlim_max);
  setrlimit(static_cast<__rlimit_resource>(what), &limit);
}

rlim_t memory_now() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

[[noreturn]] void be_the_copy(const std::function<void()>& work, Bounds bounds) {
  for (const int signal : {SIGALRM, SIGXCPU, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM}) std::signal(signal, SIG_DFL);
  if (const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  bound(RLIMIT_CORE, 0);
  bound(RLIMIT_CPU, bounds.seconds);
  bound(RLIMIT_AS, bounds.bytes);
  // Who waits uses no processor, and a mutex that another thread of the original held is never free here. More than the time of
  // a processor: a busy machine or disk may be slow.
  alarm(static_cast<unsigned>(2 * bounds.seconds + 60));
  try {
    work();
  } catch (const std::exception&) {  // who does it for good is told
  }
  _exit(0);  // and nothing of what the original would do at its end
}

}  // namespace

TrialEnd end_of_trial(const std::function<void()>& work, Bounds bounds) {
  bounds.bytes += memory_now();
  const pid_t copy = fork();
  if (copy < 0) return TrialEnd::came;
  if (copy == 0) be_the_copy(work, bounds);
  int status = 0;
  while (waitpid(copy, &status, 0) < 0)
    if (errno != EINTR) return TrialEnd::came;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return TrialEnd::out_of_time;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? TrialEnd::came : TrialEnd::brought_down;
}

}  // namespace irmae::storage
