// SPDX-License-Identifier: MIT
// Tables of singular values, at the end and over the epochs. Their numbers are computed by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "analysis/drawing/figure.h"
#include "analysis/few_codes.h"
#include "analysis/report/paper_tables.h"
#include "analysis/table.h"
#include "tests/analysis/made_runs.h"

namespace irmae::analysis {
namespace {

using report_page::values_of;
using tests::run_of_epochs;
using tests::stacked;

analysis::Run run_with_spectrum(std::int64_t seed, std::vector<double> spectrum) {
  analysis::Run run = run_of_epochs(stacked(2, 1, seed), 3);
  run.spectrum = std::move(spectrum);
  return run;
}

/// One whose spectrum was recorded after its first epoch and not after its second.
analysis::Run unfinished_run(std::int64_t seed) {
  analysis::Run run = run_of_epochs(stacked(2, 1, seed), 2);
  run.complete = false;
  run.spectrum.clear();
  storage::History& history = tests::history_of(run);
  history[0].covariance_spectrum = {8, 2};
  history[1].covariance_spectrum.clear();
  return run;
}

TEST(TableOfTheSpectrum, HasEachSingularValueAsItIsAndDividedByTheLargest) {
  const Table table = table_kind("spectrum").make({run_with_spectrum(1, {4, 1, 0.02})});

  EXPECT_EQ(values_of(table, "index", {}), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(values_of(table, "singular_value", {}), (std::vector<double>{4, 1, 0.02}));
  EXPECT_EQ(values_of(table, "relative_value", {}), (std::vector<double>{1, 0.25, 0.005}));
  EXPECT_EQ(values_of(table, "epoch", {}), (std::vector<double>{3, 3, 3}));
}

TEST(TableOfTheSpectrum, OfAnUnfinishedRunIsOfTheLastEpochThatRecordedOne) {
  const Table table = table_kind("spectrum").make({unfinished_run(1)});

  EXPECT_EQ(values_of(table, "relative_value", {}), (std::vector<double>{1, 0.25}));
  EXPECT_EQ(values_of(table, "epoch", {}), (std::vector<double>{1, 1}));
}

TEST(TableOfTheSpectrum, OverSeedsIsTheMeanOfWhatTheFigureShows) {
  const std::vector<analysis::Run> runs{run_with_spectrum(1, {4, 1}), run_with_spectrum(2, {2, 1})};
  const Table means = mean_over_seeds(table_kind("spectrum"), runs);

  EXPECT_EQ(values_of(means, "relative_value", {}), (std::vector<double>{1, 0.375}));
  EXPECT_EQ(values_of(means, "relative_value", {}), plot_kind("spectrum").make(runs).panels.at(0).series.at(0).y);
  EXPECT_NEAR(values_of(means, "relative_value_sd", {}).at(1), 0.25 * std::sqrt(0.5), 1e-15);
  EXPECT_EQ(values_of(means, "singular_value", {}), (std::vector<double>{3, 1}));
  EXPECT_EQ(values_of(means, "n", {}), (std::vector<double>{2, 2}));
}

TEST(TableOfTheSpectrum, OverSeedsKeepsThoseApartThatHaveNotComeEquallyFar) {
  const Table means = mean_over_seeds(table_kind("spectrum"), {run_with_spectrum(1, {4, 2}), unfinished_run(2)});

  EXPECT_EQ(values_of(means, "relative_value", {{"epoch", "3"}}), (std::vector<double>{1, 0.5}));
  EXPECT_EQ(values_of(means, "relative_value", {{"epoch", "1"}}), (std::vector<double>{1, 0.25}));
  EXPECT_EQ(values_of(means, "n", {}), (std::vector<double>{1, 1, 1, 1}));
  EXPECT_EQ(values_of(means, "of", {}), (std::vector<double>{2, 2, 2, 2}));
}

TEST(TableOfTheSpectrum, SaysWhyARunHasNoValues) {
  analysis::Run waiting = unfinished_run(3);
  tests::history_of(waiting).clear();
  const TableKind& kind = table_kind("spectrum");
  Table table = kind.make({run_with_spectrum(1, {0, 0}), run_with_spectrum(2, {}), waiting});

  const std::size_t missing = table.place_of("missing");
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0][missing], Value(std::string("all codes are the same, so that their covariance is 0")));
  EXPECT_EQ(table.rows[1][missing], Value(std::string("the run has no singular values")));
  EXPECT_EQ(table.rows[2][missing], Value(std::string("not finished")));
  leave_out_missing(table, kind);
  EXPECT_EQ(table.rows.size(), 1U) << "what goes on stays";
}

TEST(TableOfRanks, OfCodesThatAreAllTheSameHasTheErrorAndTheReasonAlone) {
  const TableKind& kind = table_kind("ranks");
  const std::vector<analysis::Run> runs{run_with_spectrum(1, {1, 1}), run_with_spectrum(2, {0, 0})};
  const std::pair<std::string, std::string> collapsed{"missing", "all codes are the same, so that their covariance is 0"};
  Table table = kind.make(runs);
  leave_out_missing(table, kind);
  const Table means = mean_over_seeds(kind, runs);

  for (const Table& either : {table, means}) {
    EXPECT_EQ(either.rows.size(), 2U);
    for (const char* measure : {"entropy_rank", "participation_ratio", "count_1e-2", "count_1e-3", "variance_99"}) {
      ASSERT_EQ(values_of(either, measure, {}).size(), 1U) << measure;
      EXPECT_NEAR(values_of(either, measure, {})[0], 2, 1e-12) << measure << ": not the mean with a 0";
      EXPECT_TRUE(values_of(either, measure, {collapsed}).empty()) << measure;
    }
    EXPECT_EQ(values_of(either, "validation_reconstruction", {collapsed}), std::vector<double>{1.0 / 3});
  }
}

TEST(FewValidationCodes, AreToldByTablesAndFigureWhoseCurvesEndWhereValuesAreZero) {
  analysis::Run few = run_with_spectrum(1, {4, 2, 1e-16, 1e-17});
  few.identity.parameters = {{"data.name", std::string("shapes")}, {"model.latent", std::int64_t{4}}};
  analysis::Run enough = few, unknown = few;
  few.validation_codes = 3;
  enough.validation_codes = 8;
  const auto x = [](const analysis::Run& run) {
    const Panel panel = plot_kind("spectrum").make({run}).panels.at(1);
    return std::pair(panel.series.at(0).x, panel.x_label);
  };

  for (const char* kind : {"ranks", "spectrum"}) {
    const Table table = table_kind(kind).make({few, unknown});
    EXPECT_EQ(table.rows.front().at(table.place_of("validation_codes")), Value(std::int64_t{3})) << kind;
    EXPECT_TRUE(is_missing(table.rows.back().at(table.place_of("validation_codes")))) << kind;
  }
  EXPECT_EQ(x(few), std::pair(std::vector<double>({1, 2}), std::string("index from 1 (few validation codes: 3)")));
  EXPECT_EQ(x(enough), std::pair(std::vector<double>({1, 2, 3, 4}), std::string("singular value's index, from 1")));
  EXPECT_EQ(x(unknown), x(enough));
  EXPECT_TRUE(on_few_codes({few, unknown}).starts_with("Few validation codes for the latent size n (shapes: 3 for n = 4):"));
  EXPECT_EQ(on_few_codes({enough, unknown}), "");
  enough.validation_codes = 7;
  EXPECT_NE(on_few_codes({enough}), "");
}

TEST(Losses, HaveErrorAndRanksAfterEachEpochThatRecordedASpectrum) {
  analysis::Run run = run_of_epochs(stacked(2, 1, 1), 3);
  storage::History& history = tests::history_of(run);
  history[0].covariance_spectrum = {2, 2, 2, 2};
  history[1].covariance_spectrum.clear();
  history[1].validation_reconstruction = 0.125;
  history[2].covariance_spectrum = {1, 0.005, 0.0005, 0};
  const Table table = table_kind("losses").make({run});
  const auto at = [&](const char* column, const char* epoch) { return values_of(table, column, {{"epoch", epoch}}); };

  for (const char* column : {"entropy_rank", "count_1e-2", "count_1e-3"}) EXPECT_TRUE(at(column, "2").empty()) << column;
  EXPECT_EQ(at("validation_reconstruction", "2"), std::vector<double>{0.125});
  EXPECT_NEAR(at("entropy_rank", "1").at(0), 4, 1e-12);
  EXPECT_NEAR(at("entropy_rank", "3").at(0), 1.0362529491077084, 1e-12) << "exp(-sum p ln p), p = s / 1.0055";
  EXPECT_EQ(values_of(table, "count_1e-2", {}), (std::vector<double>{4, 1}));
  EXPECT_EQ(values_of(table, "count_1e-3", {}), (std::vector<double>{4, 2}));
}

TEST(Losses, HaveNoRanksAfterEpochsThatLeaveAllCodesTheSame) {
  analysis::Run run = run_of_epochs(stacked(2, 1, 1), 2);
  tests::history_of(run)[0].covariance_spectrum = {0, 0};
  const Table table = table_kind("losses").make({run});

  for (const char* column : {"entropy_rank", "count_1e-2", "count_1e-3"}) {
    EXPECT_TRUE(values_of(table, column, {{"epoch", "1"}}).empty()) << column;
    EXPECT_EQ(values_of(table, column, {{"epoch", "2"}}).size(), 1U) << column;
  }
  EXPECT_EQ(values_of(table, "validation_reconstruction", {}), (std::vector<double>{1, 0.5}));
}

TEST(Losses, AverageRanksOverTheSeedsByEpoch) {
  std::vector<analysis::Run> runs{run_of_epochs(stacked(2, 1, 1), 1), run_of_epochs(stacked(2, 1, 2), 1)};
  tests::history_of(runs[0])[0].covariance_spectrum = {2, 2};
  tests::history_of(runs[1])[0].covariance_spectrum = {2, 0};
  const Table means = mean_over_seeds(table_kind("losses"), runs);

  EXPECT_NEAR(values_of(means, "entropy_rank", {}).at(0), 1.5, 1e-12);
  EXPECT_EQ(values_of(means, "count_1e-3", {}), std::vector<double>{1.5});
  EXPECT_EQ(values_of(means, "validation_reconstruction", {}), std::vector<double>{1});
}

TEST(Losses, HaveTheColumnsOfEarlierVersionsFirst) {
  const std::vector<std::string> before{"cell", "method", "seed", "epoch", "train_loss", "validation_loss",
                                        "data", "scale",  "id"};
  const Table table = table_kind("losses").make({});

  ASSERT_GT(table.columns.size(), before.size());
  EXPECT_TRUE(std::equal(before.begin(), before.end(), table.columns.begin()));
}

}  // namespace
}  // namespace irmae::analysis
