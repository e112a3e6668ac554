// SPDX-License-Identifier: MIT
#include "analysis/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "analysis/figure_page.h"
#include "storage/error.h"
#include "storage/files.h"
#include "storage/shell_word.h"
#include "storage/system_failure.h"

namespace irmae::analysis {

namespace fs = std::filesystem;

namespace {

/// Okabe and Ito's colours, which colour-blind readers can tell apart; the last ones are greys.
constexpr const char* kPalette[] = {"#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F"};
static_assert(std::size(kPalette) == kColours);

const char* colour(int index) { return kPalette[static_cast<std::size_t>(index) % kColours]; }

/// Solid for the first round of the palette, then dashes and other marks. After these the lines become wide, then thin, and
/// the marks hollow, then crosses: 96 curves differ.
std::string line_style(int index, bool few) {
  constexpr int kDashes[] = {1, 2, 4, 5};
  constexpr double kWidths[] = {1.6, 3.2, 0.7};
  constexpr int kMarks[std::size(kWidths)][std::size(kDashes)] = {{7, 5, 9, 13}, {6, 4, 8, 12}, {1, 2, 3, 10}};
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

/// `ending`: .svg, .png or .pdf.
std::string terminal_for(const std::string& ending, const Page& page) {
  const double width = page.width(), height = page.height();
  if (ending == ".svg") return fmt::format("svg size {:.0f},{:.0f} font 'DejaVu Sans,13' background '#ffffff'", width, height);
  if (ending == ".png")
    return fmt::format("pngcairo size {:.0f},{:.0f} font 'DejaVu Sans,22' linewidth 2", 2 * width, 2 * height);
  return fmt::format("pdfcairo size {:.2f}in,{:.2f}in font 'DejaVu Sans,11'", width / 100, height / 100);
}

/// At the top of a place of its row's tallest picture, below room for its row's highest title. The picture's bytes go through a
/// file: gnuplot reads binary data from files only.
std::string script_for_raster(const Panel& panel, const Page& page, std::size_t row, const fs::path& bytes) {
  const Raster& raster = panel.raster;
  const auto width = static_cast<double>(raster.width), height = static_cast<double>(raster.height);
  const double below = page.tallest[row] * width - height;
  std::string title;
  for (const std::string& line : title_lines(panel, page)) title += (title.empty() ? "" : ".\"\\n\".") + shown(line);
  return fmt::format(
      "unset border\nunset tics\nunset key\nunset grid\nunset logscale\nunset arrow\nunset label\nset size ratio -1\n"
      "set lmargin 1\nset rmargin 1\nset tmargin {7:.2f}\nset bmargin 0.3\nset xlabel ''\nset ylabel ''\nset title {0} offset 0,-0.5\n"
      "plot [-0.5:{5}][{4:.1f}:{6}] {3} binary array=({1},{2}) flipy format='%uchar' using 1:2:3 with rgbimage notitle\n",
      title, raster.width, raster.height, quoted(bytes.string()), -below - 0.5, width - 0.5, height - 0.5,
      page.titles[row] / 17);
}

std::string script_for(const Panel& panel, std::size_t number) {
  std::string data, curves, bands;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& series = panel.series[i];
    const std::string name = fmt::format("$data_{}_{}", number, i);
    data += name + " << EOD\n";
    for (std::size_t k = 0; k < series.x.size(); ++k)
      data += fmt::format("{} {:.9g} {:.9g} {:.9g}\n", series.x[k], series.y[k],
                          series.low.empty() ? series.y[k] : series.low[k], series.high.empty() ? series.y[k] : series.high[k]);
    data += "EOD\n";
    if (!series.low.empty())
      bands +=
          fmt::format("{} using 1:3:4 with filledcurves linecolor rgb '{}' fillstyle transparent solid 0.18 noborder notitle, ",
                      name, colour(series.colour));
    const std::string style = series.points   ? "points pointtype 7 pointsize 0.8"
                              : series.dashed ? "lines dashtype 2 linewidth 2"
                                              : line_style(series.colour, series.x.size() <= 12);
    curves += fmt::format("{} using 1:2 with {} linecolor rgb '{}' title {}, ", name, style, colour(series.colour),
                          series.label.empty() ? "''" : shown(series.label));
  }
  std::string text = data + fmt::format("set title {}\nset xlabel {}\nset ylabel {}\n", shown(panel.title),
                                        shown(panel.x_label), shown(panel.y_label));
  text += panel.logarithmic ? "set logscale y\nset format y '10^{%L}'\n" : "unset logscale y\nset format y '%g'\n";
  text += panel.x_logarithmic ? "set logscale x\nset format x '10^{%L}'\n" : "unset logscale x\nset format x '%g'\n";
  // A single point has no range of its own.
  double x_low = 0, x_high = 0, y_low = 0, y_high = 0;
  bool first = true;
  for (const Series& series : panel.series)
    for (std::size_t k = 0; k < series.x.size(); ++k) {
      if (first) x_low = x_high = series.x[k], y_low = y_high = series.y[k];
      first = false;
      x_low = std::min(x_low, series.x[k]), x_high = std::max(x_high, series.x[k]);
      y_low = std::min(y_low, series.y[k]), y_high = std::max(y_high, series.y[k]);
    }
  // Room for the points at both ends.
  const double room = 0.02 * (x_high - x_low);
  const std::string free_x = !(x_low < x_high)     ? fmt::format("set xrange [{}:{}]\n", 0.5 * x_low, 1.5 * x_low + 1)
                             : panel.x_logarithmic ? std::string("set xrange [*:*]\n")
                                                   : fmt::format("set xrange [{}:{}]\n", x_low - room, x_high + room);
  const std::string free_y =
      y_low < y_high ? "set yrange [*:*]\n" : fmt::format("set yrange [{}:{}]\n", 0.5 * y_low, 1.5 * y_low + 1);
  text += panel.y_least < panel.y_most ? fmt::format("set yrange [{}:{}]\n", panel.y_least, panel.y_most) : free_y;
  text += panel.x_most > 0 ? fmt::format("set xrange [0:{}]\n", panel.x_most) : free_x;
  constexpr const char* kKeys[] = {"set key inside top right Right noreverse", "set key inside top left Left reverse",
                                   "set key outside right top Left reverse", "unset key"};
  const bool outside = is_key_outside(panel);
  text += fmt::format("set key samplen {}\n", has_long_samples(panel) ? 4 : 1.5);
  text += kKeys[static_cast<std::size_t>(outside ? Key::outside : panel.key)];
  // gnuplot takes letters for wider than they are, and keeps a width until it is told another.
  if (panel.key != Key::none)
    text += fmt::format(" width {:.1f}", outside ? -0.15 * static_cast<double>(longest_entry(panel)) : 0);
  text += "\n";
  // Half an epoch or half a layer is nothing.
  const bool whole = std::ranges::all_of(panel.series, [](const Series& series) {
    return std::ranges::all_of(series.x, [](double x) { return x == std::floor(x); });
  });
  if (!(x_low < x_high) && !panel.x_logarithmic)
    text += fmt::format("set xtics ({0})\n", x_low);  // the range around a single one is made up
  else
    text += whole && !panel.x_logarithmic && x_high - x_low <= 10 ? "set xtics 1\n" : "set xtics autofreq\n";
  text += "unset arrow\nunset label\n";
  if (panel.mark > 0)
    text += fmt::format(
        "set arrow from {0}, graph 0 to {0}, graph 1 nohead dashtype 2 linecolor rgb '#888888'\n"
        "set label {1} at {0}, graph 0.5 offset 0.6,0 textcolor rgb '#666666'\n",
        panel.mark, shown(panel.mark_label));
  return text + "plot " + bands + curves.substr(0, curves.size() - 2) + "\n";
}

/// What gnuplot reads, in a folder of its own that is removed in the end.
class Workplace {
 public:
  Workplace() : folder_((fs::temp_directory_path() / "irmae-figure-XXXXXX").string()) {
    if (!mkdtemp(folder_.data())) storage::fail("cannot make folder", folder_, errno);
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  fs::path add(const std::string& name, const void* data, std::size_t bytes) const {
    const fs::path path = fs::path(folder_) / name;
    storage::replace_file(path, data, bytes, storage::Durability::process);
    return path;
  }

 private:
  std::string folder_;
};

/// What gnuplot prints. Through a pipe: it does not notice when a disk takes only a part of what it writes.
std::string output_of_gnuplot(const fs::path& script) {
  FILE* pipe = popen(("gnuplot " + storage::shell_word(script.string())).c_str(), "r");
  if (!pipe) throw Error(fmt::format("gnuplot cannot be started: {}", std::strerror(errno)));
  std::string output;
  std::array<char, 65536> part;
  for (std::size_t count; (count = std::fread(part.data(), 1, part.size(), pipe)) > 0;) output.append(part.data(), count);
  const bool failed = std::ferror(pipe) != 0;
  if (pclose(pipe) != 0 || failed || output.empty()) throw Error("gnuplot failed; what it wrote above says why");
  return output;
}

}  // namespace

bool Figure::empty() const {
  for (const Panel& panel : panels)
    if (!panel.series.empty() || panel.raster.width > 0) return false;
  return true;
}

std::string drawn(const Figure& figure, const std::string& ending) {
  const Page page = page_of(figure);
  std::string script = fmt::format("set encoding utf8\nset terminal {}\n", terminal_for(ending, page));
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0)
    throw Error("gnuplot is not installed: apt-get install gnuplot-nox");
  script += "set border 3\nset tics nomirror out\nset grid ytics linecolor rgb '#e4e4e4'\nset key top right\n";
  script += "set multiplot\n";
  const Workplace workplace;
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const Panel& panel = figure.panels[i];
    script += page.place_of(i);
    if (panel.raster.width > 0)
      script += script_for_raster(panel, page, page.places[i] / page.columns,
                                  workplace.add(fmt::format("{}.rgb", i), panel.raster.rgb.data(), panel.raster.rgb.size()));
    else if (!panel.series.empty())
      script += script_for(panel, i);
  }
  script += "unset multiplot\n";
  return output_of_gnuplot(workplace.add("figure.gnuplot", script.data(), script.size()));
}

void draw(const Figure& figure, const fs::path& path) {
  const std::string ending = path.extension().string();
  if (ending != ".svg" && ending != ".png" && ending != ".pdf")
    throw UsageError(fmt::format("{}: the ending must be .svg, .png or .pdf", path.string()));
  const std::string bytes = drawn(figure, ending);
  storage::replace_file(path, bytes.data(), bytes.size());
}

const std::vector<PlotKind>& plot_kinds() { return Registry<PlotKind>::all(); }

const PlotKind& plot_kind(const std::string& name) { return Registry<PlotKind>::asked_for(name, "plot"); }

}  // namespace irmae::analysis
