// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <torch/optim/adam.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "analysis/classification/fused_adam.h"
#include "analysis/classification/head.h"
#include "analysis/evaluation/evaluation.h"
#include "framework/data/dataset.h"
#include "tests/analysis/small_vae.h"
#include "tests/cell_of.h"

namespace irmae::classification {
namespace {

using torch::Tensor;

std::set<std::int64_t> set_of(const Tensor& indices) {
  return {indices.data_ptr<std::int64_t>(), indices.data_ptr<std::int64_t>() + indices.numel()};
}

/// Labels 0 .. 4 in equal numbers.
Tensor labels(std::int64_t count) { return torch::arange(count).remainder(5); }

TEST(LabelDraw, IsBalancedAndWithoutRepetition) {
  for (const std::int64_t count : {5, 20, 23}) {
    const LabelDraw drawn = draw_labels(labels(200), {.classes = 5, .count = count, .held_out = 40, .seed = 1});
    const Tensor counts = labels(200).index_select(0, drawn.labelled).bincount({}, 5);

    EXPECT_EQ(set_of(drawn.labelled).size(), static_cast<std::size_t>(count));
    EXPECT_EQ(drawn.labelled.numel(), count);
    EXPECT_LE((counts.max() - counts.min()).item<std::int64_t>(), count % 5 == 0 ? 0 : 1);
  }
}

TEST(LabelDraw, HoldsTheSameSamplesOutOfEveryDraw) {
  const Tensor held_out = draw_labels(labels(200), {.classes = 5, .count = 10, .held_out = 40, .seed = 1}).held_out;
  const auto out = set_of(held_out);
  EXPECT_EQ(out.size(), 40U);
  std::set<std::set<std::int64_t>> draws;
  for (std::int64_t draw = 0; draw < 4; ++draw) {
    const LabelDraw drawn = draw_labels(labels(200), {.classes = 5, .count = 100, .held_out = 40, .seed = 1, .number = draw});
    EXPECT_TRUE(torch::equal(drawn.held_out, held_out));
    for (const std::int64_t index : set_of(drawn.labelled)) EXPECT_FALSE(out.contains(index));
    draws.insert(set_of(drawn.labelled));
  }
  EXPECT_EQ(draws.size(), 4U) << "draws differ";
  EXPECT_FALSE(
      torch::equal(draw_labels(labels(200), {.classes = 5, .count = 10, .held_out = 40, .seed = 2}).held_out, held_out))
      << "seeds differ";
}

TEST(LabelDraw, FillsUpFromOtherClassesWhereOneIsSmall) {
  Tensor uneven = labels(200);
  uneven.masked_fill_(uneven.eq(3) & torch::arange(200).ge(10), 4);  // class 3 has two members
  const LabelDraw drawn = draw_labels(uneven, {.classes = 5, .count = 100, .held_out = 0, .seed = 1});
  const Tensor counts = uneven.index_select(0, drawn.labelled).bincount({}, 5);

  EXPECT_EQ(drawn.labelled.numel(), 100);
  EXPECT_EQ(counts[3].item<std::int64_t>(), 2);
  EXPECT_GE(counts[0].item<std::int64_t>(), 24);
}

TEST(LabelDraw, LeavesOutSamplesWithoutALabel) {
  Tensor some = labels(200);
  some.narrow(0, 0, 100).fill_(-1);
  const LabelDraw drawn = draw_labels(some, {.classes = 5, .count = 100, .held_out = 0, .seed = 1});

  EXPECT_EQ(drawn.labelled.min().item<std::int64_t>(), 100);
}

/// Codes around the corners of a pentagon; `spread` far below 1 makes the classes separable.
Labelled toy(std::int64_t first, std::int64_t count, double spread) {
  const Tensor label = torch::arange(first, first + count).remainder(5);
  const Tensor angle = label.to(torch::kFloat32) * (2 * M_PI / 5);
  const Tensor noise = data::normal_noise(1, data::Stream::train_noise, first, count, 2);
  return {torch::stack({angle.cos(), angle.sin()}, 1) + spread * noise, label};
}

HeadJob job(const Labelled& train, const Labelled& test, const LabelDraw& drawn, const Budget& budget) {
  return {.train = train, .test = test, .draw = drawn, .classes = 5, .budget = budget};
}

TEST(FusedAdam, DoesWhatLibTorchsAdamDoes) {
  const auto parameters = [] {
    return std::vector<Tensor>{
        torch::linspace(-1, 1, 12).view({3, 4}).clone().requires_grad_(true), torch::full({4}, 0.5).requires_grad_(true),
        torch::ones({2}).requires_grad_(true),
        // The layout of the project's own convolutions.
        torch::linspace(-2, 1, 2 * 3 * 4 * 4).view({4, 4, 2, 3}).permute({2, 3, 0, 1}).requires_grad_(true)};
  };
  const Tensor other = torch::linspace(0, 3, 2 * 3 * 4 * 4).view({2, 3, 4, 4});
  const auto loss = [&](const std::vector<Tensor>& p) {
    return (p[0].square().sum(0) * p[1]).sin().sum() + (p[3].contiguous() * other).sin().sum();
  };
  const std::vector<Tensor> own = parameters(), reference = parameters();
  FusedAdam fused(own, 1e-2);
  torch::optim::Adam adam(reference, torch::optim::AdamOptions(1e-2));
  for (int update = 0; update < 20; ++update) {
    fused.forget_gradients();
    loss(own).backward();
    fused.update();
    adam.zero_grad();
    loss(reference).backward();
    adam.step();
  }
  for (std::size_t i = 0; i < own.size(); ++i) EXPECT_TRUE(torch::allclose(own[i], reference[i], 1e-5, 1e-6)) << i;
  ASSERT_FALSE(own[3].is_contiguous());
  EXPECT_FALSE(torch::allclose(own[0], parameters()[0], 1e-2, 1e-2)) << "it moves";
  EXPECT_TRUE(torch::equal(own[2], torch::ones({2}))) << "without a gradient";
}

TEST(Head, LowersTheMeanOfMinusLogSoftmaxOfTheRightScores) {
  const Tensor scores = torch::tensor({{2., -1., 0.5}, {0., 0., 0.}, {-3., 4., 1.}, {1., 5., -2.}}, torch::kFloat64);
  const std::vector<std::int64_t> right{0, 2, 1, 2};
  const auto score = scores.accessor<double, 2>();
  double wanted = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    const double sum = std::exp(score[i][0]) + std::exp(score[i][1]) + std::exp(score[i][2]);
    wanted -= std::log(std::exp(score[i][right[static_cast<std::size_t>(i)]]) / sum) / 4;
  }
  const Tensor loss = loss_of(scores, torch::tensor(right, torch::kInt64));

