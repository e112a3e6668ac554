// SPDX-License-Identifier: MIT
// A figure as a description; gnuplot draws it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "analysis/drawing/raster.h"
#include "analysis/run_set.h"
#include "framework/registry.h"

namespace irmae::analysis {

/// Number of colours in the palette.
inline constexpr std::size_t kColours = 8;

/// Number of curves that colours, dashes, widths and marks tell apart.
inline constexpr std::size_t kStyles = 12 * kColours;

/// The colour of what is no configuration's: a grey that no curve has.
inline constexpr int kGrey = -1;

/// One curve: y over x, with a band from low to high where several runs stand behind it.
struct Series {
  std::string label;
  int colour =
      0;  ///< the same for a configuration in every panel; beyond the palette's end dashes, widths and marks tell curves apart
  std::vector<double> x, y, low, high;
  bool points = false;  ///< marks alone, no line
  bool dashed = false;  ///< a line alone: a law, or what was fitted
  int symbol = 7;       ///< of `points`, in gnuplot's numbers
};

/// Where the legend stands. `outside` is to the right of the axes, for more entries than a corner holds, and so is `top_right`
/// where an entry is too long for it; `below`, in one column, is for data that leave no corner free, and for a narrow page.
enum class Key { top_right, outside, below, none };

/// Curves, or one picture.
struct Panel {
  std::string title;  ///< of curves: lines, with \n between them
  std::string x_label{}, y_label{};
  /// Which axes are logarithmic. With `logarithmic`, the y axis is linear all the same where the values span less than a
  /// decade, its range is not given and x is not logarithmic too.
  bool logarithmic = false, x_logarithmic = false;
  bool y_from_zero = false;                    ///< where the y axis is linear and its range is not given
  double x_most = 0, y_least = 0, y_most = 0;  ///< y_least = y_most: automatic
  double mark = 0;                             ///< a vertical line at this x; 0: none
  std::string mark_label{};
  Key key = Key::top_right;
  bool starts_row = false;  ///< stands below all panels before it
  std::vector<Series> series{};
  Raster raster{};
};

struct Figure {
  std::vector<Panel> panels{};
  std::size_t columns = 0;  ///< panels side by side; 0: all

  bool empty() const;  ///< whether no panel has a curve or a picture
  /// Puts so many panels side by side. Where it is one, legends that stand beside the axes stand below them.
  void set_columns(std::size_t count);
};

/// The figure as the bytes of a file with this ending: .svg, .png or .pdf. Throws Error when gnuplot fails or is not installed.
std::string drawn(const Figure& figure, const std::string& ending);

/// Draws the figure to the file `path`, as a whole or not at all. Throws UsageError where its ending is not .svg, .png or .pdf;
/// Error when gnuplot fails or the file cannot be written.
void draw(const Figure& figure, const std::filesystem::path& path);

struct PlotKind {
  std::string name;
  std::string help;
  std::function<Figure(const std::vector<Run>&)> make;
  /// Why a figure of this kind shows nothing of a run; empty: it shows something, or nobody knows.
  std::function<std::string(const Run&)> why_not{};
  storage::Spectra spectra = storage::Spectra::none;  ///< of the runs' histories, that `make` reads
};

/// All registered kinds of figures, by name.
const std::vector<PlotKind>& plot_kinds();
/// The kind of figure of this name. Throws UsageError with the nearest name where there is none.
const PlotKind& plot_kind(const std::string& name);

/// A static object of this type in a plot's file registers it.
using RegisterPlot = Registry<PlotKind>::Entry;

}  // namespace irmae::analysis
