// SPDX-License-Identifier: MIT
// Columns that the report's tables leave to configurations and captions, or put last: which model a row is of, and facts that
// all rows share. On a phone they would leave no room for what was measured.
#pragma once

#include <string>
#include <vector>

#include "analysis/table_formats.h"

namespace irmae::analysis::report_page {

/// Takes out of a table of means which model a row is of, as far as its configuration says it: method and depth, which every
/// configuration names, and data set and latent size where each does. These also where all rows have the same one: a caption
/// with facts() names it. It is of all runs, and so these rows are those of `all`: the table before some of them were left out.
void leave_out_told(Table& table, const Table& all);

/// Puts what says which model a row is of behind all other columns, for rows that nothing but a cell's name tells apart.
void put_models_last(Table& table);

/// Takes those of the named columns out of a table in which all rows have the same value, and returns them in words:
/// "network inception.pt, sha256 0123abcd". Empty: there are none. Columns that the table does not have are no matter.
std::string take_out_shared(Table& table, const std::vector<std::string>& columns);

}  // namespace irmae::analysis::report_page
