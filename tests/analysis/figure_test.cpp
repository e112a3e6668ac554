// SPDX-License-Identifier: MIT
// What gnuplot makes of the description of a figure.
#include "analysis/drawing/figure.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "analysis/drawing/figure_band.h"
#include "analysis/drawing/figure_page.h"
#include "analysis/drawing/figure_script.h"
#include "storage/system/environment.h"
#include "storage/system/files.h"
#include "tests/contains.h"
#include "tests/file_limit.h"
#include "tests/gnuplot.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis {
namespace {

TEST(Figure, ItsTextIsShownAsItIsAndIsNoCommand) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  const std::string text = "it's `touch " + (folder / "made").string() + "` a_b";
  draw({.panels = {{.title = text, .series = {{text, 0, {1, 2}, {1, 2}, {}, {}}}}}}, folder / "figure.svg");
  std::stringstream figure;
  figure << std::ifstream(folder / "figure.svg").rdbuf();

  EXPECT_FALSE(std::filesystem::exists(folder / "made"));
  EXPECT_CONTAINS(figure.str(), "`touch");
  EXPECT_CONTAINS(figure.str(), "a_b") << "no subscript";
}

TEST(Figure, ThatDoesNotFitOnTheDiskIsAnErrorAndLeavesTheOneBefore) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  const Figure figure{.panels = {{.title = "some", .series = {{"curve", 0, {1, 2}, {1, 2}, {}, {}}}}}};
  for (const std::string ending : {".svg", ".png", ".pdf"}) {
    const auto place = folder / ("figure" + ending);
    std::ofstream(place) << "before";
    const std::string message = tests::message_of([&] {
      const tests::FileLimit limit(4096);  // gnuplot's script fits, its figure does not
      draw(figure, place);
    });
    EXPECT_TRUE(message.starts_with("cannot write " + place.string() + ": File too large; free some space")) << message;
    EXPECT_EQ(storage::read_text(place), "before");
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.string()), {}), 3) << "nothing is left beside them";
}

Figure a_curve() { return {.panels = {{.title = "some", .series = {{"curve", 0, {1, 2}, {1, 2}, {}, {}}}}}}; }

TEST(Figure, IsTheSameWhateverTheUsersOwnGnuplotSettings) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder home;
  std::ofstream(home / ".gnuplot") << "set datafile separator ','\n";
  const std::string plain = drawn(a_curve(), ".svg");
  const std::string before = storage::environment_variable("HOME");
  setenv("HOME", home.string().c_str(), 1);
  const std::string other = drawn(a_curve(), ".svg");
  setenv("HOME", before.c_str(), 1);

  EXPECT_EQ(other, plain);
}

TEST(Figure, MakesTheFolderOfItsFile) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  const auto place = folder / "missing" / "too" / "figure.svg";
  draw(a_curve(), place);

  EXPECT_TRUE(std::filesystem::exists(place));
}

TEST(Figure, ThatCannotBeWrittenIsAnErrorAndNotOnStandardOutput) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  const auto place = folder / "file" / "missing" / "figure.svg";
  testing::internal::CaptureStdout();
  const std::string message = tests::message_of([&] { draw(a_curve(), place); });

  EXPECT_TRUE(testing::internal::GetCapturedStdout().empty());
  EXPECT_EQ(message, "cannot make folder " + place.parent_path().string() +
                         ": Not a directory; a file stands where a folder is needed: choose another place (-o)");
}

TEST(Figure, ARowOfPicturesIsAsHighAsItsTallest) {
  SKIP_WITHOUT_GNUPLOT();
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
  SKIP_WITHOUT_GNUPLOT();
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
  SKIP_WITHOUT_GNUPLOT();
  const std::vector<std::string> texts =
      texts_of({.title = "t", .key = Key::none, .series = {{"AE", 0, {2, 512}, {1, 2}, {}, {}}}});

  EXPECT_LT(texts.size(), 25U);
}

/// The numbers beside the axes, in their order; of 10^-2 both.
std::vector<double> numbers_of(const Panel& panel) {
  std::vector<double> numbers;
  for (const std::string& text : texts_of(panel)) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (end != text.c_str()) numbers.push_back(number);
  }
  return numbers;
}

