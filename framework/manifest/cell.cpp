// SPDX-License-Identifier: MIT
#include "framework/manifest/cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "storage/cell_paths.h"
#include "storage/system/sha256.h"
#include "storage/text/toml_text.h"

namespace irmae::manifest {

namespace {

template <class T>
const T& get(const Parameters& parameters, const std::string& path) {
  const auto found = parameters.find(path);
  if (found == parameters.end()) throw std::logic_error("the cell has no parameter " + path);
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw std::logic_error("parameter " + path + " has another type than asked for");
}

/// The parameters whose path is wanted. Cells' ids are hashes of such text.
template <class Wanted>
std::string canonical_text(const Parameters& parameters, Wanted wanted) {
  std::string text;
  for (const auto& [path, value] : parameters)
    if (wanted(path, value)) text += fmt::format("{}={}\n", path, to_toml(value));
  return text;
}

}  // namespace

std::string to_toml(const Scalar& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) {
    std::string text = fmt::format("{}", *real);  // the shortest text that reads back to the same number
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }
  return storage::toml_text(std::get<std::string>(value));
}

std::string to_toml(const Parameters& parameters) {
  std::string text, table;
  for (const auto& [path, value] : parameters) {
    const std::size_t dot = path.find('.');
    if (path.substr(0, dot) != table) {
      table = path.substr(0, dot);
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", table);
    }
    text += fmt::format("{} = {}\n", path.substr(dot + 1), to_toml(value));
  }
  return text;
}

bool Cell::flag(const std::string& path) const { return get<bool>(parameters, path); }
std::int64_t Cell::integer(const std::string& path) const { return get<std::int64_t>(parameters, path); }
double Cell::real(const std::string& path) const { return get<double>(parameters, path); }
const std::string& Cell::text(const std::string& path) const { return get<std::string>(parameters, path); }

Cell Cell::with(const std::string& path, Scalar value) const {
  Cell other = *this;
  other.parameters.insert_or_assign(path, std::move(value));
  other.id_.clear();
  return other;
}

const std::string& Cell::id() const {
  if (id_.empty()) throw std::logic_error("cell " + name + " is not sealed: it has no id");
  return id_;
}

std::string Cell::folder() const { return storage::cell_folder(name, id()); }

std::string Cell::text_of(const std::vector<std::string>& paths) const {
  return canonical_text(parameters, [&](const std::string& path, const Scalar&) {
    return std::ranges::any_of(
        paths, [&](const std::string& wanted) { return wanted.ends_with('.') ? path.starts_with(wanted) : path == wanted; });
  });
}

storage::Identity Cell::identity() const {
  return {name, id(), manifest, toml(), {parameters.begin(), parameters.end()}, scale, outside_};
}

bool Outside::has(const std::string& path, const Scalar& value) const {
  if (always.contains(path)) return true;
  const auto newer = where_left_as_was.find(path);
  return newer != where_left_as_was.end() && newer->second == value;
}

Outside outside_of(const Schema& schema) {
  Outside outside;
  const auto note = [&](const Key& key) {
    if (!key.identity) outside.always.insert(key.path);
    if (key.newer) outside.where_left_as_was.emplace(key.path, key.fallback);
  };
  for (const Key& key : schema.base) note(key);
  for (const Choice& choice : schema.choices)
    for (const Key& key : choice.keys) note(key);
  return outside;
}

void Cell::seal(const Schema& schema) { seal(outside_of(schema)); }

void Cell::seal(const Outside& outside) {
  outside_.clear();
  for (const auto& [path, value] : parameters)
    if (outside.has(path, value)) outside_.push_back(path);
  id_ = storage::sha256(
      canonical_text(parameters, [&](const std::string& path, const Scalar& value) { return !outside.has(path, value); }));
}

}  // namespace irmae::manifest
