// SPDX-License-Identifier: MIT
// Tables, figures and the report on made-up runs of every experiment.
#include "analysis/report/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "analysis/configurations.h"
#include "analysis/figure.h"
#include "analysis/plots/growth.h"
#include "analysis/png.h"
#include "analysis/report/page.h"
#include "analysis/report/paper_tables.h"
#include "analysis/report/selection.h"
#include "analysis/table.h"
#include "storage/error.h"
#include "storage/files.h"
#include "storage/run_file.h"
#include "tests/analysis/sample_runs.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis {
namespace {

using report_page::main_runs;
using report_page::values_of;

class Paper : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new tests::TemporaryFolder;
    tests::write_paper(folder_->string());
    set_ = new RunSet(find_runs({folder_->string()}));
  }
  static void TearDownTestSuite() {
    delete set_;
    delete folder_;
  }
  static const std::vector<analysis::Run>& runs() { return set_->runs; }
  static bool has_gnuplot() { return std::system("command -v gnuplot >/dev/null 2>&1") == 0; }

  static tests::TemporaryFolder* folder_;
  static RunSet* set_;
};
tests::TemporaryFolder* Paper::folder_;
RunSet* Paper::set_;

TEST_F(Paper, EveryTableIsWrittenInEveryFormat) {
  for (const TableKind& kind : table_kinds()) {
    SCOPED_TRACE(kind.name);
    const Table table = kind.make(runs());
    EXPECT_FALSE(table.rows.empty());
    for (const auto& row : table.rows) ASSERT_EQ(row.size(), table.columns.size());
    for (const char* format : {"text", "md", "csv", "latex", "json"})
      EXPECT_GT(render(table, format_of(format)).size(), 50U) << format;
    const Table means = mean_over_seeds(kind, runs());
    EXPECT_FALSE(means.rows.empty());
    for (const auto& row : means.rows) ASSERT_EQ(row.size(), means.columns.size());
    EXPECT_LT(means.rows.size(), table.rows.size());
  }
}

TEST_F(Paper, ErrorsOfClassifiersAreMeansOverSeedsWhateverTheirDrawsSpread) {
  const Table means = mean_over_seeds(table_kind("classification"), runs());
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::find(means.columns.begin(), means.columns.end(), name) - means.columns.begin());
  };

  for (const auto& row : means.rows)
    if (row[column("encoder")] == Value(std::string("frozen"))) {
      EXPECT_EQ(row[column("n")], Value(std::int64_t{2}));
    }
}

TEST_F(Paper, EveryTableIsJsonForPython) {
  const auto place = *folder_ / "table.json";
  for (const TableKind& kind : table_kinds()) {
    std::ofstream(place) << render(kind.make(runs()), Format::json);
    const auto result = tests::run(std::string(IRMAE_PYTHON) +
                                   " -c 'import json, sys; rows = json.load(open(sys.argv[1])); assert rows and "
                                   "all(isinstance(row, dict) for row in rows)' " +
                                   place.string());
    EXPECT_EQ(result.status, 0) << kind.name << result.output;
  }
}

TEST_F(Paper, EveryPlotIsDrawn) {
  if (!has_gnuplot()) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  for (const PlotKind& kind : plot_kinds()) {
    const Figure figure = kind.make(runs());
    EXPECT_FALSE(figure.empty()) << kind.name;
    const auto place = *folder_ / (kind.name + ".svg");
    ASSERT_NO_THROW(draw(figure, place)) << kind.name;
    EXPECT_GT(std::filesystem::file_size(place), 2000U) << kind.name;
  }
}

TEST_F(Paper, EveryPlotAndTableOfNothingIsEmpty) {
  for (const PlotKind& kind : plot_kinds()) EXPECT_TRUE(kind.make({}).empty()) << kind.name;
  for (const TableKind& kind : table_kinds()) EXPECT_TRUE(kind.make({}).rows.empty()) << kind.name;
}

TEST_F(Paper, TheReportHoldsEveryFigureAndTableInThePapersOrder) {
  if (!has_gnuplot()) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const std::string page = report(*set_);
  std::size_t before = 0;
  for (const char* id :
       {"figure-2", "figure-3", "figure-4",  "figure-5",  "figure-6",      "table-1",     "figure-7", "figure-8",
        "table-2",  "figure-9", "figure-10", "figure-11", "deterministic", "latent-size", "depth",    "attributes",
        "vae",      "dynamics", "densities", "costs",     "every-run",     "losses"}) {
    const std::size_t place = page.find(std::string("<h3 id=") + id + ">");
    ASSERT_NE(place, std::string::npos) << id;
    EXPECT_GT(place, before) << id;
    before = place;
  }
  EXPECT_EQ(page.find("<b>Missing:</b>"), std::string::npos);
  EXPECT_EQ(page.find("src=\"http"), std::string::npos);
  EXPECT_NE(page.find("VAE 1/2"), std::string::npos) << "the unfinished run is not counted as missing";
  const auto begin = page.find("Singular values divided by the largest: mean"), end = page.find("</p>", begin);
  ASSERT_NE(end, std::string::npos);
  EXPECT_NE(page.substr(begin, end - begin).find("scale tiny"), std::string::npos) << "figure 2's table names its scale";
}

