// SPDX-License-Identifier: MIT
#include "analysis/drawing/figure_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "analysis/drawing/figure_band.h"

namespace irmae::analysis {

namespace {

/// Okabe and Ito's colours, which colour-blind readers can tell apart, without their yellow, which is faint on white: a dark
/// red, which is far from all others to these readers too, stands in its place.
constexpr const char* kPalette[] = {"#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#661100"};
static_assert(std::size(kPalette) == kColours);

const char* colour(int index) { return index == kGrey ? "#7F7F7F" : kPalette[static_cast<std::size_t>(index) % kColours]; }

/// Solid for the first round of the palette, then dashes and other marks. After these the lines become wide, then thin, and
/// the marks hollow, then crosses: kStyles curves differ.
std::string line_style(int index, bool few) {
  constexpr int kDashes[] = {1, 2, 4, 5};
  constexpr double kWidths[] = {1.6, 3.2, 0.7};
  constexpr int kMarks[std::size(kWidths)][std::size(kDashes)] = {{7, 5, 9, 13}, {6, 4, 8, 12}, {1, 2, 3, 10}};
  static_assert(std::size(kDashes) * std::size(kWidths) * kColours == kStyles);
  const auto round = static_cast<std::size_t>(index) / kColours, dash = round % std::size(kDashes),
             width = round / std::size(kDashes) % std::size(kWidths);
  return fmt::format("linespoints linewidth {} dashtype {} pointtype {} pointsize {}", kWidths[width], kDashes[dash],
                     kMarks[width][dash], few ? 0.7 : 0.3);
}

/// In single quotes, where nothing is replaced: in double ones gnuplot gives what stands between backticks to a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "'";
}

/// A text of the figure: gnuplot would read some of its signs as commands, such as a subscript.
std::string shown(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("_^@&~{}\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return quoted(std::as_const(out));
}

/// Lines, one below the other.
std::string shown(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : ".\"\\n\".") + shown(line);
  return text.empty() ? "''" : text;
}

std::string name_of_data(std::size_t panel, std::size_t series) { return fmt::format("$data_{}_{}", panel, series); }
std::string name_of_band(std::size_t panel, std::size_t series) { return fmt::format("$band_{}_{}", panel, series); }

std::string data_of(const Panel& panel, std::size_t number) {
  std::string text;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& series = panel.series[i];
    text += name_of_data(number, i) + " << EOD\n";
    for (std::size_t k = 0; k < series.x.size(); ++k) text += fmt::format("{} {:.9g}\n", series.x[k], series.y[k]);
    text += "EOD\n";
    if (series.low.empty()) continue;
    text += name_of_band(number, i) + " << EOD\n";
    for (const BandPoint& point : band_inside(series, panel))
      text += fmt::format("{:.9g} {:.9g} {:.9g}\n", point.x, point.low, point.high);
    text += "EOD\n";
  }
  return text;
}

/// How the data are drawn: the bands first, below all curves. The band of a single point has no area and is a bar.
/// It is drawn with vectors, since gnuplot puts a white mark on an end of its error bars.
std::string plot_of(const Panel& panel, std::size_t number) {
  std::string bands, curves;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& series = panel.series[i];
    const std::string name = name_of_data(number, i);
    if (const bool one = series.x.size() == 1; !series.low.empty() && (!one || series.low != series.high))
      bands +=
          fmt::format("{} using {} linecolor rgb '{}'{} notitle, ", name_of_band(number, i),
                      one ? "1:2:(0):($3-$2) with vectors heads size graph 0.012,90 linewidth 1.6" : "1:2:3 with filledcurves",
                      colour(series.colour), one ? "" : " fillstyle transparent solid 0.18 noborder");
    const std::string style = series.points   ? fmt::format("points pointtype {} pointsize 0.8", series.symbol)
                              : series.dashed ? "lines dashtype 2 linewidth 2"
                                              : line_style(series.colour, series.x.size() <= 12);
    curves += fmt::format("{} using 1:2 with {} linecolor rgb '{}' title {}, ", name, style, colour(series.colour),
                          series.label.empty() ? "''" : shown(series.label));
  }
  return "plot " + bands + curves.substr(0, curves.size() - 2) + "\n";
}

