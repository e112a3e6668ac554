// SPDX-License-Identifier: MIT
// A grid's status as a table, as text and as a terminal's screen.
#pragma once

#include <string>
#include <vector>

#include "analysis/table.h"
#include "launchers/status/grid_state.h"
#include "storage/system/screen_size.h"

namespace irmae::launchers {

/// The table of the cells in one of `states`, or of all where it is empty. For machines (csv, json) it has numbers with their
/// own columns, for people words.
analysis::Table status_table(const std::vector<CellStatus>& cells, const std::vector<CellProgress>& states,
                             analysis::Format format);

/// How many cells are in each state, and the time left: "48 cells: 30 done, 2 running, 16 waiting, about 12 min left".
std::string status_summary(const std::vector<CellStatus>& cells);

/// The cells in one of `states` (all where it is empty) as text: their table, without columns that are empty, and the summary.
std::string status_text(const std::vector<CellStatus>& cells, const std::vector<CellProgress>& states);

/// What to print over the screen before: the summary, then as much of the table as there is room for, what happens
/// first.
std::string status_screen(const GridStatus& grid, const std::vector<CellProgress>& states, storage::ScreenSize size);

}  // namespace irmae::launchers
