// SPDX-License-Identifier: MIT
#include "framework/data/location.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "framework/data/dataset.h"
#include "storage/system/environment.h"

namespace irmae::data {

namespace fs = std::filesystem;

fs::path find_folder(const manifest::Cell& cell, const std::vector<std::string>& names, const std::string& marker) {
  const std::string& name = cell.text("data.name");
  fs::path root = cell.text("data.root");
  if (root.empty()) {
    root = storage::environment_variable("IRMAE_DATA");
    if (root.empty())
      throw Absent(fmt::format("data set {}: set IRMAE_DATA (or data.root) to the folder that holds {}/", name,
                               fmt::join(names, "/ or ")));
  }
  std::vector<fs::path> places;
  for (const std::string& sub : names) places.push_back(root / sub);
  places.push_back(root);
  std::error_code error;
  for (const fs::path& place : places)
    for (const char* ending : {"", ".gz"})
      if (fs::exists(place / (marker + ending), error)) return place;
  throw Absent(fmt::format("data set {}: {} is in none of {}{}; set IRMAE_DATA or data.root", name, marker,
                           fmt::join(
                               [&] {
                                 std::vector<std::string> texts;
                                 for (const fs::path& place : places) texts.push_back(place.string());
                                 return texts;
                               }(),
                               ", "),
                           looked_for_in(root)));
}

manifest::Key root_key() {
  return {.path = "data.root",
          .fallback = std::string(),
          .help = "folder that holds the data set's own folder, or that folder; empty: the environment's IRMAE_DATA",
          .identity = false};
}

}  // namespace irmae::data
