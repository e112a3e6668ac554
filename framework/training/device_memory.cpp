// SPDX-License-Identifier: MIT
#include "framework/training/device_memory.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "framework/counted.h"
#include "framework/models/method.h"
#include "framework/training/step_blocks.h"
#include "storage/system/fault.h"

namespace irmae::training {

namespace {

/// As LibTorch's allocators throw it: what follows can be tried without a device that is full.
const storage::FaultMode out_of_memory("out-of-memory", [] {
  TORCH_CHECK_WITH(OutOfMemoryError, false, "no memory is left, as IRMAE_FAULT asks");
});

/// Whether forward and backward pass on so many samples fit, beside what a cell keeps: of each parameter two moments and a
/// place in the buffer of the gradients, and the images of two blocks of steps.
bool fits(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place, std::int64_t samples) {
  try {
    const torch::Device device = place.device;
    const auto method = models::make_method(cell);
    const auto model = method->make_model(dataset.shape());
    model->to(device);
    std::vector<torch::Tensor> kept;
    for (const torch::Tensor& parameter : model->parameters())
      for (int i = 0; i < 3; ++i) kept.push_back(torch::zeros_like(parameter));
    const auto images_of = [&](std::int64_t count) {
      std::vector<std::int64_t> shape = dataset.shape();
      shape.insert(shape.begin(), count);
      return torch::zeros(shape, torch::TensorOptions(device).dtype(model->parameters().front().scalar_type()));
    };
    if (place.in_blocks) kept.push_back(images_of(2 * StepBlocks::most_steps(samples) * samples));
    const torch::Tensor images = images_of(samples);
    method->loss(*model, images, {}).objective.backward();
    return true;
  } catch (const std::exception&) {  // also of the libraries, which have errors of their own for no memory
    return false;
  }
}

std::string advice(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place, int ranks) {
  if (place.shared) return "a smaller train.batch, or fewer cells at once (--cells-per-gpu 1 names a batch that fits)";
  std::int64_t samples = 1;
  while (2 * samples * ranks < cell.integer("train.batch")) samples *= 2;
  while (samples > 0 && !fits(cell, dataset, place, samples)) samples /= 2;
  if (samples == 0) return "not even one sample fits: a smaller model.network or model.width, or another GPU";
  return fmt::format("train.batch={} would fit, or more ranks with a GPU each", samples * ranks);
}

}  // namespace

std::string does_not_fit(const manifest::Cell& cell, const data::Dataset& dataset, const Place& place, int ranks) {
  return fmt::format("cell {}: the memory of {} is too small for a batch of {} on {}: {}", cell.name,
                     c10::DeviceTypeName(place.device.type()), cell.integer("train.batch"), counted(ranks, "rank"),
                     advice(cell, dataset, place, ranks));
}

}  // namespace irmae::training