Panel curve_of(std::vector<double> y) {
  return {.title = "t", .logarithmic = true, .key = Key::none, .series = {{"AE", 0, {5, 6}, std::move(y), {}, {}}}};
}

TEST(Figure, OfLessThanADecadeIsNotRoundedOutToDecades) {
  SKIP_WITHOUT_GNUPLOT();
  const auto has = [](const Panel& panel, double number) { return std::ranges::count(numbers_of(panel), number) > 0; };
  const Panel decade = curve_of({0.1, 0.01}), less = curve_of({0.02, 0.08});
  Panel banded = less, given = less, power_law = less;
  banded.series[0].low = {0.02, 0.005}, banded.series[0].high = {0.02, 0.09};
  given.y_least = 0.001, given.y_most = 1;
  power_law.x_logarithmic = true;

  EXPECT_TRUE(has(decade, 10)) << "10^-1";
  EXPECT_TRUE(has(less, 0.02));
  EXPECT_FALSE(has(less, 10));
  EXPECT_TRUE(has(banded, 10)) << "the band spans a decade";
  EXPECT_TRUE(has(curve_of({0, 0}), 0.2)) << "zeros have no logarithm";
  EXPECT_TRUE(has(given, 10)) << "an asked range stays";
  EXPECT_FALSE(has(power_law, 0.02)) << "a power law stays a straight line";
}

TEST(Figure, OfAnAxisFromZeroHasItOnLinearAxesAlone) {
  SKIP_WITHOUT_GNUPLOT();
  const auto begins_at_zero = [](std::vector<double> y, bool from_zero) {
    Panel panel = curve_of(std::move(y));
    panel.y_from_zero = from_zero;
    return std::ranges::count(numbers_of(panel), 0.0) > 0;
  };

  EXPECT_TRUE(begins_at_zero({3.7, 4.1}, true));
  EXPECT_TRUE(begins_at_zero({3.7, 3.7}, true)) << "a flat curve";
  EXPECT_FALSE(begins_at_zero({3.7, 4.1}, false));
}

