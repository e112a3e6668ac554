// SPDX-License-Identifier: MIT
// A cell from key=value arguments, as the command line makes one.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "framework/manifest/manifest.h"
#include "framework/models/cell_schema.h"
#include "tests/temporary_folder.h"

namespace irmae::tests {

inline manifest::Cell cell_of(const std::vector<std::string>& overrides) {
  const TemporaryFolder folder;
  std::ofstream(folder / "m.toml") << "";
  return manifest::load(folder / "m.toml", overrides, models::cell_schema()).cells.at(0);
}

}  // namespace irmae::tests