TEST_F(Paper, ModelsStandInThePapersOrderInFiguresAndTables) {
  std::vector<analysis::Run> shapes;
  for (const char* method : {"l2", "irmae", "vae", "irmae-shared", "l1", "irmae-nonlinear", "ae", "irmae-fixed"})
    for (const analysis::Run& run : runs())
      if (run.data() == "shapes" && run.method() == method && run.latent() == 32) shapes.push_back(run);
  analysis::Run later = shapes.front();
  for (auto& [path, value] : later.identity.parameters)
    if (path == "model.method") value = std::string("cae");
  shapes.insert(shapes.begin(), later);
  const std::vector<std::string> order{
      "AE", "VAE", "L1", "L2", "IRMAE l=2", "IRMAE l=4", "IRMAE-FIXED l=4", "IRMAE-NONLINEAR l=4", "IRMAE-SHARED l=4", "CAE"};

  EXPECT_EQ(distinct_labels(by_configuration(shapes)), order);
  std::vector<std::string> titles, rows;
  for (const Panel& panel : plot_kind("interpolation").make(shapes).panels) titles.push_back(panel.title);
  for (const auto& row : mean_over_seeds(table_kind("ranks"), shapes).rows) rows.push_back(std::get<std::string>(row[0]));
  EXPECT_EQ(rows, order);
  EXPECT_EQ(titles, order);
}

TEST(Facts, AreInTheSingularWhereThereIsOne) {
  const auto facts_of = [](std::int64_t number, std::int64_t seeds) {
    std::vector<analysis::Run> runs(static_cast<std::size_t>(seeds));
    for (std::int64_t seed = 1; seed <= seeds; ++seed)
      runs[static_cast<std::size_t>(seed - 1)].identity.parameters = {{"data.name", std::string("array")},
                                                                      {"data.train_size", number},
                                                                      {"model.latent", number},
                                                                      {"train.epochs", number},
                                                                      {"train.seed", seed}};
    return report_page::facts(runs);
  };

  EXPECT_EQ(facts_of(1, 1), "array: scale none, 1 training sample, 1 epoch, 1 latent, seed 1");
  EXPECT_EQ(facts_of(3, 2), "array: scale none, 3 training samples, 3 epochs, 3 latents, seeds 1, 2");
}

TEST(Facts, SayWhatTheFilesOfADataSetWere) {
  analysis::Run faces, shapes;
  faces.identity.parameters = {{"data.name", std::string("celeba")}, {"data.train_size", std::int64_t{0}}};
  faces.provenance = {{"data", std::string("celeba-half: 500 + 100 images of 89 x 109 pixels, crop 74")}};
  shapes.identity.parameters = {{"data.name", std::string("shapes")}};
  shapes.provenance = {{"data", std::string("synthetic")}};
  const std::string text = report_page::facts({faces, shapes});

  EXPECT_EQ(text.find("celeba (celeba-half: 500 + 100 images of 89 x 109 pixels, crop 74): scale none, all training samples"),
            0U)
      << text;
  EXPECT_NE(text.find("shapes: scale none"), std::string::npos) << text;
}

TEST_F(Paper, TheSpectrumsTableCountsFromZeroAndDividesByTheLargest) {
  std::vector<analysis::Run> autoencoders = main_runs(runs(), "shapes", {"ae"});
  ASSERT_EQ(autoencoders.size(), 2U);
  for (std::size_t i = 0; i < 32; ++i) {
    autoencoders[0].spectrum[i] = i == 0 ? 4 : 0.4 * static_cast<double>(i);
    autoencoders[1].spectrum[i] = i == 0 ? 2 : 0.4 * static_cast<double>(i);
  }
  const page::Grid grid = report_page::spectrum_grid(autoencoders);

  ASSERT_EQ(grid.rows.size(), 1U);
  const auto of_index = [&](int index) {
    const auto column = std::find(grid.columns.begin(), grid.columns.end(), fmt::format("index {} (from 0)", index));
    return column == grid.columns.end() ? "" : grid.rows[0][static_cast<std::size_t>(column - grid.columns.begin())].html;
  };
  // A mean of 0.1 i and 0.2 i.
  EXPECT_EQ(of_index(2).rfind("0.30", 0), 0U) << of_index(2);
  EXPECT_EQ(of_index(4).rfind("0.60", 0), 0U) << of_index(4);
  EXPECT_NE(of_index(7).find("0.21-0.24"), std::string::npos) << "the paper's value, " << of_index(7);
}

TEST_F(Paper, TableOneHasThePapersNumberBesideTheMeanOverSeeds) {
  const page::Grid grid = report_page::frechet_grid(runs());

  ASSERT_EQ(grid.columns, (std::vector<std::string>{"data", "codes drawn from", "AE", "VAE", "IRMAE"}));
  const auto& mixture_celeba = grid.rows.at(5);
  EXPECT_EQ(mixture_celeba[0].html, "celeba");
  EXPECT_EQ(mixture_celeba[4].html, "31.50 &plusmn; 0.71 (2/2)<small>paper 36.4</small>");
  EXPECT_EQ(mixture_celeba[3].html, "31 (1/2)<small>paper 48.8</small>");
}

TEST_F(Paper, TableTwoHasThePapersColumns) {
  const page::Grid grid = report_page::classification_grid(runs());

  ASSERT_EQ(grid.columns, (std::vector<std::string>{"encoder", "10", "100", "1000", "10000", "all (55000; paper 60000)"}));
  ASSERT_EQ(grid.rows.size(), 4U);
  EXPECT_EQ(grid.rows[2][0].html, "IRMAE");
  EXPECT_EQ(grid.rows[2][1].html, "11.50 &plusmn; 0.71 (2/2)<small>paper 12.0 &plusmn; 0.9</small>");
  EXPECT_NE(grid.rows[2][3].html.find("missing (0/2)"), std::string::npos);
  EXPECT_EQ(grid.rows[3][5].html, "7 &plusmn; 0 (2/2)<small>paper 0.8 &plusmn; 0.1</small>");
}

