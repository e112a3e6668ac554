// SPDX-License-Identifier: MIT
#include "launchers/status/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "framework/counted.h"
#include "framework/duration.h"
#include "storage/cell_paths.h"
#include "storage/text/utf8.h"

namespace irmae::launchers {

namespace {

using analysis::Table;
using analysis::Value;

bool is_chosen(const CellStatus& cell, const std::vector<CellProgress>& states) {
  return states.empty() || std::find(states.begin(), states.end(), cell.state) != states.end();
}

Value value(const std::optional<std::int64_t>& number) { return number ? Value(*number) : Value(); }
Value value(const std::optional<double>& number) { return number ? Value(*number) : Value(); }

std::vector<Value> for_machines(const CellStatus& cell) {
  return {cell.cell,
          cell.id,
          cell.manifest,
          name_of(cell.state),
          value(cell.epoch),
          value(cell.epochs),
          value(cell.samples_per_second),
          value(cell.seconds_left),
          cell.node,
          cell.job,
          cell.error};
}

std::vector<Value> for_people(const CellStatus& cell) {
  const auto text = [](const std::string& words) { return words.empty() ? std::string("-") : words; };
  const std::string epoch = cell.epochs  ? fmt::format("{}/{}", cell.epoch.value_or(0), *cell.epochs)
                            : cell.epoch ? std::to_string(*cell.epoch)
                                         : "";
  const std::string rate = !cell.samples_per_second        ? ""
                           : *cell.samples_per_second < 10 ? fmt::format("{:.2g}", *cell.samples_per_second)
                                                           : fmt::format("{:.0f}", *cell.samples_per_second);
  return {cell.manifest,
          cell.cell,
          storage::short_id(cell.id),
          name_of(cell.state),
          text(epoch),
          text(rate),
          text(cell.seconds_left ? duration(*cell.seconds_left) : ""),
          text(cell.node),
          text(cell.job),
          text(!cell.held_by.empty() ? "Slurm does not start it: " + cell.held_by
               : !cell.error.empty() ? cell.error
                                     : cell.quiet)};
}

void drop_empty_columns(Table& table) {
  for (std::size_t c = table.columns.size(); c-- > 0;) {
    const auto empty = [&](const auto& row) { return row[c] == Value(std::string("-")); };
    if (std::all_of(table.rows.begin(), table.rows.end(), empty)) table.erase(c);
  }
}

std::string table_text(const std::vector<CellStatus>& cells, const std::vector<CellProgress>& states) {
  Table table = status_table(cells, states, analysis::Format::text);
  if (table.rows.empty()) return "";
  drop_empty_columns(table);
  return analysis::render(table, analysis::Format::text);
}

/// At most `width` bytes, whole UTF-8 characters.
std::string cut(const std::string& line, std::size_t width) {
  if (line.size() <= width) return line;
  while (width > 0 && storage::is_within_utf8(line[width])) --width;
  return line.substr(0, width);
}

}  // namespace

Table status_table(const std::vector<CellStatus>& cells, const std::vector<CellProgress>& states, analysis::Format format) {
  const bool machines = !analysis::is_for_people(format);
  Table table;
  if (machines)
    table.columns = {"cell",         "id",   "manifest", "state", "epoch", "epochs", "samples_per_second",
                     "seconds_left", "node", "job",      "error"};
  else
    table.columns = {"manifest", "cell", "id", "state", "epoch", "samples/s", "time left", "node", "job", "note"};
  for (const CellStatus& cell : cells)
    if (is_chosen(cell, states)) table.rows.push_back(machines ? for_machines(cell) : for_people(cell));
  if (!machines) analysis::leave_out_ids(table);
  return table;
}

std::string status_summary(const std::vector<CellStatus>& cells) {
  std::vector<std::size_t> counts(progress_names().size());
  for (const CellStatus& cell : cells) ++counts[static_cast<std::size_t>(cell.state)];
  std::string text = counted(cells.size(), "cell");
  const char* between = ": ";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    text += fmt::format("{}{} {}", between, counts[i], progress_names()[i]);
    between = ", ";
  }
  if (const auto left = seconds_left(cells)) {
    // Whole minutes: it is an estimate.
    const bool minutes = *left >= 120 && *left < 3570;
    text += ", about " + (minutes ? fmt::format("{:.0f} min", *left / 60) : duration(*left)) + " left";
  }
  return text;
}

std::string status_text(const std::vector<CellStatus>& cells, const std::vector<CellProgress>& states) {
  const std::string table = table_text(cells, states);
  return table + (table.empty() ? "" : "\n") + status_summary(cells) + "\n";
}

std::string status_screen(const GridStatus& grid, const std::vector<CellProgress>& states, storage::ScreenSize size) {
  // The summary and the table's head, a line for the notes, one for the rest, and one for the cursor.
  const std::size_t room = size.rows > 6 ? size.rows - 6 : 1;
  std::vector<CellStatus> cells;
  for (const CellStatus& cell : grid.cells)
    if (is_chosen(cell, states)) cells.push_back(cell);
  const std::size_t all = cells.size();
  if (all > room) {
    std::stable_sort(cells.begin(), cells.end(),
                     [](const CellStatus& a, const CellStatus& b) { return turn_of(a.state) < turn_of(b.state); });
    cells.resize(room);
  }
  std::string text = status_summary(grid.cells) + "\n\n" + table_text(cells, {});
  if (all > room) text += fmt::format("... and {} more\n", all - room);
  if (!grid.problems.empty())
    text += grid.problems.front() + "\n";
  else if (!grid.notes.empty())
    text += grid.notes.front() + "\n";

  std::string screen = "\033[H";
  std::istringstream lines(text);
  // One column less: clearing to the end of a full line would take its last character.
  for (std::string line; std::getline(lines, line);) screen += cut(line, size.columns - 1) + "\033[K\n";
  return screen + "\033[J";
}

}  // namespace irmae::launchers
