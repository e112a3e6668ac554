// SPDX-License-Identifier: MIT
// Which facts a caption says once in place of a column.
#include "analysis/report/shared_columns.h"

#include <gtest/gtest.h>

namespace irmae::analysis {
namespace {

TEST(SharedColumns, AreThoseThatAllRowsAgreeOn) {
  const std::string test = "test", network = "inception.pt", own = "own", bicubic = "bicubic";
  Table table{
      {"configuration", "gaussian", "split", "network", "sha256", "resizer"},
      {{std::string("AE"), 1.0, test, network, Value(), own}, {std::string("VAE"), 1.0, test, network, Value(), bicubic}}};

  EXPECT_EQ(report_page::take_out_shared(table, {"split", "network", "sha256", "resizer", "absent"}),
            "split test, network inception.pt");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"configuration", "gaussian", "sha256", "resizer"}));
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
}

TEST(SharedColumns, OfNoRowsAreNone) {
  Table table{{"configuration", "split"}, {}};

  EXPECT_EQ(report_page::take_out_shared(table, {"split"}), "");
  EXPECT_EQ(table.columns.size(), 2U);
}

}  // namespace
}  // namespace irmae::analysis
