// SPDX-License-Identifier: MIT
// The report on made-up runs: its sections, its words, and what is missing.
#include "analysis/report/report.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/drawing/figure.h"
#include "analysis/report/page.h"
#include "analysis/report/sections.h"
#include "storage/run_file.h"
#include "tests/analysis/paper_runs.h"
#include "tests/analysis/sample_runs.h"
#include "tests/contains.h"
#include "tests/gnuplot.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis {
namespace {

using tests::Paper;

/// A page's text from here to there; empty, and a failure, where it has not both.
std::string between(const std::string& page, const std::string& here, const std::string& there) {
  const auto begin = page.find(here), end = page.find(there, begin);
  EXPECT_NE(end, std::string::npos) << here << " ... " << there;
  return end == std::string::npos ? "" : page.substr(begin, end - begin);
}

TEST_F(Paper, TheReportHoldsEveryFigureAndTableInThePapersOrder) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string page = report(*set_);
  std::size_t before = 0;
  for (const char* id :
       {"figure-2", "figure-3", "figure-4",        "figure-5",  "figure-6",      "table-1",     "figure-7",  "figure-8",
        "table-2",  "figure-9", "figure-10",       "figure-11", "deterministic", "latent-size", "depth",     "attributes",
        "vae",      "dynamics", "reconstructions", "dimension", "densities",     "costs",       "every-run", "losses"}) {
    const std::size_t place = page.find(std::string("<h3 id=") + id + ">");
    ASSERT_NE(place, std::string::npos) << id;
    EXPECT_GT(place, before) << id;
    before = place;
  }
  EXPECT_LACKS(page, "<b>Missing:</b>");
  EXPECT_LACKS(page, "src=\"http");
  EXPECT_LACKS(page, "<h3 id=kind-") << "a section that nobody wrote, of a table or figure that is known by another name there";
  EXPECT_CONTAINS(page, "VAE 1/2") << "the unfinished run is not counted as missing";
  const std::string note = between(page, "<p class=note>Finished of started runs: AE 2/2", "</p>");
  EXPECT_LACKS(note, "scale tiny") << "figure 2's tables say it";
  for (const char* caption :
       {"Singular values divided by the largest, by index from 1: mean", "Effective ranks of the validation codes"})
    EXPECT_CONTAINS(between(page, caption, "</p>"), "scale tiny") << caption;
  const std::string pictures = between(page, "id=figure-3>", "id=figure-4>");
  EXPECT_CONTAINS(pictures.substr(pictures.find("Finished of started runs")), "scale tiny") << "there is no table";
}

TEST_F(Paper, AnAblationStandsBesideItsOwnDepth) {
  const std::string figure = between(report(*set_), "id=figure-9>", "id=figure-10>");

  EXPECT_CONTAINS(figure, "IRMAE l=4 shapes 2/2");
  EXPECT_LACKS(figure, "IRMAE l=2");
}

TEST_F(Paper, OtherMethodsStandBesideThePapersDepthsWhateverElseTheirManifestHas) {
  const std::string section = between(report(*set_), "id=deterministic>", "id=latent-size>");

  EXPECT_CONTAINS(section, "IRMAE l=8 2/2");
  EXPECT_LACKS(section, "IRMAE l=4 mnist");
  EXPECT_LACKS(section, "IRMAE l=2 celeba");
}

TEST(Report, LeavesOutOfATableWhatCannotHaveAValueAndSaysWhyBelow) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.data = "mnist", .method = "rae", .latent = 128});
  tests::write_sample(folder.string(), {.data = "shapes", .method = "rae"});
  const std::string html = report(find_runs({folder.string()}));
  const std::size_t begin = html.find("Classification error in percent with few labels"), end = html.find("<h3", begin);
  ASSERT_NE(end, std::string::npos);
  const std::string section = html.substr(begin, end - begin), table = section.substr(0, section.find("</table>"));

  EXPECT_CONTAINS(table, "RAE mnist");
  EXPECT_LACKS(table, "RAE shapes");
  EXPECT_LACKS(table, "missing");
  EXPECT_CONTAINS(section, "Left out: RAE shapes: the run has no such evaluation.");
}

