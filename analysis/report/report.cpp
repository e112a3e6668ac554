// SPDX-License-Identifier: MIT
#include "analysis/report/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "analysis/configurations.h"
#include "analysis/drawing/why_no_figure.h"
#include "analysis/few_codes.h"
#include "analysis/paper_models.h"
#include "analysis/report/columns.h"
#include "analysis/report/sections.h"
#include "analysis/report/selection.h"
#include "framework/counted.h"
#include "storage/text/shell_word.h"

namespace irmae::analysis {

namespace report_page {

void add_means(const std::vector<Run>& runs, const std::string& kind, const std::string& caption, page::Page& page) {
  const Table all = mean_over_seeds(table_kind(kind), runs);
  Table table = all;
  leave_out_missing(table, table_kind(kind));
  leave_out_told(table, all);
  const std::string shared = take_out_shared(table, {"split", "network", "sha256", "resizer", "validation_codes"});
  if (!table.rows.empty())
    page.table(page::grid_of(table),
               fmt::format("{}. {}Mean &plusmn; standard deviation over seeds; n of started runs. {}", caption,
                           shared.empty() ? "" : "All rows: " + page::escaped(shared) + ". ", page::escaped(facts(runs))));
  const std::string without = table.rows.empty() ? caption + ": no run has any" : "Left out";
  for (const std::string& reason : table.left_out)
    page.paragraph(fmt::format("{}: {}.", without, page::escaped(reason)), "note");
}

void add_ranks(const std::vector<Run>& runs, page::Page& page) {
  add_means(runs, "ranks", "Effective ranks of the validation codes' covariance", page);
  if (const std::string few = on_few_codes(runs); !few.empty()) page.paragraph(page::escaped(few + "."), "note");
}

void add_plot(const std::vector<Run>& runs, const std::string& kind, page::Page& page) {
  const PlotKind& plot = plot_kind(kind);
  const Figure figure = plot.make(runs);
  if (figure.empty())
    page.paragraph(
        page::escaped(fmt::format("No finished run holds what this shows ({}): {}.", plot.help, why_no_figure(plot, runs))),
        "missing");
  else
    page.figure(figure, plot.help);
}

std::string as_caption(const std::string& words) {
  std::string caption = page::escaped(words);
  if (!caption.empty()) caption.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(caption.front())));
  return caption;
}

void say_left_out(const std::vector<Run>& chosen, const std::vector<Run>& runs, page::Page& page) {
  if (const std::string others = left_out(chosen, runs); !others.empty())
    page.paragraph(page::escaped("Shown of several latent sizes n or linear layers l: " + others + "."), "note");
}

std::string making(const std::string& manifest, const Report& report) {
  return fmt::format("<code>irmae run experiments/{}.toml scale={} -o DIR</code>", manifest,
                     report.scale.empty() ? "small" : page::escaped(storage::shell_word(report.scale)));
}

std::string sizes_to_choose(const Report& report) {
  if (!report.scale.empty()) return "";
  return "; <code>scale=small</code> takes hours on a small machine, <code>scale=full</code> instead is the authors&#39; size and "
         "takes up to months without a GPU";
}

void add_missing(const std::string& what, bool planned, const std::vector<const char*>& manifests, Report& report) {
  if (planned) {
    report.page.paragraph(
        fmt::format("<b>Planned:</b> {} yet. <code>irmae run DIR</code> goes on, where DIR is the folder of these runs.",
                    page::escaped(what)),
        "missing");
    return;
  }
  std::vector<std::string> commands;
  for (const char* manifest : manifests) commands.push_back(making(manifest, report));
  report.page.paragraph(fmt::format("<b>Missing:</b> {}. Made by {}{}.", page::escaped(what), fmt::join(commands, " and "),
                                    sizes_to_choose(report)),
                        "missing");
}

bool is_any_of(const std::vector<Run>& runs, const std::vector<std::string>& data) {
  return std::ranges::any_of(runs, [&](const Run& run) { return std::ranges::find(data, run.data()) != data.end(); });
}

}  // namespace report_page

namespace {

std::string note(const Run& run, const char* name) { return short_text(value_of(run.note(name)), "unknown"); }

/// The finished run that was started last; null: none is finished.
const Run* latest(const std::vector<Run>& runs) {
  const auto started = [](const Run& run) {
    const auto time = run.note("started");  // ISO 8601, of which the later one is the larger text
    return time ? storage::text_of(*time) : std::string();
  };
  const Run* last = nullptr;
  for (const Run& run : runs)
    if (run.complete && (!last || started(run) >= started(*last))) last = &run;
  return last;
}

void add_summary(const RunSet& set, page::Page& page) {
  page.part("summary", "What was run");
  const auto complete = std::count_if(set.runs.begin(), set.runs.end(), [](const Run& run) { return run.complete; });
  std::string text = fmt::format("{} of {} {} finished.", complete, counted(set.runs.size(), "started run"),
                                 set.runs.size() == 1 ? "is" : "are");
  if (const Run* last = latest(set.runs)) {
    const std::string mpi = note(*last, "mpi");
    text += fmt::format(" The last one: irmae {} (commit {}), LibTorch {}, {}; {} of {} on {} ({}).", note(*last, "version"),
                        note(*last, "git_commit"), note(*last, "libtorch"), mpi == "none" ? "without MPI" : mpi,
                        counted(note(*last, "ranks"), "rank"), counted(note(*last, "threads_per_rank"), "thread"),
                        note(*last, "processor"), note(*last, "device"));
  }
  page.paragraph(page::escaped(text));
  for (const std::string& problem : set.problems) page.paragraph("<b>Not read:</b> " + page::escaped(problem), "missing");
  if (!set.unfinished.empty())
    page.paragraph(fmt::format("<b>Not finished:</b> {} of what was planned: {}.", counted(set.unfinished.size(), "cell"),
                               page::escaped(fmt::format("{}", fmt::join(set.unfinished, ", ")))),
                   "missing");
  page::Grid grid{{"data", "scale and sizes", "finished of started runs"}, {}};
  for (const auto& [data, runs] : by_data(set.runs)) {
    grid.rows.push_back({{page::escaped(data), true},
                         {"<span class=wrap>" + page::escaped(report_page::facts_of_one(runs)) + "</span>", true},
                         {"<span class=wrap>" + page::escaped(report_page::counts(runs)) + "</span>", true}});
  }
  const bool without_scale = std::ranges::any_of(set.runs, [](const Run& run) { return run.identity.scale.empty(); });
  page.table(grid, std::string("The runs of each data set") +
                       (without_scale ? "; scale &ldquo;none&rdquo;: the manifest has no scales or was run without one" : ""));
}

}  // namespace

std::string report(const RunSet& set) {
  report_page::Report whole{page::Page("Implicit rank-minimizing autoencoders: report"), "", set.planned};
  std::vector<Run> of_paper, own;
  for (const Run& run : set.runs) (is_in_paper(run.data()) ? of_paper : own).push_back(run);
  // Scales of other manifests need not be among those of the paper's.
  std::set<std::string> scales;
  for (const Run& run : of_paper) scales.insert(run.identity.scale);
  if (scales.size() == 1) whole.scale = *scales.begin();
  add_summary(set, whole.page);
  if (!own.empty()) report_page::add_own(own, whole.page);
  if (of_paper.empty() && !own.empty())
    report_page::add_paper_elsewhere(whole);
  else
    report_page::add_paper(of_paper, whole);
  report_page::add_further(set.runs, whole);
  return whole.page.html();
}

}  // namespace irmae::analysis
