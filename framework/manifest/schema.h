// SPDX-License-Identifier: MIT
// Which parameters a cell may have. The base keys belong to every cell; a Choice (one method, one data set) adds the
// keys that only it has. The schema is data, so that a method declares its parameters in its own file.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "storage/record.h"

namespace irmae::manifest {

using storage::Scalar;

/// One parameter: its dotted path, its type (that of `fallback`), what is allowed, and whether it determines the result.
struct Key {
  std::string path;
  Scalar fallback;
  std::string help;
  double least = -std::numeric_limits<double>::infinity();  ///< smallest number allowed
  double most = std::numeric_limits<double>::infinity();    ///< largest number allowed
  std::vector<std::string> choices{};                       ///< for text: the allowed words; empty: any
  bool identity = true;                                     ///< part of the cell's id
  /// Added after cells had been trained, which behaved as if it had its fallback: at its fallback the key is left out of the
  /// id, so that theirs stay valid. Where evaluations measured something else without it, raise their `version`.
  bool newer = false;
  /// For text with a form of its own: what is wrong with it; empty: nothing.
  std::function<std::string(const std::string&)> why_wrong{};
};

/// One value of a selecting key, such as model.method = "irmae".
struct Choice {
  std::string selector{};  ///< dotted path of the selecting key; a registry sets it (framework/registry.h)
  std::string name;        ///< its value
  std::string help;
  std::vector<Key> keys{};         ///< parameters that exist only with this choice
  storage::Attributes defaults{};  ///< its own defaults for keys that are declared elsewhere
};

struct Schema {
  std::vector<Key> base;
  /// Of every selector, in the order in which they are made: where two choices of a cell give a default, the later one
  /// wins, and a default may itself choose among those that come after it.
  std::vector<Choice> choices;

  /// Adds a choice: from now on the key that selects it, one of `base`, allows its name. std::logic_error where there is no
  /// such key: a mistake of the program.
  void add(Choice choice) {
    const auto key = std::ranges::find(base, choice.selector, &Key::path);
    if (key == base.end()) throw std::logic_error("no base key " + choice.selector + " selects " + choice.name);
    key->choices.push_back(choice.name);
    choices.push_back(std::move(choice));
  }
};

}  // namespace irmae::manifest
