// SPDX-License-Identifier: MIT
// Where a figure's panels, titles and legends stand on its page, and how large all of them are.
#pragma once

#include <string>
#include <vector>

#include "analysis/drawing/figure.h"

namespace irmae::analysis {

/// A letter's font size where a page's unit is a pixel.
inline constexpr double kEm = 13;

/// The font size in units of the page for a file with this ending. Of a PDF, which is printed, it is larger: 8 points where two
/// panels with a legend beside them are as wide as a page's text.
double em_of(const std::string& ending);

/// Size of the page in units that are pixels of an SVG, before the terminal's own factor.
struct Page {
  double em;  ///< the font size
  std::size_t columns;
  double panel_width;
  double key_width;                 ///< beside the panels of the last column, for their legends; 0: they have none
  std::vector<std::size_t> places;  ///< of each panel: 0, 1, ... from the upper left, row by row
  std::vector<bool> keyed;          ///< of each panel: whether its legend stands beside it
  std::vector<double> heights;      ///< of each row of panels
  std::vector<double> tallest;      ///< of each row's pictures: height over width
  std::vector<double> titles;       ///< of each row's pictures: height
  std::vector<double> feet;         ///< of each row's pictures: height of what stands below them

  double width() const;
  double height() const;
  /// Where the i-th panel stands, in gnuplot's words: shares of the page, from its lower left corner.
  std::string place_of(std::size_t i) const;
  /// A length that is given for the font size kEm, at that of this page.
  double scaled(double length) const { return length * em / kEm; }
};

/// The page of a figure, with places for all its panels.
Page page_of(const Figure& figure, double em = kEm);

/// The lines of curves' title, of each its longest word with an ellipsis where it would reach over the panel's neighbours: the
/// names of data may be whole paths.
std::vector<std::string> short_title(const Panel& panel, const Page& page);

/// The title of a picture, in lines that fit its panel.
std::vector<std::string> title_lines(const Panel& panel, const Page& page);

/// The name of a picture's part, with blanks for underscores, in at most two lines, which are shortened where they would reach
/// over those of the parts above and below.
std::vector<std::string> short_name(const RasterPart& part, const Raster& raster, const Page& page);

/// Whether a panel's legend stands beside its axes: where the panel asks for that, or has an entry that is too long for a
/// corner at this font size.
bool is_key_outside(const Panel& panel, double em = kEm);

/// Whether the lines of a legend are long enough to show dashes: a curve has some, being of a later round of the palette.
bool has_long_samples(const Panel& panel);

/// Entries of a panel's legend: its curves with a name.
std::size_t entries_of_key(const Panel& panel);

/// Letters of the longest entry in a panel's legend.
std::size_t longest_entry(const Panel& panel);

}  // namespace irmae::analysis
