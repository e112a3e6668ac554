// SPDX-License-Identifier: MIT
// A trained model, built again from its run.h5 alone: the cell's parameters say how, the stored weights fill it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "framework/data/scaling.h"
#include "framework/manifest/cell.h"
#include "framework/manifest/schema.h"
#include "framework/models/method.h"
#include "framework/models/precision.h"
#include "storage/run_file.h"

namespace irmae::training {

struct TrainedModel {
  std::filesystem::path path;  ///< of the run.h5
  std::string id;              ///< the cell's, as the file has it: 64 hex digits
  manifest::Cell cell;
  models::Shape shape;  ///< of one sample
  std::unique_ptr<models::Method> method;
  std::shared_ptr<models::Autoencoder> model;
  data::Scaling scaling{};  ///< from the numbers of its data set to what the model takes

  torch::ScalarType precision() const { return models::storage_precision(cell); }
  /// Whether the numbers of samples are not 0 to 1 as those of images are: vectors, and what its array data set was asked to
  /// scale.
  bool has_own_scale() const;
  std::int64_t latent() const { return cell.integer("model.latent"); }
  /// The codes of images: [count, ...], of any floating type -> [count, latent] in the model's precision.
  torch::Tensor encode(const torch::Tensor& images) const;
  /// The images of codes: [count, latent], of any floating type -> [count, ...] in the model's precision.
  torch::Tensor decode(const torch::Tensor& codes) const;
};

/// The shape of one sample of the run's data. Throws Error where the file, at `path`, does not say.
models::Shape shape_of(const storage::RunFile& file, const std::filesystem::path& path);

/// Gives parameters and buffers their stored values, by name: each must be there and fit, and nothing else may be there. Throws
/// Error naming `path`, the file that `weights` are from.
void fill(models::Autoencoder& model, const std::vector<storage::NamedArray>& weights, const std::filesystem::path& path);

/// Loads a trained model. `run`: a cell's folder or its run.h5. Parameters that the program has learnt since take the values
/// that they had before. Throws Error naming the file: absent, not finished, of a method that this program does not have,
/// weights that do not fit.
TrainedModel load_trained_model(const std::filesystem::path& run, const manifest::Schema& schema);

struct TrialSamples {
  torch::Tensor samples;  ///< in the model's precision, [.., ...]
  const char* what;       ///< they are, in words
};

/// Up to `count` samples to try the model on: validation images that the run stored, otherwise noise that is always the same.
TrialSamples trial_samples(const TrainedModel& trained, std::int64_t count);

}  // namespace irmae::training
