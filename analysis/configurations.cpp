// SPDX-License-Identifier: MIT
#include "analysis/configurations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "framework/manifest/name_patterns.h"
#include "framework/manifest/nearest.h"
#include "storage/error.h"

namespace irmae::analysis {

namespace {

std::string text_of(const std::optional<storage::Scalar>& value) { return value ? storage::text_of(*value) : "none"; }

/// "beta=0.1"
std::string value_in_words(const Run& run, const std::string& path) {
  return path.substr(path.rfind('.') + 1) + "=" + text_of(run.parameter(path));
}

/// One thing that may tell two configurations apart, as it stands in a legend.
using Qualifier = std::function<std::string(const Run&)>;

/// What tells configurations of one label apart. In each list what stands before comes first.
struct Qualifiers {
  std::vector<Qualifier> sizes;    ///< data, scale, latent size: as many as are needed
  std::vector<Qualifier> choices;  ///< what has a name, or is true or false: all in which they differ
  std::vector<Qualifier> others;   ///< numbers, then what is measured afterwards, then the manifest: as many as are needed
};

Qualifiers qualifiers(const std::vector<std::vector<const Run*>>& groups, const std::string& but) {
  Qualifiers all;
  all.sizes = {[](const Run& run) { return run.data(); }, [](const Run& run) { return run.scale(); }};
  if (but != "model.latent")
    all.sizes.emplace_back([](const Run& run) { return "n=" + text_of(run.parameter("model.latent")); });
  std::set<std::string> choices, numbers, measured;
  for (const auto& group : groups)
    for (const auto& [path, value] : group.front()->identity.parameters)
      if (path != "train.seed" && path != "data.name" && path != but && !group.front()->is_outside(path)) {
        const bool choice = std::holds_alternative<std::string>(value) || std::holds_alternative<bool>(value);
        (path.starts_with("evaluate.") ? measured : choice ? choices : numbers).insert(path);
      }
  const auto add = [](const std::set<std::string>& paths, std::vector<Qualifier>& to) {
    for (const std::string& path : paths) to.emplace_back([path](const Run& run) { return value_in_words(run, path); });
  };
  add(choices, all.choices);
  add(numbers, all.others);
  add(measured, all.others);
  all.others.emplace_back([](const Run& run) { return run.identity.manifest; });
  return all;
}

/// Adds to labels that are the same what the qualifier says of each, where it says different things. `alike`: the labels by
/// which they are taken for the same.
void tell_apart(const std::vector<std::vector<const Run*>>& groups, const Qualifier& qualifier,
                const std::vector<std::string>& alike, std::vector<std::string>& labels) {
  std::map<std::string, std::vector<std::size_t>> places_of;
  for (std::size_t i = 0; i < groups.size(); ++i) places_of[alike[i]].push_back(i);
  for (const auto& [label, places] : places_of) {
    std::set<std::string> values;
    for (const std::size_t i : places) values.insert(qualifier(*groups[i].front()));
    if (values.size() < 2) continue;
    for (const std::size_t i : places) labels[i] += " " + qualifier(*groups[i].front());
  }
}

}  // namespace

std::vector<std::pair<std::string, std::vector<Run>>> by_data(const std::vector<Run>& runs) {
  std::map<std::string, std::vector<Run>> sets;
  for (const Run& run : runs) sets[run.data()].push_back(run);
  return {sets.begin(), sets.end()};
}

std::vector<std::string> distinct_labels(const std::vector<std::vector<const Run*>>& groups, const std::string& but) {
  std::vector<std::string> labels;
  for (const auto& group : groups) {
    const std::string label = group.front()->label();
    labels.push_back(but == "model.linear_layers" ? label.substr(0, label.find(" l=")) : label);
  }
  const Qualifiers by = qualifiers(groups, but);
  for (const Qualifier& qualifier : by.sizes) tell_apart(groups, qualifier, std::vector(labels), labels);
  // All choices, also those that are not needed: a legend that names one of two says that the other is the same.
  const std::vector<std::string> of_one_size = labels;
  for (const Qualifier& qualifier : by.choices) tell_apart(groups, qualifier, of_one_size, labels);
  for (const Qualifier& qualifier : by.others) tell_apart(groups, qualifier, std::vector(labels), labels);
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (const std::string& path : groups[i].front()->named)
      if (const std::string words = " " + value_in_words(*groups[i].front(), path);
          path != but && (labels[i] + " ").find(words + " ") == std::string::npos)
        labels[i] += words;
  return labels;
}

void select(RunSet& set, const std::vector<std::string>& only, const std::string& data) {
  if (set.runs.empty()) return;  // none could be read, which the problems say
  const auto is_of_data = [&](const Run& run) { return data.empty() || run.data() == data || run.data_kind() == data; };
  if (std::ranges::none_of(set.runs, is_of_data)) {
    std::vector<std::string> names;
    for (const auto& [name, runs] : by_data(set.runs)) names.push_back(name);
    throw UsageError(fmt::format("--data: no run there is of '{}', but of {}{}", data, fmt::join(names, ", "),
                                 manifest::did_you_mean(data, names)));
  }
  std::erase_if(set.runs, [&](const Run& run) { return !is_of_data(run) || !manifest::matches_any(run.identity.cell, only); });
  if (set.runs.empty() && set.problems.empty())
    throw UsageError(
        fmt::format("--only: no cell's name there matches '{}'; irmae table ranks DIR lists them", fmt::join(only, ",")));
}

}  // namespace irmae::analysis
