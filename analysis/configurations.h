// SPDX-License-Identifier: MIT
// Which runs belong together, what tells configurations apart, and which of them a user asks for.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/run_set.h"

namespace irmae::analysis {

using NamedRuns = std::vector<std::pair<std::string, std::vector<Run>>>;

/// The runs of each name, such as that of their scale, in the names' order.
NamedRuns grouped(const std::vector<Run>& runs, std::string (Run::*name)() const);
/// The runs of each data set, in the order of their names.
inline NamedRuns by_data(const std::vector<Run>& runs) { return grouped(runs, &Run::data); }

/// A legend for each group of by_configuration. Groups whose label() is the same are told apart by what differs between
/// them: data, scale and latent size as far as needed, then all choices (names and switches), then numbers as far as needed:
/// "AE n=64", "AE fresh=false square=corner", "AE learning_rate=0.001". What a run has as `named` is always there. `but`: a
/// parameter that is left out, the depth of a stack too.
std::vector<std::string> distinct_labels(const std::vector<std::vector<const Run*>>& groups, const std::string& but = "");

/// Whether a label has these words, such as a data set's name or "n=64", and not only as a part of others.
bool has_words(const std::string& label, const std::string& words);

/// Keeps the runs whose cell name matches one of the patterns `only` (*, ?) and whose data set, or the kind of it, is `data`;
/// empty: any. Throws UsageError when none is left.
void select(RunSet& set, const std::vector<std::string>& only, const std::string& data);

}  // namespace irmae::analysis