TEST(Report, NamesTheDataSetOfEachRowWhereTheCaptionNamesSeveral) {
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.data = "mnist", .method = "irmae", .latent = 128, .layers = 8});
  storage::RunRecord faces = tests::record_of({.data = "celeba", .method = "irmae", .latent = 512, .layers = 4});
  for (storage::Evaluation& evaluation : faces.evaluations)
    if (evaluation.name == "frechet") evaluation.notes = {{"missing", std::string("no feature network")}};
  std::filesystem::create_directory(folder / "faces");
  storage::write_run(folder / "faces" / "run.h5", faces);
  page::Page page("t");
  report_page::add_means(find_runs({folder.string()}).runs, "fid", "Distances", page);
  const std::string html = page.html(), row = between(html, "<tbody>", "</tbody>");

  EXPECT_CONTAINS(html, "celeba: scale tiny") << "in the caption";
  EXPECT_LACKS(row, "IRMAE l=4");
  EXPECT_CONTAINS(row, "<td class=word>mnist</td><td>128</td>") << "not in its name, IRMAE l=8";
}

TEST(Report, SaysBelowItsRanksThatTheyAreOfFewCodes) {
  const tests::TemporaryFolder folder;
  storage::RunRecord record = tests::record_of({.latent = 4});
  const auto html_of = [&](std::int64_t codes) {
    record.validation = {codes, 4, std::vector<float>(static_cast<std::size_t>(4 * codes)), {}, {}};
    for (std::int64_t i = 0; i < codes; ++i) record.validation.labels.push_back(-1), record.validation.index.push_back(i);
    storage::write_run(folder / "run.h5", record);
    page::Page page("t");
    report_page::add_ranks(find_runs({folder.string()}).runs, page);
    return page.html();
  };

  EXPECT_CONTAINS(html_of(5),
                  "<p class=note>Few validation codes for the latent size n (shapes: 5 for n = 4): with fewer than 2 n");
  EXPECT_LACKS(html_of(8), "Few validation codes");
}

TEST(Report, SaysOnWhatTheRunRanThatWasStartedLastWhateverItsPath) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  for (const auto& [path, started] : {std::pair{"a", "2026-02-01T00:00:00Z"}, {"b", "2025-12-31T23:59:59Z"}}) {
    storage::RunRecord record = tests::record_of({.cell = path, .seed = *path});
    record.provenance = {{"version", std::string(path)}, {"started", std::string(started)}};
    std::filesystem::create_directory(folder / path);
    storage::write_run(folder / path / "run.h5", record);
  }

  EXPECT_CONTAINS(report(find_runs({folder.string()})), "The last one: irmae a (commit");
}

TEST(Report, SaysOnWhatTheLastRunRanAndExplainsNoScaleOnlyWhereARunHasNone) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  const auto html_of = [&](std::int64_t ranks, const char* mpi, const char* scale) {
    storage::RunRecord record = tests::record_of({.scale = scale});
    record.provenance = {
        {"libtorch", std::string("2.0")}, {"mpi", std::string(mpi)}, {"ranks", ranks}, {"threads_per_rank", ranks}};
    storage::write_run(folder / "run.h5", record);
    return report(find_runs({folder.string()}));
  };
  const std::string alone = html_of(1, "none", "tiny"), many = html_of(2, "Open MPI 4", "");

  EXPECT_CONTAINS(alone, "1 of 1 started run is finished.");
  EXPECT_CONTAINS(alone, "LibTorch 2.0, without MPI; 1 rank of 1 thread on");
  EXPECT_CONTAINS(many, "LibTorch 2.0, Open MPI 4; 2 ranks of 2 threads on");
  EXPECT_LACKS(alone, "&ldquo;none&rdquo;");
  EXPECT_CONTAINS(many, "&ldquo;none&rdquo;");
}

TEST(Report, SaysHowToMakeWhatIsMissingAndEscapesNames) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.scale = "\"><b>"});
  RunSet set = find_runs({folder.string()});
  set.runs.front().identity.cell = "<script>alert('1')</script>";
  const std::string page = report(set);

  EXPECT_LACKS(page, "<script>alert");
  EXPECT_CONTAINS(page, "&lt;script&gt;alert(&#39;1&#39;)");
  EXPECT_LACKS(page, "\"><b>,");
  for (const char* manifest : {"mnist", "celeba", "ablations", "latent-size", "depth", "deterministic"})
    EXPECT_CONTAINS(page, std::string("irmae run experiments/") + manifest + ".toml scale=&#39;&quot;&gt;&lt;b&gt;&#39; -o DIR")
        << manifest << ", at the scale of the runs that are there, as a shell takes it";
  EXPECT_CONTAINS(page, "<h3 id=figure-11>");
}