TEST_F(Paper, ScalesAreRowsOfTheirOwn) {
  std::vector<analysis::Run> all = runs();
  for (const analysis::Run& run : runs()) {
    all.push_back(run);
    all.back().identity.scale = "full";
  }
  const page::Grid distances = report_page::frechet_grid(all), errors = report_page::classification_grid(all);

  EXPECT_EQ(distances.rows.at(10)[0].html, "celeba (scale full)");
  EXPECT_EQ(distances.rows.at(11)[0].html, "celeba (scale tiny)");
  EXPECT_EQ(distances.rows.at(11)[4].html, "31.50 &plusmn; 0.71 (2/2)<small>paper 36.4</small>");
  ASSERT_EQ(errors.rows.size(), 8U);
  EXPECT_EQ(errors.rows[6][0].html, "IRMAE (scale tiny)");
  EXPECT_EQ(errors.rows[6][1].html, "11.50 &plusmn; 0.71 (2/2)<small>paper 12.0 &plusmn; 0.9</small>");
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

TEST(Report, LeavesOutOfATableWhatCannotHaveAValueAndSaysWhyBelow) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.data = "mnist", .method = "rae", .latent = 128});
  tests::write_sample(folder.string(), {.data = "shapes", .method = "rae"});
  const std::string html = report(find_runs({folder.string()}));
  const std::size_t begin = html.find("Classification error in percent with few labels"), end = html.find("<h3", begin);
  ASSERT_NE(end, std::string::npos);
  const std::string section = html.substr(begin, end - begin), table = section.substr(0, section.find("</table>"));

  EXPECT_NE(table.find("RAE mnist"), std::string::npos);
  EXPECT_EQ(table.find("RAE shapes"), std::string::npos);
  EXPECT_EQ(table.find("missing"), std::string::npos);
  EXPECT_NE(section.find("Left out: RAE shapes: the run has no such evaluation."), std::string::npos) << section;
}

TEST(TableTwo, HasNoColumnForMoreLabelsThanThereAre) {
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.data = "mnist", .latent = 128, .labels = {10, 412, 500, 20'000}, .available = 412});
  const page::Grid grid = report_page::classification_grid(find_runs({folder.string()}).runs);

  EXPECT_EQ(grid.columns, (std::vector<std::string>{"encoder", "10", "100", "412", "1000", "10000", "60000"}));
}

TEST_F(Paper, TheMeanOverAttributesIsARowOfItsOwn) {
  const Table table = table_kind("attributes").make(main_runs(runs(), "celeba", {"ae"}));

  EXPECT_EQ(values_of(table, "balanced_accuracy", {{"attribute", "5_o_Clock_Shadow"}, {"seed", "1"}}),
            std::vector<double>{0.75});
  EXPECT_NEAR(values_of(table, "balanced_accuracy", {{"attribute", "(mean)"}, {"seed", "1"}}).at(0), 0.85, 1e-12);
}

TEST_F(Paper, AnExperimentsRunsAreFoundByTheirParameters) {
  const auto irmae = main_runs(runs(), "mnist", {"irmae"});
  ASSERT_EQ(irmae.size(), 2U);
  EXPECT_EQ(irmae[0].linear_layers(), 8) << "the paper's depth";
  EXPECT_EQ(main_runs(runs(), "shapes", {"irmae", 4}).size(), 2U);
  EXPECT_EQ(report_page::main_latent(runs(), "celeba"), 512);
  EXPECT_TRUE(main_runs(runs(), "mnist", {"lorae"}).empty());
  EXPECT_EQ(report_page::latents_of(runs(), "mnist", "ae"), (std::vector<std::int64_t>{64, 128}));
}

TEST_F(Paper, AnAblationStandsBesideItsOwnDepth) {
  const std::string page = report(*set_);
  const auto begin = page.find("id=figure-9>"), end = page.find("id=figure-10>", begin);
  ASSERT_NE(end, std::string::npos);
  const std::string figure = page.substr(begin, end - begin);

  EXPECT_NE(figure.find("IRMAE l=4 shapes 2/2"), std::string::npos);
  EXPECT_EQ(figure.find("IRMAE l=2"), std::string::npos);
}

TEST_F(Paper, LegendsTellConfigurationsApart) {
  RunSet mnist = *set_;
  select(mnist, {"ae-*"}, "mnist");
  EXPECT_EQ(distinct_labels(by_configuration(mnist.runs)), (std::vector<std::string>{"AE n=64", "AE n=128"}));
  RunSet all = *set_;
  select(all, {"nothing*", "ae-*"}, "");
  const auto labels = distinct_labels(by_configuration(all.runs));
  EXPECT_EQ(labels.at(0), "AE celeba n=256");
}

TEST_F(Paper, ASelectionThatLeavesNothingIsAnError) {
  RunSet set = *set_;
  EXPECT_THROW(select(set, {}, "mnsit"), UsageError);
  EXPECT_THROW(select(set, {"nothing*"}, ""), UsageError);
}

using Parameters = std::vector<std::pair<std::string, storage::Scalar>>;

analysis::Run run_with(Parameters parameters, double tail = 0) {
  analysis::Run run;
  run.complete = true;
  for (const auto& [path, value] : parameters)
    run.identity.id += std::visit([](const auto& one) { return fmt::format(" {}", one); }, value);
  run.identity.parameters = std::move(parameters);
  run.spectrum = {1, tail};
  run.history.emplace_back().validation_reconstruction = 0.5;
  return run;
}

TEST(Runs, ThatCannotBeReadAreNamedWithTheWayOutAndTheOthersAreFound) {
  const tests::TemporaryFolder folder;
  for (const std::int64_t seed : {1, 2, 3}) tests::write_sample(folder.string(), {.seed = seed});
  const auto file = [&](const char* seed) { return folder / "made" / ("shapes-ae0-n32-seed" + std::string(seed)) / "run.h5"; };
  std::filesystem::resize_file(file("1"), 1000);
  std::filesystem::remove(file("2"));
  std::filesystem::create_symlink("run.h5", file("2"));  // leads to itself: closed to root too

  const RunSet set = find_runs({folder.string(), (folder / std::string(300, 'x')).string()});

  ASSERT_EQ(set.runs.size(), 1U);
  EXPECT_EQ(set.runs[0].seed(), 3);
  ASSERT_EQ(set.problems.size(), 3U);
  EXPECT_EQ(set.problems[0], "cannot read " + file("2").string() + ": Too many levels of symbolic links");
  EXPECT_TRUE(set.problems[1].ends_with(std::string(300, 'x') + ": File name too long")) << set.problems[1];
  EXPECT_TRUE(set.problems[2].starts_with(file("1").string())) << set.problems[2];
  EXPECT_TRUE(set.problems[2].ends_with("; move it away and run the cell again")) << set.problems[2];
}

TEST(Configurations, HaveEachCellOnceWhateverItsManifestAndACompleteRunOfIt) {
  const auto cell = [](std::int64_t seed, const char* manifest, bool complete) {
    analysis::Run run = run_with({{"model.method", std::string("ae")}, {"train.seed", seed}});
    run.identity.manifest = manifest;
    run.complete = complete;
    return run;
  };
  const std::vector<analysis::Run> runs{cell(1, "ablations", false), cell(1, "shapes", true), cell(2, "shapes", true),
                                        cell(2, "copied", true)};

  const auto groups = by_configuration(runs);

  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0], (std::vector<const analysis::Run*>{&runs[1], &runs[2]}));
}