  EXPECT_EQ(loss.dim(), 0);
  EXPECT_NEAR(loss.item<double>(), wanted, 1e-12);
}

TEST(Head, LearnsWhatCanBeSeparated) {
  const Labelled train = toy(0, 200, 0.1), test = toy(200, 100, 0.1);
  const LabelDraw drawn = draw_labels(train.labels, {.classes = 5, .count = 50, .held_out = 50, .seed = 1});
  const Outcome outcome = train_head(job(train, test, drawn, {.updates = 200, .batch = 25, .checks = 10}));

  EXPECT_LE(outcome.error_percent, 1);
  EXPECT_GE(outcome.updates, 1);
  EXPECT_LE(outcome.updates, 200);
}

TEST(Head, CannotLearnLabelsThatSayNothing) {
  Labelled train = toy(0, 200, 0.1), test = toy(200, 100, 0.1);
  train.inputs = data::normal_noise(1, data::Stream::train_noise, 0, 200, 2);
  const LabelDraw drawn = draw_labels(train.labels, {.classes = 5, .count = 50, .held_out = 50, .seed = 1});

  EXPECT_GT(train_head(job(train, test, drawn, {.updates = 100, .batch = 25, .checks = 5})).error_percent, 40);
}

TEST(Head, OfOneSeedAndDrawIsTheSame) {
  const Labelled train = toy(0, 200, 0.6), test = toy(200, 100, 0.6);
  const LabelDraw drawn = draw_labels(train.labels, {.classes = 5, .count = 50, .held_out = 50, .seed = 1});
  const auto once = [&] { return train_head(job(train, test, drawn, {.updates = 50, .batch = 25, .checks = 5})); };

  EXPECT_EQ(once().error_percent, once().error_percent);
}

/// Two classes in one code's component, one of them rare: a head knows the frequent class after a few updates, the rare one
/// only after many.
struct FrequentAndRare {
  static constexpr std::int64_t kLearn = 200, kMore = 20, kChecked = 10;  ///< kChecked: updates before the first check

