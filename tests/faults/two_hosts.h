// SPDX-License-Identifier: MIT
// Two hosts on this machine, network namespaces with a link between them (tests/cluster/hosts.sh), and mpirun over both.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "tests/faults/small_disk.h"

namespace irmae::tests {

class TwoHosts {
 public:
  /// Makes them, or throws. Only where there is no obstacle().
  TwoHosts();
  ~TwoHosts();
  TwoHosts(const TwoHosts&) = delete;

  /// Why they cannot be made here; empty when they can.
  static std::string obstacle();

  /// The beginning of a command with a rank on each; the process that it starts becomes mpirun.
  std::string mpirun() const;
  /// mpirun and its daemons notice a dead link after 11 s instead of after minutes (docs/faults.md).
  std::string mpirun_with_keepalive() const;

  /// The folder, a mount of its own, as this process sees it: each host has its own view of what is mounted.
  static void make_read_only(pid_t process, const std::string& folder);

  void cut_link() const;
  void heal_link() const;

 private:
  std::unique_ptr<SmallDisk> names_;  ///< for the names of network namespaces, which are files: nobody else sees them
};

}  // namespace irmae::tests
