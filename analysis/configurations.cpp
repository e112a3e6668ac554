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

std::vector<Qualifier> qualifiers(const std::vector<std::vector<const Run*>>& groups, const std::string& but) {
  std::vector<Qualifier> all{[](const Run& run) { return run.data(); }, [](const Run& run) { return run.scale(); }};
  if (but != "model.latent") all.emplace_back([](const Run& run) { return "n=" + text_of(run.parameter("model.latent")); });
  // What is trained comes before what is measured afterwards, and a choice, which has a name, before its numbers.
  std::set<std::string> chosen, trained, measured;
  for (const auto& group : groups)
    for (const auto& [path, value] : group.front()->identity.parameters)
      if (path != "train.seed" && path != "data.name" && path != but && !group.front()->is_outside(path))
        (path.starts_with("evaluate.") ? measured : std::holds_alternative<std::string>(value) ? chosen : trained).insert(path);
  for (const auto* paths : {&chosen, &trained, &measured})
    for (const std::string& path : *paths) all.emplace_back([path](const Run& run) { return value_in_words(run, path); });
  all.emplace_back([](const Run& run) { return run.identity.manifest; });
  return all;
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
  for (const Qualifier& qualifier : qualifiers(groups, but)) {
    std::map<std::string, std::vector<std::size_t>> alike;
    for (std::size_t i = 0; i < groups.size(); ++i) alike[labels[i]].push_back(i);
    if (alike.size() == groups.size()) break;
    for (const auto& [label, places] : alike) {
      std::set<std::string> values;
      for (const std::size_t i : places) values.insert(qualifier(*groups[i].front()));
      if (values.size() < 2) continue;
      for (const std::size_t i : places) labels[i] += " " + qualifier(*groups[i].front());
    }
  }
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