  Labelled samples;  ///< of which the first are learned from; then come more of the frequent and more of the rare class
  FrequentAndRare() {
    const Tensor places = torch::arange(kLearn + 2 * kMore);
    const Tensor rare = torch::where(places < kLearn, places.remainder(20) == 0, places >= kLearn + kMore);
    const Tensor noise = data::normal_noise(1, data::Stream::train_noise, 0, places.size(0), 1).squeeze(1);
    samples = {torch::stack({rare.to(torch::kFloat32) * 0.5, noise}, 1), rare.to(torch::kInt64)};
  }
  static Tensor frequent() { return torch::arange(kLearn, kLearn + kMore); }
  static Tensor rare() { return frequent() + kMore; }

  Outcome outcome(const Tensor& held_out, const Tensor& test) const {
    const LabelDraw parts{.labelled = torch::arange(kLearn), .held_out = held_out, .seed = 1};
    const Labelled measured{samples.inputs.index_select(0, test), samples.labels.index_select(0, test)};
    return train_head({.train = samples,
                       .test = measured,
                       .draw = parts,
                       .classes = 2,
                       .budget = {.updates = 40 * kChecked, .batch = 50, .checks = 40}});
  }
};

TEST(Head, IsTakenWhereItIsFirstBestOnHeldOutSamplesThoughTheTestImprovesLater) {
  const FrequentAndRare data;
  const Outcome outcome = data.outcome(data.frequent(), data.rare());

  EXPECT_EQ(outcome.updates, data.kChecked) << "held-out samples were all right from there on";
  EXPECT_EQ(outcome.error_percent, 100) << "the error is that of the chosen update";
  // The same training, with other samples to choose on: the test does improve.
  const Outcome later = data.outcome(data.rare(), data.rare());
  EXPECT_GT(later.updates, data.kChecked);
  EXPECT_LT(later.error_percent, 20);
}

TEST(Head, IsTakenWhereHeldOutSamplesAreBestThoughTheTestWasBestBefore) {
  const FrequentAndRare data;
  const Outcome outcome = data.outcome(data.rare(), data.frequent());

  EXPECT_EQ(data.outcome(data.frequent(), data.frequent()).updates, data.kChecked);
  EXPECT_GT(outcome.updates, data.kChecked);
  EXPECT_EQ(outcome.updates, data.outcome(data.rare(), data.rare()).updates) << "the test has no say";
}

TEST(Head, IsCheckedAtEvenDistancesAndAtItsLastUpdate) {
  const Labelled samples = toy(0, 20, 0.1);
  const LabelDraw drawn = draw_labels(samples.labels, {.classes = 5, .count = 10, .held_out = 10, .seed = 1});
  for (const auto& [updates, wanted] : std::map<int, std::vector<int>>{{23, {4, 8, 12, 16, 20, 23}}, {3, {1, 2, 3}}}) {
    const Budget budget{.updates = updates, .batch = 5, .checks = 5};
    int update = 0;
    std::vector<int> checked;
    train_head(job(samples, samples, drawn, budget), {},
               {.checked = [&] { checked.push_back(update); }, .stopping = [&] { return ++update < 0; }});
    EXPECT_EQ(checked, wanted);
    EXPECT_EQ(checks_of(budget), std::ssize(wanted)) << "other ranks meet as often";
  }
}

TEST(Head, TrainsTheEncoderThatItIsGiven) {
  const Labelled train = toy(0, 200, 0.1), test = toy(200, 100, 0.1);
  const LabelDraw drawn = draw_labels(train.labels, {.classes = 5, .count = 50, .held_out = 50, .seed = 1});
  Tensor weight = torch::full({2, 3}, 0.3).requires_grad_(true);
  const Tensor before = weight.detach().clone();
  const auto encode = [&](const Tensor& inputs) { return inputs.mm(weight); };
  train_head(job(train, test, drawn, {.updates = 20, .batch = 25, .checks = 2}), {.forward = encode, .parameters = {weight}});

  EXPECT_FALSE(torch::equal(weight.detach(), before));
}

TEST(Head, LeavesAtTheNextUpdateWhereAStopIsAskedFor) {
  const Labelled train = toy(0, 200, 0.1), test = toy(200, 100, 0.1);
  const LabelDraw drawn = draw_labels(train.labels, {.classes = 5, .count = 50, .held_out = 50, .seed = 1});
  struct Left {};
  int asked = 0;
  const auto leave = [] { throw Left(); };
  const auto at_the_third = [&] { return ++asked == 3; };

  EXPECT_THROW(train_head(job(train, test, drawn, {.updates = 1000, .batch = 25, .checks = 1}), {},
                          {.checked = leave, .stopping = at_the_third}),
               Left);
  EXPECT_EQ(asked, 3) << "not at the check after 1000 updates";
}

/// A data set of which only the number of classes is asked.
class Labels : public data::Dataset {
 public:
  explicit Labels(std::int64_t classes) : facts_{.classes = classes} {}
  std::vector<std::int64_t> shape() const override { return {1}; }
  std::int64_t size(data::Split) const override { return 2; }
  const data::Facts& facts() const override { return facts_; }
  std::vector<std::int64_t> epoch_order(std::int64_t) const override { return {0, 1}; }
  data::Batch batch(data::Split, const std::vector<std::int64_t>&) const override { return {}; }

