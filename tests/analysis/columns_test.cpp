// SPDX-License-Identifier: MIT
// Which columns the report's tables leave to their configurations and captions.
#include "analysis/report/columns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace irmae::analysis {
namespace {

using Names = std::vector<std::string>;

/// A table of means of two configurations.
Table means_of(const std::string& first, const std::string& first_data, std::int64_t first_latent, const std::string& second,
               const std::string& second_data, std::int64_t second_latent) {
  const std::int64_t none = 0, two = 2;
  return {{"configuration", "data", "method", "linear_layers", "latent", "rank", "rank_sd", "n", "of"},
          {{first, first_data, std::string("ae"), none, first_latent, 4.0, 0.5, two, two},
           {second, second_data, std::string("irmae"), two, second_latent, 3.0, 0.5, two, two}}};
}

Names kept_of(Table table) {
  report_page::leave_out_told(table, Table(table));
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
  return table.columns;
}

TEST(ModelColumns, AreLeftOutWhereAllRowsHaveTheSame) {
  EXPECT_EQ(kept_of(means_of("AE", "mnist", 128, "IRMAE l=2", "mnist", 128)),
            (Names{"configuration", "rank", "rank_sd", "n", "of"}));
}

TEST(ModelColumns, AreLeftOutWhereEachConfigurationSaysThem) {
  EXPECT_EQ(kept_of(means_of("AE mnist n=12", "mnist", 12, "IRMAE l=2 shapes n=128", "shapes", 128)),
            (Names{"configuration", "rank", "rank_sd", "n", "of"}));
}

TEST(ModelColumns, StayWhereAConfigurationDoesNotSayThem) {
  EXPECT_EQ(kept_of(means_of("AE mnist n=128", "mnist", 12, "IRMAE l=2", "shapes", 128)),
            (Names{"configuration", "data", "latent", "rank", "rank_sd", "n", "of"}));
}

TEST(ModelColumns, StandLastWithTheirValuesWhereRowsAreSingleRuns) {
  Table table{
      {"cell", "data", "method", "linear_layers", "latent", "seed", "rank"},
      {{std::string("a"), std::string("mnist"), std::string("ae"), std::int64_t{0}, std::int64_t{128}, std::int64_t{1}, 4.0}}};
  report_page::put_models_last(table);

  EXPECT_EQ(table.columns, (Names{"cell", "seed", "rank", "data", "method", "linear_layers", "latent"}));
  EXPECT_EQ(table.rows.at(0).at(2), Value(4.0));
  EXPECT_EQ(table.rows.at(0).at(6), Value(std::int64_t{128}));
}

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
