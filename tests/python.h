// SPDX-License-Identifier: MIT
// The Python that oracles run in.
#pragma once

#include <fmt/format.h>

#include "tests/temporary_folder.h"

namespace irmae::tests {

/// Whether it has these modules, "numpy h5py". It only looks for them: loading torch takes seconds.
inline bool python_has(const std::string& modules) {
  return run(fmt::format(
                 "{} -c 'import sys; from importlib.util import find_spec; sys.exit(not all(map(find_spec, sys.argv[1:])))' {}",
                 IRMAE_PYTHON, modules))
             .status == 0;
}

}  // namespace irmae::tests
