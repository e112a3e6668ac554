// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>

namespace irmae::tests {

/// For programs that a test starts with mpirun: also as root, as in a container, with one thread a rank, and leaving the
/// processor to the tests beside them where they wait.
inline void set_mpi_environment() {
  setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
  setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OMPI_MCA_mpi_yield_when_idle", "1", 1);
}

}  // namespace irmae::tests
