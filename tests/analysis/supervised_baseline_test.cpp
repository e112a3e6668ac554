// SPDX-License-Identifier: MIT
// The classification of a whole cell: its supervised baseline, and what it says where labels are missing.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "framework/tensors.h"
#include "tests/analysis/small_vae.h"
#include "tests/distributed/forwarding_ranks.h"

namespace irmae::evaluation {
namespace {

using torch::Tensor;

/// Vectors around a corner for each of three classes, near enough for errors. Of each split only the first samples have a
/// label.
class Corners : public data::Dataset {
 public:
  static constexpr std::int64_t kClasses = 3, kWidth = 6, kSamples = 200;

  Corners(std::int64_t train, std::int64_t validation)
      : train_(made(data::Stream::train_noise, train)), validation_(made(data::Stream::validation_noise, validation)) {}
  std::vector<std::int64_t> shape() const override { return {kWidth}; }
  std::int64_t size(data::Split) const override { return kSamples; }
  const data::Facts& facts() const override { return facts_; }
  std::vector<std::int64_t> epoch_order(std::int64_t) const override { return data::consecutive(0, kSamples); }
  data::Batch batch(data::Split split, const std::vector<std::int64_t>& indices) const override {
    const data::Batch& all = split == data::Split::train ? train_ : validation_;
    const Tensor places = torch::tensor(indices, torch::kInt64);
    return {all.images.index_select(0, places), all.labels.index_select(0, places)};
  }

 private:
  static data::Batch made(data::Stream stream, std::int64_t labelled) {
    const Tensor classes = torch::arange(kSamples).remainder(kClasses);
    const Tensor noise = data::normal_noise(1, stream, 0, kSamples, kWidth);
    Tensor labels = classes.clone();
    labels.narrow(0, labelled, kSamples - labelled).fill_(-1);
    return {noise + 1.5 * torch::one_hot(classes, kWidth).to(torch::kFloat32), labels};
  }

  data::Facts facts_{.classes = kClasses};
  data::Batch train_, validation_;
};

manifest::Cell classified_cell(const std::vector<std::string>& method) {
  std::vector<std::string> wanted{"data.name=array", "model.latent=4", "model.hidden=64", "model.hidden_layers=1",
                                  "train.seed=3"};
  wanted.insert(wanted.end(), method.begin(), method.end());
  return tests::with_evaluations(tests::cell_of(wanted), {{"evaluate.classification_draws", std::int64_t{2}},
                                                          {"evaluate.classification_labels", std::string("20 60")},
                                                          {"evaluate.classification_supervised", true},
                                                          {"evaluate.classification_updates", std::int64_t{400}}});
}

storage::Evaluation classified(const std::vector<std::string>& method, const Corners& dataset) {
  const torch::NoGradGuard no_grad;
  tests::UntrainedModel model(classified_cell(method), dataset.shape());
  return tests::evaluation_of("classification", model.context(dataset));
}

TEST(SupervisedBaseline, IsTheSameNetworkWhateverTheMethodPutsBehindItsEncoder) {
  const Corners dataset(Corners::kSamples, Corners::kSamples);
  const auto supervised = [&](const std::vector<std::string>& method) {
    const storage::Evaluation found = classified(method, dataset);
    std::vector<Tensor> all;
    for (const char* name : {"supervised_error", "supervised_chosen_update"})
      if (const storage::NamedArray* array = found.array(name)) all.push_back(to_tensor(*array));
    return torch::stack(all);
  };
  const Tensor plain = supervised({"model.method=ae"});
  ASSERT_EQ(plain.sizes(), (std::vector<std::int64_t>{2, 2, 2}));

  EXPECT_GT(plain[0].min().item<double>(), 0) << "errors that another network would not share";
  EXPECT_LT(plain[0].mean().item<double>(), 60) << "one class in three is 33 % right";
  EXPECT_TRUE(torch::equal(supervised({"model.method=irmae", "model.linear_layers=2"}), plain)) << "it has a stack";
  EXPECT_TRUE(torch::equal(supervised({"model.method=vae"}), plain)) << "it has twice the outputs";
}

TEST(Classification, SaysWhichLabelsAreMissing) {
  const auto why = [](std::int64_t train, std::int64_t validation) {
    const storage::Evaluation found = classified({"model.method=ae"}, Corners(train, validation));
    const storage::Scalar* missing = found.note("missing");
    return missing ? std::get<std::string>(*missing) : "";
  };

  EXPECT_EQ(why(0, 10), "no training sample has a label");
  EXPECT_EQ(why(100, 0), "no validation sample has a label");
  EXPECT_EQ(why(4, 10), "fewer than five training samples with a label, of which a fifth is held out");
  EXPECT_EQ(why(20, 10), "fewer samples with a label than the smallest number of labels");
  EXPECT_EQ(why(25, 10), "") << "20 labels, and five samples that are held out";
}

/// Notes with how many threads a classifier is trained, and may end it at its first check.
class WatchedRanks : public tests::ForwardingRanks {
 public:
  std::shared_ptr<distributed::Work> all_reduce(const Tensor& tensor, std::string what) override {
    if (what == "classification") {
      threads.insert(at::get_num_threads());
      if (ends) throw std::runtime_error("the test's end");
    }
    return ForwardingRanks::all_reduce(tensor, std::move(what));
  }

  std::set<int> threads;
  bool ends = false;
};

TEST(Classification, TrainsOnFrozenCodesWithOneThreadAndLeavesTheirNumberAsItWas) {
  const Corners dataset(Corners::kSamples, Corners::kSamples);
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  const torch::NoGradGuard no_grad;
  const auto threads_with = [&](bool supervised, bool ends) {
    tests::UntrainedModel model(classified_cell({"model.method=ae"}).with("evaluate.classification_supervised", supervised),
                                dataset.shape());
    auto ranks = std::make_unique<WatchedRanks>();
    ranks->ends = ends;
    const std::set<int>& threads = ranks->threads;
    model.ranks = std::move(ranks);
    if (ends) {
      EXPECT_THROW(tests::evaluation_of("classification", model.context(dataset)), std::runtime_error);
    } else {
      tests::evaluation_of("classification", model.context(dataset));
    }
    EXPECT_EQ(at::get_num_threads(), 2) << supervised << ends;
    return threads;
  };

  EXPECT_EQ(threads_with(false, false), std::set<int>{1});
  EXPECT_EQ(threads_with(true, false), (std::set<int>{1, 2})) << "the encoder of the baseline may be large";
  EXPECT_EQ(threads_with(false, true), std::set<int>{1});
  at::set_num_threads(before);
}

}  // namespace
}  // namespace irmae::evaluation