/// Their titles, and whether they are logarithmic.
std::string axes_of(const Panel& panel, const Page& page) {
  std::string text = fmt::format("set title {}\nset xlabel {}\nset ylabel {}\n", shown(short_title(panel, page)),
                                 shown(panel.x_label), shown(panel.y_label));
  text += panel.logarithmic ? "set logscale y\nset format y '10^{%L}'\n" : "unset logscale y\nset format y '%g'\n";
  text += panel.x_logarithmic ? "set logscale x\nset format x '10^{%L}'\n" : "unset logscale x\nset format x '%g'\n";
  return text;
}

struct Span {
  double low = 0, high = 0;
  bool is_point() const { return !(low < high); }
};

Span span_of(const Panel& panel, std::initializer_list<std::vector<double> Series::*> columns) {
  Span span;
  bool first = true;
  for (const Series& series : panel.series)
    for (const auto column : columns)
      for (const double value : series.*column) {
        span = first ? Span{value, value} : Span{std::min(span.low, value), std::max(span.high, value)};
        first = false;
      }
  return span;
}

bool has_range(const Panel& panel) { return panel.y_least < panel.y_most; }

/// Whether the y axis is linear though a logarithmic one was asked for: gnuplot would round it out to whole decades, in which
/// values that differ by less lie flat, and cannot show values that are all 0. Where x is logarithmic too, straight lines are
/// power laws, which a linear axis bends.
bool is_linear_instead(const Panel& panel, const Span& y) {
  return panel.logarithmic && !panel.x_logarithmic && !has_range(panel) && (y.high <= 0 || y.high < 10 * y.low);
}

/// Wide enough for a single value, which has no range of its own.
std::string made_up_range(const char* axis, double value) {
  const double near = 0.5 * value, far = value == 0 ? 1 : 1.5 * value;
  return fmt::format("set {}range [{}:{}]\n", axis, std::min(near, far), std::max(near, far));
}

std::string ranges_of(const Panel& panel, const Span& x, const Span& y) {
  std::string text;
  if (has_range(panel))
    text += fmt::format("set yrange [{}:{}]\n", panel.y_least, panel.y_most);
  else if (panel.y_from_zero && !panel.logarithmic)
    text += "set yrange [0:*]\n";
  else
    text += y.is_point() ? made_up_range("y", y.low) : "set yrange [*:*]\n";
  const double room = 0.02 * (x.high - x.low);  // for the points at both ends
  if (panel.x_most > 0)
    text += fmt::format("set xrange [0:{}]\n", panel.x_most);
  else if (x.is_point())
    text += made_up_range("x", x.low);
  else
    text += panel.x_logarithmic ? "set xrange [*:*]\n" : fmt::format("set xrange [{}:{}]\n", x.low - room, x.high + room);
  return text;
}

std::string key_of(const Panel& panel, const Page& page, const std::string& ending) {
  constexpr const char* kKeys[] = {"set key inside top right Right noreverse", "set key outside right top Left reverse",
                                   "set key outside below center vertical maxcols 1 Left reverse height 1", "unset key"};
  const bool outside = is_key_outside(panel, page.em);
  std::string text = fmt::format("set key samplen {}\n", has_long_samples(panel) || panel.key == Key::below ? 4 : 1.5);
  text += kKeys[static_cast<std::size_t>(outside ? Key::outside : panel.key)];
  // For SVG gnuplot takes letters for wider than they are, and it keeps a width until it is told another. Cairo measures them.
  if (panel.key != Key::none)
    text += fmt::format(" width {:.1f}", (outside || panel.key == Key::below) && ending == ".svg"
                                             ? -0.15 * static_cast<double>(longest_entry(panel))
                                             : 0);
  return text + "\n";
}

std::string ticks_of(const Panel& panel, const Span& x) {
  if (panel.x_logarithmic) return "set xtics autofreq\n";
  if (x.is_point()) return fmt::format("set xtics ({})\n", x.low);  // the range around it is made up
  // Half an epoch or half a layer is nothing.
  const bool whole = std::ranges::all_of(panel.series, [](const Series& series) {
    return std::ranges::all_of(series.x, [](double value) { return value == std::floor(value); });
  });
  const double high = panel.x_most > 0 ? std::min(x.high, panel.x_most) : x.high;
  return whole && high - x.low <= 10 ? "set xtics 1\n" : "set xtics autofreq\n";
}

