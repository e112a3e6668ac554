// SPDX-License-Identifier: MIT
#include "analysis/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/drawing/figure_page.h"
#include "analysis/drawing/png.h"
#include "analysis/report/style.h"
#include "analysis/shown_columns.h"
#include "storage/text/base64.h"

namespace irmae::analysis::page {

namespace {

/// Pictures up to this size are enlarged in a window of the size that the style sheet names for `.fits`.
constexpr struct { std::int64_t width, height; } kFits{800, 600};

constexpr const char* kGone = "<span class=gone>missing</span>";

/// gnuplot's drawing of one panel as the bytes of an SVG file. It stands alone, so that several curves have a legend whatever
/// other panels have; below them, since on a phone one at their side would leave them no room.
std::string svg(Panel panel) {
  if (entries_of_key(panel) > 1 || is_key_outside(panel)) panel.key = Key::below;
  return drawn({{std::move(panel)}}, ".svg");
}

/// What goes across and down a picture, as far as its title does not say it: "; from the top: in, out".
std::string axes_of_picture(const Panel& panel) {
  std::string names;
  const std::size_t count = panel.raster.parts.size() > 1 ? panel.raster.parts.size() : 0;
  for (std::size_t i = 0; i < count && (i == 0 || panel.raster.parts[i].name != panel.raster.parts[0].name); ++i)
    names += (i == 0 ? "; from the top: " : ", ") + panel.raster.parts[i].name;
  if (!panel.x_label.empty()) names += "; across: " + panel.x_label;
  if (!panel.y_label.empty()) names += "; down: " + panel.y_label;
  return names;
}

std::string described(const Panel& panel) {
  if (panel.raster.width > 0) return panel.title + axes_of_picture(panel);
  std::string text;
  for (const char c : panel.title) text += c == '\n' ? ", " : std::string(1, c);
  text += fmt::format("; {} over {}", panel.y_label, panel.x_label);
  std::string labels;
  for (const Series& series : panel.series)
    if (!series.label.empty()) labels += (labels.empty() ? "; curves: " : ", ") + series.label;
  return text + labels;
}

bool has_band(const Panel& panel) {
  return std::ranges::any_of(panel.series, [](const Series& series) { return series.low != series.high; });
}

/// `none`: the HTML of a value that is not there.
Field field(const Value& value, const std::string& none = kGone) {
  if (is_missing(value)) return {none};
  return {escaped(short_text(value)), std::holds_alternative<std::string>(value)};
}

bool empty_column(const Table& table, std::size_t c) {
  for (const auto& row : table.rows)
    if (!is_missing(row[c])) return false;
  return !table.rows.empty();
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Grid grid_of(const Table& table) {
  Grid grid;
  grid.rows.resize(table.rows.size());
  // Where some run is finished, what it does not have is not missing: it has none.
  const auto finished = table.find("of") ? table.find("n") : std::nullopt;
  for (const ShownColumn& column : shown_columns(table)) {
    if (empty_column(table, column.value)) continue;
    std::string title = table.columns[column.value];
    const bool is_reason = title == "missing";
    for (char& letter : title) letter = letter == '_' ? ' ' : letter;
    grid.columns.push_back(escaped(title));
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const auto& row = table.rows[r];
      Field shown = field(row[column.value], !finished || row[*finished] == Value(std::int64_t{0}) ? kGone : "&ndash;");
      // Who has no reason to be without values lacks nothing.
      if (is_reason) shown = {field(row[column.value], "").html, true};
      if (const auto mean = mean_in(row, column)) shown.html = to_text(*mean);
      if (column.of) shown.html += "/" + field(row[*column.of]).html;
      grid.rows[r].push_back(std::move(shown));
    }
  }
  return grid;
}

Page::Page(std::string title) : title_(std::move(title)) {}

void Page::contents_entry(bool part, const std::string& id, const std::string& title) {
  if (part && list_open_) contents_ += "</ul></li>\n";
  contents_ += fmt::format("<li><a href=\"#{}\">{}</a>{}", id, title, part ? "<ul>\n" : "</li>\n");
  if (part) list_open_ = true;
}

void Page::part(const std::string& id, const std::string& title) {
  contents_entry(true, id, title);
  body_ += fmt::format("<h2 id={}>{}</h2>\n", id, title);
}

void Page::section(const std::string& id, const std::string& title) {
  contents_entry(false, id, title);
  body_ += fmt::format("<h3 id={}>{}</h3>\n", id, title);
}

void Page::paragraph(const std::string& html, const std::string& kind) {
  body_ += kind.empty() ? "<p>" + html + "</p>\n" : fmt::format("<p class={}>{}</p>\n", kind, html);
}

void Page::table(const Grid& grid, const std::string& caption) {
  // A box that scrolls has to be reachable by keyboard. The caption stands outside, where it does not scroll.
  const int number = ++tables_;
  body_ += fmt::format(
      "<p class=caption id=c{0}>{1}</p><div class=wide tabindex=0 role=region aria-labelledby=c{0}>"
      "<table aria-labelledby=c{0}>\n<thead><tr>",
      number, caption);
  for (std::size_t c = 0; c < grid.columns.size(); ++c) {
    const bool word = c == 0 || (!grid.rows.empty() && c < grid.rows.front().size() && grid.rows.front()[c].word);
    body_ += fmt::format("<th scope=col{}>{}</th>", word ? " class=word" : "", grid.columns[c]);
  }
  body_ += "</tr></thead><tbody>\n";
  for (const auto& row : grid.rows) {
    body_ += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c)
      body_ += c == 0 ? fmt::format("<th scope=row class=word>{}</th>", row[c].html)
                      : fmt::format("<td{}>{}</td>", row[c].word ? " class=word" : "", row[c].html);
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
}

std::string Page::picture(const Panel& panel, const std::string& what) {
  const int number = ++pictures_;
  const bool pixels = panel.raster.width > 0;
  const std::string alt = escaped(what + ": " + described(panel));
  std::string source, size;
  std::string kind = "pixels";
  if (pixels) {
    source = "data:image/png;base64," + storage::base64(png(panel.raster));
    // Three square pictures or two wide ones stand side by side; enlarged they fill the window.
    const bool broad = panel.raster.width > 3 * panel.raster.height / 2;
    if (broad) kind += " broad";
    const double wide = broad ? 540 : 360;
    const double factor = std::min(2.0, wide / static_cast<double>(panel.raster.width));
    size = fmt::format(" width={:.0f} height={:.0f}", factor * static_cast<double>(panel.raster.width),
                       factor * static_cast<double>(panel.raster.height));
    // Only where it is drawn larger than it is may a picture show its pixels' edges: shrunk so it would lose lines of them.
    if (factor > 1) kind += " grown";
    if (panel.raster.width <= kFits.width && panel.raster.height <= kFits.height) kind += " fits";
  } else {
    kind = "curves";
    source = "data:image/svg+xml;base64," + storage::base64(svg(panel));
  }
  return fmt::format(
      "<div class=place id=p{0}><figure id=f{0} class=\"{1}\"><a class=close href=\"#p{0}\">Close</a>"
      "<a class=open href=\"#f{0}\" title=\"Enlarge\"><img alt=\"{2}\"{3} src=\"{4}\"></a>{5}</figure></div>\n",
      number, kind, alt, size, source,
      pixels ? "<figcaption>" + escaped(panel.title + axes_of_picture(panel)) + "</figcaption>" : std::string());
}

void Page::figure(const Figure& figure, const std::string& what) {
  body_ += "<div class=pictures>\n";
  for (const Panel& panel : figure.panels)
    if (!panel.series.empty() || panel.raster.width > 0) body_ += picture(panel, what);
  body_ += "</div>\n";
  if (std::ranges::any_of(figure.panels, has_band))
    paragraph(
        "Where there are bands, lines are means over seeds, and bands reach from the smallest to the largest value; without one a "
        "line may be of one run.",
        "note");
}

void Page::open_folded(const std::string& summary) { body_ += "<details><summary>" + summary + "</summary>\n"; }
void Page::close_folded() { body_ += "</details>\n"; }

std::string Page::html() const {
  const std::string title = escaped(title_);
  return "<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">"
         "<link rel=icon href=\"data:,\"><title>" +
         title + "</title><style>" + kStyle + "</style></head>\n<body><header><h1>" + title +
         "</h1></header>\n<nav aria-label=Contents><ul>\n" + contents_ + (list_open_ ? "</ul></li>\n" : "") +
         "</ul></nav>\n<main>\n" + body_ + "</main>\n<script>" + kScript + "</script>\n</body></html>\n";
}

}  // namespace irmae::analysis::page
