// SPDX-License-Identifier: MIT
#include "framework/manifest/stored_cell.h"

#include <fmt/format.h>

#include <string>

#include "framework/manifest/active_keys.h"
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

  const ActiveKeys active = active_keys(schema, [&](const std::string& selector) {
    const auto stored = cell.parameters.find(selector);
    return stored == cell.parameters.end() ? nullptr : &stored->second;
  });
  for (const auto& [name, one] : active) {
    const auto [place, added] = cell.parameters.emplace(name, *one.fallback);
    if (!added) place->second = stored_value(*one.key, place->second, path);
  }
  cell.seal(schema);
  return cell;
}

}  // namespace irmae::manifest
