// SPDX-License-Identifier: MIT
// From layers of settings to one checked cell.
#pragma once

#include <map>
#include <set>
#include <string>

#include "framework/manifest/active_keys.h"
#include "framework/manifest/cell.h"
#include "framework/manifest/document.h"
#include "framework/manifest/problems.h"
#include "framework/manifest/schema.h"

namespace irmae::manifest {

/// Resolves cells against one schema, and remembers which settings no cell had a use for.
class Resolver {
 public:
  Resolver(const Schema& schema, Problems& problems);

  /// `shared`: settings that other cells see too, where a key of another choice is passed over; `own`: settings of this
  /// cell alone, where it is a mistake. A path that stands in both takes `own`'s value.
  Cell resolve(const Layer& shared, const Layer& own);

  /// Adds a problem for each setting that was passed over by every cell.
  void report_unused();

  /// Adds a problem for each setting that no cell of any choice has.
  void report_unknown(const Layer& settings);

 private:
  void add_unknown(const std::string& path, const Setting& setting);
  void apply(const std::string& path, const Setting& setting, bool own, const ActiveKeys& active, Parameters& parameters);

  const Schema& schema_;
  Problems& problems_;
  std::vector<std::string> known_;                            ///< every path of every choice
  std::map<std::string, std::vector<const Choice*>> owners_;  ///< by path: the choices that have it
  std::set<std::string> base_;
  std::map<std::string, Setting> passed_over_;
  std::set<std::string> used_;
};

/// The value as the key's type; adds a problem and returns the key's own value where it is wrong.
Scalar checked_value(const Key& key, const Setting& setting, Problems& problems);

}  // namespace irmae::manifest
