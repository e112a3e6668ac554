// SPDX-License-Identifier: MIT
// Which runs are found, which belong together, in which order and by which names.
#include "analysis/configurations.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "analysis/drawing/colours.h"
#include "analysis/drawing/figure.h"
#include "analysis/natural_order.h"
#include "analysis/report/selection.h"
#include "analysis/table.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "tests/analysis/made_runs.h"
#include "tests/analysis/paper_runs.h"
#include "tests/analysis/sample_runs.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis {
namespace {

using report_page::main_runs;
using tests::Paper;
using tests::run_with;

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

TEST(Runs, AFileThatIsNoRunIsSaidToBeOneAndIsNotToBeMovedAway) {
  const tests::TemporaryFolder folder;
  const std::string manifest = (folder / "m.toml").string(), copy = (folder / "copy.h5").string();
  for (const std::string& file : {manifest, copy}) std::ofstream(file) << "[data]\n";

  EXPECT_EQ(find_runs({manifest}).problems, std::vector<std::string>{manifest + ": a file, and no folder of runs"});
  EXPECT_EQ(find_runs({copy}).problems, std::vector<std::string>{copy + ": not an HDF5 file, or cut short"});
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

TEST(Labels, NameAllChoicesInWhichRunsDifferAndNumbersAsFarAsNeeded) {
  std::vector<analysis::Run> runs;
  for (const bool fresh : {true, false})
    runs.push_back(run_with({{"data.fresh", fresh},
                             {"data.name", std::string("shapes")},
                             {"data.square", std::string(fresh ? "corner" : "centre")},
                             {"model.method", std::string("ae")},
                             {"train.learning_rate", fresh ? 1e-3 : 1e-4}}));
  for (const double rate : {1e-3, 1e-4})
    runs.push_back(run_with({{"data.name", std::string("shapes")},
                             {"model.beta", rate},
                             {"model.method", std::string("vae")},
                             {"train.learning_rate", rate}}));

  EXPECT_EQ(distinct_labels(by_configuration(runs)),
            (std::vector<std::string>{"AE fresh=false square=centre", "AE fresh=true square=corner", "VAE beta=0.0001",
                                      "VAE beta=0.001"}));
}

TEST(Labels, HaveWordsThatStandByThemselves) {
  EXPECT_TRUE(has_words("AE mnist n=64", "mnist"));
  EXPECT_TRUE(has_words("AE mnist n=64", "n=64"));
  EXPECT_FALSE(has_words("AE network=mnist n=64", "mnist"));
  EXPECT_FALSE(has_words("AE mnist n=64", "n=6"));
}

TEST(Labels, AreInTheOrderOfTheirValues) {
  const std::vector<std::string> order{"LoRAE",
                                       "LoRAE n=8 penalty=1e-05",
                                       "LoRAE n=8 penalty=0.0001",
                                       "LoRAE n=8 penalty=0.001",
                                       "LoRAE n=20",
                                       "LoRAE penalty=1e-05",
                                       "LoRAE penalty=0.0001",
                                       "LoRAE penalty=none",
                                       "LoRAE-2 n=1",
                                       "LoRAE-10 n=1"};
  for (std::size_t a = 0; a < order.size(); ++a)
    for (std::size_t b = 0; b < order.size(); ++b)
      EXPECT_EQ(label_comes_before(order[a], order[b]), a < b) << order[a] << " and " << order[b];
}

TEST(Configurations, OfOneModelAreInTheOrderOfTheirSizesThenOfTheirValues) {
  std::vector<analysis::Run> runs;
  for (const auto& [latent, penalty] : {std::pair<std::int64_t, double>{8, 1e-3}, {20, 1e-5}, {8, 1e-4}, {8, 1e-5}, {4, 1e-3}})
    runs.push_back(run_with({{"data.name", std::string("shapes")},
                             {"model.latent", latent},
                             {"model.method", std::string("lorae")},
                             {"model.penalty", penalty}}));

  EXPECT_EQ(distinct_labels(by_configuration(runs)),
            (std::vector<std::string>{"LORAE n=4", "LORAE n=8 penalty=1e-05", "LORAE n=8 penalty=0.0001",
                                      "LORAE n=8 penalty=0.001", "LORAE n=20"}));
}

analysis::Run penalised(const char* method, double penalty, std::int64_t seed = 1, double decay = 0) {
  return run_with({{"data.name", std::string("shapes")},
                   {"model.latent", std::int64_t{32}},
                   {"model.method", std::string(method)},
                   {"model.penalty", penalty},
                   {"train.seed", seed},
                   {"train.weight_decay", decay}});
}

std::string label_of_main(const std::vector<analysis::Run>& runs, const char* method) {
  const auto labels = distinct_labels(by_configuration(main_runs(runs, "shapes", {method})));
  return labels.size() == 1 ? labels[0] : "";
}

TEST(MainRuns, OfASweepAreItsMiddleAndSaySo) {
  std::vector<analysis::Run> runs;
  for (const double penalty : {0.01, 0.1, 1.0}) runs.push_back(penalised("cae", penalty));
  for (const double penalty : {1e-4, 1e-3, 1e-2}) runs.push_back(penalised("lorae", penalty));
  for (const double decay : {1e-7, 1e-6, 1e-5}) runs.push_back(penalised("l1", 0.1, 1, decay));

  EXPECT_EQ(label_of_main(runs, "cae"), "CAE penalty=0.1") << "whatever other methods have";
  EXPECT_EQ(label_of_main(runs, "lorae"), "LORAE penalty=0.001");
  EXPECT_EQ(label_of_main(runs, "l1"), "L1 weight_decay=1e-06");
}

TEST(MainRuns, AreWhatMostRunsOfTheMethodAreAndForTrainingThenOfAll) {
  std::vector<analysis::Run> runs{penalised("cae", 1.0, 1), penalised("cae", 1.0, 2), penalised("cae", 0.1),
                                  penalised("cae", 0.01)};
  for (const double decay : {0.0, 1e-3, 1e-2}) runs.push_back(penalised("l2", 0.1, 1, decay));

  EXPECT_EQ(main_runs(runs, "shapes", {"cae"}).size(), 2U);
  EXPECT_EQ(label_of_main(runs, "cae"), "CAE penalty=1");
  EXPECT_EQ(label_of_main(runs, "l2"), "L2 weight_decay=0");
  EXPECT_EQ(label_of_main({penalised("cae", 0.1)}, "cae"), "CAE") << "nothing else is there";
}

TEST(MainRuns, OfASweepOverLatentSizesAreOfTheLargestAndTheOthersAreNamed) {
  std::vector<analysis::Run> runs;
  for (const std::int64_t latent : {2, 20, 4})
    runs.push_back(
        run_with({{"data.name", std::string("array")}, {"model.latent", latent}, {"model.method", std::string("ae")}}));
  const auto chosen = main_runs(runs, "array", {"ae"});

  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(chosen[0].latent(), 20);
  EXPECT_EQ(report_page::left_out(chosen, runs), "array, AE: n = 20 (not 2, 4)");
  EXPECT_EQ(report_page::left_out(runs, runs), "");
}

analysis::Run model_of(const char* method, std::int64_t latent, std::int64_t layers) {
  return run_with({{"data.name", std::string("array")},
                   {"model.latent", latent},
                   {"model.linear_layers", layers},
                   {"model.method", std::string(method)}});
}

TEST(LeftOut, IsSaidOfEachMethodAlone) {
  const std::vector<analysis::Run> chosen{model_of("ae", 8, 0), model_of("vae", 8, 0), model_of("irmae", 8, 2),
                                          model_of("irmae", 8, 4), model_of("lorae", 8, 1)};
  std::vector<analysis::Run> runs = chosen;
  for (const std::int64_t layers : {1, 3, 5}) runs.push_back(model_of("irmae", 8, layers));
  for (const char* method : {"ae", "vae"}) runs.push_back(model_of(method, 4, 0));

  EXPECT_EQ(report_page::left_out(chosen, runs), "array, AE, VAE: n = 8 (not 4); array, IRMAE: l = 2, 4 (not 1, 3, 5)")
      << "IRMAE of one layer is not shown, though LoRAE has one";
}

std::vector<int> colours_of_methods(const std::vector<const char*>& methods, std::int64_t configurations = 1) {
  std::vector<analysis::Run> runs;
  for (const char* method : methods)
    for (std::int64_t i = 0; i < configurations; ++i) runs.push_back(model_of(method, 8 + i, 0));
  return colours_of(by_configuration(runs));
}

TEST(Colours, OfThePapersMethodsAreTheSameWhateverStandsBesideThem) {
  using Colours = std::vector<int>;

  EXPECT_EQ(colours_of_methods({"ae"}), Colours{0});
  EXPECT_EQ(colours_of_methods({"irmae"}), Colours{1});
  EXPECT_EQ(colours_of_methods({"ae", "irmae"}), (Colours{0, 1}));
  EXPECT_EQ(colours_of_methods({"ae", "vae", "l1", "l2", "irmae", "irmae-fixed", "irmae-nonlinear", "irmae-shared"}),
            (Colours{0, 2, 3, 4, 1, 5, 6, 7}));
  EXPECT_EQ(colours_of_methods({"vae", "irmae", "cae", "dae"}), (Colours{2, 1, 8, 11})) << "no two methods share one";
}

TEST(Colours, DifferForEachConfiguration) {
  const std::vector<const char*> all{"ae",           "vae", "l1",  "l2",       "irmae",        "irmae-fixed", "irmae-nonlinear",
                                     "irmae-shared", "cae", "dae", "irmae-wd", "least-volume", "lorae",       "rae",
                                     "rrae"};
  for (const std::int64_t configurations : {1, 2, 6}) {
    const std::vector<int> colours = colours_of_methods(all, configurations);
    EXPECT_EQ(std::set<int>(colours.begin(), colours.end()).size(), colours.size()) << configurations;
    EXPECT_EQ(colours.at(0), 0);
    EXPECT_EQ(colours.at(static_cast<std::size_t>(configurations)), 2) << "the VAE's first, whatever the AE has";
  }
  EXPECT_EQ(colours_of_methods({"ae", "vae"}, 7), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}))
      << "more than a method has styles: by place";
  EXPECT_EQ(colours_of_methods({"ae"}, 3), (std::vector<int>{0, 1, 2})) << "one method: what differs has the colours";
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
  for (const Panel& panel : plot_kind("interpolation").make(shapes).panels)
    titles.push_back(panel.title.substr(0, panel.title.find(", seed 1")));
  for (const auto& row : mean_over_seeds(table_kind("ranks"), shapes).rows) rows.push_back(std::get<std::string>(row[0]));
  EXPECT_EQ(rows, order);
  EXPECT_EQ(titles, order);
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

TEST_F(Paper, AnExperimentsRunsAreFoundByTheirParameters) {
  const auto irmae = main_runs(runs(), "mnist", {"irmae"});
  ASSERT_EQ(irmae.size(), 2U);
  EXPECT_EQ(irmae[0].linear_layers(), 8) << "the paper's depth";
  EXPECT_EQ(main_runs(runs(), "shapes", {"irmae", 4}).size(), 2U);
  EXPECT_EQ(report_page::main_latent(runs(), "celeba"), 512);
  EXPECT_TRUE(main_runs(runs(), "mnist", {"lorae"}).empty());
  EXPECT_EQ(report_page::latents_of(runs(), "mnist", "ae"), (std::vector<std::int64_t>{64, 128}));
}

TEST_F(Paper, ASelectionThatLeavesNothingIsAnError) {
  RunSet set = *set_;
  EXPECT_THROW(select(set, {}, "mnsit"), UsageError);
  EXPECT_THROW(select(set, {"nothing*"}, ""), UsageError);
}

TEST(RunLabel, OfAnUnfinishedRunIsThatOfAFinishedOne) {
  const tests::TemporaryFolder folder;
  storage::RunRecord record = tests::record_of({.method = "irmae-fixed", .layers = 8});
  record.provenance = {{"method_label", std::string("IRMAE fixed")}};
  for (const char* cell : {"finished", "unfinished"}) std::filesystem::create_directory(folder / cell);
  storage::write_run(folder / "finished" / "run.h5", record);
  storage::write_metrics(folder / "unfinished" / "metrics.h5", record.identity, record.provenance, record.history);
  const std::vector<analysis::Run> runs = find_runs({folder.string()}).runs;

  ASSERT_EQ(runs.size(), 2U);
  for (const analysis::Run& run : runs) EXPECT_EQ(run.label(), "IRMAE fixed l=8") << run.file;
}

}  // namespace
}  // namespace irmae::analysis