TEST(Configurations, AreInTheOrderOfTheirNumbersAndToldApartByChoicesFirst) {
  std::vector<analysis::Run> runs;
  for (const std::int64_t layers : {10, 2, 9})
    runs.push_back(run_with(
        {{"data.name", std::string("shapes")}, {"model.linear_layers", layers}, {"model.method", std::string("irmae")}}));
  for (const bool gradient : {true, false})
    runs.push_back(run_with({{"data.name", std::string("shapes")},
                             {"model.decoder_coefficient", gradient ? 1e-7 : 1e-3},
                             {"model.decoder_penalty", std::string(gradient ? "gradient" : "weights")},
                             {"model.method", std::string("rae")}}));

  EXPECT_EQ(distinct_labels(by_configuration(runs)),
            (std::vector<std::string>{"IRMAE l=2", "IRMAE l=9", "IRMAE l=10", "RAE decoder_penalty=gradient",
                                      "RAE decoder_penalty=weights"}));
}

Parameters stacked(std::int64_t layers, double scale, std::int64_t seed) {
  return {{"data.name", std::string("shapes")},
          {"model.initial_scale", scale},
          {"model.latent", std::int64_t{32}},
          {"model.linear_layers", layers},
          {"model.method", std::string("irmae")},
          {"train.batch", std::int64_t{32}},
          {"train.seed", seed}};
}

TEST(Configuration, IsOfWhatDeterminesTheResult) {
  analysis::Run one =
      run_with({{"train.batch", std::int64_t{32}}, {"train.device", std::string("cpu")}, {"train.seed", std::int64_t{1}}});
  analysis::Run other =
      run_with({{"train.batch", std::int64_t{32}}, {"train.device", std::string("auto")}, {"train.seed", std::int64_t{2}}});
  EXPECT_NE(one.configuration(), other.configuration());
  one.identity.outside = other.identity.outside = {"train.device"};

  EXPECT_EQ(one.configuration(), other.configuration());
}

TEST(Sweep, DrawsACurveForEachConfigurationAndAnAutoencoderAsItsStart) {
  std::vector<analysis::Run> runs;
  for (const std::int64_t seed : {1, 2})
    for (const std::int64_t layers : {2, 4}) {
      runs.push_back(run_with(stacked(layers, 1, seed), 0.1));
      runs.push_back(run_with(stacked(layers, 3, seed), 1));
    }
  runs.push_back(run_with({{"data.name", std::string("shapes")},
                           {"model.latent", std::int64_t{32}},
                           {"model.method", std::string("ae")},
                           {"train.batch", std::int64_t{32}},
                           {"train.seed", std::int64_t{1}}},
                          0.5));
  const std::vector<Series> series = plot_kind("sweep-depth").make(runs).panels.at(0).series;

  ASSERT_EQ(series.size(), 2U) << "one for each initial scale";
  EXPECT_EQ(series[0].label, "IRMAE initial_scale=1");
  EXPECT_EQ(series[1].label, "IRMAE initial_scale=3");
  EXPECT_EQ(series[0].x, (std::vector<double>{0, 2, 4}));
  EXPECT_NEAR(series[1].y.at(2), 2, 1e-12) << "two equal values are two dimensions";
  EXPECT_EQ(series[1].low.at(2), series[1].high.at(2)) << "seeds alone make the band";
}

Parameters autoencoder(std::int64_t components) {
  return {{"data.name", std::string("shapes")}, {"evaluate.mixture_components", components}, {"model.latent", std::int64_t{32}},
          {"model.method", std::string("ae")},  {"train.batch", std::int64_t{32}},           {"train.seed", std::int64_t{1}}};
}

TEST(Sweep, StartsWithEveryAutoencoderThatIsTrainedAlike) {
  for (const bool stack_comes_first : {true, false}) {
    SCOPED_TRACE(stack_comes_first);
    std::vector<analysis::Run> runs;
    for (const std::int64_t layers : {2, 4}) {
      Parameters parameters = stacked(layers, 1, 1);
      // Curves are in the order of their parameters.
      if (!stack_comes_first) std::erase_if(parameters, [](const auto& one) { return one.first == "model.initial_scale"; });
      runs.push_back(run_with(parameters, 0.1));
    }
    runs.push_back(run_with(autoencoder(4), 1));
    runs.push_back(run_with(autoencoder(10), 0));
    const std::vector<Series> series = plot_kind("sweep-depth").make(runs).panels.at(0).series;

    ASSERT_EQ(series.size(), 1U);
    EXPECT_EQ(series[0].x, (std::vector<double>{0, 2, 4}));
    EXPECT_NEAR(series[0].low[0], 1, 1e-12);
    EXPECT_NEAR(series[0].high[0], 2, 1e-12);
  }
}

