// SPDX-License-Identifier: MIT
// Tables of the report in the paper's own layout.
#pragma once

#include "analysis/report/page.h"

namespace irmae::analysis::report_page {

/// Mean +- standard deviation (divisor n - 1) and n of so many runs as HTML, "12.3 ± 0.4 (3/3)"; missing without a value.
std::string mean_text(const std::vector<double>& values, std::size_t of);

/// The values of column `value` in the rows where each of `where` (column, text) holds.
std::vector<double> values_of(const Table& table, const std::string& value,
                              const std::vector<std::pair<std::string, std::string>>& where);

/// Singular values at chosen indices, divided by the largest: figure 2's numbers, the paper's below.
page::Grid spectrum_grid(const std::vector<Run>& runs);

/// Table 1: data and density by method.
page::Grid frechet_grid(const std::vector<Run>& runs);

/// Table 2: method by number of labels, of one data set. In the last column, the paper's 60,000, stands each row's largest
/// number above 10,000: what is held out is missing from it.
page::Grid classification_grid(const std::vector<Run>& runs);

/// How its classifiers were trained: "3 draws, 5000 updates, of which the best is chosen on 5000 of 60000 training samples that
/// are in no draw", for each scale where they differ. Empty: no run has an error.
std::string classification_budget(const std::vector<Run>& runs);

/// Balanced accuracy of each attribute by configuration, of one data set.
page::Grid attribute_grid(const std::vector<Run>& runs);

}  // namespace irmae::analysis::report_page
