// SPDX-License-Identifier: MIT
#include "launchers/plan/table.h"

#include <fmt/ranges.h>

#include <variant>

#include "framework/duration.h"
#include "framework/manifest/describe.h"
#include "storage/cell_paths.h"

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
  return {storage::short_id(cell.id()),
          cell.name,
          name_of(expected.standing.state),
          cell.integer("train.epochs"),
          known ? analysis::Value(*expected.parameters) : analysis::Value("?"),
          expected.standing.state == PlanState::complete ? "-"
          : known                                        ? duration(expected.seconds)
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

}  // namespace

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

analysis::Table plan_table(const std::vector<Expected>& cells, analysis::Format format) {
  const bool machines = !analysis::is_for_people(format);
  analysis::Table table;
  table.columns = {"id", "cell", "state", "epochs", "parameters", machines ? "expected_seconds" : "expected", "method"};
  for (const Expected& cell : cells) table.rows.push_back(machines ? row_for_machines(cell) : row_for_people(cell));
  return table;
}

}  // namespace irmae::launchers
