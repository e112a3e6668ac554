// SPDX-License-Identifier: MIT
// What each kind of figure shows of made-up runs.
#include "analysis/drawing/figure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "analysis/drawing/why_no_figure.h"
#include "storage/run_file.h"
#include "tests/analysis/made_runs.h"
#include "tests/analysis/paper_runs.h"
#include "tests/gnuplot.h"

namespace irmae::analysis {
namespace {

using tests::autoencoder;
using tests::Paper;
using tests::run_of_epochs;
using tests::run_with;
using tests::stacked;

/// What a figure has, and what gnuplot has drawn of it.
struct Drawn {
  std::int64_t curves = 0, bands = 0, pictures = 0;
  bool operator==(const Drawn&) const = default;
};

void PrintTo(const Drawn& drawn, std::ostream* out) {
  *out << drawn.curves << " curves, " << drawn.bands << " bands, " << drawn.pictures << " pictures";
}

/// In an SVG, without axes and titles: each curve, band or picture is a group of its own, which may be empty.
Drawn drawn_in(const std::string& svg) {
  const std::string begin = "<g id=\"gnuplot_plot_";
  Drawn drawn;
  for (std::size_t at = svg.find(begin); at != std::string::npos;) {
    const std::size_t next = svg.find(begin, at + 1);
    // The group's end and that of the one inside it. Behind the last group stand the axes.
    const std::string group = svg.substr(at, std::min(next, svg.find("</g>\n\t</g>", at)) - at);
    const auto has = [&](const char* element) { return group.find(element) != std::string::npos; };
    if (has("<path") || has("<use")) ++drawn.curves;
    if (has("<polygon")) ++drawn.bands;
    if (has("<image")) ++drawn.pictures;
    at = next;
  }
  return drawn;
}

TEST_F(Paper, EveryPlotIsDrawnWithAllItsCurvesAndPictures) {
  SKIP_WITHOUT_GNUPLOT();
  std::set<std::string> shown;
  for (const PlotKind& kind : plot_kinds()) {
    SCOPED_TRACE(kind.name);
    const Figure figure = kind.make(runs());
    if (figure.empty()) continue;  // of an evaluation that the runs do not have
    shown.insert(kind.name);
    Drawn wanted;
    for (const Panel& panel : figure.panels) {
      SCOPED_TRACE(panel.title);
      if (panel.raster.width > 0) {
        ++wanted.pictures;
        const std::set<std::uint8_t> shades(panel.raster.rgb.begin(), panel.raster.rgb.end());
        EXPECT_GT(shades.size(), 16U) << "the lines between its images alone";
        continue;
      }
      for (const Series& series : panel.series) {
        EXPECT_FALSE(series.x.empty()) << series.label;
        ++wanted.curves;
        if (series.low.empty()) continue;
        if (series.x.size() > 1)
          ++wanted.bands;
        else if (series.low != series.high)
          ++wanted.curves;  // a single point has no area, but a bar
      }
    }
    EXPECT_EQ(drawn_in(drawn(figure, ".svg")), wanted);
  }
  for (const char* kind : {"attributes", "dynamics", "interpolation", "losses", "pca", "reconstructions", "samples",
                           "samples-gaussian", "samples-mixture", "spectrum", "sweep", "sweep-depth", "sweep-latent"})
    EXPECT_TRUE(shown.contains(kind)) << kind;
}

/// Every number of its curves and every point of its pictures.
std::string shown_in(const Figure& figure) {
  std::string text;
  for (const Panel& panel : figure.panels) {
    text += fmt::format("{}: {}\n", panel.title, fmt::join(panel.raster.rgb, " "));
    for (const Series& series : panel.series)
      text += fmt::format("{}: {} / {}\n", series.label, fmt::join(series.x, " "), fmt::join(series.y, " "));
  }
  return text;
}

TEST_F(Paper, EveryPlotNeedsNoMoreSpectraThanItAsksFor) {
  const std::vector<analysis::Run> bare = find_runs({folder_->string()}, storage::Spectra::none).runs;
  std::size_t kinds = 0;
  for (const PlotKind& kind : plot_kinds())
    if (kind.spectra == storage::Spectra::none) {
      EXPECT_TRUE(shown_in(kind.make(bare)) == shown_in(kind.make(runs()))) << kind.name;
      ++kinds;
    }
  EXPECT_GT(kinds, 0U);
}

TEST_F(Paper, ThePlaneOfPrincipalComponentsHasTheLeadingOneDownItsSide) {
  const auto run = std::ranges::find_if(
      runs(), [](const analysis::Run& one) { return one.data() == "mnist" && one.method() == "vae" && one.complete; });
  ASSERT_NE(run, runs().end());
  const Panel panel = plot_kind("pca").make({*run}).panels.at(0);
  // The first row of images [first component, second component, ...].
  const storage::Evaluation found = run->evaluation("pca");
  const storage::NamedArray first = entries_of(*found.array("images"), {0});
  const Raster row = montage(&first, 5, 0);

  EXPECT_EQ(panel.y_label, "PC 1, -2 to +2 sd");
  EXPECT_EQ(panel.x_label, "PC 2, -2 to +2 sd");
  EXPECT_EQ(panel.raster.width, row.width);
  EXPECT_TRUE(std::equal(row.rgb.begin(), row.rgb.end(), panel.raster.rgb.begin()));
}

TEST(Plot, OfNothingIsEmpty) {
  for (const PlotKind& kind : plot_kinds()) EXPECT_TRUE(kind.make({}).empty()) << kind.name;
}

TEST(Plot, ThatIsEmptySaysWhy) {
  const auto why = [](const char* kind, const std::vector<analysis::Run>& runs) {
    EXPECT_TRUE(plot_kind(kind).make(runs).empty()) << kind;
    return why_no_figure(plot_kind(kind), runs);
  };
  const auto of_shape = [](const char* shape) {
    analysis::Run run = run_with(autoencoder(1));
    run.provenance = {{"sample_shape", std::string(shape)}};
    return run;
  };
  analysis::Run constant = run_with(autoencoder(1)), unfinished = run_with(autoencoder(2)), none = run_with(autoencoder(3));
  constant.spectrum = {0, 0};
  tests::history_of(constant).back().covariance_spectrum = {0, 0};
  unfinished.complete = false;
  unfinished.spectrum.clear();

  const std::string channels = "the images have 5 channels, and only those of 1 or 3 can be shown";
  EXPECT_EQ(why("pca", {of_shape("5x28x28")}), channels);
  EXPECT_EQ(why("samples", {of_shape("20"), of_shape("5x8x8")}), "the data are vectors, not images; " + channels);
  EXPECT_EQ(why("interpolation", {none}), "the run has no such evaluation");
  const tests::TemporaryFolder folder;
  storage::RunRecord likelihoods = tests::record_of({.data = "mnist", .latent = 128});
  likelihoods.identity.parameters.emplace_back("evaluate.samples", std::int64_t{0});
  for (storage::Evaluation& one : likelihoods.evaluations) one.arrays.clear();
  storage::write_run(folder / "run.h5", likelihoods);
  EXPECT_EQ(why("samples", find_runs({folder.string()}).runs), "evaluate.samples is 0");
  for (const char* kind : {"spectrum", "dynamics"})
    EXPECT_EQ(why(kind, {constant, unfinished, constant}),
              "all codes are the same, so that their covariance is 0; not finished");
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
  EXPECT_EQ(series[0].label, "IRMAE initial_scale=1 (l=0: AE)");
  EXPECT_EQ(series[1].label, "IRMAE initial_scale=3 (l=0: AE)");
  EXPECT_EQ(series[0].x, (std::vector<double>{0, 2, 4}));
  EXPECT_NEAR(series[1].y.at(2), 2, 1e-12) << "two equal values are two dimensions";
  EXPECT_EQ(series[1].low.at(2), series[1].high.at(2)) << "seeds alone make the band";
}

TEST(Sweep, DrawsOfCodesThatAreAllTheSameTheErrorAlone) {
  std::vector<analysis::Run> runs;
  for (const std::int64_t layers : {2, 4, 8}) runs.push_back(run_with(stacked(layers, 1, 1), 1));
  runs[1].spectrum = {0, 0};
  const std::vector<Panel> panels = plot_kind("sweep-depth").make(runs).panels;
  for (analysis::Run& run : runs) run.spectrum = {0, 0};

  ASSERT_EQ(panels.size(), 2U);
  EXPECT_EQ(panels[0].series.at(0).x, (std::vector<double>{2, 8}));
  EXPECT_EQ(panels[1].series.at(0).x, (std::vector<double>{2, 4, 8}));
  EXPECT_TRUE(plot_kind("sweep-depth").make(runs).empty());
}

TEST(Sweep, LeavesOutSinglePointsThatWouldBuryItsCurvesAndSaysHowMany) {
  std::vector<analysis::Run> runs;
  for (const std::int64_t layers : {2, 4}) runs.push_back(run_with(stacked(layers, 1, 1), 0.1));
  for (std::int64_t scale = 2; scale <= 8; ++scale) runs.push_back(run_with(stacked(2, static_cast<double>(scale), 1), 0.1));
  const Panel few = plot_kind("sweep-depth").make(runs).panels.at(0);
  runs.push_back(run_with(stacked(2, 9, 1), 0.1));
  const Panel many = plot_kind("sweep-depth").make(runs).panels.at(0);
  runs.erase(runs.begin());
  const Panel points = plot_kind("sweep-depth").make(runs).panels.at(0);

  EXPECT_EQ(few.series.size(), 8U);
  EXPECT_EQ(few.title, "Entropy effective rank, shapes");
  EXPECT_EQ(many.series.size(), 1U);
  EXPECT_EQ(many.x_label, "linear layers l");
  EXPECT_EQ(many.title, "Entropy effective rank, shapes\nIRMAE\n8 configurations with one place left out");
  EXPECT_EQ(points.series.size(), 9U) << "where there is no curve";
}

TEST(Spectrum, OfTheLinearPanelEndsWhereItsCurvesDo) {
  analysis::Run run = run_with(autoencoder(1));
  run.spectrum.assign(512, 1e-4);
  for (std::size_t i = 0; i < 40; ++i) run.spectrum[i] = 1;
  const Figure figure = plot_kind("spectrum").make({run});

  EXPECT_EQ(figure.panels.at(0).x_most, 42);
  EXPECT_EQ(figure.panels.at(1).x_most, 513);
}

TEST(Spectrum, OfTheLogarithmicPanelEndsWhereItsCurvesAreBelowIt) {
  analysis::Run run = run_with(autoencoder(1));
  run.spectrum.assign(512, 0);
  for (std::size_t i = 0; i < 31; ++i) run.spectrum[i] = 1;

  EXPECT_EQ(plot_kind("spectrum").make({run}).panels.at(1).x_most, 33);
}

TEST(Spectrum, HasRoomAtTheRightOfItsMarkAndNoLegendOnIt) {
  const auto panels = [](const char* data, std::size_t values) {
    storage::Attributes parameters = autoencoder(1);
    parameters.front().second = std::string(data);
    analysis::Run run = run_with(parameters);
    run.spectrum.assign(values, 1e-4);
    run.spectrum.front() = 1;
    return plot_kind("spectrum").make({run}).panels;
  };
  for (const std::size_t values : {4U, 8U, 32U}) {
    SCOPED_TRACE(values);
    const std::vector<Panel> marked = panels("shapes", values);
    EXPECT_EQ(marked.at(0).mark_label, "7 intrinsic dimensions");
    EXPECT_GE(marked.at(0).x_most, 2 * marked.at(0).mark) << "half of the panel for its words";
    EXPECT_EQ(marked.at(0).key, Key::none);
    EXPECT_EQ(marked.at(1).key, Key::outside);
    EXPECT_GT(marked.at(1).x_most, marked.at(1).mark) << "the line is inside";
  }
  EXPECT_EQ(panels("mnist", 32).at(0).key, Key::top_right);
  EXPECT_EQ(panels("mnist", 32).at(0).x_most, 3);
}

TEST(Sweep, AxesBeginAtZero) {
  const std::vector<Panel> panels =
      plot_kind("sweep-depth").make({run_with(stacked(2, 1, 1), 0.1), run_with(stacked(4, 1, 1), 0.2)}).panels;

  ASSERT_EQ(panels.size(), 2U);
  for (const Panel& panel : panels) EXPECT_TRUE(panel.y_from_zero) << panel.title;
}

TEST(Losses, SayThatEachMethodHasItsOwnObjective) {
  const std::vector<Panel> panels = plot_kind("losses").make({run_of_epochs(autoencoder(1), 2)}).panels;

  ASSERT_EQ(panels.size(), 2U);
  for (const Panel& panel : panels) EXPECT_EQ(panel.y_label, "each method's own objective");
}

TEST(Plot, NamesALoneCurveInItsTitles) {
  const auto titles = [](const char* kind) {
    std::vector<std::string> all;
    for (const Panel& panel : plot_kind(kind).make({run_of_epochs(autoencoder(1), 2)}).panels) all.push_back(panel.title);
    return all;
  };
  using Titles = std::vector<std::string>;

  EXPECT_EQ(titles("losses"), (Titles{"Training loss, shapes\nAE", "Validation loss, shapes\nAE"}));
  EXPECT_EQ(titles("dynamics").at(1), "Reconstruction error, shapes\nAE");
}

TEST_F(Paper, PicturesNameTheirSeedWhereThereAreSeveral) {
  const auto title = [](const std::vector<analysis::Run>& some) { return plot_kind("pca").make(some).panels.at(0).title; };
  std::vector<analysis::Run> of_both;
  for (const analysis::Run& run : runs())
    if (run.data() == "mnist" && run.method() == "vae") of_both.push_back(run);
  ASSERT_EQ(of_both.size(), 2U);

  EXPECT_EQ(title(of_both), "VAE, seed 1");
  EXPECT_EQ(title({of_both[1]}), "VAE");
  of_both[0].complete = false;
  EXPECT_EQ(title(of_both), "VAE, seed 2") << "the first that is finished";
}

TEST_F(Paper, AttributesAreNamedPartsInTheOrderOfTheDataSet) {
  const Figure figure = plot_kind("attributes").make(runs());
  ASSERT_FALSE(figure.panels.empty());
  for (const Panel& panel : figure.panels) {
    SCOPED_TRACE(panel.title);
    ASSERT_EQ(panel.raster.parts.size(), 2U);
    EXPECT_EQ(panel.raster.parts[0].name, "5_o_Clock_Shadow") << "the run tells the other one apart better";
    EXPECT_EQ(panel.raster.parts[1].name, "Male");
    EXPECT_EQ(panel.x_label, "-3 to +3 sd of the attribute's score");
    EXPECT_EQ(panel.title.find("Male"), std::string::npos);
  }
  // The second attribute's images are the first row of the run's.
  const storage::Evaluation found = std::ranges::find_if(runs(), [](const analysis::Run& run) {
                                      return run.data() == "celeba" && run.complete;
                                    })->evaluation("attributes");
  const storage::NamedArray first = entries_of(*found.array("images"), {0});
  const Raster row = montage(&first, 5, 0), &whole = figure.panels.front().raster;
  const auto begin = whole.rgb.begin() + 3 * whole.parts[1].top * whole.width;
  EXPECT_TRUE(std::equal(row.rgb.begin(), row.rgb.end(), begin));
}

TEST(Sweep, StartsWithEveryAutoencoderThatIsTrainedAlike) {
  for (const bool stack_comes_first : {true, false}) {
    SCOPED_TRACE(stack_comes_first);
    std::vector<analysis::Run> runs;
    for (const std::int64_t layers : {2, 4}) {
      storage::Attributes parameters = stacked(layers, 1, 1);
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

TEST(Dynamics, AreOfTheSeedThatHasComeFarthest) {
  storage::Attributes plain = autoencoder(4), second = plain;
  second.back().second = std::int64_t{2};
  const std::vector<analysis::Run> runs{run_of_epochs(plain, 0), run_of_epochs(second, 3), run_of_epochs(stacked(2, 1, 1), 1),
                                        run_of_epochs(stacked(2, 1, 2), 3)};
  std::map<std::string, std::size_t> epochs;
  for (const Panel& panel : plot_kind("dynamics").make(runs).panels) epochs[panel.title] = panel.series.at(0).x.size();

  EXPECT_EQ(epochs["Codes' covariance: 2 leading values\nAE, shapes, seed 2"], 3U);
  EXPECT_EQ(epochs["Codes' covariance: 2 leading values\nIRMAE l=2, shapes, seed 2"], 3U);
  EXPECT_EQ(epochs["Product W_l ... W_1: 2 leading values\nIRMAE l=2, shapes, seed 2"], 3U);
}

TEST(Dynamics, DrawErrorsAfterEveryEpochAndRanksAfterThoseWithASpectrum) {
  analysis::Run run = run_of_epochs(autoencoder(4), 4);
  storage::History& history = tests::history_of(run);
  history[0].covariance_spectrum.clear();
  history[2].covariance_spectrum = {0, 0};
  const std::vector<Panel> panels = plot_kind("dynamics").make({run}).panels;
  ASSERT_GE(panels.size(), 2U);
  const Series ranks = panels[0].series.at(0), errors = panels[1].series.at(0);

  EXPECT_EQ(ranks.x, (std::vector<double>{2, 4}));
  EXPECT_EQ(errors.x, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(errors.y, (std::vector<double>{1, 1.0 / 2, 1.0 / 3, 1.0 / 4}));
}

TEST(Dynamics, AreOfThePapersDepthWhereThereIsOneElseOfTheDeepest) {
  const auto title = [](const std::vector<std::int64_t>& depths) {
    std::vector<analysis::Run> runs;
    for (const std::int64_t layers : depths) runs.push_back(run_of_epochs(stacked(layers, 1, 1), 2));
    for (const Panel& panel : plot_kind("dynamics").make(runs).panels)
      if (panel.title.starts_with("Product")) return panel.title.substr(panel.title.find('\n') + 1);
    return std::string();
  };

  EXPECT_EQ(title({2, 4, 12}), "IRMAE l=4, shapes");
  EXPECT_EQ(title({3, 12, 6}), "IRMAE l=12, shapes");
}

TEST(Dynamics, AreOfThePapersLatentSizeWhereThereIsOneElseOfTheLargestAndTheirTitlesTellIt) {
  const auto titles = [](const std::string& data, const std::vector<std::int64_t>& latents) {
    std::vector<analysis::Run> runs;
    for (const std::int64_t latent : latents)
      for (storage::Attributes parameters : {autoencoder(4), stacked(2, 1, 1)}) {
        for (auto& [path, value] : parameters)
          if (path == "data.name")
            value = data;
          else if (path == "model.latent")
            value = latent;
        runs.push_back(run_of_epochs(parameters, 3));
      }
    std::vector<std::string> found;
    for (const Panel& panel : plot_kind("dynamics").make(runs).panels)
      if (panel.title.starts_with("Codes'") || panel.title.starts_with("Product") || panel.title.starts_with("Growth"))
        found.push_back(panel.title.substr(panel.title.find('\n') + 1));
    return found;
  };
  using Titles = std::vector<std::string>;

  EXPECT_EQ(titles("shapes", {2, 32, 64}),
            (Titles{"AE n=32, shapes", "IRMAE l=2 n=32, shapes", "IRMAE l=2 n=32, shapes", "IRMAE l=2 n=32, shapes"}));
  EXPECT_EQ(titles("shapes", {2, 16, 64}).at(0), "AE n=64, shapes");
  EXPECT_EQ(titles("array", {2, 64, 32}).at(0), "AE n=64, array");
  EXPECT_EQ(titles("shapes", {2}).at(0), "AE, shapes") << "nothing to tell apart";
}

TEST(Dynamics, DrawsValuesTooSmallForItsPanelBelowIt) {
  analysis::Run run = run_of_epochs(autoencoder(4), 2);
  for (auto& record : tests::history_of(run)) record.covariance_spectrum = {1, 1e-12, 0};
  const std::vector<Panel> panels = plot_kind("dynamics").make({run}).panels;
  const auto panel = std::ranges::find_if(panels, [](const Panel& one) { return one.title.starts_with("Codes' covariance"); });

  ASSERT_NE(panel, panels.end());
  ASSERT_EQ(panel->series.size(), 3U);
  EXPECT_LT(panel->series[1].y[0], 0.01 * panel->y_least);
  EXPECT_LT(panel->series[2].y[0], 0.01 * panel->y_least);
  EXPECT_GT(panel->series[2].y[0], 0);
}

TEST(Losses, OfSeedsAreAMeanWithABandAsFarAsEachHasCome) {
  std::vector<analysis::Run> runs{run_of_epochs(stacked(2, 1, 1), 3), run_of_epochs(stacked(2, 1, 2), 2)};
  tests::history_of(runs[1])[1].train_loss = 1;
  const Series curve = plot_kind("losses").make(runs).panels.at(0).series.at(0);

  EXPECT_EQ(curve.x, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(curve.y, (std::vector<double>{1, 0.75, 1.0 / 3}));
  EXPECT_EQ(curve.low, (std::vector<double>{1, 0.5, 1.0 / 3}));
  EXPECT_EQ(curve.high, (std::vector<double>{1, 1, 1.0 / 3}));
}

}  // namespace
}  // namespace irmae::analysis
