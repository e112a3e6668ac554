// SPDX-License-Identifier: MIT
// Runs the tests inside namespaces of their own (processes, mounts, network, host name), so that a whole cluster can be
// brought up beside whatever runs on this machine, and the kernel takes all of it down when this program ends, however
// it ends. Where that cannot be done the tests skip with the reason.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/run_all.h"
#include "tests/temporary_folder.h"

namespace {

constexpr const char* kInside = "IRMAE_CLUSTER_INSIDE";
constexpr const char* kMissing = "IRMAE_CLUSTER_MISSING";

/// Why there can be no cluster here; empty when there can.
std::string missing() {
  if (geteuid() != 0) return "a test cluster needs root, for network namespaces and Slurm's daemons";
  for (const char* program : {"slurmctld", "slurmd", "munged", "sbatch", "srun", "mpirun", "ip", "tc", "nsenter", "unshare"})
    if (irmae::tests::run("command -v " + std::string(program)).status != 0)
      return "there is no " + std::string(program) +
             "; on Debian: apt-get install --no-install-recommends slurmctld slurmd slurm-client munge "
             "slurm-wlm-basic-plugins "
             "iproute2";
  const auto tried = irmae::tests::run("unshare --mount --pid --net --uts --ipc --fork --mount-proc true");
  if (tried.status != 0) return "namespaces cannot be made here: " + tried.output;
  return "";
}

[[noreturn]] void enter(int count, char** arguments) {
  std::vector<char*> words;
  for (const char* word :
       {"unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc", "/proc/self/exe"})
    words.push_back(const_cast<char*>(word));
  // unshare mounts /proc anew; there /proc/self is unshare's child until it runs this program.
  static std::string self(4096, '\0');
  self.resize(static_cast<std::size_t>(std::max<ssize_t>(0, readlink("/proc/self/exe", self.data(), self.size()))));
  words.back() = self.data();
  words.insert(words.end(), arguments + 1, arguments + count);
  words.push_back(nullptr);
  setenv(kInside, "1", 1);
  execvp(words[0], words.data());
  std::perror("unshare");
  std::_Exit(1);
}

/// The first process of the namespaces takes in the daemons' orphans; the tests run in its child.
int reap_until_done(pid_t tests) {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { std::_Exit(130); });
  for (int status = 0;;) {
    const pid_t ended = wait(&status);
    if (ended == tests) return irmae::tests::exit_status_of(status);
  }
}

}  // namespace

int main(int count, char** arguments) {
  bool lists = false;
  for (int i = 1; i < count; ++i) lists = lists || std::strcmp(arguments[i], "--gtest_list_tests") == 0;
  if (!lists && !std::getenv(kInside)) {
    setenv("PATH", (std::string(std::getenv("PATH")) + ":/usr/local/sbin:/usr/sbin:/sbin").c_str(), 1);
    const std::string reason = missing();
    if (reason.empty()) enter(count, arguments);
    setenv(kMissing, reason.c_str(), 1);
  } else if (!lists) {
    if (const pid_t tests = fork(); tests != 0) return reap_until_done(tests);
  }
  ::testing::InitGoogleTest(&count, arguments);
  return irmae::tests::run_all();
}
