// SPDX-License-Identifier: MIT
// A cell's model on the device where it is trained or measured, and all that is measured on it. It holds the parameters and
// nothing else of their size: gradients and optimiser are the trainer's. Whoever measures a trained model has it on the
// kernels and in the layout that the trainer has it: others would give other bits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/reducer/flat_parameters.h"
#include "framework/manifest/cell.h"
#include "framework/models/method.h"
#include "framework/training/place.h"
#include "storage/record.h"

namespace irmae::training {

/// Moves a model to the device where its cell is trained, onto the kernels and into the layout that are chosen for it there.
/// Returns whether these are the project's own kernels for devices.
bool bring_to_device(models::Autoencoder& autoencoder, const models::Method& method, const manifest::Cell& cell,
                     torch::Device device);

class CellModel {
 public:
  /// Builds the model with its initial parameters, on the kernels that are chosen for the place, and checks that all ranks
  /// have the same. Collective. Throws Error. Cell, data set and communicator outlive it.
  CellModel(const manifest::Cell& cell, const data::Dataset& dataset, distributed::Communicator& communicator,
            const Place& place);
  CellModel(const CellModel&) = delete;

  const models::Method& method() const { return *method_; }
  models::Autoencoder& autoencoder() { return *autoencoder_; }
  /// The parameters of the autoencoder that are trained. The trainer may move their values to other memory.
  const std::shared_ptr<distributed::FlatParameters>& trained_parameters() const { return trained_parameters_; }
  std::int64_t parameters() const;  ///< number of trained and fixed parameters
  torch::Device device() const { return device_; }
  torch::ScalarType precision() const { return precision_; }
  /// Whether the layers run by the kernels that were chosen for the device, and not by LibTorch's.
  bool chosen_kernels() const { return device_.is_cpu() ? !method_->second_derivatives() : device_kernels_; }
  /// Whether the layers run by the project's own kernels for devices.
  bool device_kernels() const { return device_kernels_; }

  /// Images from the host or a device, in the model's precision and on its device.
  torch::Tensor to_device(const torch::Tensor& images) const { return images.to(device_, precision_); }
  /// A batch without samples, [0, ...], for a rank that has no share in it.
  torch::Tensor no_images() const;
  /// A function that clones a tensor and sums it over all ranks, as models::Samples wants it. `what` names the collective.
  std::function<torch::Tensor(const torch::Tensor&)> sum_over_ranks(const std::string& what);
  /// What a loss may know of this rank's part of a larger batch, see models::Samples.
  models::Samples samples_of(data::Stream noise, std::int64_t first, std::int64_t count, std::int64_t global,
                             const std::string& what);

  /// Brings the model to where it is after the last epoch, with values that rank 0's fill(autoencoder) gives the parameters.
  /// Collective. Throws SharedError where `fill` throws.
  void take_trained(const std::function<void(models::Autoencoder&)>& fill);

  // What is measured. Collective.

  /// Puts the model into evaluation mode, and has the method fix what it takes from training codes. epoch: how many epochs are
  /// finished, for messages.
  void prepare(std::int64_t epoch);
  /// Prepares the model and measures it after `epoch` (1-based): all of the record but the times. train_objective: this rank's
  /// sum over the epoch's samples. Throws SharedError on a loss that is not finite.
  storage::EpochRecord measure(std::int64_t epoch, double train_objective);
  /// The codes of this split's first `count` samples; whole on rank 0 only.
  storage::Latents latents(data::Split split, std::int64_t count);

 private:
  /// How many samples are measured at once: what stays in a processor's cache, or what keeps a GPU busy.
  std::int64_t measured_at_once() const;
  /// Images of a split as the model takes them, from where they are kept or made for its device.
  torch::Tensor images(data::Split split, const std::vector<std::int64_t>& indices) const;

  const manifest::Cell& cell_;
  const data::Dataset& dataset_;
  distributed::Communicator& communicator_;
  torch::Device device_;
  torch::ScalarType precision_;
  std::unique_ptr<models::Method> method_;
  std::shared_ptr<models::Autoencoder> autoencoder_;
  bool device_kernels_ = false;
  std::shared_ptr<distributed::FlatParameters> trained_parameters_;
};

}  // namespace irmae::training
