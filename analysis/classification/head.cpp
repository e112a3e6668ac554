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

/// Permutation of 0..count-1 for one purpose: shuffles of one seed differ by `number`.
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

torch::Tensor count_correct(const torch::Tensor& scores, const torch::Tensor& labels) {
  return (scores.argmax(1) == labels).sum();
}

/// Updates between two checks; the last update is checked as well.
std::int64_t every_of(const Budget& budget) { return std::max<std::int64_t>(budget.updates / budget.checks, 1); }

}  // namespace

std::int64_t checks_of(const Budget& budget) { return (budget.updates + every_of(budget) - 1) / every_of(budget); }

Split split(const torch::Tensor& labels, std::int64_t classes, std::int64_t count, std::int64_t held_out, std::uint64_t seed,
            std::int64_t draw) {
  // Number 0 is the held-out choice, the same for all draws; 1 + draw orders what is left.
  const std::int64_t total = labels.size(0);
  std::vector<std::int64_t> all = permutation(total, seed, 0);
  Split result;
  result.held_out = torch::tensor(std::vector<std::int64_t>(all.begin(), all.begin() + held_out), torch::kInt64);
  all.erase(all.begin(), all.begin() + held_out);

  const torch::Tensor known = labels.cpu().contiguous();
  const std::int64_t* label = known.data_ptr<std::int64_t>();
  std::vector<std::vector<std::int64_t>> of_class(static_cast<std::size_t>(classes));
  for (const std::int64_t place : permutation(static_cast<std::int64_t>(all.size()), seed, 1 + draw)) {
    const std::int64_t index = all[static_cast<std::size_t>(place)];
    if (label[index] >= 0 && label[index] < classes) of_class[static_cast<std::size_t>(label[index])].push_back(index);
  }
  // Round after round one of each class, in a random order of classes.
  const std::vector<std::int64_t> order = permutation(classes, seed, -1 - draw);
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

Outcome train_head(const Labelled& train, const Labelled& test, const Split& split, std::int64_t classes, const Budget& budget,
                   std::uint64_t seed, std::int64_t draw, const std::function<torch::Tensor(const torch::Tensor&)>& encode,
                   const std::vector<torch::Tensor>& encoder_parameters, const std::function<void()>& checked,
                   const std::function<bool()>& stopping) {
  using namespace torch::nn;
  const torch::AutoGradMode with_gradients(true);  // evaluations run without
  const torch::Device device = train.inputs.device();
  const auto code_of = [&](const torch::Tensor& inputs) { return encode ? encode(inputs) : inputs; };
  const auto rows = [device](const Labelled& from, const torch::Tensor& indices) {
    const torch::Tensor there = indices.to(device);
    return Labelled{from.inputs.index_select(0, there), from.labels.index_select(0, there)};
  };
  std::int64_t width = 0;
  {
    const torch::NoGradGuard no_grad;
    width = code_of(train.inputs.narrow(0, 0, 1)).size(1);
  }
  Sequential head;
  {
    const models::Seeded seeded(seed_of(seed, draw));
    // One after the other: as arguments they would draw their initial values in an order that is the compiler's choice.
    const Linear last(kHidden, classes), middle(kHidden, kHidden), first(width, kHidden);
    head = Sequential(first, ReLU(), middle, ReLU(), last);
    head->to(device);
  }
  // The supervised encoder may have parts that are not trained, and numbers of another type.
  std::vector<torch::Tensor> trained;
  for (const torch::Tensor& parameter : encoder_parameters)
    if (parameter.requires_grad()) trained.push_back(parameter);
  FusedAdam of_head(head->parameters(), kLearningRate), of_encoder(trained, kLearningRate);
  // A code's scale is a method's own affair: the head sees inputs of one size, from the training samples alone.
  torch::Tensor shift = torch::zeros({1}, device), scale = torch::ones({1}, device);
  if (!encode) {
    shift = train.inputs.mean(0);
    scale = train.inputs.sub(shift).square().mean().sqrt().clamp_min(1e-12);
  }
  const auto scores = [&](const torch::Tensor& inputs) { return head->forward((code_of(inputs) - shift) / scale); };
  const auto correct = [&](const Labelled& data) {
    const torch::NoGradGuard no_grad;
    std::int64_t sum = 0;
    for (std::int64_t done = 0; done < data.labels.size(0); done += kMeasureBatch) {
      const std::int64_t part = std::min(kMeasureBatch, data.labels.size(0) - done);
      sum += count_correct(scores(data.inputs.narrow(0, done, part)), data.labels.narrow(0, done, part)).item<std::int64_t>();
    }
    return static_cast<double>(sum) / static_cast<double>(std::max<std::int64_t>(data.labels.size(0), 1));
  };

  const Labelled learn = rows(train, split.labelled), choose = rows(train, split.held_out);
  const std::int64_t count = learn.labels.size(0);
  const std::int64_t every = every_of(budget);
  std::vector<std::int64_t> order;
  std::int64_t epoch = 0, place = 0;
  double best = -1;
  Outcome outcome{100, 0};
  for (std::int64_t update = 1; update <= budget.updates; ++update) {
    if (stopping && stopping()) checked();  // minutes may pass to the next check
    if (place >= static_cast<std::int64_t>(order.size())) {
      order = data::shuffled(count, seed_of(seed, draw), epoch++);
      place = 0;
    }
    const std::int64_t batch = std::min(budget.batch, count - place);
    const torch::Tensor indices =
        torch::tensor(std::vector<std::int64_t>(order.begin() + place, order.begin() + place + batch), torch::kInt64);
    place += batch;
    const Labelled part = rows(learn, indices);
    of_head.forget_gradients();
    of_encoder.forget_gradients();
    functional::cross_entropy(scores(part.inputs), part.labels).backward();
    of_head.update();
    of_encoder.update();
    if (update % every != 0 && update != budget.updates) continue;
    // The test error is taken with the held-out one, and only that of the best held-out accuracy is ever told.
    if (const double accuracy = correct(choose); accuracy > best) {
      best = accuracy;
      outcome = {100 * (1 - correct(test)), update};
    }
    if (checked) checked();
  }
  return outcome;
}

}  // namespace irmae::classification
