// SPDX-License-Identifier: MIT
#include "tests/faults/two_hosts.h"

#include <stdexcept>

#include "tests/temporary_folder.h"

namespace irmae::tests {

namespace {

const std::string kScript = IRMAE_SOURCE_DIR "/tests/cluster/hosts.sh ", kName = "irmae";

void call(const std::string& arguments) {
  const Result result = run(kScript + arguments);
  if (result.status != 0) throw std::runtime_error("hosts.sh " + arguments + ": " + result.output);
}

}  // namespace

// Where the folder cannot be mounted this throws, before any name is written into the machine's.
TwoHosts::TwoHosts() : names_(std::make_unique<SmallDisk>("/run/netns")) { call("up " + kName + " 2"); }
TwoHosts::~TwoHosts() { run(kScript + "down " + kName); }

std::string TwoHosts::obstacle() {
  return SmallDisk::obstacle().empty() ? run(kScript + "obstacle").output : SmallDisk::obstacle();
}

std::string TwoHosts::mpirun() const { return kScript + "mpirun " + kName + " "; }

std::string TwoHosts::mpirun_with_keepalive() const {
  return "env HOSTS_MPI='--mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl 2 --mca oob_tcp_keepalive_probes 3' " +
         mpirun();
}

void TwoHosts::make_read_only(pid_t process, const std::string& folder) {
  // Laid over itself: the kernel makes nothing read-only that files are open in, and those stay as they are.
  const Result result = run("nsenter -t " + std::to_string(process) + " -m sh -c 'mount --bind " + folder + " " + folder +
                            " && mount -o remount,bind,ro " + folder + "'");
  if (result.status != 0) throw std::runtime_error("nsenter: " + result.output);
}

void TwoHosts::cut_link() const { call("cut " + kName + " 2"); }
void TwoHosts::heal_link() const { call("heal " + kName + " 2"); }

}  // namespace irmae::tests
