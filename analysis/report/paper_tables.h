// SPDX-License-Identifier: MIT
// Tables of the report in the paper's own layout.
#pragma once

#include "analysis/report/page.h"

namespace irmae::analysis::report_page {

/// Mean and standard deviation (divisor n - 1) of values, one a run, and n of so many runs as HTML: "12.3 ± 0.4 (3/3)"; missing
/// without a value.
std::string mean_text(const std::vector<double>& values, std::size_t of);

/// The numbers in column `value` of the rows where each of `where` (column, text) holds. Throws std::logic_error where the
/// table has no such column.
std::vector<double> values_of(const Table& table, const std::string& value,
                              const std::vector<std::pair<std::string, std::string>>& where);

/// Singular values at chosen indices by configuration, divided by the largest: figure 2's numbers, the paper's below, where
/// "~0" is what lies on its plot's linear axis.
page::Grid spectrum_grid(const std::vector<Run>& runs);

/// The paper's table 1: Frechet distances, data and density by method. The paper's, whose features nobody knows, stand in rows
/// of their own, one for each data set.
page::Grid frechet_grid(const std::vector<Run>& runs);

/// The paper's table 2: error in percent on MNIST, encoder by number of labels. In the last column, the paper's 60,000, stand
/// all labels that a row's runs had, where these are more than 10,000: what is held out is missing from them. Of files that do
/// not say how many there were the largest number above 10,000 is taken for all.
page::Grid classification_grid(const std::vector<Run>& runs);

/// How the classifiers of table 2 were trained: "3 draws, 5000 updates, of which the best is chosen on 5000 of 60000 training
/// samples that are in no draw", for each scale where they differ. Empty: no run has an error.
std::string classification_budget(const std::vector<Run>& runs);

/// Balanced accuracy of each attribute by configuration, of one data set.
page::Grid attribute_grid(const std::vector<Run>& runs);

}  // namespace irmae::analysis::report_page