/// A run that has come so far, in its spectra too.
analysis::Run run_of_epochs(const Parameters& parameters, std::int64_t epochs) {
  analysis::Run run = run_with(parameters);
  run.history.clear();
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    storage::EpochRecord record;
    record.epoch = epoch;
    record.train_loss = record.validation_loss = record.validation_reconstruction = 1 / static_cast<double>(epoch);
    record.covariance_spectrum = {1, 0.5};
    if (run.linear_layers() > 0) record.product_spectrum = {1, 0.5 + static_cast<double>(epoch)};
    run.history.push_back(std::move(record));
  }
  return run;
}

TEST(Dynamics, AreOfTheSeedThatHasComeFarthest) {
  Parameters plain = autoencoder(4), second = plain;
  second.back().second = std::int64_t{2};
  const std::vector<analysis::Run> runs{run_of_epochs(plain, 0), run_of_epochs(second, 3), run_of_epochs(stacked(2, 1, 1), 1),
                                        run_of_epochs(stacked(2, 1, 2), 3)};
  std::map<std::string, std::size_t> epochs;
  for (const Panel& panel : plot_kind("dynamics").make(runs).panels) epochs[panel.title] = panel.series.at(0).x.size();

  EXPECT_EQ(epochs["Codes' covariance, AE, shapes"], 3U);
  EXPECT_EQ(epochs["Codes' covariance, IRMAE l=2, shapes"], 3U);
  EXPECT_EQ(epochs["Product W_l ... W_1, IRMAE l=2, shapes"], 3U);
}

TEST(Dynamics, AreOfThePapersDepthWhereThereIsOneElseOfTheDeepest) {
  const auto title = [](const std::vector<std::int64_t>& depths) {
    std::vector<analysis::Run> runs;
    for (const std::int64_t layers : depths) runs.push_back(run_of_epochs(stacked(layers, 1, 1), 2));
    for (const Panel& panel : plot_kind("dynamics").make(runs).panels)
      if (panel.title.starts_with("Product")) return panel.title;
    return std::string();
  };

  EXPECT_EQ(title({2, 4, 12}), "Product W_l ... W_1, IRMAE l=4, shapes");
  EXPECT_EQ(title({3, 12, 6}), "Product W_l ... W_1, IRMAE l=12, shapes");
}

TEST(Losses, OfSeedsAreAMeanWithABandAsFarAsEachHasCome) {
  std::vector<analysis::Run> runs{run_of_epochs(stacked(2, 1, 1), 3), run_of_epochs(stacked(2, 1, 2), 2)};
  runs[1].history[1].train_loss = 1;
  const Series curve = plot_kind("losses").make(runs).panels.at(0).series.at(0);

  EXPECT_EQ(curve.x, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(curve.y, (std::vector<double>{1, 0.75, 1.0 / 3}));
  EXPECT_EQ(curve.low, (std::vector<double>{1, 0.5, 1.0 / 3}));
  EXPECT_EQ(curve.high, (std::vector<double>{1, 1, 1.0 / 3}));
}

TEST(Losses, OfSeedsAreAveragedByEpochAsFarAsEachHasCome) {
  std::vector<analysis::Run> runs{run_of_epochs(stacked(2, 1, 1), 3), run_of_epochs(stacked(2, 1, 2), 2)};
  runs[1].complete = false;
  runs[1].history[1].train_loss = 1;
  const Table means = mean_over_seeds(table_kind("losses"), runs);

  EXPECT_EQ(values_of(means, "epoch", {}), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(values_of(means, "train_loss", {}), (std::vector<double>{1, 0.75, 1.0 / 3}));
  EXPECT_EQ(values_of(means, "train_loss_sd", {}), (std::vector<double>{0, std::sqrt(0.125)}));
  EXPECT_EQ(values_of(means, "n", {}), (std::vector<double>{2, 2, 1}));
  EXPECT_EQ(values_of(means, "of", {}), (std::vector<double>{2, 2, 2}));
}

TEST(Ranks, OfARunWithoutEpochsAreThoseOfItsSpectrum) {
  analysis::Run run = run_with(stacked(2, 1, 1), 1);
  run.history.clear();
  const Table table = table_kind("ranks").make({run});

  EXPECT_EQ(values_of(table, "participation_ratio", {}), std::vector<double>{2});
  EXPECT_TRUE(values_of(table, "validation_reconstruction", {}).empty());
}

TEST(Figure, ItsTextIsShownAsItIsAndIsNoCommand) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  const std::string text = "it's `touch " + (folder / "made").string() + "` a_b";
  draw({.panels = {{.title = text, .series = {{text, 0, {1, 2}, {1, 2}, {}, {}}}}}}, folder / "figure.svg");
  std::stringstream figure;
  figure << std::ifstream(folder / "figure.svg").rdbuf();

  EXPECT_FALSE(std::filesystem::exists(folder / "made"));
  EXPECT_NE(figure.str().find("`touch"), std::string::npos);
  EXPECT_NE(figure.str().find("a_b"), std::string::npos) << "no subscript";
}

/// Files may become no longer than this while it lives: to whoever writes, as good as a full disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST(Figure, ThatDoesNotFitOnTheDiskIsAnErrorAndLeavesTheOneBefore) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  const Figure figure{.panels = {{.title = "some", .series = {{"curve", 0, {1, 2}, {1, 2}, {}, {}}}}}};
  for (const std::string ending : {".svg", ".png", ".pdf"}) {
    const auto place = folder / ("figure" + ending);
    std::ofstream(place) << "before";
    std::string message;
    {
      const FileLimit limit(4096);  // gnuplot's script fits, its figure does not
      try {
        draw(figure, place);
      } catch (const Error& error) {
        message = error.what();
      }
    }
    EXPECT_TRUE(message.starts_with("cannot write " + place.string() + ": File too large; free some space")) << message;
    EXPECT_EQ(storage::read_text(place), "before");
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.string()), {}), 3) << "nothing is left beside them";
}

