// SPDX-License-Identifier: MIT
// One manifest file as it was written: settings with their positions, nothing checked against a schema yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "framework/manifest/problems.h"
#include "framework/manifest/schema.h"

namespace irmae::manifest {

/// A value and where it stands: "shapes.toml:12:5", or "argument 'train.seed=3'".
struct Setting {
  Scalar value;
  std::string where;
  std::string word{};  ///< as an argument has it, for a parameter that is a text: a folder may be called 2024
};

/// Settings by dotted path.
using Layer = std::map<std::string, Setting>;

/// One axis of a grid.
struct Axis {
  std::string path;
  std::vector<Setting> values;
  std::string where;
  std::pair<std::uint32_t, std::uint32_t> place{};  ///< line and column of its list, by which a file's axes are in order
};

struct CellEntry {
  std::string name;   ///< empty: made from the method
  std::string id;     ///< that a frozen plan says the cell has; empty: any
  std::string scale;  ///< with which it was frozen
  std::string where;
  Layer settings;
  std::vector<Axis> axes;
};

struct Document {
  std::filesystem::path path;
  std::vector<std::pair<std::string, std::string>> includes;  ///< path as written, position
  std::string scale;
  std::string scale_where;
  Layer settings;                       ///< [data] [model] [train] [evaluate]
  std::map<std::string, Layer> scales;  ///< [scales.NAME]
  std::vector<Axis> axes;               ///< [grid]
  std::vector<CellEntry> cells;         ///< [[cell]]
};

/// Throws UsageError where the file cannot be read or is no TOML; other mistakes are added to `problems`.
Document read_document(const std::filesystem::path& path, Problems& problems);

/// "dotted.path=value" arguments. A list makes an axis; `scale=NAME` sets the scale.
struct Overrides {
  Layer settings;
  std::vector<Axis> axes;
  std::string scale;
  std::string scale_where;
};
Overrides read_overrides(const std::vector<std::string>& arguments, Problems& problems);

/// Letters, digits, '.', '-', '_', not starting with '.' or '-', 1 to 100 characters.
bool is_name(const std::string& text);

}  // namespace irmae::manifest
