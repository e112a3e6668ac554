// SPDX-License-Identifier: MIT
#include "launchers/plan/listing.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <variant>

#include "framework/counted.h"
#include "framework/duration.h"
#include "framework/manifest/describe.h"
#include "storage/cell_paths.h"

namespace irmae::launchers {

namespace {

std::vector<analysis::Value> row_for_machines(const Expected& expected) {
  const manifest::Cell& cell = *expected.cell;
  return {cell.id(),
          cell.name,
          name_of(expected.standing.state),
          cell.integer("train.epochs"),
          expected.known() ? analysis::Value(expected.estimate.parameters) : analysis::Value(),
          expected.known() ? analysis::Value(expected.seconds) : analysis::Value(),
          cell.text("model.method")};
}

std::vector<analysis::Value> row_for_people(const Expected& expected) {
  const manifest::Cell& cell = *expected.cell;
  return {storage::short_id(cell.id()),
          cell.name,
          name_of(expected.standing.state),
          cell.integer("train.epochs"),
          expected.known() ? analysis::Value(expected.estimate.parameters) : analysis::Value("?"),
          expected.standing.state == PlanState::complete ? "-"
          : expected.known()                             ? duration(expected.seconds)
                                                         : "?",
          cell.text("model.method")};
}

analysis::Value value_of(const manifest::Scalar& scalar) {
  if (const auto* integer = std::get_if<std::int64_t>(&scalar)) return *integer;
  if (const auto* real = std::get_if<double>(&scalar)) return *real;
  return storage::text_of(scalar);
}

/// The choice that the key belongs to stands before these.
std::vector<analysis::Value> row_of(const manifest::Key& key, const analysis::Value& selector, const analysis::Value& choice) {
  const std::string choices = fmt::format("{}", fmt::join(key.choices, " "));
  return {selector,
          choice,
          key.path,
          value_of(key.fallback),
          choices.empty() ? analysis::Value() : analysis::Value(choices),
          key.least,
          key.most,
          key.identity ? "yes" : "no",
          key.help};
}

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

std::vector<Expected> expect(const manifest::Plan& plan, const std::string& output, int ranks, const cost::CostModel& costs) {
  const Standings standings(plan, output, &costs);
  std::vector<Expected> cells;
  for (const manifest::Cell& cell : plan.cells) {
    Expected expected{&cell, standings.of(cell), costs.estimate(cell, ranks), 0};
    const cost::Estimate& estimate = expected.estimate;
    if (expected.standing.state != PlanState::complete)
      expected.seconds = expected.standing.left * (estimate.training + estimate.validation) + estimate.evaluations;
    cells.push_back(expected);
  }
  return cells;
}

analysis::Table plan_table(const std::vector<Expected>& cells, analysis::Format format) {
  const bool machines = !analysis::is_for_people(format);
  analysis::Table table;
  table.columns = {"id", "cell", "state", "epochs", "parameters", machines ? "expected_seconds" : "expected", "method"};
  for (const Expected& cell : cells) table.rows.push_back(machines ? row_for_machines(cell) : row_for_people(cell));
  return table;
}

std::string total_of(const std::vector<Expected>& cells, int ranks, const std::string& output) {
  std::size_t complete = 0, unknown = 0, without_evaluations = 0;
  double seconds = 0;
  cost::Basis worst = cost::Basis::same_model;
  for (const Expected& cell : cells) {
    if (cell.standing.state == PlanState::complete) {
      ++complete;
    } else if (!cell.known()) {
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

analysis::Table keys_table(const manifest::Schema& schema) {
  analysis::Table table{{"selector", "choice", "key", "default", "choices", "least", "most", "part_of_id", "help"}, {}};
  for (const manifest::Key& key : schema.base) table.rows.push_back(row_of(key, {}, {}));
  for (const manifest::Choice& choice : schema.choices) {
    for (const manifest::Key& key : manifest::own_keys(choice)) table.rows.push_back(row_of(key, choice.selector, choice.name));
    for (const auto& [path, value] : manifest::defaults_for_others(choice))
      table.rows.push_back({choice.selector, choice.name, path, value_of(value), {}, {}, {}, {}, {}});
  }
  return table;
}

}  // namespace irmae::launchers