TEST(Figure, ARowOfPicturesIsAsHighAsItsTallest) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "gnuplot is not installed";
  const auto height = [](const std::vector<std::int64_t>& heights) {
    Figure figure;
    for (const std::int64_t rows : heights) {
      Panel panel;
      panel.raster = {10, rows, std::vector<std::uint8_t>(static_cast<std::size_t>(30 * rows))};
      figure.panels.push_back(std::move(panel));
    }
    figure.columns = 2;
    const std::string svg = drawn(figure, ".svg");
    const std::size_t place = svg.find("height=\"");
    return std::stod(svg.substr(place + 8));
  };

  EXPECT_NEAR(height({10, 20, 5, 5}), height({10, 20}) + height({5, 5}), 1);
  EXPECT_NEAR(height({10, 20}), height({20, 20}), 1);
  EXPECT_LT(height({5, 5}), height({10, 5}));
}

/// What is written in the drawing of one panel, in its order.
std::vector<std::string> texts_of(const Panel& panel) {
  const std::string svg = drawn({.panels = {panel}}, ".svg");
  std::vector<std::string> texts;
  for (std::size_t end = svg.find("</tspan>"); end != std::string::npos; end = svg.find("</tspan>", end + 1)) {
    const std::size_t begin = svg.rfind('>', end - 1) + 1;
    texts.push_back(svg.substr(begin, end - begin));
  }
  return texts;
}

TEST(Figure, OfASingleXHasThisTickAlone) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  for (const double x : {1.0, 128.0, 512.0}) {
    const std::vector<std::string> texts =
        texts_of({.title = "t", .y_least = 0, .y_most = 0.5, .key = Key::none, .series = {{"AE", 0, {x}, {0.3}, {}, {}}}});
    const std::string tick = fmt::format("{}", x);

    EXPECT_EQ(std::ranges::count(texts, tick), 1) << tick;
    EXPECT_EQ(std::ranges::count_if(texts, [](const std::string& text) { return !text.empty() && std::stod("0" + text) >= 1; }),
              1)
        << tick;
  }
}

TEST(Figure, OfALargeRangeHasFewTicks) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const std::vector<std::string> texts =
      texts_of({.title = "t", .key = Key::none, .series = {{"AE", 0, {2, 512}, {1, 2}, {}, {}}}});

  EXPECT_LT(texts.size(), 25U);
}

TEST(Figure, MakesRoomForLongTitlesAndNames) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const auto size = [](const Panel& panel, const char* side) {
    const std::string svg = drawn({.panels = {panel}}, ".svg");
    return std::stod(svg.substr(svg.find(std::string(" ") + side + "=\"") + 3 + std::string(side).size()));
  };
  const std::string name = "IRMAE l=4 initialisation=orthogonal learning_rate=0.0001 hidden=512";
  Panel picture{.title = "IRMAE", .raster = {10, 5, std::vector<std::uint8_t>(150)}}, named = picture;
  named.title = name;
  Panel curves{.title = "t", .series = {{"AE", 0, {1, 2}, {1, 2}, {}, {}}}}, long_curves = curves;
  long_curves.series[0].label = name;

  EXPECT_GT(size(named, "height"), size(picture, "height"));
  EXPECT_EQ(size(named, "width"), size(picture, "width"));
  EXPECT_GT(size(long_curves, "width"), size(curves, "width") + 300);
}

TEST(Figure, NinetySixCurvesDiffer) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  Panel panel{.title = "t", .key = Key::none};
  for (int i = 0; i < 96; ++i) panel.series.push_back({"", i, {1, 2}, {1.0 + i, 2.0 + i}, {}, {}});
  const std::string svg = drawn({.panels = {panel}}, ".svg");
  const auto part = [&](std::size_t begin, const std::string& before, char after) {
    const std::size_t place = svg.find(before, begin) + before.size();
    return svg.substr(place, svg.find(after, place) - place);
  };

  std::set<std::string> lines, marks;
  for (int i = 1; i <= 96; ++i) {
    const std::size_t curve = svg.find(fmt::format("id=\"gnuplot_plot_{}a\"", i));
    ASSERT_NE(curve, std::string::npos) << i;
    const std::size_t path = svg.find("<path ", curve), group = svg.rfind("<g ", path);
    lines.insert(part(group, "stroke-width=\"", '"') + " " + svg.substr(path, svg.find(" d='", path) - path));
    marks.insert(part(path, "stroke='", '\'') + " " + part(path, "xlink:href='#", '\''));
  }
  EXPECT_EQ(lines.size(), 96U);
  EXPECT_EQ(marks.size(), 96U);
}

