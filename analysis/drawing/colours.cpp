// SPDX-License-Identifier: MIT
#include "analysis/drawing/colours.h"

#include <map>
#include <numeric>
#include <set>
#include <string>

#include "analysis/drawing/figure.h"

namespace irmae::analysis {

namespace {

/// The first colour of each method. The paper's have one of their own each. Others have the palette's second round, where it
/// suffices those of its colours that no method of the paper has here.
std::map<std::string, int> first_colours(const std::vector<std::vector<const Run*>>& groups) {
  // In the order of Run::paper_order(): what is compared most, AE and IRMAE, has black and blue.
  static constexpr int kOfPaper[] = {0, 2, 3, 4, 1, 5, 6, 7};
  std::map<std::string, int> colours;
  std::set<std::string> others;
  for (const auto& group : groups)
    if (const std::size_t order = group.front()->paper_order(); order < std::size(kOfPaper))
      colours[group.front()->method()] = kOfPaper[order];
    else
      others.insert(group.front()->method());
  std::set<int> taken;
  if (colours.size() + others.size() <= kColours)
    for (const auto& [method, colour] : colours) taken.insert(colour);
  int next = 0;
  for (const std::string& method : others) {
    while (taken.contains(next)) ++next;
    colours[method] = static_cast<int>(kColours) + next++;
  }
  return colours;
}

}  // namespace

std::vector<int> colours_of(const std::vector<std::vector<const Run*>>& groups) {
  std::vector<int> places(groups.size()), colours;
  std::iota(places.begin(), places.end(), 0);
  const std::map<std::string, int> first = first_colours(groups);
  if (groups.size() > 1 && first.size() == 1) return places;
  constexpr int kNextOfMethod = 2 * static_cast<int>(kColours);  // behind the round of the other methods
  std::map<std::string, int> count;
  for (const auto& group : groups) {
    const std::string method = group.front()->method();
    colours.push_back(first.at(method) + kNextOfMethod * count[method]++);
  }
  const std::set<int> different(colours.begin(), colours.end());
  const bool suffice =
      different.size() == colours.size() && (different.empty() || *different.rbegin() < static_cast<int>(kStyles));
  return suffice ? colours : places;
}

}  // namespace irmae::analysis
