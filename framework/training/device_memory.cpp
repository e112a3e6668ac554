// SPDX-License-Identifier: MIT
#include "framework/training/device_memory.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "framework/counted.h"
#include "framework/data/random_tensors.h"
#include "framework/models/method.h"
#include "framework/training/arithmetic.h"
#include "framework/training/cell_model.h"
#include "framework/training/lost_device.h"
#include "framework/training/step_blocks.h"
#include "storage/system/fault.h"

namespace irmae::training {

namespace {

/// As LibTorch's allocators throw it: what follows can be tried without a device that is full.
const storage::FaultMode out_of_memory("out-of-memory", [] {
  TORCH_CHECK_WITH(OutOfMemoryError, false, "no memory is left, as IRMAE_FAULT asks");
});

/// Forward and backward pass on so many samples, as the cell's steps have them, beside what it keeps: of each parameter two
/// moments and a place in the buffer of the gradients, and of steps in blocks the images of two blocks, the bytes that one of
/// them is made of and the noise of one.
class Trial {
 public:
  Trial(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place)
      : cell_(cell), dataset_(dataset), place_(place), method_(models::make_method(cell)) {}

  /// Throws where it does not fit.
  void run(std::int64_t samples) {
    model_ = method_->make_model(dataset_.shape());
    bring_to_device(*model_, *method_, cell_, place_.device);
    for (const torch::Tensor& parameter : model_->parameters())
      for (int i = 0; i < 3; ++i) kept_.push_back(torch::zeros_like(parameter));
    models::Samples drawn;
    if (place_.in_blocks) {
      const std::int64_t rows = StepBlocks::most_steps(samples) * samples;
      kept_.push_back(images(2 * rows));
      kept_.push_back(
          torch::zeros(models::with_count(rows, dataset_.shape()), torch::TensorOptions(place_.device).dtype(torch::kUInt8)));
      drawn.ready = [this, rows, samples](std::int64_t width) {
        const auto counters = torch::zeros({rows}, torch::TensorOptions(place_.device).dtype(torch::kInt64));
        kept_.push_back(data::normal_noise_of(0, data::Stream::train_noise, counters, width));
        return kept_.back().narrow(0, 0, samples);
      };
    }
    torch::Tensor batch = images(samples);
    if (model_->channels_last() && batch.dim() == 4) batch = batch.contiguous(torch::MemoryFormat::ChannelsLast);
    loss(batch, drawn).objective.backward();
  }

 private:
  torch::Tensor images(std::int64_t count) const {
    return torch::zeros(models::with_count(count, dataset_.shape()),
                        torch::TensorOptions(place_.device).dtype(model_->parameters().front().scalar_type()));
  }
  models::Loss loss(const torch::Tensor& batch, const models::Samples& samples) {
    const StepArithmetic arithmetic(cell_, place_.device);
    return method_->loss(*model_, batch, samples);
  }

  const manifest::Cell& cell_;
  const data::Dataset& dataset_;
  const Place& place_;
  std::unique_ptr<models::Method> method_;
  std::shared_ptr<models::Autoencoder> model_;
  std::vector<torch::Tensor> kept_;
};

/// rank: among all, for the message where the device is lost.
bool fits(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place, std::int64_t samples, int rank) {
  try {
    Trial trial(cell, dataset, place);
    end_where_lost(place.device, rank, [&] { trial.run(samples); });
    return true;
  } catch (const std::exception&) {  // also of the libraries, which have errors of their own for no memory
    return false;
  }
}

std::string advice(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place,
                   const distributed::Communicator& communicator) {
  const int ranks = communicator.size();
  // A recording keeps a step's memory from the steps beside it and from measurements.
  const char* const unrecorded = place.recording ? ", or train.recorded=false, which takes less" : "";
  if (place.shared)
    return fmt::format("a smaller train.batch, or fewer cells at once (--cells-per-gpu 1 names a batch that fits){}",
                       unrecorded);
  // A batch of more than all samples is one of them all.
  const std::int64_t batch = std::min(cell.integer("train.batch"), dataset.size(data::Split::train));
  std::int64_t samples = 1;
  while (2 * samples * ranks < batch) samples *= 2;
  while (samples > 0 && !fits(cell, dataset, place, samples, communicator.world_rank())) samples /= 2;
  if (samples == 0) return "not even one sample fits: a smaller model.network or model.width, or another GPU";
  return fmt::format("train.batch={} would fit, or more ranks with a GPU each{}", samples * ranks, unrecorded);
}

}  // namespace

std::string does_not_fit(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place,
                         const distributed::Communicator& ranks) {
  return fmt::format("cell {}: the memory of {} is too small for a batch of {} on {}: {}", cell.name,
                     c10::DeviceTypeName(place.device.type()), cell.integer("train.batch"), counted(ranks.size(), "rank"),
                     advice(cell, dataset, place, ranks));
}

}  // namespace irmae::training
