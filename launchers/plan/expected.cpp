// SPDX-License-Identifier: MIT
#include "launchers/plan/expected.h"

namespace irmae::launchers {

std::vector<Expected> expect(const manifest::Plan& plan, const std::string& output, int ranks, const cost::CostModel& costs) {
  const Standings standings(plan, output, &costs);
  std::vector<Expected> cells;
  for (const manifest::Cell& cell : plan.cells) {
    Expected expected{&cell, standings.of(cell), costs.estimate(cell, ranks), 0, std::nullopt};
    const cost::Estimate& estimate = expected.estimate;
    if (expected.standing.state != PlanState::complete)
      expected.seconds = expected.standing.left * (estimate.training + estimate.validation) + estimate.evaluations;
    if (estimate.basis != cost::Basis::unknown) expected.parameters = costs.work(cell)->parameters;
    cells.push_back(expected);
  }
  return cells;
}

}  // namespace irmae::launchers
