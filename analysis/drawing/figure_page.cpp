// SPDX-License-Identifier: MIT
#include "analysis/drawing/figure_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>

#include "storage/text/utf8.h"
#include "storage/text/words_in.h"

namespace irmae::analysis {

using storage::utf8_characters;

namespace {

/// A letter's width on the page on average, at the font size kEm.
constexpr double kLetter = 9.4;

/// And of a title of curves, which may reach a little over them at both sides.
constexpr double kTitleLetter = 7.5;

/// The height of a line in a legend.
constexpr double kKeyLine = 19.5;

/// The text with "..." in its middle where it has more letters than `most`.
std::string shortened(const std::string& text, std::size_t most) {
  if (utf8_characters(text) <= most) return text;
  const std::size_t head = most / 2, tail = most - head - 1, all = utf8_characters(text);
  std::string begin, end;
  std::size_t number = 0;  // of the letter that the byte is part of, from 1
  for (const char c : text) {
    if (!storage::is_within_utf8(c)) ++number;
    if (number <= head) begin += c;
    if (number > all - tail) end += c;
  }
  return begin + "\u2026" + end;
}

/// Lines of a text at blanks, none of more letters than `most` if a word is not.
std::vector<std::string> wrapped(const std::string& text, double most) {
  std::vector<std::string> lines{""};
  for (const std::string& word : storage::words_in(text)) {
    if (!lines.back().empty() && static_cast<double>(utf8_characters(lines.back()) + 1 + utf8_characters(word)) > most)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

/// Free at the right of axes whose end is given.
constexpr double kRightOfAxes = 20;

double width_of_key(const Panel& panel, double em) {
  const double line = has_long_samples(panel) ? 85 : 60;
  // Cairo, which draws a PDF, measures letters. For an SVG gnuplot takes them for wider than they are.
  const double letter = em > kEm ? kTitleLetter : 1.15 * kLetter;
  return (letter * static_cast<double>(longest_entry(panel)) + line) * em / kEm;
}

/// Of one below the axes, which begins near the panel's left edge.
double width_of_key_below(const Panel& panel, const Page& page) {
  return page.scaled(kTitleLetter * static_cast<double>(longest_entry(panel)) + 85);
}

/// Height that a panel needs for a legend of one column beside it, or below it.
double height_of_key(const Panel& panel, const Page& page) {
  if (panel.key == Key::below) return 400 + page.scaled(kKeyLine * static_cast<double>(entries_of_key(panel) + 1));
  return is_key_outside(panel, page.em) ? page.scaled(kKeyLine * static_cast<double>(panel.series.size())) + 170 : 0;
}

double height_of_title(const Panel& panel, const Page& page) {
  return page.scaled(14 + 20 * static_cast<double>(title_lines(panel, page).size()));
}

/// A line with an ellipsis in its longest word where it has more letters than `most`.
std::string short_line(const std::string& line, std::size_t most) {
  const std::size_t all = utf8_characters(line);
  if (all <= most) return line;
  std::string longest;
  for (const std::string& word : storage::words_in(line))
    if (utf8_characters(word) > utf8_characters(longest)) longest = word;
  const std::size_t over = all - most, length = utf8_characters(longest);
  std::string shorter = line;
  if (constexpr std::size_t kLeft = 10; length > over + kLeft)
    shorter.replace(shorter.find(longest), longest.size(), shortened(longest, length - over));
  return shortened(shorter, most);
}

}  // namespace

std::size_t entries_of_key(const Panel& panel) {
  return static_cast<std::size_t>(std::ranges::count_if(panel.series, [](const Series& one) { return !one.label.empty(); }));
}

double Page::width() const { return panel_width * static_cast<double>(columns) + key_width; }

double Page::height() const { return std::accumulate(heights.begin(), heights.end(), 0.0); }

std::string Page::place_of(std::size_t i) const {
  const std::size_t row = places[i] / columns, column = places[i] % columns;
  const double below = std::accumulate(heights.begin() + static_cast<std::ptrdiff_t>(row) + 1, heights.end(), 0.0);
  const double left = panel_width * static_cast<double>(column) / width(), share = panel_width / width();
  const bool has_key = key_width > 0 && keyed[i] && column + 1 == columns;
  // The axes of a panel with its legend beside it end where those of the others do.
  const std::string margin =
      has_key ? fmt::format("at screen {:.6f}", left + share - kRightOfAxes / width()) : std::string("-1");
  return fmt::format("set origin {:.6f},{:.6f}\nset size {:.6f},{:.6f}\nset rmargin {}\n", left, below / height(),
                     has_key ? 1 - left : share, heights[row] / height(), margin);
}

std::size_t longest_entry(const Panel& panel) {
  std::size_t longest = 0;
  for (const Series& series : panel.series) longest = std::max(longest, utf8_characters(series.label));
  return longest;
}

bool has_long_samples(const Panel& panel) {
  return std::ranges::any_of(panel.series, [](const Series& series) { return series.colour >= static_cast<int>(kColours); });
}

bool is_key_outside(const Panel& panel, double em) {
  return panel.key == Key::outside || (panel.key == Key::top_right && !panel.series.empty() && width_of_key(panel, em) > 360);
}

std::vector<std::string> short_title(const Panel& panel, const Page& page) {
  const auto most = static_cast<std::size_t>((page.panel_width - 30) / page.scaled(kTitleLetter));
  std::vector<std::string> lines;
  std::istringstream title(panel.title);
  for (std::string line; std::getline(title, line);) lines.push_back(short_line(line, most));
  return lines;
}

std::vector<std::string> title_lines(const Panel& panel, const Page& page) {
  const double width = page.panel_width - 30;
  std::vector<std::string> lines = wrapped(panel.title, width / page.scaled(kLetter));
  for (std::string& line : lines) line = shortened(line, static_cast<std::size_t>(width / page.scaled(kTitleLetter)));
  return lines;
}

std::vector<std::string> short_name(const RasterPart& part, const Raster& raster, const Page& page) {
  const double height = page.panel_width * static_cast<double>(part.height) / static_cast<double>(raster.width);
  constexpr double kFewest = 3;
  const auto most = [&](double letter) { return std::max(height / page.scaled(letter), kFewest); };
  std::string name = part.name;
  std::ranges::replace(name, '_', ' ');
  std::vector<std::string> lines = wrapped(name, most(kLetter));
  for (std::size_t i = 2; i < lines.size(); ++i) lines[1] += " " + lines[i];
  lines.resize(std::min<std::size_t>(lines.size(), 2));
  for (std::string& line : lines) line = shortened(line, static_cast<std::size_t>(most(kTitleLetter)));
  return lines;
}

double em_of(const std::string& ending) { return ending == ".pdf" ? 20 : kEm; }

Page page_of(const Figure& figure, double em) {
  const std::size_t count = figure.panels.size();
  const std::size_t columns = figure.columns == 0 ? count : std::min(figure.columns, count);
  Page page{em, columns, 520, 0, {}, {}, {}, {}, {}, {}};
  std::size_t next = 0;
  for (const Panel& panel : figure.panels) {
    if (panel.starts_row) next = (next + columns - 1) / columns * columns;
    page.places.push_back(next++);
  }
  page.heights.assign((next + columns - 1) / columns, 400);
  for (std::size_t i = 0; i < count; ++i) {
    const Panel& panel = figure.panels[i];
    page.keyed.push_back(is_key_outside(panel, em));
    if (panel.key == Key::below) page.panel_width = std::max(page.panel_width, width_of_key_below(panel, page));
    if (!page.keyed.back()) continue;
    const double key = width_of_key(panel, em);
    if (columns > 1 && page.places[i] % columns == columns - 1)
      page.key_width = std::max(page.key_width, key);
    else
      page.panel_width = std::max({page.panel_width, 640.0, 400 + key});
  }
  page.tallest.assign(page.heights.size(), 0);
  for (std::size_t i = 0; i < count; ++i)
    if (const Raster& raster = figure.panels[i].raster; raster.width > 0) {
      double& tallest = page.tallest[page.places[i] / columns];
      tallest = std::max(tallest, static_cast<double>(raster.height) / static_cast<double>(raster.width));
    }
  if (*std::ranges::max_element(page.tallest) > 0) page.panel_width = columns == 1 ? 640 : columns == 2 ? 520 : 400;
  page.titles.assign(page.heights.size(), 0);
  page.feet.assign(page.heights.size(), 0);
  for (std::size_t i = 0; i < count; ++i)
    if (figure.panels[i].raster.width > 0) {
      double& highest = page.titles[page.places[i] / columns];
      highest = std::max(highest, height_of_title(figure.panels[i], page));
      if (!figure.panels[i].x_label.empty()) page.feet[page.places[i] / columns] = page.scaled(22);
    }
  for (std::size_t row = 0; row < page.heights.size(); ++row)
    if (page.tallest[row] > 0) page.heights[row] = page.panel_width * page.tallest[row] + page.titles[row] + page.feet[row];
  for (std::size_t i = 0; i < count; ++i)
    page.heights[page.places[i] / columns] =
        std::max(page.heights[page.places[i] / columns], height_of_key(figure.panels[i], page));
  return page;
}

}  // namespace irmae::analysis
