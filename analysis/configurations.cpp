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

/// What tells configurations of one label apart, in steps: each as far as labels are still the same.
std::vector<std::vector<Qualifier>> qualifiers(const std::vector<std::vector<const Run*>>& groups, const std::string& but) {
  std::vector<std::vector<Qualifier>> steps{{[](const Run& run) { return run.data(); }},
                                            {[](const Run& run) { return run.scale(); }}};
  if (but != "model.latent") steps.push_back({[](const Run& run) { return "n=" + text_of(run.parameter("model.latent")); }});
  std::set<std::string> choices, numbers, measured;
  for (const auto& group : groups)
    for (const auto& [path, value] : group.front()->identity.parameters)
      if (path != "train.seed" && path != "data.name" && path != but && !group.front()->is_outside(path)) {
        const bool choice = std::holds_alternative<std::string>(value) || std::holds_alternative<bool>(value);
        (path.starts_with("evaluate.") ? measured : choice ? choices : numbers).insert(path);
      }
  const auto words_of = [](const std::string& path) -> Qualifier {
    return [path](const Run& run) { return value_in_words(run, path); };
  };
  // All choices in one step, also those that are not needed: a legend that names one of two says that the other is the same.
  steps.emplace_back();
  for (const std::string& path : choices) steps.back().push_back(words_of(path));
  // What is trained comes before what is measured afterwards.
  for (const auto* paths : {&numbers, &measured})
    for (const std::string& path : *paths) steps.push_back({words_of(path)});
  steps.push_back({[](const Run& run) { return run.identity.manifest; }});
  return steps;
}

/// Adds to labels that are the same what each qualifier says of them, where it says different things. False: all differ
/// already.
bool tell_apart(const std::vector<std::vector<const Run*>>& groups, const std::vector<Qualifier>& step,
                std::vector<std::string>& labels) {
  std::map<std::string, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < groups.size(); ++i) alike[labels[i]].push_back(i);
  if (alike.size() == groups.size()) return false;
  for (const auto& [label, places] : alike)
    for (const Qualifier& qualifier : step) {
      std::vector<std::string> words;
      for (const std::size_t i : places) words.push_back(qualifier(*groups[i].front()));
      if (std::ranges::adjacent_find(words, std::ranges::not_equal_to()) == words.end()) continue;
      for (std::size_t k = 0; k < places.size(); ++k) labels[places[k]] += " " + words[k];
    }
  return true;
}

}  // namespace

NamedRuns grouped(const std::vector<Run>& runs, std::string (Run::*name)() const) {
  std::map<std::string, std::vector<Run>> groups;
  for (const Run& run : runs) groups[(run.*name)()].push_back(run);
  return {groups.begin(), groups.end()};
}

bool has_words(const std::string& label, const std::string& words) {
  return (" " + label + " ").find(" " + words + " ") != std::string::npos;
}

std::vector<std::string> distinct_labels(const std::vector<std::vector<const Run*>>& groups, const std::string& but) {
  std::vector<std::string> labels;
  for (const auto& group : groups)
    labels.push_back(but == "model.linear_layers" ? group.front()->method_label() : group.front()->label());
  for (const std::vector<Qualifier>& step : qualifiers(groups, but))
    if (!tell_apart(groups, step, labels)) break;
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (const std::string& path : groups[i].front()->named)
      if (const std::string words = value_in_words(*groups[i].front(), path); path != but && !has_words(labels[i], words))
        labels[i] += " " + words;
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
