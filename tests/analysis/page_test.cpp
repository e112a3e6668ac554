// SPDX-License-Identifier: MIT
// How a page writes numbers and shows pictures.
#include "analysis/report/page.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace irmae::analysis {
namespace {

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

}  // namespace
}  // namespace irmae::analysis
