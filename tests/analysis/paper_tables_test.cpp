// SPDX-License-Identifier: MIT
// The report's tables in the paper's own layout, with the paper's numbers.
#include "analysis/report/paper_tables.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/report/selection.h"
#include "storage/run_file.h"
#include "tests/analysis/paper_runs.h"
#include "tests/analysis/sample_runs.h"
#include "tests/contains.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis {
namespace {

using report_page::main_runs;
using tests::Paper;

TEST_F(Paper, TheSpectrumsTableCountsFromOneAndDividesByTheLargest) {
  std::vector<analysis::Run> autoencoders = main_runs(runs(), "shapes", {"ae"});
  ASSERT_EQ(autoencoders.size(), 2U);
  for (std::size_t i = 0; i < 32; ++i) {
    autoencoders[0].spectrum[i] = i == 0 ? 4 : 0.4 * static_cast<double>(i);
    autoencoders[1].spectrum[i] = i == 0 ? 2 : 0.4 * static_cast<double>(i);
  }
  const page::Grid grid = report_page::spectrum_grid(autoencoders);

  ASSERT_EQ(grid.rows.size(), 1U);
  const auto of_index = [&](int index) {
    const auto column = std::find(grid.columns.begin(), grid.columns.end(), std::to_string(index));
    return column == grid.columns.end() ? "" : grid.rows[0][static_cast<std::size_t>(column - grid.columns.begin())].html;
  };
  // A mean of 0.1 i and 0.2 i, i from 0.
  EXPECT_EQ(of_index(3), "0.30 ± 0.14 (2/2)");
  EXPECT_EQ(of_index(5), "0.6 ± 0.3 (2/2)");
  EXPECT_CONTAINS(of_index(8), "0.21-0.24") << "the paper's value";
  EXPECT_CONTAINS(of_index(25), "<small>paper ~0</small>") << "a plot with a linear axis shows no more";
}

TEST_F(Paper, TableOneHasThePapersNumbersInRowsApartFromTheMeansOverSeeds) {
  const page::Grid grid = report_page::frechet_grid(runs());

  ASSERT_EQ(grid.columns, (std::vector<std::string>{"data", "codes drawn from", "AE", "VAE", "IRMAE"}));
  ASSERT_EQ(grid.rows.size(), 10U);
  const auto &mixture_celeba = grid.rows[6], &of_paper = grid.rows[7];
  EXPECT_EQ(mixture_celeba[0].html, "celeba");
  EXPECT_EQ(mixture_celeba[1].html, "Gaussian mixture");
  EXPECT_EQ(mixture_celeba[4].html, "31.5 ± 0.7 (2/2)");
  EXPECT_EQ(mixture_celeba[3].html, "31 (1/2)");
  EXPECT_EQ(of_paper[0].html, "celeba");
  EXPECT_EQ(of_paper[1].html, "<small>the same, paper</small>");
  EXPECT_EQ(of_paper[4].html, "<small>paper 36.4</small>");
  EXPECT_EQ(of_paper[3].html, "<small>paper 48.8</small>");
}

TEST_F(Paper, TableTwoHasThePapersColumns) {
  const page::Grid grid = report_page::classification_grid(runs());

  ASSERT_EQ(grid.columns, (std::vector<std::string>{"encoder", "10", "100", "1000", "10000", "all (55000; paper 60000)"}));
  ASSERT_EQ(grid.rows.size(), 4U);
  EXPECT_EQ(grid.rows[2][0].html, "IRMAE");
  EXPECT_EQ(grid.rows[2][1].html, "11.5 ± 0.7 (2/2)<small>paper 12.0 &plusmn; 0.9</small>");
  EXPECT_CONTAINS(grid.rows[2][3].html, "missing (0/2)");
  EXPECT_EQ(grid.rows[3][5].html, "7 (2/2)<small>paper 0.8 &plusmn; 0.1</small>");
}

TEST(AttributesTable, HasPrevalencesWithFourDigits) {
  const tests::TemporaryFolder folder;
  storage::RunRecord run = tests::record_of({});
  for (storage::Evaluation& evaluation : run.evaluations)
    for (storage::LabelledArray& one : evaluation.arrays)
      if (one.array.name == "prevalence") one.array.values = std::vector<double>{0.12346, 0.5};
  storage::write_run(folder / "run.h5", run);
  const page::Grid grid = report_page::attribute_grid(find_runs({folder.string()}).runs);

  ASSERT_EQ(grid.rows.size(), 3U);
  EXPECT_EQ(grid.rows[0][1].html, "0.1235");
  EXPECT_EQ(grid.rows[1][1].html, "0.5");
}

TEST_F(Paper, ScalesAreRowsOfTheirOwn) {
  std::vector<analysis::Run> all = runs();
  for (const analysis::Run& run : runs()) {
    all.push_back(run);
    all.back().identity.scale = "full";
  }
  const page::Grid distances = report_page::frechet_grid(all), errors = report_page::classification_grid(all);

  ASSERT_EQ(distances.rows.size(), 18U);
  EXPECT_EQ(distances.rows[11][0].html, "celeba (scale full)");
  EXPECT_EQ(distances.rows[12][0].html, "celeba (scale tiny)");
  EXPECT_EQ(distances.rows[12][4].html, "31.5 ± 0.7 (2/2)");
  EXPECT_EQ(distances.rows[13][0].html, "celeba") << "the paper's, once";
  EXPECT_EQ(distances.rows[13][4].html, "<small>paper 36.4</small>");
  ASSERT_EQ(errors.rows.size(), 8U);
  EXPECT_EQ(errors.rows[6][0].html, "IRMAE (scale tiny)");
  EXPECT_EQ(errors.rows[6][1].html, "11.5 ± 0.7 (2/2)<small>paper 12.0 &plusmn; 0.9</small>");
}

TEST(TableTwo, TakesTheLargestNumberOfLabelsOfEachScaleForAll) {
  const tests::TemporaryFolder folder;
  const auto write = [&](const char* scale, std::vector<std::int64_t> labels, std::int64_t available) {
    tests::write_sample(folder / scale,
                        {.data = "mnist", .scale = scale, .latent = 128, .labels = std::move(labels), .available = available});
  };
  write("full", {10, 20'000, 55'000}, 55'000);
  write("half", {10, 27'500, 55'000}, 27'500);
  const page::Grid grid = report_page::classification_grid(find_runs({folder.string()}).runs);

  ASSERT_EQ(grid.columns, (std::vector<std::string>{"encoder", "10", "100", "1000", "10000", "20000", "all (paper 60000)"}));
  ASSERT_EQ(grid.rows.size(), 8U);
  EXPECT_EQ(grid.rows[0][0].html, "AE (scale full)");
  EXPECT_EQ(grid.rows[0][5].html, "10 (1/1)");
  EXPECT_EQ(grid.rows[0][6].html, "10 (1/1)<small>of 55000 labels</small><small>paper 1.9 &plusmn; 0.1</small>");
  EXPECT_EQ(grid.rows[4][0].html, "AE (scale half)");
  EXPECT_EQ(grid.rows[4][6].html, "10 (1/1)<small>of 27500 labels</small><small>paper 1.9 &plusmn; 0.1</small>");
}

TEST(TableTwo, TakesNoNumberOfLabelsForAllWhereThereAreMore) {
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.data = "mnist", .latent = 128, .labels = {10, 20'000}, .available = 55'000});
  const page::Grid grid = report_page::classification_grid(find_runs({folder.string()}).runs);

  EXPECT_EQ(grid.columns, (std::vector<std::string>{"encoder", "10", "100", "1000", "10000", "20000", "60000"}));
}

TEST(TableTwo, HasNoColumnForMoreLabelsThanThereAre) {
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.data = "mnist", .latent = 128, .labels = {10, 412, 500, 20'000}, .available = 412});
  const page::Grid grid = report_page::classification_grid(find_runs({folder.string()}).runs);

  EXPECT_EQ(grid.columns, (std::vector<std::string>{"encoder", "10", "100", "412", "1000", "10000", "60000"}));
}

TEST(TableTwo, SaysHowItsClassifiersWereTrainedAtEachScale) {
  const tests::TemporaryFolder folder;
  const auto write = [&](const char* scale, std::int64_t available, std::int64_t updates) {
    storage::RunRecord run =
        tests::record_of({.data = "mnist", .cell = scale, .scale = scale, .latent = 128, .available = available});
    for (storage::Evaluation& evaluation : run.evaluations)
      if (evaluation.name == "classification" && updates > 0) evaluation.notes.emplace_back("updates", updates);
    std::filesystem::create_directories(folder / scale);
    storage::write_run(folder / scale / "run.h5", run);
    return report_page::classification_budget(find_runs({folder.string()}).runs);
  };

  EXPECT_EQ(report_page::classification_budget({}), "");
  const std::string full =
      "2 draws, 5000 updates, of which the best of those checked (one in 100, and the last) is chosen on 5000 of 60000 training "
      "samples that are in no draw";
  EXPECT_EQ(write("full", 55'000, 5000), full);
  EXPECT_EQ(write("tiny", 20'000, 0),
            "scale full: " + full +
                "; scale tiny: 2 draws; the best is chosen on 5000 of 25000 training samples that are in no draw");
  EXPECT_TRUE(write("brief", 55'000, 20).starts_with("scale brief: 2 draws, 20 updates, of which the best is chosen on 5000"))
      << "each is checked";
}

}  // namespace
}  // namespace irmae::analysis
