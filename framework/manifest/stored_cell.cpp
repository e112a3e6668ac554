// SPDX-License-Identifier: MIT
#include "framework/manifest/stored_cell.h"

#include <fmt/format.h>

#include <set>
#include <string>

#include "framework/manifest/problems.h"
#include "framework/manifest/resolve.h"
#include "storage/error.h"

namespace irmae::manifest {

namespace fs = std::filesystem;

namespace {

/// The value of a parameter as a manifest may have it. Throws Error otherwise.
storage::Scalar stored_value(const Key& key, const storage::Scalar& value, const fs::path& path) {
  try {
    Problems problems;
    const storage::Scalar checked = checked_value(key, {.value = value, .where = path.string()}, problems);
    problems.throw_if_any();
    return checked;
  } catch (const UsageError& wrong) {  // not of the user's: the file has it
    throw Error(fmt::format("{}: another version of this program wrote it, or it is damaged", wrong.what()));
  }
}

}  // namespace

Cell cell_of(const storage::Identity& identity, const Schema& schema, const fs::path& path) {
  Cell cell;
  cell.name = identity.cell;
  cell.manifest = identity.manifest;
  cell.scale = identity.scale;
  for (const auto& [name, value] : identity.parameters) cell.parameters[name] = value;
  const Parameters stored = cell.parameters;

  std::set<std::string> known;
  const auto complete = [&](const Key& key) {
    known.insert(key.path);
    const auto [place, added] = cell.parameters.emplace(key.path, key.fallback);
    if (!added) place->second = stored_value(key, place->second, path);
  };
  for (const Key& key : schema.base) complete(key);
  for (const Choice& choice : schema.choices) {
    if (cell.text(choice.selector) != choice.name) continue;
    for (const auto& [name, value] : choice.defaults)
      if (!stored.contains(name)) cell.parameters[name] = value;
    for (const Key& key : choice.keys) complete(key);
  }
  // A data set may have a usual value for an evaluation that this program does not have.
  std::erase_if(cell.parameters, [&](const auto& one) { return !known.contains(one.first) && !stored.contains(one.first); });
  cell.seal(schema);
  return cell;
}

}  // namespace irmae::manifest
