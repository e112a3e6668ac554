// SPDX-License-Identifier: MIT
// One cell of a grid: a full set of checked parameters with a name and an identity.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "framework/manifest/schema.h"
#include "storage/record.h"

namespace irmae::manifest {

/// By dotted path.
using Parameters = std::map<std::string, Scalar>;

/// A value as text that TOML reads back to the same value.
std::string to_toml(const Scalar& value);
/// Tables with their keys, both sorted, an empty line between tables.
std::string to_toml(const Parameters& parameters);

/// What an id leaves out, by paths.
struct Outside {
  std::set<std::string_view> always;                     ///< keys that do not determine the result
  std::map<std::string_view, Scalar> where_left_as_was;  ///< newer keys, where they have their fallback

  bool has(const std::string& path, const Scalar& value) const;
};

/// What the ids of this schema's cells leave out. The schema must outlive it.
Outside outside_of(const Schema& schema);

class Cell {
 public:
  std::string name;       ///< letters, digits, '.', '-', '_'
  std::string manifest;   ///< the manifest's name, same alphabet
  std::string scale;      ///< its [scales.NAME] that was chosen; empty: none
  Parameters parameters;  ///< every active key
  bool frozen = false;    ///< a plan that was frozen earlier has it

  /// Typed access. std::logic_error for a path or type that the schema does not have: a mistake of the program.
  bool flag(const std::string& path) const;
  std::int64_t integer(const std::string& path) const;
  double real(const std::string& path) const;
  const std::string& text(const std::string& path) const;
  bool has(const std::string& path) const { return parameters.contains(path); }

  /// The parameters with these paths, of all that it has, as lines "path=value": equal for cells that agree in them. "data."
  /// with its dot stands for every path that begins so.
  std::string text_of(const std::vector<std::string>& paths) const;

  /// The same cell with this value of one parameter. It is not sealed: the id was of the old value.
  Cell with(const std::string& path, Scalar value) const;

  /// SHA-256 (64 hex digits) of the canonical text of the parameters that determine the result. std::logic_error where the cell
  /// is not sealed, here and in what depends on the id: a mistake of the program.
  const std::string& id() const;
  /// <name>-<first 8 digits of the id>
  std::string folder() const;
  /// Every parameter as a manifest of one cell.
  std::string toml() const { return to_toml(parameters); }
  storage::Identity identity() const;

  /// Computes the id from the parameters; `schema` says which of them determine the result.
  void seal(const Schema& schema);
  /// The same, for many cells; `outside`: what outside_of(schema) gave.
  void seal(const Outside& outside);

 private:
  std::string id_;
  std::vector<std::string> outside_;  ///< paths of its parameters that the id leaves out
};

}  // namespace irmae::manifest
