// SPDX-License-Identifier: MIT
#include "analysis/classification/head.h"

#include <torch/nn/functional/loss.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>

#include "analysis/classification/fused_adam.h"
#include "framework/data/dataset.h"
#include "framework/data/philox.h"
#include "framework/models/seeded.h"

namespace irmae::classification {

namespace {

constexpr std::int64_t kHidden = 128;
constexpr std::int64_t kMeasureBatch = 500;
constexpr double kLearningRate = 1e-3;

/// One seed for each pair of a run's seed and a draw. The factor is a prime far above the number of draws, so that small seeds
/// and draws never meet in one number; whatever was measured so far depends on it.
std::uint64_t seed_of(std::uint64_t seed, std::int64_t draw) {
  constexpr std::uint64_t kBetweenSeeds = 1'000'003;
  return seed * kBetweenSeeds + static_cast<std::uint64_t>(draw);
}

/// Permutation of 0..count-1 for one purpose: shuffles of one seed differ by `number`. Not data::shuffled, which turns other
/// random words into choices in another way: sharing one of them would change what was measured so far.
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::int64_t number) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) order[static_cast<std::size_t>(i)] = i;
  for (std::int64_t i = count - 1; i > 0; --i) {
    const data::Block block =
        data::random_block(seed, data::Stream::draws, static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(number));
    std::swap(order[static_cast<std::size_t>(i)],
              order[static_cast<std::size_t>(data::uniform_integer(block[0], 0, static_cast<int>(i)))]);
  }
  return order;
}

Labelled rows(const Labelled& from, const torch::Tensor& indices) {
  const torch::Tensor there = indices.to(from.inputs.device());
  return {from.inputs.index_select(0, there), from.labels.index_select(0, there)};
}

/// Batches of indices into `count` samples, int64, epoch after epoch in a new order. The last one of an epoch may be smaller.
class Batches {
 public:
  Batches(std::int64_t count, std::int64_t size, std::uint64_t seed) : count_(count), size_(size), seed_(seed) {}

  torch::Tensor next() {
    if (place_ >= static_cast<std::int64_t>(order_.size())) {
      order_ = data::shuffled(count_, seed_, epoch_++);
      place_ = 0;
    }
    const auto first = order_.begin() + place_;
    const std::int64_t batch = std::min(size_, count_ - place_);
    place_ += batch;
    return torch::tensor(std::vector<std::int64_t>(first, first + batch), torch::kInt64);
  }

 private:
  std::int64_t count_, size_;
  std::uint64_t seed_;
  std::vector<std::int64_t> order_;
  std::int64_t epoch_ = 0, place_ = 0;
};

torch::Tensor codes_of(const Encoder& encoder, const torch::Tensor& inputs) {
  return encoder.forward ? encoder.forward(inputs) : inputs;
}

/// Numbers in a code of these inputs.
std::int64_t width_of(const Encoder& encoder, const torch::Tensor& inputs) {
  const torch::NoGradGuard no_grad;
  return codes_of(encoder, inputs.narrow(0, 0, 1)).size(1);
}

torch::nn::Sequential make_head(std::int64_t width, std::int64_t classes, std::uint64_t seed, torch::Device device) {
  using namespace torch::nn;
  const models::Seeded seeded(seed);
  // One after the other: as arguments they would draw their initial values in an order that is the compiler's choice.
  const Linear last(kHidden, classes), middle(kHidden, kHidden), first(width, kHidden);
  Sequential head(first, ReLU(), middle, ReLU(), last);
  head->to(device);
  return head;
}

/// (codes - shift) / scale is what the head sees.
struct Standard {
  torch::Tensor shift, scale;
};

/// A code's scale is a method's own affair: the head sees inputs of one size, from the training samples alone. Codes of an
/// encoder that is trained stay as they are.
Standard standardise(const Encoder& encoder, const torch::Tensor& inputs) {
  if (encoder.forward) return {torch::zeros({1}, inputs.device()), torch::ones({1}, inputs.device())};
  const torch::Tensor shift = inputs.mean(0);
  return {shift, inputs.sub(shift).square().mean().sqrt().clamp_min(1e-12)};
}

/// Scores of inputs, float32 [count, classes].
using Scores = std::function<torch::Tensor(const torch::Tensor&)>;

