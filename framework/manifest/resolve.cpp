// SPDX-License-Identifier: MIT
#include "framework/manifest/resolve.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "framework/manifest/nearest.h"

namespace irmae::manifest {

namespace {

const char* type_name(const Scalar& value) {
  constexpr const char* kNames[] = {"true or false", "an integer", "a number", "a text"};
  return kNames[value.index()];
}

std::string range_of(const Key& key) {
  const bool below = std::isfinite(key.least), above = std::isfinite(key.most);
  if (below && above) return fmt::format("from {} to {}", key.least, key.most);
  return below ? fmt::format("at least {}", key.least) : fmt::format("at most {}", key.most);
}

}  // namespace

Scalar checked_value(const Key& key, const Setting& setting, Problems& problems) {
  const auto problem = [&](const std::string& text) {
    problems.add(fmt::format("{}: {}: {}", setting.where, key.path, text));
    return key.fallback;
  };
  Scalar value = setting.value;
  const bool wants_real = std::holds_alternative<double>(key.fallback);
  if (const auto* integer = std::get_if<std::int64_t>(&value); integer && wants_real) value = static_cast<double>(*integer);
  if (std::holds_alternative<std::string>(key.fallback) && !setting.word.empty() && !std::holds_alternative<std::string>(value))
    value = setting.word;
  if (value.index() != key.fallback.index())
    return problem(fmt::format("must be {}{}, not {}", type_name(key.fallback),
                               key.why_wrong ? fmt::format(" such as {}", to_toml(key.fallback)) : "", to_toml(setting.value)));
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), *text) == key.choices.end())
      return problem(fmt::format("must be one of {}, not {}{}", fmt::join(key.choices, ", "), to_toml(value),
                                 did_you_mean(*text, key.choices)));
    if (const std::string wrong = key.why_wrong ? key.why_wrong(*text) : ""; !wrong.empty()) return problem(wrong);
    return value;
  }
  const double number = std::holds_alternative<std::int64_t>(value) ? static_cast<double>(std::get<std::int64_t>(value))
                        : std::holds_alternative<double>(value)     ? std::get<double>(value)
                                                                    : 0;
  if (!std::holds_alternative<bool>(value) && (number < key.least || number > key.most))
    return problem(fmt::format("must be {}, not {}", range_of(key), to_toml(setting.value)));
  return value;
}

Resolver::Resolver(const Schema& schema, Problems& problems) : schema_(schema), problems_(problems) {
  for (const Key& key : schema.base) base_.insert(key.path);
  for (const Choice& choice : schema.choices)
    for (const Key& key : choice.keys) owners_[key.path].push_back(&choice);
  known_.assign(base_.begin(), base_.end());
  for (const auto& [path, choices] : owners_)
    if (!base_.contains(path)) known_.push_back(path);
}

void Resolver::add_unknown(const std::string& path, const Setting& setting) {
  const std::string meant = did_you_mean(path, known_);
  problems_.add(
      fmt::format("{}: {}: unknown key{}", setting.where, path, meant.empty() ? "; irmae plan --keys lists all" : meant));
}

void Resolver::report_unknown(const Layer& settings) {
  for (const auto& [path, setting] : settings)
    if (std::find(known_.begin(), known_.end(), path) == known_.end()) add_unknown(path, setting);
}

void Resolver::apply(const std::string& path, const Setting& setting, bool own, const ActiveKeys& active,
                     Parameters& parameters) {
  if (const auto key = active.find(path); key != active.end()) {
    parameters[path] = checked_value(*key->second.key, setting, problems_);
    used_.insert(path);
    return;
  }
  const auto owners = owners_.find(path);
  if (owners == owners_.end()) {
    add_unknown(path, setting);
  } else if (own) {
    std::vector<std::string> names;
    for (const Choice* choice : owners->second) names.push_back(choice->name);
    problems_.add(
        fmt::format("{}: {}: only for {} = {}", setting.where, path, owners->second.front()->selector, fmt::join(names, ", ")));
  } else {
    passed_over_.emplace(path, setting);
  }
}

Cell Resolver::resolve(const Layer& shared, const Layer& own) {
  Layer all = shared;
  for (const auto& [path, setting] : own) all[path] = setting;
  const ActiveKeys active = active_keys(schema_, [&](const std::string& path) {
    const auto setting = all.find(path);
    return setting == all.end() ? nullptr : &setting->second.value;
  });
  Cell cell;
  for (const auto& [path, key] : active) cell.parameters.emplace_hint(cell.parameters.end(), path, *key.fallback);
  for (const auto& [path, setting] : all) apply(path, setting, own.contains(path), active, cell.parameters);
  return cell;
}

void Resolver::report_unused() {
  for (const auto& [path, setting] : passed_over_) {
    if (used_.contains(path)) continue;
    std::vector<std::string> names;
    for (const Choice* choice : owners_[path]) names.push_back(choice->name);
    problems_.add(fmt::format("{}: {}: no cell has a use for it: it is only for {} = {}", setting.where, path,
                              owners_[path].front()->selector, fmt::join(names, ", ")));
  }
}

}  // namespace irmae::manifest