TEST(Report, NamesTheSizesToChooseWhereItsRunsHaveNoScale) {
  SKIP_WITHOUT_GNUPLOT();
  const auto figure_4_of = [](const char* scale) {
    const tests::TemporaryFolder folder;
    tests::write_sample(folder.string(), {.scale = scale});
    return between(report(find_runs({folder.string()})), "id=figure-4>", "id=figure-5>");
  };
  const std::string without = figure_4_of(""), with = figure_4_of("tiny");

  EXPECT_CONTAINS(without, "<code>irmae run experiments/mnist.toml scale=small -o DIR</code>");
  EXPECT_CONTAINS(without, "<code>scale=full</code> instead is the authors&#39; size");
  EXPECT_CONTAINS(with, "<code>irmae run experiments/mnist.toml scale=tiny -o DIR</code>");
  EXPECT_LACKS(with, "scale=full");
}

/// A cell of a plan that nobody has begun.
analysis::Run planned(const char* data, const char* method, std::int64_t latent, std::int64_t layers) {
  analysis::Run run;
  run.identity = tests::record_of({.data = data, .method = method, .latent = latent, .layers = layers}).identity;
  return run;
}

TEST(Report, GoesOnWithWhatIsPlannedAndMakesTheRestFromTheManifestsOfWhatLacksIt) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.data = "mnist", .latent = 128});
  RunSet set = find_runs({folder.string()});
  set.planned = {planned("mnist", "irmae", 128, 8), planned("celeba", "ae", 512, 0), planned("shapes", "irmae", 32, 2),
                 planned("shapes", "irmae", 32, 4), planned("shapes", "vae", 32, 0)};
  const std::string html = report(set);
  const std::string figure = between(html, "id=figure-4>", "id=figure-5>");
  const std::string goes_on = " yet. <code>irmae run DIR</code> goes on";

  EXPECT_CONTAINS(figure, "<b>Planned:</b> no run of IRMAE on mnist, AE on celeba" + goes_on);
  EXPECT_CONTAINS(figure, "<b>Missing:</b> no run of IRMAE on celeba. Made by <code>irmae run experiments/celeba.toml");
  EXPECT_LACKS(figure, "experiments/mnist.toml") << "it would train again what is planned";
  EXPECT_CONTAINS(between(html, "id=figure-2>", "id=figure-3>"),
                  "<b>Planned:</b> no run of IRMAE l=2 on shapes, IRMAE l=4 on shapes" + goes_on);
  EXPECT_CONTAINS(between(html, "id=depth>", "id=beyond>"), "<b>Planned:</b> no run of IRMAE at several depths" + goes_on);
  EXPECT_CONTAINS(between(html, "id=latent-size>", "id=depth>"), "<b>Missing:</b> no run of one method");
  EXPECT_CONTAINS(between(html, "id=attributes>", "id=vae>"),
                  "<b>Planned:</b> no finished run on data with attributes" + goes_on);
  EXPECT_CONTAINS(between(html, "id=vae>", "id=dynamics>"), "<b>Planned:</b> no run of a VAE" + goes_on);
}

TEST_F(Paper, ABoxOfThePaperHasNothingThatThePaperDoesNotSay) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string html = report(*set_);
  int boxes = 0;
  for (std::size_t place = 0; (place = html.find("<p class=paper>", place)) != std::string::npos; ++place, ++boxes) {
    const std::string box = html.substr(place, html.find("</p>", place) - place);
    for (const char* other : {" here", "Here", "good latent space", "standard deviations", "epochs", "ReLU", "29.6"})
      EXPECT_LACKS(box, other);
  }

  EXPECT_EQ(boxes, 13) << "ten figures, two tables, the supplement";
  EXPECT_CONTAINS(between(html, "id=figure-2>", "id=figure-3>"), "100 epochs are in the authors' code");
  EXPECT_CONTAINS(between(html, "id=figure-3>", "id=figure-4>"), "<b>Here:</b> In a good latent space");
  EXPECT_CONTAINS(between(html, "id=figure-8>", "id=table-2>"), "<b>Here:</b> A grid over mean &plusmn; 2 standard deviations");
}

TEST(Report, HasTheSameRunsInTableOneAsAroundIt) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  tests::write_sample(folder.string(), {.data = "mnist", .scale = "full", .latent = 128});
  tests::write_sample(folder.string(), {.data = "mnist", .scale = "tiny", .latent = 64});
  const std::string section = between(report(find_runs({folder.string()})), "id=table-1>", "id=figure-7>");

  EXPECT_CONTAINS(section, "scale full") << "in the caption";
  EXPECT_LACKS(section, "scale tiny") << "its runs are not of the paper's size, which others are";
}

TEST_F(Paper, WhatIsSaidOfItsDataAndLabelsIsTrue) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string html = report(*set_);

  EXPECT_CONTAINS(html, "classifiers and discriminants are fitted to training codes.");
  EXPECT_CONTAINS(between(html, "id=figure-8>", "id=table-2>"), "standard deviations of the training codes along");
  EXPECT_CONTAINS(between(html, "id=table-2>", "id=figure-9>"), "the paper's column 10 must be another draw; that of 100");
}

