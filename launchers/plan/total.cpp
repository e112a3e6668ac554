// SPDX-License-Identifier: MIT
#include "launchers/plan/total.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/counted.h"
#include "framework/duration.h"

namespace irmae::launchers {

namespace {

std::string words_of(cost::Basis basis, const std::string& output) {
  switch (basis) {
    case cost::Basis::same_model:
    case cost::Basis::same_network:
      return fmt::format("by rates measured in {}", output);
    case cost::Basis::other_networks:
      return fmt::format("partly by rates of other networks measured in {}: a rough guess", output);
    case cost::Basis::assumed:
    case cost::Basis::unknown:
      break;
  }
  return "by counted operations and an assumed rate: a rough guess";
}

}  // namespace

std::string total_of(const std::vector<Expected>& cells, int ranks, const std::string& output) {
  std::size_t complete = 0, unknown = 0, without_evaluations = 0;
  double seconds = 0;
  cost::Basis worst = cost::Basis::same_model;
  for (const Expected& cell : cells) {
    if (cell.standing.state == PlanState::complete) {
      ++complete;
    } else if (cell.estimate.basis == cost::Basis::unknown) {
      ++unknown;
    } else {
      seconds += cell.seconds;
      worst = std::max(worst, cell.estimate.basis);
      if (!cell.estimate.evaluations_known) ++without_evaluations;
    }
  }
  std::string text = fmt::format("{}, {} complete", counted(cells.size(), "cell"), complete);
  if (cells.size() > complete + unknown) {
    text +=
        fmt::format("; about {} on {} of this machine, {}", duration(seconds), counted(ranks, "rank"), words_of(worst, output));
    if (without_evaluations > 0) text += fmt::format("; evaluations of {} not counted", without_evaluations);
  }
  if (unknown > 0) text += fmt::format("; {} of unknown size", unknown);
  return text;
}

}  // namespace irmae::launchers
