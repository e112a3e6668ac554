// SPDX-License-Identifier: MIT
#include "analysis/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "framework/manifest/nearest.h"
#include "storage/error.h"
#include "storage/files.h"

namespace irmae::analysis {

namespace fs = std::filesystem;

namespace {

std::vector<PlotKind>& registry() {
  static std::vector<PlotKind> all;
  return all;
}

/// Okabe and Ito's colours, which colour-blind readers can tell apart; the last ones are greys.
constexpr const char* kPalette[] = {"#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F"};

const char* colour(int index) { return kPalette[static_cast<std::size_t>(index) % std::size(kPalette)]; }

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

std::string terminal_for(const fs::path& path, std::size_t panels) {
  const std::string ending = path.extension().string();
  if (ending == ".svg") return fmt::format("svg size {},400 font 'DejaVu Sans,13' background '#ffffff'", 520 * panels);
  if (ending == ".png") return fmt::format("pngcairo size {},800 font 'DejaVu Sans,22' linewidth 2", 1040 * panels);
  if (ending == ".pdf") return fmt::format("pdfcairo size {}in,4in font 'DejaVu Sans,11'", 5.2 * static_cast<double>(panels));
  throw UsageError(fmt::format("{}: the ending must be .svg, .png or .pdf", path.string()));
}

std::string script_for(const Panel& panel, std::size_t number) {
  std::string data, curves, bands;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& series = panel.series[i];
    const std::string name = fmt::format("$data_{}_{}", number, i);
    data += name + " << EOD\n";
    for (std::size_t k = 0; k < series.x.size(); ++k)
      data += fmt::format("{} {:.9g} {:.9g} {:.9g}\n", series.x[k], series.y[k], series.low.empty() ? series.y[k] : series.low[k],
                          series.high.empty() ? series.y[k] : series.high[k]);
    data += "EOD\n";
    if (!series.low.empty())
      bands += fmt::format("{} using 1:3:4 with filledcurves linecolor rgb '{}' fillstyle transparent solid 0.18 noborder notitle, ",
                           name, colour(series.colour));
    curves += fmt::format("{} using 1:2 with linespoints linecolor rgb '{}' linewidth 1.6 pointtype 7 pointsize 0.35 title {}, ",
                          name, colour(series.colour), series.label.empty() ? "''" : quoted(series.label));
  }
  std::string text = data + fmt::format("set title {}\nset xlabel {}\nset ylabel {}\n", quoted(panel.title),
                                        quoted(panel.x_label), quoted(panel.y_label));
  text += panel.logarithmic ? "set logscale y\nset format y '10^{%L}'\n" : "unset logscale y\nset format y '%g'\n";
  text += panel.y_least < panel.y_most ? fmt::format("set yrange [{}:{}]\n", panel.y_least, panel.y_most) : "set yrange [*:*]\n";
  text += panel.x_most > 0 ? fmt::format("set xrange [0:{}]\n", panel.x_most) : "set xrange [*:*]\n";
  text += panel.key_below ? "set key bottom right\n" : "set key top right\n";
  text += "unset arrow\nunset label\n";
  if (panel.mark > 0)
    text += fmt::format("set arrow from {0}, graph 0 to {0}, graph 1 nohead dashtype 2 linecolor rgb '#888888'\n"
                        "set label {1} at {0}, graph 0.04 offset 0.6,0 textcolor rgb '#666666'\n",
                        panel.mark, quoted(panel.mark_label));
  return text + "plot " + bands + curves.substr(0, curves.size() - 2) + "\n";
}

}  // namespace

void draw(const Figure& figure, const fs::path& path) {
  const std::string terminal = terminal_for(path, figure.panels.size());
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0)
    throw Error("gnuplot is not installed: apt-get install gnuplot-nox");
  storage::replace_file(path, [&](const fs::path& temporary) {
    std::string script = fmt::format("set encoding utf8\nset terminal {}\nset output {}\n", terminal, quoted(temporary.string()));
    script += "set border 3\nset tics nomirror out\nset grid ytics linecolor rgb '#e4e4e4'\nset key top right samplen 1.5\n";
    script += fmt::format("set multiplot layout 1,{}\n", figure.panels.size());
    for (std::size_t i = 0; i < figure.panels.size(); ++i)
      if (!figure.panels[i].series.empty()) script += script_for(figure.panels[i], i);
    script += "unset multiplot\n";
    FILE* gnuplot = popen("gnuplot", "w");
    if (!gnuplot) throw Error("gnuplot cannot be started");
    std::fwrite(script.data(), 1, script.size(), gnuplot);
    if (pclose(gnuplot) != 0 || !fs::exists(temporary))
      throw Error(fmt::format("{}: gnuplot failed; is the folder there and writable?", path.string()));
  });
}

RegisterPlot::RegisterPlot(PlotKind kind) {
  auto& all = registry();
  all.insert(std::lower_bound(all.begin(), all.end(), kind,
                              [](const PlotKind& a, const PlotKind& b) { return a.name < b.name; }),
             std::move(kind));
}

const std::vector<PlotKind>& plot_kinds() { return registry(); }

const PlotKind& plot_kind(const std::string& name) {
  std::vector<std::string> names;
  std::string all;
  for (const PlotKind& kind : registry()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
    all += (all.empty() ? "" : ", ") + kind.name;
  }
  throw UsageError(fmt::format("plot: '{}' is not one of {}{}", name, all, manifest::did_you_mean(name, names)));
}

}  // namespace irmae::analysis