TEST(Figure, WrapsTheNamesOfAPicturesPartsAtTheirUnderscoresAndShortensThoseOfLowParts) {
  const std::string name = "Mouth_Slightly_Open";
  const Raster raster{100, 80, std::vector<std::uint8_t>(24'000), {{name, 0, 10}, {name, 12, 20}, {name, 34, 46}}};
  const Page page = page_of({.panels = {{.title = "t", .raster = raster}}});
  using Lines = std::vector<std::string>;

  EXPECT_EQ(short_name(raster.parts[2], raster, page), Lines{"Mouth Slightly Open"});
  EXPECT_EQ(short_name(raster.parts[1], raster, page), (Lines{"Mouth", "Slightly Open"}));
  const Lines low = short_name(raster.parts[0], raster, page);
  ASSERT_EQ(low.size(), 2U);
  EXPECT_EQ(low[0], "Mouth");
  EXPECT_LT(low[1].size(), std::string("Slightly Open").size());
  EXPECT_TRUE(low[1].starts_with("Sli") && low[1].ends_with("pen")) << low[1];
}

TEST(Figure, TheNamesOfAPicturesPartsStandLeftOfTheirMiddles) {
  SKIP_WITHOUT_GNUPLOT();
  const Raster raster{100, 80, std::vector<std::uint8_t>(24'000), {{"upper", 0, 40}, {"lower one", 40, 40}}};
  const std::string svg = drawn({.panels = {{.title = "t", .raster = raster}}}, ".svg");
  const auto place_of = [&](const std::string& name) {
    const std::size_t label = svg.find(">" + name + "</tspan>");
    double x = 0, y = 0;
    EXPECT_EQ(std::sscanf(svg.c_str() + svg.rfind("translate(", label), "translate(%lf,%lf) rotate(-90)", &x, &y), 2) << name;
    return std::pair(x, y);
  };
  const std::size_t image = svg.find("<image");
  ASSERT_NE(image, std::string::npos);
  const auto number_of = [&](const std::string& attribute) {
    return std::strtod(svg.c_str() + svg.find(attribute + "='", image) + attribute.size() + 2, nullptr);
  };
  const double top = number_of(" y"), height = number_of(" height"), left = number_of(" x");
  const auto [upper_x, upper_y] = place_of("upper");
  const auto [lower_x, lower_y] = place_of("lower one");

  EXPECT_NEAR(upper_y, top + height / 4, height / 20);
  EXPECT_NEAR(lower_y, top + 3 * height / 4, height / 20);
  EXPECT_LT(upper_x, left);
  EXPECT_EQ(lower_x, upper_x);
}

TEST(Figure, TheLettersOfAPdfAreAsLargeOnPaperWhateverTheFigureAndHaveMoreRoomOnItsPage) {
  Panel keyed{.title = "t", .key = Key::outside, .series = {{"IRMAE l=4", 0, {1, 2}, {1, 2}, {}, {}}}};
  const Figure figure{.panels = {keyed, keyed}, .columns = 2};
  const Page screen = page_of(figure), paper = page_of(figure, em_of(".pdf"));

  EXPECT_CONTAINS(terminal_for(".pdf", page_of({.panels = {{.title = "t"}}}, em_of(".pdf"))),
                  "size 2.91in,2.23in font 'DejaVu Sans,8' fontscale 0.75");
  EXPECT_CONTAINS(terminal_for(".pdf", paper), "font 'DejaVu Sans,8' fontscale 0.75");
  EXPECT_GT(paper.em, screen.em);
  EXPECT_GT(paper.key_width, screen.key_width);
  EXPECT_GT(short_title({.title = std::string(200, 'x')}, screen)[0].size(),
            short_title({.title = std::string(200, 'x')}, paper)[0].size());
}

TEST(Figure, MarksOfAPngGrowWithItsLetters) {
  const std::string terminal = terminal_for(".png", page_of({.panels = {{.title = "t"}}}));

  EXPECT_CONTAINS(terminal, "size 1040,800 font 'DejaVu Sans,19.5' linewidth 2 pointscale 2");
}

TEST(Figure, OfOneColumnHasItsLegendsBelow) {
  SKIP_WITHOUT_GNUPLOT();
  Panel plain{
      .title = "t", .key = Key::none, .series = {{"AE", 0, {1, 2}, {1, 2}, {}, {}}, {"VAE", 1, {1, 2}, {2, 1}, {}, {}}}};
  Panel keyed = plain;
  keyed.key = Key::outside;
  Figure figure{.panels = {plain, keyed}, .columns = 2};
  figure.set_columns(1);

  EXPECT_EQ(figure.panels[0].key, Key::none);
  EXPECT_EQ(figure.panels[1].key, Key::below);
  const Page page = page_of(figure);
  EXPECT_EQ(page.columns, 1U);
  EXPECT_EQ(page.width(), 520);
  EXPECT_GT(page.heights.at(1), page.heights.at(0)) << "room for the legend";
  for (const char* label : {"AE", "VAE"}) EXPECT_CONTAINS(drawn(figure, ".svg"), std::string(">") + label + "</tspan>");
}

TEST(Figure, ALegendBelowHasALineAndItsHeightForEachEntry) {
  SKIP_WITHOUT_GNUPLOT();
  const auto with = [](int entries) {
    Panel panel{.title = "t", .key = Key::below};
    for (int i = 0; i < entries; ++i)
      panel.series.push_back({fmt::format("curve {}.", i), i, {1, 2}, {1.0 + i, 2.0 + i}, {}, {}});
    panel.series.push_back({"", 0, {1, 2}, {1, 2}, {}, {}});  // has no entry
    return Figure{.panels = {panel}};
  };
  const std::string svg = drawn(with(15), ".svg");
  std::set<std::string> rows;
  for (int i = 0; i < 15; ++i) {
    const std::size_t label = svg.find(fmt::format(">curve {}.</tspan>", i)), place = svg.rfind("translate(", label);
    ASSERT_NE(label, std::string::npos) << i;
    const std::size_t comma = svg.find(',', place);
    rows.insert(svg.substr(comma, svg.find(')', comma) - comma));
  }

  EXPECT_EQ(rows.size(), 15U);
  EXPECT_NEAR(page_of(with(15)).height() - page_of(with(5)).height(), 10 * 19.5, 1e-9);
}

TEST(Figure, OfSeedsAtASingleXHasABarFromTheSmallestToTheLargest) {
  SKIP_WITHOUT_GNUPLOT();
  const auto curves = [](double low, double high) {
    const std::string svg =
        drawn({.panels = {{.title = "t", .key = Key::none, .series = {{"AE", 0, {1}, {2}, {low}, {high}}}}}}, ".svg");
    return svg.find("gnuplot_plot_2a") != std::string::npos ? 2 : 1;
  };

  EXPECT_EQ(curves(1, 3), 2);
  EXPECT_EQ(curves(2, 2), 1) << "one seed";
}

TEST(Figure, TheLinesOfATitleStandBelowEachOther) {
  SKIP_WITHOUT_GNUPLOT();
  const std::vector<std::string> texts =
      texts_of({.title = "what\nwhose", .key = Key::none, .series = {{"AE", 0, {1, 2}, {1, 2}, {}, {}}}});

  for (const char* line : {"what", "whose"}) EXPECT_EQ(std::ranges::count(texts, line), 1) << line;
}

TEST(Figure, AnSvgNamesFontsForSystemsWithoutDejaVu) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string svg = drawn(a_curve(), ".svg");

  EXPECT_CONTAINS(svg, "font-family=\"DejaVu Sans,Verdana,Arial,sans-serif\"");
  EXPECT_LACKS(svg, "font-family=\"DejaVu Sans\"");
}

TEST(Figure, MakesRoomForLongTitlesAndNames) {
  SKIP_WITHOUT_GNUPLOT();
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
  SKIP_WITHOUT_GNUPLOT();
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

TEST(Band, IsCutWhereItLeavesTheAxes) {
  const Series series{"", 0, {1, 2, 3, 4}, {1, 1e-9, 1e-12, 1e-12}, {1, 1e-16, 1e-16, 1e-16}, {1, 1e-4, 1e-12, 1e-12}};
  Panel panel{.title = "t", .logarithmic = true, .y_least = 1e-8, .y_most = 1.5};
  const auto points = band_inside(series, panel);

  ASSERT_EQ(points.size(), 6U);  // two corners more
  EXPECT_NEAR(points[1].x, 1.5, 1e-12);
  EXPECT_NEAR(points[1].high / 1e-2, 1, 1e-9);
  EXPECT_NEAR(points[2].high / 1e-4, 1, 1e-9);
  EXPECT_NEAR(points[3].x, 2.5, 1e-12);
  for (const BandPoint& point : points) EXPECT_GE(point.low, 1e-8);
  panel.x_most = 2.25;
  EXPECT_EQ(band_inside(series, panel).back().x, 2.25);
  panel.x_most = panel.y_least = panel.y_most = 0;
  EXPECT_EQ(band_inside(series, panel).size(), 4U);
}

TEST(Figure, APanelWithALegendBesideItIsAsWideAsTheOther) {
  SKIP_WITHOUT_GNUPLOT();
  const Panel plain{.title = "t", .key = Key::none, .series = {{"AE", 0, {1, 2}, {1, 2}, {}, {}}}};
  Panel keyed = plain;
  keyed.key = Key::outside;
  const auto width = [](const Figure& figure) {
    const std::string svg = drawn(figure, ".svg");
    return std::stod(svg.substr(svg.find(" width=\"") + 8));
  };

  EXPECT_EQ(width({.panels = {plain, plain}, .columns = 2}), 1040);
  EXPECT_GT(width({.panels = {plain, keyed}, .columns = 2}), 1040) << "room for the legend beside both";
}

TEST(Figure, ShortensALongNameInTheTitleOfCurves) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string name = "array:/a/" + std::string(100, 'x') + "/b.npy";
  const auto texts = texts_of({.title = "Spectrum of the code, " + name + ", logarithmic",
                               .key = Key::none,
                               .series = {{"AE", 0, {1, 2}, {1, 2}, {}, {}}}});
  const auto title = std::ranges::find_if(texts, [](const std::string& text) { return text.starts_with("Spectrum"); });

  ASSERT_NE(title, texts.end());
  EXPECT_LT(title->size(), 70U);
  EXPECT_TRUE(title->starts_with("Spectrum of the code, array:/a/xx")) << *title;
  EXPECT_TRUE(title->ends_with("xx/b.npy, logarithmic")) << *title;
}

TEST(Figure, ALongLegendStandsInOneColumnBesideTheCurves) {
  SKIP_WITHOUT_GNUPLOT();
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

}  // namespace
}  // namespace irmae::analysis
