// SPDX-License-Identifier: MIT
#include "analysis/figure_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>

namespace irmae::analysis {

namespace {

/// Letters of UTF-8, not bytes.
std::size_t letters(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

/// A letter's width on the page on average.
constexpr double kLetter = 9.4;

/// Lines of a text at blanks, none wider than this if a word is not.
std::vector<std::string> wrapped(const std::string& text, double width) {
  std::vector<std::string> lines{""};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.back().empty() && kLetter * static_cast<double>(letters(lines.back()) + 1 + letters(word)) > width)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

double width_of_key(const Panel& panel) {
  return 1.15 * kLetter * static_cast<double>(longest_entry(panel)) + (has_long_samples(panel) ? 85 : 60);  // and its line
}

/// Height that a panel needs for a legend of one column beside it.
double height_of_key(const Panel& panel) {
  return is_key_outside(panel) ? 19.5 * static_cast<double>(panel.series.size()) + 170 : 0;
}

double height_of_title(const Panel& panel, const Page& page) {
  return 14 + 20 * static_cast<double>(title_lines(panel, page).size());
}

}  // namespace

double Page::width() const { return panel_width * static_cast<double>(columns); }

double Page::height() const { return std::accumulate(heights.begin(), heights.end(), 0.0); }

std::string Page::place_of(std::size_t i) const {
  const std::size_t row = places[i] / columns, column = places[i] % columns;
  const double below = std::accumulate(heights.begin() + static_cast<std::ptrdiff_t>(row) + 1, heights.end(), 0.0);
  return fmt::format("set origin {:.6f},{:.6f}\nset size {:.6f},{:.6f}\n",
                     static_cast<double>(column) / static_cast<double>(columns), below / height(),
                     1.0 / static_cast<double>(columns), heights[row] / height());
}

std::size_t longest_entry(const Panel& panel) {
  std::size_t longest = 0;
  for (const Series& series : panel.series) longest = std::max(longest, letters(series.label));
  return longest;
}

bool has_long_samples(const Panel& panel) {
  return std::ranges::any_of(panel.series, [](const Series& series) { return series.colour >= static_cast<int>(kColours); });
}

bool is_key_outside(const Panel& panel) {
  return panel.key == Key::outside || (panel.key != Key::none && !panel.series.empty() && width_of_key(panel) > 360);
}

std::vector<std::string> title_lines(const Panel& panel, const Page& page) {
  return wrapped(panel.title, page.panel_width - 30);
}

Page page_of(const Figure& figure) {
  const std::size_t count = figure.panels.size();
  const std::size_t columns = figure.columns == 0 ? count : std::min(figure.columns, count);
  Page page{columns, 520, {}, {}, {}, {}};
  std::size_t next = 0;
  for (const Panel& panel : figure.panels) {
    if (panel.starts_row) next = (next + columns - 1) / columns * columns;
    page.places.push_back(next++);
  }
  page.heights.assign((next + columns - 1) / columns, 400);
  for (const Panel& panel : figure.panels)
    if (is_key_outside(panel)) page.panel_width = std::max({page.panel_width, 640.0, 400 + width_of_key(panel)});
  page.tallest.assign(page.heights.size(), 0);
  for (std::size_t i = 0; i < count; ++i)
    if (const Raster& raster = figure.panels[i].raster; raster.width > 0) {
      double& tallest = page.tallest[page.places[i] / columns];
      tallest = std::max(tallest, static_cast<double>(raster.height) / static_cast<double>(raster.width));
    }
  if (*std::ranges::max_element(page.tallest) > 0) page.panel_width = columns == 1 ? 640 : columns == 2 ? 520 : 400;
  page.titles.assign(page.heights.size(), 0);
  for (std::size_t i = 0; i < count; ++i)
    if (figure.panels[i].raster.width > 0) {
      double& highest = page.titles[page.places[i] / columns];
      highest = std::max(highest, height_of_title(figure.panels[i], page));
    }
  for (std::size_t row = 0; row < page.heights.size(); ++row)
    if (page.tallest[row] > 0) page.heights[row] = page.panel_width * page.tallest[row] + page.titles[row];
  for (std::size_t i = 0; i < count; ++i)
    page.heights[page.places[i] / columns] = std::max(page.heights[page.places[i] / columns], height_of_key(figure.panels[i]));
  return page;
}

}  // namespace irmae::analysis
