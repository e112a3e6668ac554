// SPDX-License-Identifier: MIT
// What is known by name and has a file of its own: data sets, networks, methods, evaluations, tables, plots, and what the
// commands of irmae-train do. A static object in such a file registers its kind before main begins; nothing else lists them,
// but for the commands, which irmae knows without starting irmae-train.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "framework/manifest/cell.h"
#include "framework/manifest/nearest.h"
#include "storage/error.h"

namespace irmae {

/// The registered kinds of one sort. Kind has a text `name`, or a manifest::Choice `choice`, which has one, and a text
/// `kSelector`: the path of the key that chooses it.
template <class Kind>
class Registry {
 public:
  /// A static object of this type registers a kind. Throws std::logic_error where another one has its name: before main begins
  /// that ends the program, with what is wrong on standard error.
  struct Entry {
    explicit Entry(Kind kind) {
      if constexpr (requires { kind.choice; }) kind.choice.selector = Kind::kSelector;
      const auto place = std::lower_bound(list().begin(), list().end(), kind,
                                          [](const Kind& a, const Kind& b) { return name_of(a) < name_of(b); });
      if (place != list().end() && name_of(*place) == name_of(kind))
        throw std::logic_error("two of a sort are registered as " + described(*place) + " and as " + described(kind) +
                               ": one of them needs another name");
      list().insert(place, std::move(kind));
    }
  };

  /// All registered kinds, sorted by name.
  static const std::vector<Kind>& all() { return list(); }

  /// The kind that the cell's parameter kSelector names. The schema lets no other name pass: throws std::logic_error.
  static const Kind& of(const manifest::Cell& cell) {
    const std::string selector = Kind::kSelector;
    const std::string& name = cell.text(selector);
    if (const Kind* kind = find(name)) return *kind;
    throw std::logic_error(selector + " '" + name + "' passed the schema but is not registered");
  }

  /// The kind that a user names in a command's argument `kind`. Throws UsageError with all names and the nearest one.
  static const Kind& asked_for(const std::string& name) {
    if (const Kind* kind = find(name)) return *kind;
    std::vector<std::string> names;
    for (const Kind& kind : list()) names.push_back(name_of(kind));
    throw UsageError("kind: " + manifest::not_one_of(name, names));
  }

 private:
  /// The list of kinds, made by whoever asks first: static objects of several files have no order.
  static std::vector<Kind>& list() {
    static std::vector<Kind> kinds;
    return kinds;
  }

  static const std::string& name_of(const Kind& kind) {
    if constexpr (requires { kind.choice; })
      return kind.choice.name;
    else
      return kind.name;
  }

  /// The name and, where there is one, the help, since kinds of several sorts may share a name.
  static std::string described(const Kind& kind) {
    const std::string name = "'" + name_of(kind) + "'";
    if constexpr (requires { kind.choice; })
      return name + " (" + kind.choice.help + ")";
    else if constexpr (requires { kind.help; })
      return name + " (" + kind.help + ")";
    else
      return name;
  }

  static const Kind* find(const std::string& name) {
    const auto found = std::find_if(list().begin(), list().end(), [&](const Kind& kind) { return name_of(kind) == name; });
    return found == list().end() ? nullptr : &*found;
  }
};

}  // namespace irmae
