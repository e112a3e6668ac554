// SPDX-License-Identifier: MIT
// Tables of made-up runs.
#include "analysis/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <stdexcept>

#include "analysis/report/paper_tables.h"
#include "analysis/report/selection.h"
#include "analysis/run_table.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "tests/analysis/made_runs.h"
#include "tests/analysis/paper_runs.h"
#include "tests/analysis/sample_runs.h"
#include "tests/contains.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis {
namespace {

using report_page::main_runs;
using report_page::values_of;
using tests::Paper;
using tests::run_of_epochs;
using tests::run_with;
using tests::stacked;

TEST_F(Paper, EveryTableIsWrittenInEveryFormat) {
  std::set<std::string> shown;
  for (const TableKind& kind : table_kinds()) {
    SCOPED_TRACE(kind.name);
    const Table table = kind.make(runs());
    if (table.rows.empty()) continue;  // of an evaluation that the runs do not have
    shown.insert(kind.name);
    for (const auto& row : table.rows) ASSERT_EQ(row.size(), table.columns.size());
    for (const char* format : {"text", "md", "csv", "latex", "json"})
      EXPECT_GT(render(table, format_of(format)).size(), 50U) << format;
    const Table means = mean_over_seeds(kind, runs());
    EXPECT_FALSE(means.rows.empty());
    for (const auto& row : means.rows) ASSERT_EQ(row.size(), means.columns.size());
    EXPECT_LT(means.rows.size(), table.rows.size());
  }
  for (const char* kind :
       {"attributes", "classification", "costs", "densities", "dimension", "fid", "losses", "ranks", "spectrum", "vae"})
    EXPECT_TRUE(shown.contains(kind)) << kind;
}

TEST(Format, HasAName) {
  EXPECT_EQ(format_of("md"), Format::markdown);
  EXPECT_EQ(format_of("json"), Format::json);
  EXPECT_THROW(format_of("markdown"), UsageError);
}

TEST_F(Paper, EveryTableNeedsNoMoreSpectraThanItAsksFor) {
  const std::vector<analysis::Run> bare = find_runs({folder_->string()}, storage::Spectra::none).runs;
  std::size_t kinds = 0;
  for (const TableKind& kind : table_kinds())
    if (kind.spectra == storage::Spectra::none) {
      EXPECT_EQ(render(kind.make(bare), Format::csv), render(kind.make(runs()), Format::csv)) << kind.name;
      ++kinds;
    }
  EXPECT_GT(kinds, 0U);
}

TEST_F(Paper, RunsHoldNeitherSpectraOfSingleMatricesNorEvaluations) {
  std::size_t stacks = 0;
  for (const analysis::Run& run : runs()) {
    stacks += std::ranges::any_of(*run.history, [](const auto& record) { return !record.product_spectrum.empty(); }) ? 1 : 0;
    for (const storage::EpochRecord& record : *run.history) EXPECT_TRUE(record.matrix_spectra.empty()) << run.file;
    const storage::Evaluation whole = run.evaluation("samples"), notes = run.evaluation_notes("samples");
    EXPECT_EQ(notes.name, whole.name);
    EXPECT_EQ(notes.notes, whole.notes) << run.file;
    EXPECT_TRUE(notes.arrays.empty()) << run.file;
  }
  EXPECT_GT(stacks, 0U) << "whose files have them";
}

TEST_F(Paper, EveryTableIsJsonForPython) {
  const auto place = *folder_ / "table.json";
  for (const TableKind& kind : table_kinds()) {
    const Table table = kind.make(runs());
    if (table.rows.empty()) continue;
    std::ofstream(place) << render(table, Format::json);
    const auto result = tests::run(std::string(IRMAE_PYTHON) +
                                   " -c 'import json, sys; rows = json.load(open(sys.argv[1])); assert rows and "
                                   "all(isinstance(row, dict) for row in rows)' " +
                                   place.string());
    EXPECT_EQ(result.status, 0) << kind.name << result.output;
  }
}

TEST(Table, OfAVaeHasTheWeightOfItsDivergenceInNats) {
  const auto weight = [](const char* shape, std::int64_t latent) {
    analysis::Run run = run_with({{"model.beta", 0.1}, {"model.latent", latent}, {"model.method", std::string("vae")}});
    run.provenance = {{"sample_shape", std::string(shape)}};
    const Table table = table_kind("vae").make({run});
    const auto column = std::find(table.columns.begin(), table.columns.end(), "effective_beta") - table.columns.begin();
    return std::get<double>(table.rows.at(0).at(static_cast<std::size_t>(column)));
  };

  EXPECT_DOUBLE_EQ(weight("1x32x32", 128), 1.6);
  EXPECT_DOUBLE_EQ(weight("3x32x32", 32), 19.2);
  EXPECT_DOUBLE_EQ(weight("3x64x64", 512), 4.8);
  EXPECT_DOUBLE_EQ(weight("20", 4), 1);
}

TEST(RunSet, TakesNoRunWhoseNamesNoManifestCanGive) {
  const tests::TemporaryFolder folder;
  for (const char* cell : {"\x1b[2J", "\xff\xfe", "", "../x"}) {
    tests::write_sample(folder.string(), {.cell = cell});
    const RunSet set = find_runs({folder.string()});
    EXPECT_TRUE(set.runs.empty()) << cell;
    ASSERT_EQ(set.problems.size(), 1U) << cell;
    EXPECT_CONTAINS(set.problems[0], "the file is damaged; move it away");
  }
}

TEST(RunSet, HasNoTextThatATerminalWouldObeyOrThatIsNoJson) {
  const tests::TemporaryFolder folder;
  storage::RunRecord record = tests::record_of({.method = "a\x1b[2Je\xff", .scale = "\x9b"});
  record.provenance.emplace_back("method_label", std::string("A\x07"));
  record.evaluations = {{"vae", {}, {}, {{"missing", std::string("\xc2\x9bwhy")}}}};
  storage::write_run(folder / "run.h5", record);
  const RunSet set = find_runs({folder.string()});
  ASSERT_EQ(set.runs.size(), 1U);
  const analysis::Run& run = set.runs.front();

  EXPECT_EQ(run.method(), "a [2Je?");
  EXPECT_EQ(run.scale(), "?");
  EXPECT_EQ(run.label(), "A ");
  EXPECT_EQ(storage::text_of(*run.evaluation("vae").note("missing")), " why");
}

TEST(Table, OfAVaeHasTheEffectiveRanksOfDrawnCodesWhereTheRunHasTheirSpectrum) {
  const tests::TemporaryFolder folder;
  storage::RunRecord record = tests::record_of({.data = "mnist", .method = "vae", .latent = 128});
  const auto vae = std::ranges::find(record.evaluations, "vae", &storage::Evaluation::name);
  ASSERT_NE(vae, record.evaluations.end());
  const auto of_drawn = [&](const char* column) {
    storage::write_run(folder / "run.h5", record);
    return values_of(table_kind("vae").make(find_runs({folder.string()}).runs), column, {});
  };
  EXPECT_TRUE(of_drawn("drawn_entropy_rank").empty()) << "it was not measured";
  vae->arrays.push_back({{"drawn_spectrum", {4}, std::vector<double>{2, 1, 1, 0}}, {"component"}, "of drawn codes"});

  const std::vector<double> entropy_rank = of_drawn("drawn_entropy_rank");
  ASSERT_EQ(entropy_rank.size(), 1U);
  EXPECT_NEAR(entropy_rank[0], std::pow(2.0, 1.5), 1e-12) << "shares of a half and two quarters: 1.5 bits";
  EXPECT_EQ(of_drawn("drawn_count_1e-2"), std::vector<double>{3});
}

TEST(Table, SaysOfEveryMethodWithPosteriorsWhichCodesItsDensitiesAreOf) {
  const auto codes = [](const char* method, const char* chosen, const storage::Attributes& notes = {{"mixture", 30.0}}) {
    storage::Attributes parameters{{"model.method", std::string(method)}};
    if (chosen) parameters.insert(parameters.begin(), {"evaluate.vae_codes", std::string(chosen)});
    return codes_of_vae(run_with(parameters), {.name = "frechet", .notes = notes});
  };

  for (const char* method : {"vae", "another-vae"})
    for (const char* chosen : {"drawn", "mean"}) EXPECT_EQ(codes(method, chosen), Value(chosen)) << method;
  EXPECT_EQ(codes("vae", "drawn", {{"missing", std::string("why")}}), Value());
  EXPECT_EQ(codes("vae", "drawn", {}), Value());
  EXPECT_EQ(codes("ae", nullptr), Value());
}

TEST(Table, OfNothingIsEmpty) {
  for (const TableKind& kind : table_kinds()) EXPECT_TRUE(kind.make({}).rows.empty()) << kind.name;
}

TEST(Row, HasCellsByTheNamesOfTheirColumns) {
  Table table{{"a", "b", "c"}, {}};
  Row(table).set("c", "text").set("a", std::int64_t{1});
  Row(table).set("b", 0.5);

  EXPECT_EQ(table.rows[0], (std::vector<Value>{std::int64_t{1}, Value(), std::string("text")}));
  EXPECT_EQ(table.rows[1], (std::vector<Value>{Value(), 0.5, Value()}));
  EXPECT_THROW(Row(table).set("d", 0.5), std::logic_error);
}

TEST_F(Paper, ErrorsOfClassifiersAreMeansOverSeedsWhateverTheirDrawsSpread) {
  const TableKind& kind = table_kind("classification");
  const Table each = kind.make(main_runs(runs(), "mnist", {"ae"})), means = mean_over_seeds(kind, runs());
  const auto of_frozen = [](const Table& table, const char* column) {
    return values_of(table, column, {{"encoder", "frozen"}, {"labels", "100"}});
  };
  // Two draws, 0.1 above and below the mean for the first seed and 0.2 for the second one: deviations of sqrt(2) times that.
  const std::vector<double> spreads = of_frozen(each, "error_sd_draws");
  ASSERT_EQ(spreads.size(), 2U);
  EXPECT_NEAR(spreads[0], 0.1 * std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(spreads[1], 0.2 * std::sqrt(2.0), 1e-9);
  EXPECT_EQ(of_frozen(each, "draws"), (std::vector<double>{2, 2}));

  constexpr std::size_t kConfigurations = 10;
  EXPECT_EQ(of_frozen(means, "n"), std::vector<double>(kConfigurations, 2));
  const std::vector<double> errors = of_frozen(means, "error"), deviations = of_frozen(means, "error_sd"),
                            of_draws = of_frozen(means, "error_sd_draws");
  ASSERT_EQ(errors.size(), kConfigurations);
  ASSERT_EQ(deviations.size(), kConfigurations);
  ASSERT_EQ(of_draws.size(), kConfigurations);
  for (std::size_t i = 0; i < kConfigurations; ++i) {
    EXPECT_NEAR(errors[i], 11.5, 1e-9) << "11 and 12";
    EXPECT_NEAR(deviations[i], std::sqrt(0.5), 1e-9) << "of the seeds alone";
    EXPECT_NEAR(of_draws[i], 0.15 * std::sqrt(2.0), 1e-9);
  }
}

TEST(Costs, SamplesPerSecondAreThoseOfAllEpochsTogether) {
  analysis::Run run = run_of_epochs(stacked(2, 1, 1), 2);
  storage::History& history = tests::history_of(run);
  history[0].seconds = 2, history[0].samples_per_second = 500;
  history[1].seconds = 8, history[1].samples_per_second = 1000;

  EXPECT_EQ(values_of(table_kind("costs").make({run}), "samples_per_second", {}), std::vector<double>{900});
}

TEST_F(Paper, DensitiesAreTheLogLikelihoodsOfValidationCodes) {
  const Table table = table_kind("densities").make(main_runs(runs(), "mnist", {"vae"}));

  EXPECT_EQ(values_of(table, "gaussian", {}), (std::vector<double>{12.5, 12.5}));
  EXPECT_EQ(values_of(table, "mixture", {}), (std::vector<double>{13.5, 13.5}));
  EXPECT_EQ(values_of(table, "prior", {}), (std::vector<double>{14.5, 14.5}));
  EXPECT_EQ(values_of(table, "components", {}), (std::vector<double>{4, 4}));
  EXPECT_TRUE(values_of(table_kind("densities").make(main_runs(runs(), "mnist", {"ae"})), "prior", {}).empty());
}

TEST(Fid, HasItsDistancesWithTheNumbersOfImagesAndComponents) {
  const tests::TemporaryFolder folder;
  storage::RunRecord record = tests::record_of({.data = "mnist", .latent = 128, .frechet = 31});
  record.identity.parameters.emplace_back("evaluate.mixture_components", std::int64_t{10});
  storage::write_run(folder / "run.h5", record);
  const Table table = table_kind("fid").make(find_runs({folder.string()}).runs);

  EXPECT_EQ(values_of(table, "gaussian", {}), std::vector<double>{36});
  EXPECT_EQ(values_of(table, "mixture", {}), std::vector<double>{31});
  EXPECT_EQ(values_of(table, "images", {}), std::vector<double>{10'000});
  EXPECT_EQ(values_of(table, "reference_images", {}), std::vector<double>{5000});
  EXPECT_EQ(values_of(table, "components", {}), std::vector<double>{10}) << "of the cell";
}

TEST_F(Paper, TheMeanOverAttributesIsARowOfItsOwn) {
  const Table table = table_kind("attributes").make(main_runs(runs(), "celeba", {"ae"}));

  EXPECT_EQ(values_of(table, "balanced_accuracy", {{"attribute", "5_o_Clock_Shadow"}, {"seed", "1"}}),
            std::vector<double>{0.75});
  EXPECT_NEAR(values_of(table, "balanced_accuracy", {{"attribute", "(mean)"}, {"seed", "1"}}).at(0), 0.85, 1e-12);
}

TEST(TableOfErrors, LeavesOutMoreLabelsThanThereAreInRowsAndMeansAlike) {
  const tests::TemporaryFolder folder;
  for (const std::int64_t seed : {1, 2})
    tests::write_sample(folder.string(),
                        {.data = "mnist", .latent = 128, .seed = seed, .labels = {10, 412, 500}, .available = 412});
  const std::vector<analysis::Run> runs = find_runs({folder.string()}).runs;
  const TableKind& kind = table_kind("classification");
  for (Table table : {kind.make(runs), mean_over_seeds(kind, runs)}) {
    leave_out_missing(table, kind);
    const std::vector<double> labels = values_of(table, "labels", {});

    EXPECT_EQ(std::set<double>(labels.begin(), labels.end()), (std::set<double>{10, 412}));
    EXPECT_EQ(labels.size(), values_of(table, "error", {}).size());
    ASSERT_EQ(table.left_out.size(), 1U);
    EXPECT_TRUE(table.left_out[0].ends_with(", with labels 500: more than the labels there are, 412")) << table.left_out[0];
  }
}

TEST(Losses, OfSeedsAreAveragedByEpochAsFarAsEachHasCome) {
  std::vector<analysis::Run> runs{run_of_epochs(stacked(2, 1, 1), 3), run_of_epochs(stacked(2, 1, 2), 2)};
  runs[1].complete = false;
  tests::history_of(runs[1])[1].train_loss = 1;
  const Table means = mean_over_seeds(table_kind("losses"), runs);

  EXPECT_EQ(values_of(means, "epoch", {}), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(values_of(means, "train_loss", {}), (std::vector<double>{1, 0.75, 1.0 / 3}));
  EXPECT_EQ(values_of(means, "train_loss_sd", {}), (std::vector<double>{0, std::sqrt(0.125)}));
  EXPECT_EQ(values_of(means, "n", {}), (std::vector<double>{2, 2, 1}));
  EXPECT_EQ(values_of(means, "of", {}), (std::vector<double>{2, 2, 2}));
}

TEST(Densities, HaveWhatTheMixtureGainsAndTheDirectionsBelowTheFloor) {
  const tests::TemporaryFolder folder;
  storage::RunRecord record = tests::record_of({});
  for (storage::Evaluation& evaluation : record.evaluations)
    if (evaluation.name == "samples")
      evaluation.notes = {{"below_floor", std::int64_t{30}},
                          {"gaussian_validation_log_likelihood", -12.5},
                          {"mixture_validation_log_likelihood", 1.25}};
  storage::write_run(folder / "run.h5", record);
  const Table table = table_kind("densities").make(find_runs({folder.string()}).runs);

  EXPECT_EQ(values_of(table, "mixture_gain", {}), std::vector<double>{13.75});
  EXPECT_EQ(values_of(table, "below_floor", {}), std::vector<double>{30});
}

TEST(Dimension, HasTheEstimatesOfSamplesAndCodesAndTheDropOfTheSpectrum) {
  const tests::TemporaryFolder folder;
  storage::RunRecord record = tests::record_of({});
  std::fill(record.spectrum.begin(), record.spectrum.end(), 1e-4);
  record.spectrum[0] = 1, record.spectrum[1] = 0.5;
  record.evaluations = {{.name = "dimension",
                         .notes = {{"samples", std::int64_t{1500}},
                                   {"samples_two_nn", 6.5},
                                   {"samples_mle", 6.25},
                                   {"samples_repeated", std::int64_t{2}},
                                   {"codes_mle", 1.75}}}};
  storage::write_run(folder / "run.h5", record);
  const Table table = table_kind("dimension").make(find_runs({folder.string()}).runs);

  EXPECT_EQ(values_of(table, "samples_two_nn", {}), std::vector<double>{6.5});
  EXPECT_EQ(values_of(table, "samples_mle", {}), std::vector<double>{6.25});
  EXPECT_TRUE(values_of(table, "codes_two_nn", {}).empty());
  EXPECT_EQ(values_of(table, "codes_mle", {}), std::vector<double>{1.75});
  EXPECT_EQ(values_of(table, "drop_after", {}), std::vector<double>{2});
  EXPECT_NEAR(values_of(table, "drop_factor", {}).at(0), 5000, 1e-6);
  EXPECT_EQ(values_of(table, "neighbours_of", {}), std::vector<double>{1500});
  EXPECT_EQ(values_of(table, "repeated", {}), std::vector<double>{2});
}

TEST(Densities, OfARunWithoutThemAreLeftOut) {
  analysis::Run run = run_with(stacked(2, 1, 1), 0);
  run.identity.parameters.emplace_back("evaluate.covariance_floor", 0.01);
  Table table = table_kind("densities").make({run});
  leave_out_missing(table, table_kind("densities"));

  EXPECT_TRUE(table.rows.empty()) << "the directions below the floor alone say nothing of densities";
  EXPECT_EQ(table.left_out.size(), 1U);
}

TEST(Ranks, OfARunWithoutEpochsAreThoseOfItsSpectrum) {
  analysis::Run run = run_with(stacked(2, 1, 1), 1);
  tests::history_of(run).clear();
  const Table table = table_kind("ranks").make({run});

  EXPECT_EQ(values_of(table, "participation_ratio", {}), std::vector<double>{2});
  EXPECT_TRUE(values_of(table, "validation_reconstruction", {}).empty());
}

}  // namespace
}  // namespace irmae::analysis