TEST(Figure, ALongLegendStandsInOneColumnBesideTheCurves) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  Panel panel{.title = "many", .x_label = "x", .y_label = "y", .key = Key::outside};
  for (int i = 0; i < 40; ++i) panel.series.push_back({fmt::format("curve {}.", i), i, {1, 2}, {1.0 + i, 2.0 + i}, {}, {}});

  draw({.panels = {panel}}, folder / "figure.svg");

  std::stringstream figure;
  figure << std::ifstream(folder / "figure.svg").rdbuf();
  const std::string text = figure.str();
  std::set<std::string> columns, rows;
  for (int i = 0; i < 40; ++i) {
    const std::size_t label = text.find(fmt::format(">curve {}.</tspan>", i)), place = text.rfind("translate(", label);
    ASSERT_NE(label, std::string::npos) << i;
    const std::size_t comma = text.find(',', place);
    columns.insert(text.substr(place, comma - place));
    rows.insert(text.substr(comma, text.find(')', comma) - comma));
  }
  EXPECT_EQ(columns.size(), 1U);
  EXPECT_EQ(rows.size(), 40U);
}

TEST(Figure, OfAFolderThatIsNotThereIsAnErrorAndNotOnStandardOutput) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  const auto place = folder / "missing" / "figure.svg";
  std::string message;
  testing::internal::CaptureStdout();
  try {
    draw({.panels = {{.title = "some", .series = {{"curve", 0, {1, 2}, {1, 2}, {}, {}}}}}}, place);
  } catch (const Error& error) {
    message = error.what();
  }
  EXPECT_TRUE(testing::internal::GetCapturedStdout().empty());

  EXPECT_EQ(message, "cannot write " + place.string() + ": No such file or directory");
}

TEST(Report, SaysOnWhatTheLastRunRanAndExplainsNoScaleOnlyWhereARunHasNone) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  const auto html_of = [&](std::int64_t ranks, const char* mpi, const char* scale) {
    storage::RunRecord record = tests::record_of({.scale = scale});
    record.provenance = {
        {"libtorch", std::string("2.0")}, {"mpi", std::string(mpi)}, {"ranks", ranks}, {"threads_per_rank", ranks}};
    storage::write_run(folder / "run.h5", record);
    return report(find_runs({folder.string()}));
  };
  const std::string alone = html_of(1, "none", "tiny"), many = html_of(2, "Open MPI 4", "");

  EXPECT_NE(alone.find("1 of 1 started run is finished."), std::string::npos);
  EXPECT_NE(alone.find("LibTorch 2.0, without MPI; 1 rank of 1 thread on"), std::string::npos);
  EXPECT_NE(many.find("LibTorch 2.0, Open MPI 4; 2 ranks of 2 threads on"), std::string::npos);
  EXPECT_EQ(alone.find("&ldquo;none&rdquo;"), std::string::npos);
  EXPECT_NE(many.find("&ldquo;none&rdquo;"), std::string::npos);
}

TEST(Report, SaysHowToMakeWhatIsMissingAndEscapesNames) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.cell = "<script>alert('1')</script>", .scale = "\"><b>"});
  const std::string page = report(find_runs({folder.string()}));

  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(&#39;1&#39;)"), std::string::npos);
  EXPECT_EQ(page.find("\"><b>,"), std::string::npos);
  for (const char* manifest : {"mnist", "celeba", "ablations", "latent-size", "depth", "deterministic"})
    EXPECT_NE(page.find(std::string("irmae run experiments/") + manifest + ".toml scale=&#39;&quot;&gt;&lt;b&gt;&#39; -o DIR"),
              std::string::npos)
        << manifest << ", at the scale of the runs that are there, as a shell takes it";
  EXPECT_NE(page.find("<h3 id=figure-11>"), std::string::npos);
}

/// Runs on pictures of one's own; of vectors, which have no pictures, where `images` is false.
void write_own(const std::filesystem::path& folder, bool images) {
  for (const auto& [method, layers] : {std::pair<std::string, std::int64_t>{"ae", 0}, {"irmae", 2}, {"irmae", 4}}) {
    const std::string data = images ? "images" : "array";
    storage::RunRecord record = tests::record_of({.data = data, .method = method, .latent = 16, .layers = layers});
    if (!images) {
      record.evaluations.clear();
      for (const char* name : {"interpolation", "pca", "samples", "frechet"})
        record.evaluations.push_back({name, {}, {}, {{"missing", std::string("the data are vectors, not images")}}});
      record.originals.shape = record.reconstructions.shape = {8, 3 * 8 * 8};
    }
    const auto place = folder / "own" / (data + method + std::to_string(layers));
    std::filesystem::create_directories(place);
    storage::write_run(place / "run.h5", record);
  }
}

TEST(Report, OfOwnPicturesBeginsWithThemAndFoldsThePapersExperiments) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  write_own(folder.string(), true);
  const std::string html = report(find_runs({folder.string()}));

  const std::size_t own = html.find("<h3 id=own-1>"), paper = html.find("<details><summary>The paper&#39;s figures");
  ASSERT_NE(own, std::string::npos);
  ASSERT_NE(paper, std::string::npos);
  EXPECT_LT(own, paper);
  EXPECT_EQ(html.find("<b>Missing:</b>"), std::string::npos);
  EXPECT_EQ(html.find("<h3 id=figure-2>"), std::string::npos);
  for (const char* kind : {"spectrum", "sweep-depth", "interpolation", "samples", "pca"}) {
    const std::size_t picture = html.find("<img alt=\"" + page::escaped(plot_kind(kind).help));
    EXPECT_GT(picture, own) << kind;
    EXPECT_LT(picture, paper) << kind;
  }
  EXPECT_LT(html.find("Effective ranks of the validation codes' covariance", own), paper);
}

TEST(Report, OfOwnVectorsHasTheirSpectrumAndAsksForNoPictures) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  write_own(folder.string(), false);
  const std::string html = report(find_runs({folder.string()}));

  EXPECT_NE(html.find("<img alt=\"" + page::escaped(plot_kind("spectrum").help)), std::string::npos);
  EXPECT_EQ(html.find("No finished run holds"), std::string::npos);
  EXPECT_EQ(html.find("image/png"), std::string::npos);
}

