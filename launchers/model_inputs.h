// SPDX-License-Identifier: MIT
// What the commands encode and decode take in: arrays and pictures of users, brought to what a trained model takes.
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "framework/training/runs/trained_model.h"

namespace irmae::launchers {

/// What to do with pictures of another size.
struct PictureFit {
  /// Cut the middle as the run's data set did (its data.crop, else the largest part of the model's proportions), resize, and
  /// change grey and colour.
  bool fit = false;
  std::int64_t crop = 0;  ///< with `fit`: the side of a centred square to cut instead; 0: as said above
};

/// The file of an input: of FILE.h5:DATASET what stands before that colon.
std::string file_of_input(const std::string& name);

/// Hands the samples of all inputs over in order, in batches [count, ...] of float32 or float64. An input is an array, a
/// picture (JPEG, PNG), or a folder whose pictures are taken in the order of their paths. Arrays of images may have their
/// channels first or last; bytes become 0..1. Throws Error naming the input and what the model takes, or all pictures that
/// cannot be read: after the first of these nothing more is handed over.
void for_each_batch(const training::TrainedModel& trained, const std::vector<std::string>& inputs, const PictureFit& fit,
                    const std::function<void(const torch::Tensor&)>& take);

/// Reads codes from an array file, [count, latent] or one alone [latent], and gives them as [count, latent] in the model's
/// precision. Throws Error naming the file.
torch::Tensor read_codes(const training::TrainedModel& trained, const std::string& name);

}  // namespace irmae::launchers
