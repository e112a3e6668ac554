// SPDX-License-Identifier: MIT
// MPI for host memory. After start-up one thread of its own makes every MPI call, in the order in which collectives were
// asked for: an all-reduce then progresses while the caller goes on with the backward pass, which MPI alone does not
// promise, and MPI need not be thread safe (MPI_THREAD_SERIALIZED is enough, unless the ranks form several teams).
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "framework/distributed/communicator.h"

namespace irmae::distributed {

/// MPI_Init and MPI_Finalize. One object, in main; it outlives every communicator.
class MpiSession {
 public:
  MpiSession();
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  static std::string library();  ///< "Open MPI v4.1.4"; also where no session has begun

  /// Number of the program's ranks on this rank's host.
  int local_size() const { return local_size_; }
  /// How many of them share a core, see irmae::ranks_per_core.
  int ranks_per_core() const { return ranks_per_core_; }

  /// A communicator of all ranks of the program. A collective that takes longer than `limit` ends the program with a message
  /// that names it.
  std::unique_ptr<Communicator> world(std::chrono::seconds limit) { return team(0, size_, limit); }
  /// A communicator of the ranks `first` to `first + count - 1`, of which this is one. Collective over them alone. A collective
  /// that takes longer than `limit` ends the program with a message that names it.
  std::unique_ptr<Communicator> team(int first, int count, std::chrono::seconds limit);

  /// Ends all ranks at once with this exit status: for errors that the others cannot know of. This process ends in any case,
  /// also when the launcher that should end the others is out of reach.
  [[noreturn]] static void abort(int status);

  /// True when this process was started by a launcher such as mpirun, so that MPI must be initialised.
  static bool launched();

 private:
  int rank_ = 0, size_ = 1, local_size_ = 1, ranks_per_core_ = 1;
  std::chrono::seconds limit_ = std::chrono::hours(24);  ///< of the newest communicator
};

}  // namespace irmae::distributed