TEST_F(Paper, BelowTableOneStandsThatItsDistancesAreNotThePapers) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string section = between(report(*set_), "id=table-1>", "id=figure-7>");

  EXPECT_CONTAINS(section.substr(section.find("</table>")), "are of features that it does not state");
}

TEST_F(Paper, AttributesAreOfEveryDepthThatThePaperHasAndOthersAreNamed) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string section = between(report(*set_), "id=attributes>", "id=vae>");

  EXPECT_CONTAINS(section, "<th scope=col>IRMAE l=2</th><th scope=col>IRMAE l=4</th>") << "shapes";
  EXPECT_CONTAINS(section, "celeba, IRMAE: l = 4 (not 2)");
}

TEST_F(Paper, ItsRankTablesBeginWithTheConfigurationAndTheMeasures) {
  SKIP_WITHOUT_GNUPLOT();
  const std::string html = report(*set_);
  const auto head_of = [&](const std::string& here, const std::string& caption) {
    const std::string rest = html.substr(html.find(caption, html.find(here)));
    return between(rest, "<thead>", "</thead>");
  };
  const std::string configuration = "<th scope=col class=word>configuration</th>", rank = "<th scope=col>entropy rank</th>";

  EXPECT_CONTAINS(head_of("id=figure-2>", "Effective ranks"), configuration + rank);
  const std::string of_runs = head_of("id=every-run>", "One row a run");
  EXPECT_LT(of_runs.find(rank), of_runs.find(">data</th>"));
  EXPECT_CONTAINS(of_runs, "<th scope=col>latent</th></tr>") << "what a cell's name need not say stands last";
}

/// Runs on pictures of one's own; of vectors, which have no pictures, where `images` is false.
void write_own(const std::filesystem::path& folder, bool images) {
  for (const auto& [method, layers] : {std::pair<std::string, std::int64_t>{"ae", 0}, {"irmae", 2}, {"irmae", 4}}) {
    const std::string data = images ? "images" : "array";
    storage::RunRecord record = tests::record_of({.data = data, .method = method, .latent = 16, .layers = layers});
    if (!images) {
      record.evaluations.clear();
      for (const char* name : {"interpolation", "pca", "samples", "frechet"})
        record.evaluations.push_back({name, {}, {}, {{"missing", std::string("the data are vectors, not images")}}});
      record.originals.shape = record.reconstructions.shape = {8, 3 * 8 * 8};
    }
    const auto place = folder / "own" / (data + method + std::to_string(layers));
    std::filesystem::create_directories(place);
    storage::write_run(place / "run.h5", record);
  }
}

TEST(Report, OfOwnPicturesBeginsWithThemAndFoldsThePapersExperiments) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  write_own(folder.string(), true);
  const std::string html = report(find_runs({folder.string()}));

  const std::size_t own = html.find("<h3 id=own-1>"), paper = html.find("<details><summary>The paper&#39;s figures");
  ASSERT_NE(own, std::string::npos);
  ASSERT_NE(paper, std::string::npos);
  EXPECT_LT(own, paper);
  EXPECT_LACKS(html, "<b>Missing:</b>");
  EXPECT_LACKS(html, "<h3 id=figure-2>");
  for (const char* kind : {"spectrum", "sweep-depth", "interpolation", "samples", "pca"}) {
    const std::size_t picture = html.find("<img alt=\"" + page::escaped(plot_kind(kind).help));
    EXPECT_GT(picture, own) << kind;
    EXPECT_LT(picture, paper) << kind;
  }
  EXPECT_LT(html.find("Effective ranks of the validation codes' covariance", own), paper);
}

TEST(Report, OfOwnVectorsHasTheirSpectrumAndAsksForNoPictures) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  write_own(folder.string(), false);
  const std::string html = report(find_runs({folder.string()}));

  EXPECT_CONTAINS(html, "<img alt=\"" + page::escaped(plot_kind("spectrum").help));
  EXPECT_LACKS(html, "No finished run holds");
  EXPECT_LACKS(html, "image/png");
}

TEST(Report, OfOwnDataBesideThePapersHasBoth) {
  SKIP_WITHOUT_GNUPLOT();
  const tests::TemporaryFolder folder;
  write_own(folder.string(), false);
  tests::write_sample(folder.string(), {});
  const std::string html = report(find_runs({folder.string()}));

  EXPECT_LT(html.find("<h3 id=own-1>"), html.find("<h3 id=figure-2>"));
  EXPECT_CONTAINS(html, "<b>Missing:</b> no run of AE on mnist");
}

}  // namespace
}  // namespace irmae::analysis
