// SPDX-License-Identifier: MIT
// A table and figures that nobody has told the report of. They are in a program of their own, since other tests go through all
// kinds.
#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/drawing/figure.h"
#include "analysis/report/report.h"
#include "analysis/run_table.h"
#include "storage/run_file.h"
#include "tests/analysis/sample_runs.h"
#include "tests/contains.h"
#include "tests/gnuplot.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis {
namespace {

const std::vector<std::string> kMeasures{"novelty"};

Table rows(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, {"missing"}});
  for (const analysis::Run& run : runs) {
    const storage::Evaluation found = run.evaluation_notes("novelty");
    run_row(table, run).set("novelty", value_of(found.note("mean"))).set("missing", why_missing(run, found));
  }
  return table;
}

/// One grey point for each run that has this evaluation.
Figure points(const std::vector<Run>& runs, const std::string& evaluation) {
  Figure figure;
  for (const analysis::Run& run : runs)
    if (run.evaluation_notes(evaluation).note("mean"))
      figure.panels.push_back({.title = run.label(), .raster = {.width = 1, .height = 1, .rgb = {127, 127, 127}}});
  return figure;
}

const RegisterTable table{{.name = "novelty", .help = "how new each code is", .measures = kMeasures, .make = rows}};
const RegisterPlot of_same_name{
    {"novelty", "codes by how new they are", [](const std::vector<Run>& runs) { return points(runs, "novelty"); }}};
const RegisterPlot alone{
    {"oddity-map", "a map of codes < 1", [](const std::vector<Run>& runs) { return points(runs, "oddity"); }}};

/// The report on one run with these evaluations besides those of every sample.
std::string report_with(const std::vector<storage::Evaluation>& more) {
  const tests::TemporaryFolder folder;
  storage::RunRecord record = tests::record_of({});
  record.evaluations.insert(record.evaluations.end(), more.begin(), more.end());
  storage::write_run(folder / "run.h5", record);
  return report(find_runs({folder.string()}));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(OtherKinds, HaveSectionsOfTheirOwnBehindThoseThatAreWritten) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string page = report_with({{"novelty", {}, {}, {{"mean", 0.375}}}, {"oddity", {}, {}, {{"mean", 0.5}}}});
  const std::size_t written = page.find("<h3 id=densities>"), novelty = page.find("<h3 id=kind-novelty>Novelty</h3>"),
                    map = page.find("<h3 id=kind-oddity-map>Oddity map</h3>"), costs = page.find("<h2 id=runs>");
  ASSERT_TRUE(written < novelty && novelty < map && map < costs && costs != std::string::npos)
      << written << " " << novelty << " " << map << " " << costs;
  const std::string both = page.substr(novelty, map - novelty), figure = page.substr(map, costs - map);

  EXPECT_CONTAINS(both, "<p class=caption>Codes by how new they are</p>");
  EXPECT_CONTAINS(both, "<img alt=\"codes by how new they are: AE\"");
  EXPECT_CONTAINS(both, ">How new each code is. ");
  EXPECT_CONTAINS(both, "<td>0.375</td>");
  EXPECT_CONTAINS(figure, "<p class=caption>A map of codes &lt; 1</p>");
  EXPECT_CONTAINS(figure, "<img alt=\"a map of codes &lt; 1: AE\"");
  EXPECT_CONTAINS(page, "<li><a href=\"#kind-novelty\">Novelty</a>") << "in the contents";
  EXPECT_EQ(count(page, "<h3 id=kind-"), 2U) << "the page is written for all others";
}

TEST(OtherKinds, ThatHaveNothingOfTheRunsAreNotInThePage) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string without = report_with({}),
                    missing = report_with({{"novelty", {}, {}, {{"missing", std::string("no codes")}}}}),
                    map_alone = report_with({{"oddity", {}, {}, {{"mean", 0.5}}}});

  EXPECT_LACKS(without, "id=kind-");
  EXPECT_LACKS(missing, "id=kind-");
  EXPECT_LACKS(map_alone, "id=kind-novelty");
  EXPECT_CONTAINS(map_alone, "id=kind-oddity-map");
}

}  // namespace
}  // namespace irmae::analysis
