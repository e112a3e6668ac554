// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace irmae::data {

/// Which file a name below a folder is of: its path without links and dots. Few folders have many files, so that each folder is
/// looked up once.
class RealNames {
 public:
  explicit RealNames(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::string of(const std::filesystem::path& name) {
    const std::filesystem::path file = folder_ / name;
    std::error_code error;
    if (std::filesystem::is_symlink(file, error)) {
      const std::filesystem::path target = std::filesystem::weakly_canonical(file, error);
      if (!error) return target.string();
    }
    const auto [place, is_new] = folders_.try_emplace(file.parent_path().string());
    if (is_new) {
      const std::filesystem::path own = std::filesystem::weakly_canonical(file.parent_path(), error);
      place->second = error ? file.parent_path().lexically_normal() : own;
    }
    return (place->second / file.filename()).string();
  }

 private:
  std::filesystem::path folder_;
  std::unordered_map<std::string, std::filesystem::path> folders_;  ///< as they are named, and without links
};

}  // namespace irmae::data
