// SPDX-License-Identifier: MIT
// Programs that a test starts with mpirun.
#pragma once

#include <cstdlib>
#include <string>

namespace irmae::tests {

/// Lets them run also as root, as in a container, with one thread a rank, and leave the processor to the tests beside them
/// where they wait.
inline void set_mpi_environment() {
  setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
  setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OMPI_MCA_mpi_yield_when_idle", "1", 1);
}

/// How a command begins that so many ranks run, also where there are fewer cores.
inline std::string mpirun(int ranks) { return "mpirun --oversubscribe --bind-to none -n " + std::to_string(ranks) + " "; }

}  // namespace irmae::tests
