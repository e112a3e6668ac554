// SPDX-License-Identifier: MIT
#include "analysis/drawing/figure.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "analysis/drawing/figure_page.h"
#include "analysis/drawing/figure_script.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/system/run_program.h"
#include "storage/system/system_failure.h"
#include "storage/system/tell.h"
#include "storage/text/file_ending.h"

namespace irmae::analysis {

namespace fs = std::filesystem;

namespace {

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

  fs::path add(const std::string& name, std::string_view bytes) const {
    const fs::path path = fs::path(folder_) / name;
    storage::replace_file(path, bytes, storage::Durability::process);
    return path;
  }

 private:
  std::string folder_;
};

/// What gnuplot prints. Through a pipe: it does not notice when a disk takes only a part of what it writes. Without the
/// start-up files of the user and the machine (-d), which may make anything else of the script.
std::string output_of_gnuplot(const fs::path& script) {
  try {
    storage::Finished finished = storage::run_program({"gnuplot", "-d", script.string()});
    storage::tell("{}", finished.errors);
    if (finished.status != 0 || finished.output.empty()) throw Error("gnuplot failed; what it wrote above says why");
    return std::move(finished.output);
  } catch (const storage::NoSuchProgram&) {
    throw Error("gnuplot is not installed: apt-get install gnuplot-nox");
  }
}

/// An SVG names its font, and is shown where there may be no DejaVu.
std::string with_other_fonts(std::string svg) {
  const std::string font = "font-family=\"DejaVu Sans\"";
  for (std::size_t place = 0; (place = svg.find(font, place)) != std::string::npos; place += font.size())
    svg.replace(place, font.size(), "font-family=\"DejaVu Sans,Verdana,Arial,sans-serif\"");
  return svg;
}

}  // namespace

bool Figure::empty() const {
  for (const Panel& panel : panels)
    if (!panel.series.empty() || panel.raster.width > 0) return false;
  return true;
}

void Figure::set_columns(std::size_t count) {
  columns = count;
  if (count != 1) return;
  for (Panel& panel : panels)
    if (is_key_outside(panel, em_of(".pdf"))) panel.key = Key::below;
}

std::string drawn(const Figure& figure, const std::string& ending) {
  const Page page = page_of(figure, em_of(ending));
  std::string script = fmt::format("set encoding utf8\nset terminal {}\n", terminal_for(ending, page));
  script += "set border 3\nset tics nomirror out\nset key top right\n";
  script += "set grid ytics linetype 1 dashtype 1 linewidth 0.5 linecolor rgb '#d9d9d9'\n";
  script += "set multiplot\n";
  const Workplace workplace;
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const Panel& panel = figure.panels[i];
    script += page.place_of(i);
    const std::vector<std::uint8_t>& rgb = panel.raster.rgb;
    if (panel.raster.width > 0)
      script +=
          script_for_raster(panel, page, page.places[i] / page.columns,
                            workplace.add(fmt::format("{}.rgb", i), {reinterpret_cast<const char*>(rgb.data()), rgb.size()}));
    else if (!panel.series.empty())
      script += script_for_curves(panel, page, i, ending);
  }
  script += "unset multiplot\n";
  std::string bytes = output_of_gnuplot(workplace.add("figure.gnuplot", script));
  return ending == ".svg" ? with_other_fonts(std::move(bytes)) : bytes;
}

void draw(const Figure& figure, const fs::path& path) {
  const std::string ending = storage::ending_of(path);
  if (ending != ".svg" && ending != ".png" && ending != ".pdf")
    throw UsageError(fmt::format("{}: the ending must be .svg, .png or .pdf", path.string()));
  const std::string bytes = drawn(figure, ending);
  storage::make_folder_of(path);
  storage::replace_file(path, bytes);
}

const std::vector<PlotKind>& plot_kinds() { return Registry<PlotKind>::all(); }

const PlotKind& plot_kind(const std::string& name) { return Registry<PlotKind>::asked_for(name); }

}  // namespace irmae::analysis