/// Names beside a picture's parts, from below to above.
std::string names_of_parts(const Raster& raster, const Page& page) {
  std::string text;
  for (const RasterPart& part : raster.parts) {
    const std::vector<std::string> lines = short_name(part, raster, page);
    const double middle = static_cast<double>(raster.height - part.top) - 0.5 * static_cast<double>(part.height) - 0.5;
    text += fmt::format("set label {} at -0.5,{} center rotate by 90 offset {},0\n", shown(lines), middle,
                        lines.size() > 1 ? -3.5 : -1.4);
  }
  return text;
}

std::string mark_of(const Panel& panel) {
  std::string text = "unset arrow\nunset label\n";
  if (panel.mark > 0)
    text += fmt::format(
        "set arrow from {0}, graph 0 to {0}, graph 1 nohead dashtype 2 linecolor rgb '#888888'\n"
        "set label {1} at {0}, graph 0.5 offset 0.6,0 textcolor rgb '#666666'\n",
        panel.mark, shown(panel.mark_label));
  return text;
}

}  // namespace

std::string terminal_for(const std::string& ending, const Page& page) {
  const double width = page.width(), height = page.height();
  if (ending == ".svg") return fmt::format("svg size {:.0f},{:.0f} font 'DejaVu Sans,13' background '#ffffff'", width, height);
  if (ending == ".png")
    return fmt::format("pngcairo size {:.0f},{:.0f} font 'DejaVu Sans,19.5' linewidth 2 pointscale 2", 2 * width, 2 * height);
  // Letters of 8 points, which cairo makes 4/3 times the product of size and scale. See em_of().
  constexpr double kUnitsPerInch = 179;
  return fmt::format("pdfcairo size {:.2f}in,{:.2f}in font 'DejaVu Sans,8' fontscale 0.75", width / kUnitsPerInch,
                     height / kUnitsPerInch);
}

std::string script_for_curves(const Panel& panel, const Page& page, std::size_t number, const std::string& ending) {
  const Span x = span_of(panel, {&Series::x}), y = span_of(panel, {&Series::y, &Series::low, &Series::high});
  Panel made = panel;
  if (is_linear_instead(panel, y)) made.logarithmic = false;
  return data_of(made, number) + axes_of(made, page) + ranges_of(made, x, y) + key_of(made, page, ending) + ticks_of(made, x) +
         mark_of(made) + plot_of(made, number);
}

std::string script_for_raster(const Panel& panel, const Page& page, std::size_t row, const std::filesystem::path& bytes) {
  const Raster& raster = panel.raster;
  const auto width = static_cast<double>(raster.width), height = static_cast<double>(raster.height);
  const double below = page.tallest[row] * width - height;
  const double line = page.scaled(17), feet = page.feet[row];
  std::string text =
      "unset border\nunset tics\nunset key\nunset grid\nunset logscale\nunset arrow\nunset label\nset size ratio -1\n";
  text += names_of_parts(raster, page);
  // A picture's second axis goes down.
  text += fmt::format("set lmargin {}\nset rmargin 1\nset tmargin {:.2f}\nset bmargin {:.2f}\n",
                      !raster.parts.empty()   ? 5
                      : panel.y_label.empty() ? 1
                                              : 3,
                      page.titles[row] / line, 0.3 + feet / line);
  text += fmt::format("set xlabel {} offset 0,0.2\nset ylabel {} rotate by -90 offset 1,0\nset title {} offset 0,-0.5\n",
                      shown(panel.x_label), shown(panel.y_label), shown(title_lines(panel, page)));
  return text +
         fmt::format(
             "plot [-0.5:{}][{:.1f}:{}] {} binary array=({},{}) flipy format='%uchar' using 1:2:3 with rgbimage notitle\n",
             width - 0.5, -below - 0.5, height - 0.5, quoted(bytes.string()), raster.width, raster.height);
}

}  // namespace irmae::analysis
