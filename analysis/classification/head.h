// SPDX-License-Identifier: MIT
// The classifier of table 2: two hidden layers of 128 with ReLU on a code, cross-entropy, Adam 1e-3, early stopping.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace irmae::classification {

/// inputs: float32 codes [count, width], or images of any type; labels: int64 [count]. Both on the device that trains.
struct Labelled {
  torch::Tensor inputs, labels;
};

/// Indices into the training samples, int64.
struct Split {
  torch::Tensor labelled;  ///< what a draw may learn from
  torch::Tensor held_out;  ///< where its best update is chosen
};

/// A balanced draw of `count` samples: equally many of each class, the remainder from the first classes of a random order;
/// classes with too few samples are filled up from the others. The held-out samples depend on the seed alone and are in no
/// draw. A function of (labels, seed, draw).
Split split(const torch::Tensor& labels, std::int64_t classes, std::int64_t count, std::int64_t held_out, std::uint64_t seed,
            std::int64_t draw);

struct Budget {
  std::int64_t updates = 5000;
  std::int64_t batch = 128;
  std::int64_t checks = 50;  ///< how often the held-out accuracy is taken
};

/// How often that is: the budget's checks, fewer where there are fewer updates.
std::int64_t checks_of(const Budget& budget);

struct Outcome {
  double error_percent;  ///< on `test`, of the parameters that were best on the held-out samples
  std::int64_t updates;  ///< when those were reached
};

/// Trains on `train`, chooses on its held-out samples, measures on `test`, both on one device. With `encode`, inputs go through
/// it to float32 codes there, and `encoder_parameters` are trained as well. `checked` is called after each check.
/// `stopping` is asked before each update: once it says yes, `checked` is called at once, and has to throw.
Outcome train_head(const Labelled& train, const Labelled& test, const Split& split, std::int64_t classes, const Budget& budget,
                   std::uint64_t seed, std::int64_t draw, const std::function<torch::Tensor(const torch::Tensor&)>& encode = {},
                   const std::vector<torch::Tensor>& encoder_parameters = {}, const std::function<void()>& checked = {},
                   const std::function<bool()>& stopping = {});

}  // namespace irmae::classification
