// SPDX-License-Identifier: MIT
// A minimal version until the real one is merged: ids are not written.
#include "launchers/frozen_plan.h"

#include <fmt/format.h>

#include "framework/manifest/resolve.h"
#include "storage/files.h"

namespace irmae::launchers {

std::filesystem::path freeze_plan(const std::filesystem::path& place, const manifest::Plan& plan) {
  std::string text = "title = \"Frozen plan\"\n";
  if (!plan.scale.empty()) text += fmt::format("scale = \"{0}\"\n\n[scales.{0}]\n", plan.scale);
  for (const manifest::Cell& cell : plan.cells) {
    text += fmt::format("\n[[cell]]\nname = \"{}\"\n", cell.name);
    for (const auto& [path, value] : cell.parameters) text += fmt::format("{} = {}\n", path, manifest::to_toml(value));
  }
  const std::filesystem::path file = place / (plan.name + ".toml");
  storage::make_folder(place);
  storage::replace_file(file, text.data(), text.size());
  return file;
}

}  // namespace irmae::launchers
