// SPDX-License-Identifier: MIT
// How a page writes numbers and shows pictures.
#include "analysis/report/page.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "storage/text/base64.h"
#include "tests/contains.h"
#include "tests/gnuplot.h"

namespace irmae::analysis {
namespace {

TEST(Page, WritesMeansWithTheirDeviationsAndRunsWithThoseStartedInOneColumn) {
  const std::int64_t none = 0, two = 2;
  const Table means{{"configuration", "train_loss", "train_loss_sd", "prior", "prior_sd", "n", "of"},
                    {{"AE <1>", 4.1234, 0.0432, Value(), Value(), two, two}, {"VAE", {}, {}, {}, {}, none, two}}};
  const page::Grid grid = page::grid_of(means);

  EXPECT_EQ(grid.columns, (std::vector<std::string>{"configuration", "train loss", "n"})) << "none that is empty";
  const auto html_of = [&](std::size_t row) {
    std::vector<std::string> html;
    for (const page::Field& field : grid.rows.at(row)) html.push_back(field.html);
    return html;
  };
  EXPECT_EQ(html_of(0), (std::vector<std::string>{"AE &lt;1&gt;", "4.12 ± 0.04", "2/2"}));
  EXPECT_EQ(html_of(1), (std::vector<std::string>{"VAE", "<span class=gone>missing</span>", "0/2"}));
}

TEST(Page, ARunThatIsFinishedIsNotSaidToMissTheReasonWhyAnotherHasNoValues) {
  const Table runs{{"cell", "rank", "missing", "latent"},
                   {{"a", 4.0, Value(), std::int64_t{8}}, {"b", Value(), "not finished", std::int64_t{8}}}};
  const page::Grid grid = page::grid_of(runs);

  ASSERT_EQ(grid.columns, (std::vector<std::string>{"cell", "rank", "missing", "latent"}));
  EXPECT_EQ(grid.rows.at(0).at(2).html, "");
  EXPECT_EQ(grid.rows.at(1).at(2).html, "not finished");
  EXPECT_EQ(grid.rows.at(1).at(1).html, "<span class=gone>missing</span>") << "the value is";
  EXPECT_TRUE(grid.rows.at(0).at(2).word) << "the heading stands above the reasons";
}

TEST(Page, EachPictureOfSeveralCurvesHasALegendBelowThemWhateverTheFigureHas) {
  SKIP_WITHOUT_GNUPLOT();
  const Series one{"AE", 0, {1, 2}, {1, 2}, {}, {}}, other{"VAE", 2, {1, 2}, {2, 1}, {}, {}};
  Panel left{.title = "left", .key = Key::none, .series = {one, other}}, right = left, lone = left;
  right.title = "right", right.key = Key::outside;
  lone.title = "what\nwhose", lone.series = {one};
  page::Page page("t");
  page.figure({.panels = {left, right, lone}, .columns = 2}, "figure");
  const std::string html = page.html();
  const auto picture_of = [](const Panel& panel) { return storage::base64(drawn({.panels = {panel}}, ".svg")); };

  EXPECT_CONTAINS(html, picture_of(lone)) << "its title names it";
  for (Panel* panel : {&left, &right}) panel->key = Key::below;
  EXPECT_CONTAINS(html, picture_of(left));
  EXPECT_CONTAINS(html, picture_of(right));
  EXPECT_CONTAINS(html, "alt=\"figure: what, whose; ");
}

TEST(Page, PrintsNumbersAndWordsWhole) {
  const std::string html = page::Page("t").html(), print = html.substr(html.find("@media print"));

  const std::string style = print.substr(0, print.find("</style>"));
  const std::regex breaks(R"(\btd\b[^{}]*\{[^}]*(white-space:normal|overflow-wrap:anywhere))");
  EXPECT_FALSE(std::regex_search(style, breaks)) << "73.44 would become 73.4 and 4";
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

}  // namespace
}  // namespace irmae::analysis
