// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analysis/effective_rank.h"
#include "analysis/table.h"
#include "storage/error.h"
#include "tests/analysis/made_runs.h"
#include "tests/contains.h"
#include "tests/message_of.h"

namespace irmae::analysis {
namespace {

TEST(EffectiveRanks, OfEqualValuesAreTheirNumber) {
  const EffectiveRanks ranks = effective_ranks({2, 2, 2, 2}).value();

  EXPECT_NEAR(ranks.entropy, 4, 1e-12);
  EXPECT_NEAR(ranks.participation_ratio, 4, 1e-12);
  EXPECT_EQ(ranks.count_1e_3, 4);
  EXPECT_EQ(ranks.variance_99, 4);
}

TEST(EffectiveRanks, AgreeWithNumpy) {
  // s = np.array([1, .5, .02, .005, 1e-5]); p = s / s.sum()
  // np.exp(-(p * np.log(p)).sum()), s.sum()**2 / (s**2).sum(), np.searchsorted(np.cumsum(p), .99) + 1
  const EffectiveRanks ranks = effective_ranks({1, 0.5, 0.02, 0.005, 1e-5}).value();

  EXPECT_NEAR(ranks.entropy, 2.0503543742856967, 1e-12);
  EXPECT_NEAR(ranks.participation_ratio, 1.8598920366387515, 1e-12);
  EXPECT_EQ(ranks.count_1e_2, 3);
  EXPECT_EQ(ranks.count_1e_3, 4);
  EXPECT_EQ(ranks.variance_99, 3);
}

TEST(EffectiveRanks, OfNoVarianceHaveNoValue) {
  EXPECT_FALSE(effective_ranks({}));
  EXPECT_FALSE(effective_ranks({0, 0}));
}

TEST(LargestDrop, IsWhereTheSpectrumFallsMost) {
  const Drop drop = largest_drop({4, 2, 1.5, 0.003, 0.002, 0.001}, 0);

  EXPECT_EQ(drop.after, 3);
  EXPECT_NEAR(drop.factor, 500, 1e-9);
}

TEST(LargestDrop, LooksNeitherAtDyingDirectionsNorBeyondWhatSoFewCodesTell) {
  EXPECT_EQ(largest_drop({1, 0.5, 0.1, 1e-6, 1e-30}, 0).after, 3) << "1e-6 and 1e-30 are both nothing";
  EXPECT_EQ(largest_drop({1, 0.5, 0.1, 0.03, 1e-4}, 8).after, 2) << "eight codes say nothing of a fifth value";
  EXPECT_EQ(largest_drop({1, 0.5, 0.1, 0.03, 1e-4}, 10).after, 4);
}

TEST(LargestDrop, IsNowhereInASpectrumWithoutOne) {
  EXPECT_EQ(largest_drop({}, 0).after, 0);
  EXPECT_EQ(largest_drop({0, 0}, 0).after, 0);
  EXPECT_EQ(largest_drop({2, 2, 2}, 0).after, 0);
  EXPECT_EQ(largest_drop({1, 0.1}, 1).after, 0);
}

TEST(Table, QuotesWhatEachFormatMustQuote) {
  const Table table{{"a", "b_c"}, {{std::string("x,\"y\""), Value()}, {std::string("<&"), 0.5}}};

  EXPECT_EQ(render(table, Format::csv), "a,b_c\r\n\"x,\"\"y\"\"\",\r\n<&,0.5\r\n");
  EXPECT_EQ(render(table, Format::json), "[\n {\"a\": \"x,\\\"y\\\"\", \"b_c\": null},\n {\"a\": \"<&\", \"b_c\": 0.5}\n]\n");
  EXPECT_CONTAINS(render(table, Format::latex), "b\\_c");
  EXPECT_CONTAINS(render({{"a\\b~c^{d}"}, {}}, Format::latex),
                  "a\\textbackslash{}b\\textasciitilde{}c\\textasciicircum{}\\{d\\} \\\\");
}

Run a_run(std::int64_t seed, bool complete, double scale) {
  Run run;
  run.complete = complete;
  run.identity.cell = run.identity.id = "c" + std::to_string(seed);
  run.identity.parameters = {{"model.method", std::string("ae")}, {"train.seed", seed}};
  tests::history_of(run).resize(1);
  if (complete) run.spectrum = {1.0, scale};
  return run;
}

TEST(Table, MeanOverSeedsCountsMissingRunsButDoesNotAverageThem) {
  const Table means = mean_over_seeds(table_kind("ranks"), {a_run(1, true, 1.0), a_run(2, true, 0.0), a_run(3, false, 0)});

  ASSERT_EQ(means.rows.size(), 1U);
  const auto at = [&](const char* column) {
    const auto place = std::find(means.columns.begin(), means.columns.end(), column);
    return means.rows[0].at(static_cast<std::size_t>(place - means.columns.begin()));
  };
  EXPECT_NEAR(std::get<double>(at("entropy_rank")), 1.5, 1e-12);
  EXPECT_NEAR(std::get<double>(at("entropy_rank_sd")), std::sqrt(0.5), 1e-12);
  EXPECT_EQ(std::get<std::int64_t>(at("n")), 2);
  EXPECT_EQ(std::get<std::int64_t>(at("of")), 3);
}

TEST(Table, OfRanksSaysWhichRunsAreNotFinished) {
  const Table ranks = table_kind("ranks").make({a_run(1, true, 1.0), a_run(2, false, 0)});

  const auto missing =
      static_cast<std::size_t>(std::find(ranks.columns.begin(), ranks.columns.end(), "missing") - ranks.columns.begin());
  EXPECT_EQ(ranks.rows.at(0).at(missing), Value());
  EXPECT_EQ(ranks.rows.at(1).at(missing), Value(std::string("not finished")));
}

std::vector<std::int64_t> numbers_of(const Table& table, const char* column) {
  std::vector<std::int64_t> numbers;
  for (const auto& row : table.rows) numbers.push_back(std::get<std::int64_t>(row.at(table.place_of(column))));
  return numbers;
}

TEST(Table, MeansOfCostsOnSeveralDevicesMissNoRun) {
  auto here = a_run(1, true, 1), there = a_run(2, true, 1);
  here.provenance = {{"device", std::string("a")}, {"wall_seconds", 8.0}};
  there.provenance = {{"device", std::string("b")}, {"wall_seconds", 8.0}};
  const Table means = mean_over_seeds(table_kind("costs"), {here, there});

  ASSERT_EQ(means.rows.size(), 2U);
  EXPECT_EQ(std::get<std::int64_t>(means.rows[0].back()), 1) << "one run of this one, none of which is missing";

  // It counts once, whatever it will have run on, and its speed so far is no result.
  analysis::Run unfinished = a_run(3, false, 0);
  storage::EpochRecord& epoch = tests::history_of(unfinished)[0];
  epoch.seconds = epoch.samples_per_second = 1;
  const Table all = mean_over_seeds(table_kind("costs"), {here, there, unfinished});
  EXPECT_EQ(numbers_of(all, "of"), (std::vector<std::int64_t>{1, 1, 1}));
  EXPECT_EQ(numbers_of(all, "n"), (std::vector<std::int64_t>{1, 1, 0}));
  // Where one device ran all of them it belongs to these.
  there.provenance = here.provenance;
  const Table together = mean_over_seeds(table_kind("costs"), {here, there, unfinished});
  EXPECT_EQ(numbers_of(together, "of"), std::vector<std::int64_t>{3});
}

TEST(Table, MeansCountTheRunsOfTheMeasureThatFewestHave) {
  TableKind kind{.name = "some", .measures = {"prevalence", "accuracy", "prior"}};
  kind.make = [](const std::vector<analysis::Run>& runs) {
    Table table{{"cell", "prevalence", "accuracy", "prior"}, {}};
    for (const analysis::Run& run : runs)
      table.rows.push_back({run.identity.cell, 0.5, run.seed() == 1 ? Value(0.75) : Value(), Value()});
    return table;
  };
  const Table means = mean_over_seeds(kind, {a_run(1, true, 1), a_run(2, true, 1)});

  EXPECT_EQ(numbers_of(means, "n"), std::vector<std::int64_t>{1}) << "of the accuracy; what no run has does not count";
  EXPECT_EQ(numbers_of(means, "of"), std::vector<std::int64_t>{2});
}

TEST(Table, MeansOfCostsWithoutAFinishedRunHaveNoSpeed) {
  analysis::Run one = a_run(1, false, 0), other = a_run(2, false, 0);
  for (analysis::Run* run : {&one, &other}) {
    storage::EpochRecord& epoch = tests::history_of(*run)[0];
    epoch.seconds = epoch.samples_per_second = 1;
  }
  const Table means = mean_over_seeds(table_kind("costs"), {one, other});

  ASSERT_EQ(means.rows.size(), 1U);
  EXPECT_EQ(means.rows[0].at(means.place_of("samples_per_second")), Value());
  EXPECT_EQ(numbers_of(means, "n"), std::vector<std::int64_t>{0});
  EXPECT_EQ(numbers_of(means, "of"), std::vector<std::int64_t>{2});
}

TEST(Table, MeansCountRunsWithoutAMeasureAmongThoseThatHaveOneAndSayWhy) {
  TableKind kind{.name = "some", .measures = {"distance"}};
  kind.make = [](const std::vector<analysis::Run>& runs) {
    Table table{{"cell", "distance", "missing"}, {}};
    for (const analysis::Run& run : runs)
      table.rows.push_back({run.identity.cell, run.seed() == 1 ? Value(2.5) : Value(),
                            run.seed() == 2 ? Value(std::string("no feature network")) : Value()});
    return table;
  };
  Table means = mean_over_seeds(kind, {a_run(1, true, 1), a_run(2, true, 1), a_run(3, false, 0)});

  EXPECT_EQ(numbers_of(means, "n"), (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(numbers_of(means, "of"), (std::vector<std::int64_t>{3, 1}));
  leave_out_missing(means, kind);
  EXPECT_EQ(means.left_out, std::vector<std::string>{"1 run of AE: no feature network"});
  Table none = mean_over_seeds(kind, {a_run(2, true, 1), a_run(3, false, 0)});
  leave_out_missing(none, kind);
  EXPECT_EQ(none.left_out, std::vector<std::string>{"AE: no feature network"}) << "no other has it";
}

TEST(Table, SaysOfWhichRowsAFinishedConfigurationHasNothingBesideAnUnfinishedRun) {
  TableKind kind{.name = "some", .measures = {"error"}, .keys = {"labels"}};
  kind.make = [](const std::vector<analysis::Run>& runs) {
    Table table{{"cell", "labels", "error", "missing"}, {}};
    for (const analysis::Run& run : runs)
      for (const std::int64_t labels : {10, 1000})
        if (run.complete)
          table.rows.push_back({run.identity.cell, labels, labels == 10 ? Value(0.5) : Value(),
                                labels == 10 ? Value() : Value(std::string("more than there are"))});
    return table;
  };
  Table means = mean_over_seeds(kind, {a_run(1, true, 1), a_run(2, true, 1), a_run(3, false, 0)});
  leave_out_missing(means, kind);

  EXPECT_EQ(means.left_out, std::vector<std::string>{"2 runs of AE, with labels 1000: more than there are"});
}

TEST(Table, MeansOfRowsByANumberCountAnUnfinishedRunInEach) {
  TableKind kind{.name = "some", .measures = {"error"}};
  kind.make = [](const std::vector<analysis::Run>& runs) {
    Table table{{"cell", "labels", "error"}, {}};
    for (const analysis::Run& run : runs)
      for (const std::int64_t labels : {10, 100})
        if (run.complete) table.rows.push_back({run.identity.cell, labels, 0.5});
    return table;
  };
  const Table means = mean_over_seeds(kind, {a_run(1, true, 1), a_run(2, true, 1), a_run(3, false, 0)});

  EXPECT_EQ(numbers_of(means, "labels"), (std::vector<std::int64_t>{10, 100}));
  EXPECT_EQ(numbers_of(means, "of"), (std::vector<std::int64_t>{3, 3}));
}

Run with(Run run, const char* path, storage::Scalar value) {
  run.identity.id += path + storage::text_of(value);
  run.identity.parameters.emplace_back(path, std::move(value));
  return run;
}

TEST(Table, MeansNameTheConfigurationOfEachRow) {
  std::vector<analysis::Run> runs;
  for (const std::int64_t seed : {1, 2})
    for (const double rate : {0.1, 0.01}) runs.push_back(with(a_run(seed, true, rate), "train.learning_rate", rate));
  const Table means = mean_over_seeds(table_kind("ranks"), runs);

  ASSERT_EQ(means.rows.size(), 2U);
  EXPECT_EQ(means.columns.front(), "configuration");
  EXPECT_EQ(means.rows[0].front(), Value(std::string("AE learning_rate=0.01")));
  EXPECT_EQ(means.rows[1].front(), Value(std::string("AE learning_rate=0.1")));
}

TEST(Table, MeansAreNotNamedByTheWayTheirRunsWereRun) {
  analysis::Run here = with(with(a_run(1, true, 1), "train.device", std::string("cpu")), "train.learning_rate", 0.1);
  analysis::Run there = with(with(a_run(1, true, 1), "train.device", std::string("auto")), "train.learning_rate", 0.01);
  here.identity.outside = there.identity.outside = {"train.device"};
  const Table means = mean_over_seeds(table_kind("ranks"), {here, there});

  ASSERT_EQ(means.rows.size(), 2U);
  EXPECT_EQ(means.rows[0].front(), Value(std::string("AE learning_rate=0.01")));
}

TEST(RunLabel, IsTheMethodsOwnOrItsNameInCapitals) {
  auto run = a_run(1, true, 1);
  EXPECT_EQ(run.label(), "AE");
  run.provenance = {{"method_label", std::string("Least Volume")}};
  EXPECT_EQ(run.label(), "Least Volume");
}

TEST(Table, ForPeopleLeavesOutWhatHasNothingButAReason) {
  const TableKind kind{"some", "", {"error"}, {}};
  const std::string why = "the data has no class labels";
  const auto row = [](const char* cell, Value error, Value missing) {
    return std::vector<Value>{std::string(cell), std::move(error), std::move(missing), std::string("tiny")};
  };
  Table table{{"cell", "error", "missing", "scale"},
              {row("a", {}, why), row("b", 0.5, {}), row("c", {}, why), row("d", {}, why), row("e", {}, why),
               row("f", {}, std::string("evaluate.features is empty"))}};
  Table unfinished = table, partly = table;
  unfinished.rows.push_back(row("g", {}, std::string(kNotFinished)));
  partly.rows.push_back(row("g", 0.25, std::string("the mixture did not fit")));

  leave_out_missing(table, kind);
  EXPECT_EQ(table.left_out,
            (std::vector<std::string>{"a, c, d and 1 other: the data has no class labels", "f: evaluate.features is empty"}));

  EXPECT_EQ(table.columns, (std::vector<std::string>{"cell", "error", "scale"}));
  EXPECT_EQ(table.rows, (std::vector<std::vector<Value>>{{std::string("b"), 0.5, std::string("tiny")}}));
  for (Table* other : {&unfinished, &partly}) {
    leave_out_missing(*other, kind);
    EXPECT_EQ(other->columns.size(), 4U);
    ASSERT_EQ(other->rows.size(), 2U) << "what goes on, or has some of its numbers, stays";
    EXPECT_EQ(other->rows[1][0], Value(std::string("g")));
  }
}

TEST(Table, ForPeopleSaysBelowWhatIsLeftOutAndWhyInEveryFormat) {
  Table table{{"configuration", "error", "missing"},
              {{std::string("AE"), 0.5, {}}, {std::string("VAE n=64"), {}, std::string("evaluate.features_path is empty")}}};
  leave_out_missing(table, {"some", "", {"error"}, {}});

  EXPECT_EQ(render(table, Format::text),
            "configuration  error\nAE               0.5\n\nleft out: VAE n=64: evaluate.features_path is empty\n");
  EXPECT_EQ(render(table, Format::markdown),
            "| configuration | error |\n|---|---|\n| AE | 0.5 |\n\n- left out: VAE n=64: evaluate.features_path is empty\n");
  EXPECT_TRUE(render(table, Format::latex)
                  .ends_with("\\end{tabular}\n\\par\\noindent left out: VAE n=64: evaluate.features\\_path is empty\n"))
      << render(table, Format::latex);
}

TEST(Table, NamesWhatIsLeftOutOnceAndSaysWhichRowsOfIt) {
  const TableKind kind{.name = "some", .measures = {"error"}, .keys = {"encoder", "labels"}};
  Table table{{"configuration", "encoder", "labels", "error", "missing"}, {}};
  for (const char* configuration : {"AE", "VAE"})
    for (const char* encoder : {"frozen", "supervised"})
      for (const std::int64_t labels : {10, 1000, 10'000})
        table.rows.push_back({std::string(configuration), std::string(encoder), labels, labels == 10 ? Value(0.5) : Value(),
                              labels == 10 ? Value() : Value(std::string("more than there are"))});
  leave_out_missing(table, kind);

  EXPECT_EQ(table.left_out, std::vector<std::string>{"AE, VAE, with labels 1000, 10000: more than there are"});
  EXPECT_EQ(table.rows.size(), 4U);
}

TEST(Table, NamesWhatIsLeftOutByItsIdWhereNamesAreAlikeAndADataSetByItsNumber) {
  const TableKind kind{.name = "some", .measures = {"error"}};
  const auto row = [](const char* cell, const char* data, const char* id, Value missing) {
    const Value error = std::holds_alternative<std::monostate>(missing) ? Value(0.5) : Value();
    return std::vector<Value>{std::string(cell), std::string(data), std::string(id), error, std::move(missing)};
  };
  const Value why = std::string("no features");
  Table table{{"cell", "data", "id", "error", "missing"},
              {row("irmae", "mnist", "1a", {}), row("irmae", "mnist", "1b", why), row("vae", "mnist", "1c", why),
               row("vae", "mnist", "1c", why), row("a", "shapes", "2a", why), row("a", "shapes", "2b", why),
               row("b", "shapes", "2c", why), row("c", "shapes", "2d", why)}};
  leave_out_missing(table, kind);

  EXPECT_EQ(table.left_out, std::vector<std::string>{"all 4 cells of shapes, irmae (1b), vae: no features"});
}

TEST(Table, OfLeftOutRowsAloneHasNoHeading) {
  Table table{{"cell", "error", "missing"}, {{std::string("ae"), {}, std::string("no labels")}}};
  leave_out_missing(table, {.name = "some", .measures = {"error"}});

  EXPECT_EQ(render(table, Format::text), "left out: ae: no labels\n");
}

TEST(Table, WithoutARowHasAKindThatSaysWhy) {
  for (const TableKind& kind : table_kinds())
    if (kind.make({a_run(1, true, 1)}).rows.empty()) {
      EXPECT_FALSE(kind.nothing.empty()) << kind.name;
    }
  EXPECT_TRUE(table_kind("vae").make({a_run(1, true, 1)}).rows.empty());
}

TEST(Table, OfARunWithoutAnEvaluationSaysSo) {
  EXPECT_EQ(why_missing(a_run(1, true, 1), {.name = "frechet"}), Value(std::string("the run has no such evaluation")));
}

TEST(Table, AnUnknownKindIsNamedWithTheNearest) {
  EXPECT_CONTAINS(tests::message_of<UsageError>([] { table_kind("rank"); }), "did you mean ranks?");
}

}  // namespace
}  // namespace irmae::analysis
