// SPDX-License-Identifier: MIT
#include "launchers/plan/table.h"

#include "framework/duration.h"

namespace irmae::launchers {

namespace {

std::vector<analysis::Value> row_for_machines(const Expected& expected) {
  const manifest::Cell& cell = *expected.cell;
  const bool known = expected.parameters.has_value();
  return {cell.id(),
          cell.name,
          name_of(expected.standing.state),
          cell.integer("train.epochs"),
          known ? analysis::Value(*expected.parameters) : analysis::Value(),
          known ? analysis::Value(expected.seconds) : analysis::Value(),
          cell.text("model.method")};
}

std::vector<analysis::Value> row_for_people(const Expected& expected) {
  const manifest::Cell& cell = *expected.cell;
  const bool known = expected.parameters.has_value();
  return {cell.id().substr(0, 8),
          cell.name,
          name_of(expected.standing.state),
          cell.integer("train.epochs"),
          known ? analysis::Value(*expected.parameters) : analysis::Value("?"),
          expected.standing.state == PlanState::complete ? "-"
          : known                                        ? duration(expected.seconds)
                                                         : "?",
          cell.text("model.method")};
}

}  // namespace

analysis::Table plan_table(const std::vector<Expected>& cells, analysis::Format format) {
  const bool machines = !analysis::is_for_people(format);
  analysis::Table table;
  table.columns = {"id", "cell", "state", "epochs", "parameters", machines ? "expected_seconds" : "expected", "method"};
  for (const Expected& cell : cells) table.rows.push_back(machines ? row_for_machines(cell) : row_for_people(cell));
  return table;
}

}  // namespace irmae::launchers
