// SPDX-License-Identifier: MIT
#include "analysis/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "analysis/figure.h"
#include "analysis/table.h"
#include "storage/files.h"

namespace irmae::analysis {

namespace {

constexpr const char* kStyle =
    "body{font:16px/1.5 sans-serif;color:#111;background:#fff;max-width:70rem;margin:auto;padding:1rem}"
    "h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem}"
    "td,th{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}"
    "td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto}"
    ".paper{border-left:4px solid #0072B2;padding-left:.8rem;color:#333}"
    "@media print{details{display:block}}";

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
      default:
        out += c;
    }
  }
  return out;
}

std::string html(const Table& table) {
  std::string out = "<div class=wide><table><tr>";
  for (const std::string& column : table.columns) out += "<th>" + escaped(column) + "</th>";
  out += "</tr>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (const Value& value : row) {
      std::string text = "missing";
      if (const auto* integer = std::get_if<std::int64_t>(&value)) text = std::to_string(*integer);
      if (const auto* real = std::get_if<double>(&value)) text = fmt::format("{:.4g}", *real);
      if (const auto* word = std::get_if<std::string>(&value)) text = escaped(*word);
      out += "<td>" + text + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

/// The figure as an inlined SVG element.
std::string svg(const std::string& kind, const std::vector<Run>& runs) {
  const Figure figure = plot_kind(kind).make(runs);
  if (figure.empty()) return "<p>No run has what this shows yet.</p>\n";
  const auto path = std::filesystem::temp_directory_path() / fmt::format("irmae-{}-{}.svg", kind, getpid());
  draw(figure, path);
  const std::string text = storage::read_text(path);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return text.substr(std::min(text.find("<svg"), text.size()));
}

std::string note(const Run& run, const char* name) {
  const auto value = run.note(name);
  if (!value) return "unknown";
  if (const auto* text = std::get_if<std::string>(&*value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&*value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&*value)) return fmt::format("{:.0f}", *real);
  return "yes";
}

std::string what_was_run(const RunSet& set) {
  std::size_t complete = 0;
  const Run* last = nullptr;
  for (const Run& run : set.runs)
    if (run.complete) ++complete, last = &run;
  std::string out = fmt::format("<p>{} of {} runs are complete.", complete, set.runs.size());
  if (last)
    out += fmt::format(" The last one: irmae {} (commit {}), LibTorch {}, {}; {} ranks of {} threads on {} ({}).",
                       escaped(note(*last, "version")), escaped(note(*last, "git_commit")), escaped(note(*last, "libtorch")),
                       escaped(note(*last, "mpi")), note(*last, "ranks"), note(*last, "threads_per_rank"),
                       escaped(note(*last, "processor")), escaped(note(*last, "device")));
  out += "</p>\n";
  for (const std::string& problem : set.problems) out += "<p><b>Not read:</b> " + escaped(problem) + "</p>\n";
  return out;
}

}  // namespace

std::string report(const RunSet& set) {
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
      "<title>irmae report</title><style>{}</style></head><body>\n<h1>Implicit rank-minimizing autoencoders</h1>\n",
      kStyle);
  page += what_was_run(set);
  page += "<h2>Spectrum of the code (figure 2)</h2>\n" + svg("spectrum", set.runs);
  page +=
      "<p class=paper>The paper's figure 2, read off the plot, for shapes at 100 epochs of 50,000: IRMAE with l = 2 about 0.08 "
      "at index 4, 0.06 at 5, 0.015 at 6 and nothing by 8; l = 4 nothing from index 4 on; AE, L1 and L2 about 0.21 to 0.24 at "
      "index 7 with tails to 17-24. The data has 7 intrinsic dimensions.</p>\n";
  page += "<h2>Effective ranks over seeds</h2>\n" + html(mean_over_seeds(table_kind("ranks"), set.runs));
  page += "<h2>Over training</h2>\n" + svg("dynamics", set.runs);
  page += "<details><summary>Every run</summary>\n" + html(table_kind("ranks").make(set.runs)) + "</details>\n";
  page += "<details><summary>Losses of every epoch</summary>\n" + html(table_kind("losses").make(set.runs)) + "</details>\n";
  return page + "</body></html>\n";
}

}  // namespace irmae::analysis
