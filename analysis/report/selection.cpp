// SPDX-License-Identifier: MIT
#include "analysis/report/selection.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "analysis/configurations.h"
#include "analysis/paper_models.h"
#include "framework/counted.h"

namespace irmae::analysis::report_page {

namespace {

/// Those that occur most often, in their order.
template <class T>
std::vector<T> most_frequent(const std::map<T, int>& counts) {
  int most = 0;
  for (const auto& [value, count] : counts) most = std::max(most, count);
  std::vector<T> all;
  for (const auto& [value, count] : counts)
    if (count == most) all.push_back(value);
  return all;
}

/// Those of the integers that occur most often; none: 0.
std::vector<std::int64_t> most_frequent(const std::vector<std::int64_t>& values) {
  if (values.empty()) return {0};
  std::map<std::int64_t, int> counts;
  for (const std::int64_t value : values) ++counts[value];
  return most_frequent(counts);
}

/// How many runs have each value of each parameter.
using Counts = std::map<std::string, std::map<storage::Scalar, int>>;

Counts counts_of(const std::vector<const Run*>& runs) {
  Counts counts;
  for (const Run* run : runs)
    for (const auto& [path, value] : run->identity.parameters) ++counts[path][value];
  return counts;
}

/// Of each parameter the value that most runs of a method have. Among equally frequent ones, such as those of a sweep, what
/// most runs of all methods have where it is not the model's own, whose size differs between methods, then the middle one (of
/// an even number the larger), since sweeps are around what is usual.
std::map<std::string, storage::Scalar> usual_values(const std::vector<const Run*>& of_method,
                                                    const std::vector<const Run*>& all) {
  Counts of_all = counts_of(all);
  std::map<std::string, storage::Scalar> usual;
  for (const auto& [path, values] : counts_of(of_method)) {
    std::vector<storage::Scalar> tied = most_frequent(values);
    if (!path.starts_with("model.")) {
      std::map<storage::Scalar, int> elsewhere;
      for (const storage::Scalar& value : tied) elsewhere[value] = of_all[path][value];
      tied = most_frequent(elsewhere);
    }
    usual[path] = tied[tied.size() / 2];
  }
  return usual;
}

bool is_chosen_by_value(const Run& run, const std::string& path) {
  return !run.is_outside(path) && path != "train.seed" && path != "model.method" && path != "model.linear_layers" &&
         path != "model.latent";
}

std::size_t distance(const Run& run, const std::map<std::string, storage::Scalar>& usual) {
  std::size_t count = 0;
  for (const auto& [path, value] : run.identity.parameters)
    if (is_chosen_by_value(run, path) && usual.at(path) != value) ++count;
  return count;
}

/// The parameters in which a configuration differs from others, without those of what is measured after training.
std::vector<std::string> different(const std::vector<const Run*>& chosen, const std::vector<std::vector<const Run*>>& all) {
  std::vector<std::string> paths;
  const Run& run = *chosen.front();
  for (const auto& [path, value] : run.identity.parameters)
    if (is_chosen_by_value(run, path) && !path.starts_with("evaluate.") &&
        std::ranges::any_of(all, [&](const auto& other) { return other.front()->parameter(path) != value; }))
      paths.push_back(path);
  return paths;
}

std::vector<std::int64_t> values_among(const std::vector<Run>& runs, const std::string& data, const std::string& method,
                                       std::int64_t (Run::*value)() const) {
  std::set<std::int64_t> values;
  for (const Run& run : runs)
    if (run.data() == data && run.method() == method) values.insert((run.*value)());
  return {values.begin(), values.end()};
}

}  // namespace

std::string name_of(const Wanted& wanted) {
  if (!wanted.name.empty()) return wanted.name;
  Run run;
  run.identity.parameters = {{"model.linear_layers", wanted.layers}, {"model.method", wanted.method}};
  return run.label();
}

std::int64_t main_latent(const std::vector<Run>& runs, const std::string& data) {
  std::vector<std::int64_t> sizes;
  for (const Run& run : runs)
    if (run.data() == data) sizes.push_back(run.latent());
  const std::int64_t wanted = paper_model(data).latent;
  return std::find(sizes.begin(), sizes.end(), wanted) != sizes.end() ? wanted : most_frequent(sizes).back();
}

std::vector<Run> main_runs(const std::vector<Run>& runs, const std::string& data, const Wanted& wanted, std::int64_t size) {
  if (size == 0) size = main_latent(runs, data);
  std::map<std::string, std::vector<const Run*>> of_scale;
  std::vector<std::int64_t> depths;
  for (const Run& run : runs) {
    if (run.data() != data) continue;
    of_scale[run.scale()].push_back(&run);
    if (run.method() == wanted.method && run.latent() == size) depths.push_back(run.linear_layers());
  }
  std::int64_t layers = wanted.layers;
  if (layers == 0) {
    const std::vector<std::int64_t> in_paper = paper_model(data).layers;
    const bool has_usual = !in_paper.empty() && std::find(depths.begin(), depths.end(), in_paper.front()) != depths.end();
    layers = has_usual ? in_paper.front() : most_frequent(depths).front();
  }
  std::vector<Run> chosen;
  for (const auto& [scale, all] : of_scale) {
    std::vector<const Run*> of_method;
    std::vector<Run> candidates;
    for (const Run* run : all)
      if (run->method() == wanted.method) {
        of_method.push_back(run);
        if (run->latent() == size && run->linear_layers() == layers) candidates.push_back(*run);
      }
    const auto usual = usual_values(of_method, all);
    const auto groups = by_configuration(candidates);
    const auto finished = [](const std::vector<const Run*>& group) {
      return std::count_if(group.begin(), group.end(), [](const Run* run) { return run->complete; });
    };
    const auto best = std::min_element(groups.begin(), groups.end(), [&](const auto& a, const auto& b) {
      return std::pair(distance(*a.front(), usual), finished(b)) < std::pair(distance(*b.front(), usual), finished(a));
    });
    if (best == groups.end()) continue;
    const std::vector<std::string> named = different(*best, groups);
    for (const Run* run : *best) {
      chosen.push_back(*run);
      if (!named.empty()) chosen.back().named = named;
    }
  }
  return chosen;
}

std::vector<std::int64_t> latents_of(const std::vector<Run>& runs, const std::string& data, const std::string& method) {
  return values_among(runs, data, method, &Run::latent);
}

std::vector<std::int64_t> depths_of(const std::vector<Run>& runs, const std::string& data, const std::string& method) {
  return values_among(runs, data, method, &Run::linear_layers);
}

namespace {

/// "celeba-half: 500 + 100 images": what the samples of runs from files were; empty for drawn ones.
std::string origins(const std::vector<Run>& runs) {
  std::set<std::string> all;
  for (const Run& run : runs)
    if (const auto origin = run.note("data"); origin && storage::text_of(*origin) != "synthetic")
      all.insert(storage::text_of(*origin));
  return fmt::format("{}", fmt::join(all, "; "));
}

/// "scale tiny, 512 training samples, 3 epochs, learning rate 0.001, seeds 1, 2"
std::string sizes(const std::vector<Run>& runs) {
  const auto values = [&](const char* path) {
    std::set<storage::Scalar> numbers;
    for (const Run& run : runs)
      if (const auto value = run.parameter(path)) numbers.insert(*value);
    std::vector<std::string> words;
    for (const storage::Scalar& number : numbers)
      words.push_back(number == storage::Scalar(std::int64_t{0}) && std::string_view(path).ends_with("_size")
                          ? "all"
                          : storage::text_of(number));
    return fmt::format("{}", fmt::join(words, ", "));
  };
  /// ", seeds 1, 2"
  const auto behind = [](const char* name, const std::string& found) {
    return fmt::format(", {}{} {}", name, found.find(',') == std::string::npos ? "" : "s", found);
  };
  std::set<std::string> scales;
  for (const Run& run : runs) scales.insert(run.scale());
  std::string text = fmt::format("scale {}", fmt::join(scales, ", "));
  const std::pair<const char*, const char*> kNamed[] = {{"data.train_size", "training sample"},
                                                        {"data.validation_size", "validation sample"},
                                                        {"train.epochs", "epoch"},
                                                        {"train.batch", "a batch"},
                                                        {"train.learning_rate", "learning rate"},
                                                        {"model.latent", "latent"}};
  for (const auto& [path, name] : kNamed) {
    const std::string found = values(path);
    if (found.empty()) continue;
    if (std::string_view(name) == "learning rate")
      text += behind(name, found);
    else
      text += ", " + (std::string_view(name) == "a batch" ? found + " a batch" : counted(found, name));
  }
  return text + behind("seed", values("train.seed"));
}

}  // namespace

std::string facts(const std::vector<Run>& runs) {
  std::vector<std::string> parts;
  for (const auto& [data, of_data] : by_data(runs)) {
    const std::string origin = origins(of_data);
    parts.push_back(fmt::format("{}{}: {}", data, origin.empty() ? "" : " (" + origin + ")", sizes(of_data)));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string facts_of_one(const std::vector<Run>& runs) {
  const std::string origin = origins(runs);
  return (origin.empty() ? "" : origin + "; ") + sizes(runs);
}

std::string left_out(const std::vector<Run>& chosen, const std::vector<Run>& runs) {
  std::vector<std::string> parts;
  for (const auto& [data, of_data] : by_data(chosen)) {
    for (const auto& [name, value] : {std::pair{"n", &Run::latent}, std::pair{"l", &Run::linear_layers}}) {
      // Methods of which the same is shown and left out stand together, in the order of their first runs.
      std::vector<std::pair<std::string, std::vector<std::string>>> alike;
      std::set<std::string> told;
      for (const Run& run : of_data) {
        if (!told.insert(run.method()).second) continue;
        const std::vector<std::int64_t> shown = values_among(of_data, data, run.method(), value);
        std::vector<std::int64_t> others = values_among(runs, data, run.method(), value);
        std::erase_if(others, [&](std::int64_t one) { return std::ranges::find(shown, one) != shown.end(); });
        if (others.empty()) continue;
        const std::string what = fmt::format("{} = {} (not {})", name, fmt::join(shown, ", "), fmt::join(others, ", "));
        auto same = std::ranges::find(alike, what, &std::pair<std::string, std::vector<std::string>>::first);
        if (same == alike.end()) same = alike.insert(same, {what, {}});
        same->second.push_back(run.method_label());
      }
      for (const auto& [what, methods] : alike)
        parts.push_back(fmt::format("{}, {}: {}", data, fmt::join(methods, ", "), what));
    }
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string counts(const std::vector<Run>& runs) {
  std::vector<std::string> parts;
  const auto groups = by_configuration(runs);
  const auto labels = distinct_labels(groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto complete = std::count_if(groups[i].begin(), groups[i].end(), [](const Run* run) { return run->complete; });
    parts.push_back(fmt::format("{} {}/{}", labels[i], complete, groups[i].size()));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace irmae::analysis::report_page
