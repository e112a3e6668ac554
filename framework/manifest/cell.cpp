// SPDX-License-Identifier: MIT
#include "framework/manifest/cell.h"

#include <fmt/format.h>

#include <stdexcept>

#include "framework/manifest/resolve.h"
#include "storage/sha256.h"

namespace irmae::manifest {

namespace {

template <class T>
const T& get(const std::map<std::string, Scalar>& parameters, const std::string& path) {
  const auto found = parameters.find(path);
  if (found == parameters.end()) throw std::logic_error("the cell has no parameter " + path);
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw std::logic_error("parameter " + path + " has another type than asked for");
}

}  // namespace

bool Cell::flag(const std::string& path) const { return get<bool>(parameters, path); }
std::int64_t Cell::integer(const std::string& path) const { return get<std::int64_t>(parameters, path); }
double Cell::real(const std::string& path) const { return get<double>(parameters, path); }
const std::string& Cell::text(const std::string& path) const { return get<std::string>(parameters, path); }

std::string Cell::folder() const { return fmt::format("{}-{:.8}", name, id_); }

std::string Cell::toml() const {
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

storage::Identity Cell::identity() const {
  return {name, id_, manifest, toml(), {parameters.begin(), parameters.end()}, scale, outside_};
}

std::set<std::string_view> outside_of(const Schema& schema) {
  std::set<std::string_view> outside;
  const auto note = [&](const Key& key) {
    if (!key.identity) outside.insert(key.path);
  };
  for (const Key& key : schema.base) note(key);
  for (const Choice& choice : schema.choices)
    for (const Key& key : choice.keys) note(key);
  return outside;
}

void Cell::seal(const Schema& schema) { seal(outside_of(schema)); }

void Cell::seal(const std::set<std::string_view>& outside) {
  std::string canonical;
  outside_.clear();
  for (const auto& [path, value] : parameters)
    if (outside.contains(path))
      outside_.push_back(path);
    else
      canonical += fmt::format("{}={}\n", path, to_toml(value));
  id_ = storage::sha256(canonical);
}

}  // namespace irmae::manifest
