// SPDX-License-Identifier: MIT
#include "analysis/report/paper_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/classification/budget.h"
#include "analysis/configurations.h"
#include "analysis/mean.h"
#include "analysis/report/selection.h"
#include "analysis/rounded_mean.h"
#include "framework/counted.h"

namespace irmae::analysis::report_page {

namespace {

using page::Field;
using page::Grid;

std::vector<Run> copies(const std::vector<const Run*>& group) {
  std::vector<Run> runs;
  for (const Run* run : group) runs.push_back(*run);
  return runs;
}

std::string note_of_paper(const std::string& paper) { return paper.empty() ? "" : "<small>paper " + paper + "</small>"; }

Field measured(const std::vector<double>& values, std::size_t of, const std::string& paper) {
  return {mean_text(values, of) + note_of_paper(paper)};
}

/// What the paper's table 2 says, error in percent; its last column is all 60,000.
const std::map<std::string, std::vector<const char*>>& paper_classification() {
  static const std::map<std::string, std::vector<const char*>> kRows{
      {"AE", {"31.4 &plusmn; 0.5", "30.2 &plusmn; 0.3", "10.6 &plusmn; 0.2", "3.7 &plusmn; 0.1", "1.9 &plusmn; 0.1"}},
      {"VAE", {"21.8 &plusmn; 1.0", "21.7 &plusmn; 0.4", "5.1 &plusmn; 0.2", "1.7 &plusmn; 0.1", "1.1 &plusmn; 0.1"}},
      {"IRMAE", {"12.0 &plusmn; 0.9", "10.2 &plusmn; 0.5", "3.8 &plusmn; 0.3", "2.4 &plusmn; 0.2", "1.9 &plusmn; 0.1"}},
      {"supervised", {"29.1 &plusmn; 2.6", "25.1 &plusmn; 0.6", "6.0 &plusmn; 0.4", "1.7 &plusmn; 0.1", "0.8 &plusmn; 0.1"}}};
  return kRows;
}

constexpr std::int64_t kPaperLabels[] = {10, 100, 1'000, 10'000, 60'000};

/// Only more labels than these stand beside the paper's 60,000, from which what is held out is missing.
constexpr std::int64_t kFewerThanAll = 10'000;

/// One row of table 2: an encoder on the runs of a scale.
struct Classified {
  std::string name;
  std::string scale;
  std::string encoder;  ///< "frozen" or "supervised"
  std::size_t started = 0;
  Table table;
  std::set<std::int64_t> counts;  ///< numbers of labels with an error: not those beyond the data
  std::int64_t all = 0;           ///< the largest of them where these are all labels; else 0
};

/// The data set's runs of each scale, with what is to be said of the scale where there are several. One empty one: no runs.
NamedRuns scales_of(const std::vector<Run>& runs, const std::string& data) {
  std::vector<Run> of_data;
  for (const Run& run : runs)
    if (run.data() == data) of_data.push_back(run);
  NamedRuns scales = grouped(of_data, &Run::scale);
  if (scales.empty()) return {{"", {}}};
  for (auto& [scale, of_scale] : scales) scale = scales.size() > 1 ? page::escaped(" (scale " + scale + ")") : "";
  return scales;
}

const std::int64_t* number_in(const storage::Evaluation& found, const char* name) {
  return std::get_if<std::int64_t>(found.note(name));
}

/// Whether a classifier with so many labels had all that there were.
bool are_all(std::int64_t labels, const std::vector<Run>& runs) {
  return labels > kFewerThanAll && std::ranges::any_of(runs, [&](const Run& run) {
           const storage::Evaluation found = run.evaluation_notes("classification");
           const auto* available = number_in(found, "available");
           return available && *available == labels;
         });
}

/// The row's error with so many labels, `what` is to be said of them, and the paper's with `paper_labels`.
Field error_of(const Classified& row, std::int64_t labels, const std::string& what, std::int64_t paper_labels) {
  const auto values = values_of(row.table, "error", {{"encoder", row.encoder}, {"labels", std::to_string(labels)}});
  const auto* column = std::find(std::begin(kPaperLabels), std::end(kPaperLabels), paper_labels);
  const bool known = column != std::end(kPaperLabels);
  const std::string paper = known ? paper_classification().at(row.name)[static_cast<std::size_t>(column - kPaperLabels)] : "";
  return {mean_text(values, row.started) + what + note_of_paper(paper)};
}

Classified classified(const std::string& name, const std::string& scale, const std::string& encoder,
                      const std::vector<Run>& chosen) {
  Classified row{name, scale, encoder, chosen.size(), table_kind("classification").make(chosen), {}};
  for (const double labels : values_of(row.table, "labels", {{"encoder", encoder}})) {
    const auto count = static_cast<std::int64_t>(labels);
    if (!values_of(row.table, "error", {{"encoder", encoder}, {"labels", std::to_string(count)}}).empty())
      row.counts.insert(count);
  }
  if (!row.counts.empty() && are_all(*row.counts.rbegin(), chosen)) row.all = *row.counts.rbegin();
  return row;
}

/// "the best", said with what it is the best of where that is not every update.
std::string best_of(std::int64_t updates) {
  const std::int64_t every = classification::every_of({.updates = updates});
  return every > 1 ? fmt::format("the best of those checked (one in {}, and the last)", every) : "the best";
}

/// Of one run; empty where it has no error.
std::string budget_of(const Run& run) {
  const storage::Evaluation found = run.evaluation("classification");
  const storage::NamedArray* errors = found.array("error");
  if (!errors || errors->shape.size() != 2) return "";
  std::string text = counted(errors->shape[1], "draw");
  const auto *updates = number_in(found, "updates"), *held_out = number_in(found, "held_out"),
             *available = number_in(found, "available");
  if (updates) text += ", " + counted(*updates, "update");
  if (held_out && available)
    text += fmt::format("{} is chosen on {} of {} training samples that are in no draw",
                        updates ? ", of which " + best_of(*updates) : "; the best", *held_out, *held_out + *available);
  return text;
}

std::vector<Classified> classified(const std::vector<Run>& runs) {
  std::vector<Classified> rows;
  for (const auto& [scale, of_scale] : scales_of(runs, "mnist")) {
    for (const char* method : {"ae", "vae", "irmae"})
      rows.push_back(classified(name_of({method}), scale, "frozen", main_runs(of_scale, "mnist", {method})));
    // Any cell's network may have been trained from scratch; they are the same encoder.
    Classified supervised;
    for (const char* method : {"ae", "irmae", "vae"}) {
      supervised = classified("supervised", scale, "supervised", main_runs(of_scale, "mnist", {method}));
      if (!supervised.counts.empty()) break;
    }
    rows.push_back(std::move(supervised));
  }
  return rows;
}

const Wanted kFrechetMethods[] = {{"ae"}, {"vae"}, {"irmae"}};

/// Frechet distances of one scale's runs of a data set.
struct Distances {
  struct OfMethod {
    Wanted method;
    std::size_t started;  ///< runs
    Table table;
  };
  std::string scale;
  std::vector<OfMethod> of_method;
};

std::vector<Distances> distances_of(const std::vector<Run>& runs, const std::string& data) {
  std::vector<Distances> all;
  for (const auto& [scale, of_scale] : scales_of(runs, data)) {
    Distances& distances = all.emplace_back(Distances{scale, {}});
    for (const Wanted& method : kFrechetMethods) {
      const std::vector<Run> chosen = main_runs(of_scale, data, method);
      distances.of_method.push_back({method, chosen.size(), table_kind("fid").make(chosen)});
    }
  }
  return all;
}

}  // namespace

std::string mean_text(const std::vector<double>& values, std::size_t of) {
  if (values.empty()) return fmt::format("<span class=gone>missing{}</span>", of > 0 ? fmt::format(" (0/{})", of) : "");
  const Mean mean = mean_of(values);
  const auto both = rounded(mean);
  return fmt::format("{} ({}/{})", both ? to_text(*both) : short_text(mean.value), values.size(), std::max(of, values.size()));
}

std::vector<double> values_of(const Table& table, const std::string& value,
                              const std::vector<std::pair<std::string, std::string>>& where) {
  std::vector<double> values;
  for (const auto& row : table.rows) {
    if (!std::all_of(where.begin(), where.end(),
                     [&](const auto& one) { return exact_text(row.at(table.place_of(one.first))) == one.second; }))
      continue;
    const Value& found = row.at(table.place_of(value));
    if (const auto* real = std::get_if<double>(&found); real && std::isfinite(*real)) values.push_back(*real);
    if (const auto* integer = std::get_if<std::int64_t>(&found)) values.push_back(static_cast<double>(*integer));
  }
  return values;
}

Grid spectrum_grid(const std::vector<Run>& runs) {
  constexpr std::size_t kIndices[] = {3, 5, 6, 7, 8, 9, 11, 18, 25};
  // Read off the paper's plot, which counts from 0.
  const std::map<std::string, std::map<std::size_t, const char*>> kPaper{
      {"IRMAE l=2", {{5, "0.08"}, {6, "0.06"}, {7, "0.015"}, {9, "~0"}, {11, "~0"}}},
      {"IRMAE l=4", {{5, "~0"}, {6, "~0"}, {7, "~0"}, {8, "~0"}, {9, "~0"}}},
      {"AE", {{8, "0.21-0.24"}, {25, "~0"}}},
      {"L1", {{8, "0.21-0.24"}, {25, "~0"}}},
      {"L2", {{8, "0.21-0.24"}, {25, "~0"}}}};
  Grid grid{{"configuration"}, {}};
  for (const std::size_t index : kIndices) grid.columns.push_back(std::to_string(index));
  const auto groups = by_configuration(runs);
  const auto labels = distinct_labels(groups);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::vector<Field> row{{page::escaped(labels[g]), true}};
    const auto paper = kPaper.find(groups[g].front()->label());
    for (const std::size_t index : kIndices) {
      std::vector<double> values;
      for (const Run* run : groups[g])
        if (run->spectrum.size() >= index && run->spectrum.front() > 0)
          values.push_back(run->spectrum[index - 1] / run->spectrum.front());
      const bool known = paper != kPaper.end() && paper->second.count(index) > 0;
      row.push_back(measured(values, groups[g].size(), known ? paper->second.at(index) : ""));
    }
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

Grid frechet_grid(const std::vector<Run>& runs) {
  const std::map<std::string, const char*> kPaper{{"mnist AE", "38.0"},  {"mnist VAE", "30.8"},  {"mnist IRMAE", "34.0"},
                                                  {"celeba AE", "49.0"}, {"celeba VAE", "48.8"}, {"celeba IRMAE", "36.4"}};
  Grid grid{{"data", "codes drawn from"}, {}};
  for (const Wanted& method : kFrechetMethods) grid.columns.push_back(name_of(method));
  for (const char* data : {"mnist", "celeba"}) {
    const std::vector<Distances> all = distances_of(runs, data);
    for (const auto& [density, name] :
         {std::pair{"gaussian", "Gaussian"}, std::pair{"mixture", "Gaussian mixture"}, std::pair{"prior", "prior (VAE alone)"},
          std::pair{"reconstructions", "none: reconstructions"}}) {
      for (const auto& [scale, of_method] : all) {
        std::vector<Field> row{{data + scale, true}, {name, true}};
        for (const auto& [method, started, table] : of_method) {
          const bool has_density = std::string(density) != "prior" || method.method == "vae";
          row.push_back(has_density ? measured(values_of(table, density, {}), started, "") : Field{"&ndash;"});
        }
        grid.rows.push_back(std::move(row));
      }
      if (std::string(density) != "mixture") continue;
      std::vector<Field> row{{data, true}, {"<small>the same, paper</small>", true}};
      for (const Wanted& method : kFrechetMethods)
        row.push_back({note_of_paper(kPaper.at(std::string(data) + " " + name_of(method)))});
      grid.rows.push_back(std::move(row));
    }
  }
  return grid;
}

Grid classification_grid(const std::vector<Run>& runs) {
  const std::vector<Classified> rows = classified(runs);
  std::set<std::int64_t> counts(std::begin(kPaperLabels), std::end(kPaperLabels)), of_all;
  counts.erase(kPaperLabels[4]);
  for (const Classified& row : rows) {
    if (row.all > 0) of_all.insert(row.all);
    for (const std::int64_t count : row.counts)
      if (count != row.all) counts.insert(count);
  }
  Grid grid{{"encoder"}, {}};
  for (const std::int64_t count : counts) grid.columns.push_back(std::to_string(count));
  const std::string of_each = of_all.size() == 1 ? fmt::format("{}; ", *of_all.begin()) : "";
  grid.columns.push_back(of_all.empty() ? "60000" : "all (" + of_each + "paper 60000)");
  for (const Classified& row : rows) {
    std::vector<Field> fields{{row.name + row.scale, true}};
    for (const std::int64_t count : counts) fields.push_back(error_of(row, count, "", count));
    const std::string which = of_all.size() > 1 && row.all > 0 ? fmt::format("<small>of {} labels</small>", row.all) : "";
    fields.push_back(error_of(row, row.all, which, kPaperLabels[4]));
    grid.rows.push_back(std::move(fields));
  }
  return grid;
}

std::string classification_budget(const std::vector<Run>& runs) {
  std::map<std::string, std::set<std::string>> of_scale;
  std::set<std::string> all;
  for (const Run& run : runs)
    if (const std::string budget = budget_of(run); !budget.empty()) {
      of_scale[run.scale()].insert(budget);
      all.insert(budget);
    }
  if (all.size() < 2) return all.empty() ? "" : *all.begin();
  std::vector<std::string> parts;
  for (const auto& [scale, budgets] : of_scale) parts.push_back(fmt::format("scale {}: {}", scale, fmt::join(budgets, " or ")));
  return fmt::format("{}", fmt::join(parts, "; "));
}

Grid attribute_grid(const std::vector<Run>& runs) {
  const TableKind& kind = table_kind("attributes");
  Grid grid{{"attribute", "prevalence"}, {}};
  const auto groups = by_configuration(runs);
  std::vector<Table> tables;
  for (const auto& group : groups) tables.push_back(kind.make(copies(group)));
  for (const std::string& label : distinct_labels(groups)) grid.columns.push_back(page::escaped(label));
  std::vector<std::string> names;
  for (const Table& table : tables)
    for (const auto& row : table.rows)
      if (const std::string name = exact_text(row[table.place_of("attribute")]);
          !name.empty() && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
  for (const std::string& name : names) {
    std::vector<Field> row{{page::escaped(name), true}, {}};
    std::vector<double> prevalence;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto found = values_of(tables[g], "prevalence", {{"attribute", name}});
      prevalence.insert(prevalence.end(), found.begin(), found.end());
      row.push_back({mean_text(values_of(tables[g], "balanced_accuracy", {{"attribute", name}}), groups[g].size())});
    }
    row[1].html = short_text(mean_of(prevalence).value, "");
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

}  // namespace irmae::analysis::report_page
