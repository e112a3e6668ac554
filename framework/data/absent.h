// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include "storage/error.h"

namespace irmae::data {

/// The data set's files are not there: its cells fail, others can be trained.
class Absent : public Error {
 public:
  using Error::Error;
};

/// Where a path that is not there was looked for: " (looked for in FOLDER, where irmae was started)" of a relative one; empty
/// of an absolute one, which says it itself.
inline std::string looked_for_in(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (path.is_absolute() || error) return "";
  return " (looked for in " + here.string() + ", where irmae was started)";
}

}  // namespace irmae::data