TEST(Report, OfOwnDataBesideThePapersHasBoth) {
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox";
  const tests::TemporaryFolder folder;
  write_own(folder.string(), false);
  tests::write_sample(folder.string(), {});
  const std::string html = report(find_runs({folder.string()}));

  EXPECT_LT(html.find("<h3 id=own-1>"), html.find("<h3 id=figure-2>"));
  EXPECT_NE(html.find("<b>Missing:</b> no run of AE on mnist"), std::string::npos);
}

TEST(Page, WritesTheMeanAsFarAsItsDeviation) {
  EXPECT_EQ(page::with_deviation(0.0123456, 0.00451), "0.0123 &plusmn; 0.0045");
  EXPECT_EQ(page::with_deviation(5012.3, 231.0), "5012 &plusmn; 231");
  EXPECT_EQ(page::with_deviation(3, 0), "3 &plusmn; 0");
  EXPECT_EQ(page::with_deviation(31.25, std::nan("")), "31.25");
}

TEST(Page, APictureShowsItsPixelsOnlyWhereItIsDrawnLarger) {
  const auto html_of = [](std::int64_t width, std::int64_t height) {
    page::Page page("t");
    Panel panel;
    panel.raster = {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
    page.figure({.panels = {panel}}, "picture");
    return page.html();
  };
  const auto has_class = [](const std::string& html, const std::string& name) {
    const std::size_t begin = html.find("class=\"pixels"), place = html.find(" " + name, begin);
    return place < html.find('>', begin);
  };
  const std::string small = html_of(100, 100), wide = html_of(700, 520), huge = html_of(1500, 600);

  EXPECT_TRUE(has_class(small, "grown"));
  EXPECT_FALSE(has_class(wide, "grown")) << "shrunk in the column";
  EXPECT_TRUE(has_class(wide, "fits")) << "enlarged it is larger than it is";
  EXPECT_FALSE(has_class(huge, "fits"));
  // No other rule of the style sheet may make shrunk ones lose lines.
  std::set<std::string> selectors;
  const std::string rule = "{image-rendering:pixelated}";
  for (std::size_t place = small.find(rule); place != std::string::npos; place = small.find(rule, place + 1)) {
    const std::size_t begin = small.find_last_of("{}", place - 1) + 1;
    selectors.insert(small.substr(begin, place - begin));
  }
  EXPECT_EQ(selectors, (std::set<std::string>{".grown img", "figure:target.fits img"}));
}

TEST(Png, IsWhatPillowReads) {
  if (!tests::python_has("PIL numpy")) GTEST_SKIP() << "Python has no Pillow";
  Raster raster{7, 5, {}};
  for (int i = 0; i < 3 * 7 * 5; ++i) raster.rgb.push_back(static_cast<std::uint8_t>(i * i * 7 % 256));
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "a.png", std::ios::binary) << png(raster);
  const auto result =
      tests::run(std::string(IRMAE_PYTHON) +
                 " -c 'import sys, numpy; from PIL import Image; a = numpy.asarray(Image.open(sys.argv[1])); "
                 "assert a.shape == (5, 7, 3), a.shape; i = numpy.arange(105); assert (a.ravel() == i * i * 7 % 256).all()' " +
                 (folder / "a.png").string());
  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(Png, HasOneChannelWhereNoPixelHasAColour) {
  constexpr std::size_t kColourType = 25;  // in the header: 0 is grey, 2 is red, green, blue
  Raster raster{2, 2, {7, 7, 7, 0, 0, 0, 255, 255, 255, 9, 9, 9}};
  EXPECT_EQ(png(raster)[kColourType], 0);

  raster.rgb[11] = 10;
  EXPECT_EQ(png(raster)[kColourType], 2);
}

/// Values that grow by `rate` sigma^(2 - 2/l) in an epoch, in steps so short that the law is seen without the steps' error.
Run grown(std::int64_t layers, double rate) {
  Run run;
  run.identity.parameters = {{"model.linear_layers", layers}, {"model.method", std::string("irmae")}};
  std::vector<double> values{1.0, 0.3, 0.1, 0.01};
  for (std::int64_t epoch = 1; epoch <= 5; ++epoch) {
    storage::EpochRecord record;
    record.epoch = epoch;
    record.product_spectrum = values;
    run.history.push_back(record);
    for (double& value : values) value += rate * std::pow(value, 2 - 2 / static_cast<double>(layers));
  }
  return run;
}

TEST(GrowthLaw, PassesThroughValuesThatFollowIt) {
  for (const std::int64_t layers : {2, 4, 8}) {
    const Panel panel = growth_law(grown(layers, 1e-4), 0);
    ASSERT_EQ(panel.series.size(), 2U);  // growing and the law: nothing shrinks
    const Series& law = panel.series[1];
    const double power = std::log(law.y[1] / law.y[0]) / std::log(law.x[1] / law.x[0]);
    EXPECT_NEAR(power, 2 - 2 / static_cast<double>(layers), 1e-9);
    EXPECT_NEAR(law.y[0] / std::pow(law.x[0], power), 1e-4, 1e-7);
  }
}

TEST(GrowthLaw, ShowsValuesThatShrinkApart) {
  analysis::Run run = grown(2, 1e-3);
  for (auto& record : run.history) record.product_spectrum[3] = 0.01 / static_cast<double>(record.epoch);
  const Panel panel = growth_law(run, 0);

  ASSERT_EQ(panel.series.size(), 3U);
  EXPECT_EQ(panel.series[0].label, "shrinking");
  EXPECT_EQ(panel.series[0].x.size(), 4U);
  EXPECT_NEAR(panel.series[2].y[0] / panel.series[2].x[0], 1e-3, 1e-5);
}

}  // namespace
}  // namespace irmae::analysis
