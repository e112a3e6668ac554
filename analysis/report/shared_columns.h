// SPDX-License-Identifier: MIT
// Facts that a caption can say once for all rows of a table.
#pragma once

#include <string>
#include <vector>

#include "analysis/table_formats.h"

namespace irmae::analysis::report_page {

/// Takes those of the named columns out of a table in which all rows have the same value, and returns them in words:
/// "network inception.pt, sha256 0123abcd". Empty: there are none. Columns that the table does not have are no matter.
std::string take_out_shared(Table& table, const std::vector<std::string>& columns);

}  // namespace irmae::analysis::report_page