 private:
  data::Facts facts_;
};

TEST(Evaluations, EveryWholeNumberHasASmallestAndALargestValue) {
  for (const manifest::Key& key : evaluation::keys())
    if (std::holds_alternative<std::int64_t>(key.fallback)) {
      EXPECT_GE(key.least, 0) << key.path;
      EXPECT_LE(key.most, 1e15) << key.path;
    }
}

TEST(Evaluations, AreOutdatedWhereTheStoredVersionIsAnEarlierOne) {
  const manifest::Cell cell = tests::cell_of({});
  evaluation::Kind kind;
  const auto outdated = [&](const storage::Attributes& notes) { return kind.is_outdated(cell, notes); };
  EXPECT_FALSE(outdated({})) << "earlier programs stored none";
  EXPECT_FALSE(outdated({{"version", std::int64_t{1}}}));
  EXPECT_FALSE(outdated({{"version", std::int64_t{2}}})) << "a later program's is not this one's to replace";
  kind.version = 2;
  EXPECT_TRUE(outdated({{"other", std::int64_t{2}}}));
  EXPECT_TRUE(outdated({{"version", std::int64_t{1}}}));
  EXPECT_TRUE(outdated({{"version", std::string("2")}}));
  EXPECT_FALSE(outdated({{"version", std::int64_t{2}}}));
  EXPECT_FALSE(outdated({{"missing", std::string("no labels")}})) << "what was not measured meant nothing";
}

TEST(Evaluations, OfClassificationAreOutdatedWhereTheyHaveASupervisedBaselineOfTheFirstVersion) {
  const auto outdated = [](bool supervised) {
    const auto& all = evaluation::kinds();
    const auto kind = std::ranges::find(all, "classification", &evaluation::Kind::name);
    return kind->is_outdated(tests::cell_of({}).with("evaluate.classification_supervised", supervised), {});
  };
  EXPECT_TRUE(outdated(true));
  EXPECT_FALSE(outdated(false));
}

TEST(Evaluations, ThatAVersionDidNotChangeAreOutdatedOnlyByThoseBefore) {
  evaluation::Kind kind;
  kind.version = 3;
  kind.changed = [](const manifest::Cell&) { return false; };
  const auto outdated = [&](std::int64_t version) { return kind.is_outdated(tests::cell_of({}), {{"version", version}}); };
  EXPECT_TRUE(outdated(1));
  EXPECT_FALSE(outdated(2));
}

TEST(Evaluations, ThatAreMissingAreOutdatedWhereALaterVersionMeasuresMore) {
  evaluation::Kind kind;
  kind.version = 3;
  kind.measures_more_from = 2;
  const auto outdated = [&](std::int64_t version) {
    return kind.is_outdated(tests::cell_of({}), {{"missing", std::string("vectors")}, {"version", version}});
  };
  EXPECT_TRUE(outdated(1));
  EXPECT_FALSE(outdated(2)) << "missing for another reason";
}

TEST(Evaluations, OfAVaesCodesAreOutdatedWhereTheyWereOfMeansAndAreDrawnNow) {
  const auto outdated = [](const char* name, const char* method, const char* codes) {
    const auto& all = evaluation::kinds();
    manifest::Cell cell = tests::cell_of({std::string("model.method=") + method});
    if (cell.has("evaluate.vae_codes")) cell = cell.with("evaluate.vae_codes", std::string(codes));
    return std::ranges::find(all, name, &evaluation::Kind::name)->is_outdated(cell, {});
  };
  for (const char* name : {"frechet", "interpolation", "pca", "samples"}) {
    EXPECT_TRUE(outdated(name, "vae", "drawn")) << name;
    EXPECT_FALSE(outdated(name, "vae", "mean")) << name;
    EXPECT_FALSE(outdated(name, "irmae", "")) << name;
  }
}

TEST(Evaluations, LeaveTheirVersionBesideResultsAndReasons) {
  const torch::NoGradGuard no_grad;
  tests::SmallVae small({}, {{"evaluate.pca_grid", std::int64_t{0}}});
  const Tensor codes = small.means();
  const auto results = evaluation::evaluate(small.context(codes, codes), {"classification", "pca", "vae"}, [](const auto&) {});

  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(tests::integer_note(results[0], "version"), 2) << "its supervised baseline was another network once";
  EXPECT_EQ(tests::integer_note(results[1], "version"), 2) << "a VAE's were of means once";
  EXPECT_EQ(std::get<std::string>(*results[1].note("missing")), "evaluate.pca_grid is 0");
  EXPECT_EQ(tests::integer_note(results[2], "version"), 2) << "it had no variances of the posteriors once";
  EXPECT_EQ(results[2].note("missing"), nullptr);
}

TEST(Classification, IsLeftOutWithTheReasonWhereLabelsAreNoClasses) {
  const manifest::Cell cell = tests::cell_of({"data.name=array"})
                                  .with("evaluate.classification_draws", std::int64_t{3})
                                  .with("evaluate.classification_labels", std::string("10 all"));
  tests::UntrainedModel model(cell, {4});
  const auto why_not = [&](std::int64_t classes) {
    const Labels dataset(classes);
    const auto kind = std::ranges::find(evaluation::kinds(), "classification", &evaluation::Kind::name);
    return kind->why_not(model.context(dataset));
  };

  EXPECT_EQ(why_not(10'000), "");
  EXPECT_EQ(why_not(900'001), "the data has 900001 classes, and the classifier is for at most 10000");
}

}  // namespace
}  // namespace irmae::classification