/// Share of the samples that are told right; 0 of none.
double accuracy_of(const Scores& scores, const Labelled& data) {
  const torch::NoGradGuard no_grad;
  std::int64_t right = 0;
  for (std::int64_t done = 0; done < data.labels.size(0); done += kMeasureBatch) {
    const std::int64_t part = std::min(kMeasureBatch, data.labels.size(0) - done);
    const torch::Tensor told = scores(data.inputs.narrow(0, done, part)).argmax(1);
    right += (told == data.labels.narrow(0, done, part)).sum().item<std::int64_t>();
  }
  return static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(data.labels.size(0), 1));
}

}  // namespace

LabelDraw draw_labels(const torch::Tensor& labels, const DrawPlan& plan) {
  const auto& [classes, count, held_out, seed, number] = plan;
  // Number 0 is the held-out choice, the same for all draws; 1 + the draw's orders what is left.
  const std::int64_t total = labels.size(0);
  std::vector<std::int64_t> all = permutation(total, seed, 0);
  LabelDraw result{.labelled = {}, .held_out = {}, .seed = seed, .number = number};
  result.held_out = torch::tensor(std::vector<std::int64_t>(all.begin(), all.begin() + held_out), torch::kInt64);
  all.erase(all.begin(), all.begin() + held_out);

  const torch::Tensor known = labels.cpu().contiguous();
  const std::int64_t* label = known.data_ptr<std::int64_t>();
  std::vector<std::vector<std::int64_t>> of_class(static_cast<std::size_t>(classes));
  for (const std::int64_t place : permutation(static_cast<std::int64_t>(all.size()), seed, 1 + number)) {
    const std::int64_t index = all[static_cast<std::size_t>(place)];
    if (label[index] >= 0 && label[index] < classes) of_class[static_cast<std::size_t>(label[index])].push_back(index);
  }
  // Round after round one of each class, in a random order of classes.
  const std::vector<std::int64_t> order = permutation(classes, seed, -1 - number);
  std::vector<std::int64_t> chosen;
  for (std::size_t round = 0; static_cast<std::int64_t>(chosen.size()) < count; ++round) {
    const std::size_t before = chosen.size();
    for (const std::int64_t one : order) {
      const auto& members = of_class[static_cast<std::size_t>(one)];
      if (round < members.size() && static_cast<std::int64_t>(chosen.size()) < count) chosen.push_back(members[round]);
    }
    if (chosen.size() == before) break;  // there are no more
  }
  result.labelled = torch::tensor(chosen, torch::kInt64);
  return result;
}

torch::Tensor loss_of(const torch::Tensor& scores, const torch::Tensor& labels) {
  return torch::nn::functional::cross_entropy(scores, labels);
}

Outcome train_head(const HeadJob& job, const Encoder& encoder, const Interruption& interruption) {
  const torch::AutoGradMode with_gradients(true);  // evaluations run without
  const std::uint64_t seed = seed_of(job.draw.seed, job.draw.number);
  torch::nn::Sequential head = make_head(width_of(encoder, job.train.inputs), job.classes, seed, job.train.inputs.device());
  // Two: the encoder's numbers may be of another type.
  FusedAdam of_head(head->parameters(), kLearningRate), of_encoder(encoder.parameters, kLearningRate);
  const Standard standard = standardise(encoder, job.train.inputs);
  const Scores scores = [&](const torch::Tensor& inputs) {
    return head->forward((codes_of(encoder, inputs) - standard.shift) / standard.scale);
  };

  const Labelled learn = rows(job.train, job.draw.labelled), choose = rows(job.train, job.draw.held_out);
  const std::int64_t every = every_of(job.budget);
  Batches batches(learn.labels.size(0), job.budget.batch, seed);
  double best = -1;
  Outcome outcome{100, 0};
  for (std::int64_t update = 1; update <= job.budget.updates; ++update) {
    if (interruption.stopping && interruption.stopping()) interruption.checked();  // minutes may pass to the next check
    const Labelled batch = rows(learn, batches.next());
    of_head.forget_gradients();
    of_encoder.forget_gradients();
    loss_of(scores(batch.inputs), batch.labels).backward();
    of_head.update();
    of_encoder.update();
    if (update % every != 0 && update != job.budget.updates) continue;
    // The test error is taken with the held-out one, and only that of the best held-out accuracy is ever told.
    if (const double accuracy = accuracy_of(scores, choose); accuracy > best) {
      best = accuracy;
      outcome = {100 * (1 - accuracy_of(scores, job.test)), update};
    }
    if (interruption.checked) interruption.checked();
  }
  return outcome;
}

}  // namespace irmae::classification
