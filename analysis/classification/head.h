// SPDX-License-Identifier: MIT
// The classifier of table 2: two hidden layers of 128 with ReLU on a code, cross-entropy, Adam 1e-3, early stopping.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "analysis/classification/budget.h"

namespace irmae::classification {

/// Samples with labels. inputs: float32 codes [count, width], or images of any type [count, ...]; labels: int64 [count]. Both
/// on the device that trains.
struct Labelled {
  torch::Tensor inputs, labels;
};

/// What is drawn of the training samples.
struct DrawPlan {
  std::int64_t classes = 0;   ///< labels are 0 .. classes - 1; samples with others are not drawn
  std::int64_t count = 0;     ///< samples to learn from
  std::int64_t held_out = 0;  ///< samples to choose the best update on
  std::uint64_t seed = 0;     ///< the run's
  std::int64_t number = 0;    ///< which draw of this seed, from 0
};

/// A draw of samples: indices into the training samples, int64, and which draw of which seed it is.
struct LabelDraw {
  torch::Tensor labelled;  ///< what the draw may learn from
  torch::Tensor held_out;  ///< where its best update is chosen
  std::uint64_t seed = 0;
  std::int64_t number = 0;
};

/// A balanced draw from samples with these labels (int64 [samples], at least `held_out`): equally many of each class, the
/// remainder from the first classes of a random order; classes with too few samples are filled up from the others, and where
/// all are too few it has fewer. The held-out samples depend on the seed alone and are in no draw. A function of (labels,
/// plan).
LabelDraw draw_labels(const torch::Tensor& labels, const DrawPlan& plan);

/// One classifier: what it learns from, and how. All samples on one device.
struct HeadJob {
  Labelled train;  ///< of which the draw's samples are used
  Labelled test;
  LabelDraw draw;  ///< its seed and number decide initial values and the order of batches as well
  std::int64_t classes = 0;
  Budget budget{};
};

/// An encoder that is trained below the classifier. Empty: the classifier's inputs are codes already.
struct Encoder {
  /// Gives the codes, float32 [count, width], of a job's inputs, on their device.
  std::function<torch::Tensor(const torch::Tensor&)> forward{};
  std::vector<torch::Tensor> parameters{};  ///< all of them are trained
};

/// Where the training may be left, by an exception.
struct Interruption {
  std::function<void()> checked{};  ///< called after each check
  /// Asked before each update: once it says yes, `checked` is called at once, and has to throw.
  std::function<bool()> stopping{};
};

/// What a classifier came to.
struct Outcome {
  double error_percent;  ///< on `test`, of the parameters that were best on the held-out samples
  std::int64_t updates;  ///< when those were reached
};

/// What training lowers on a batch: the mean of -log softmax of the right classes' scores, nats. scores: floating point [count,
/// classes]; labels: int64 [count], 0 .. classes - 1.
torch::Tensor loss_of(const torch::Tensor& scores, const torch::Tensor& labels);

/// Trains a classifier, and its encoder where there is one, on the draw's labelled samples, chooses the best of the updates
/// that every_of names on those held out, and measures that on `test`. Throws what the interruption throws.
Outcome train_head(const HeadJob& job, const Encoder& encoder = {}, const Interruption& interruption = {});

}  // namespace irmae::classification
