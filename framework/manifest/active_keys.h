// SPDX-License-Identifier: MIT
// Which keys a cell has, and what each is where nothing is set: one rule for cells of manifests and of stored runs, since it
// makes their ids.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "framework/manifest/schema.h"

namespace irmae::manifest {

/// A key that a cell has, and the value that it takes where nothing is set.
struct ActiveKey {
  const Key* key;
  const Scalar* fallback;
};

/// By path.
using ActiveKeys = std::map<std::string_view, ActiveKey>;

/// The keys of a cell: the base keys and those of its choices. Defaults of its choices stand over those of the keys, and of two
/// choices that give one, the later one's; one for a key that the cell does not have is passed over, as a data set's for an
/// evaluation that this program lacks. `set`: the value that is set for a selecting key; null where none is. The result points
/// into the schema.
ActiveKeys active_keys(const Schema& schema, const std::function<const Scalar*(const std::string& path)>& set);

}  // namespace irmae::manifest
