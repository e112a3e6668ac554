// SPDX-License-Identifier: MIT
// How a cell's model comes to its device: arithmetic, kernels, layout, parameters; and what it is given there.
#include "framework/training/cell_model.h"

#include "framework/kernels/device.h"
#include "framework/models/precision.h"
#include "framework/training/arithmetic.h"
#include "framework/training/bucket_caps.h"
#include "framework/training/equal_parameters.h"
#include "framework/training/lost_device.h"

namespace irmae::training {

namespace {

distributed::FlatParameters::Named trained_of(const models::Autoencoder& autoencoder) {
  distributed::FlatParameters::Named named;
  for (const auto& parameter : autoencoder.named_parameters())
    if (parameter.value().requires_grad()) named.emplace_back(parameter.key(), parameter.value());
  return named;
}

/// The layout of the project's own kernels is of no use to others. A convolution's result has the layout of its weights.
void lay_out_for_others(models::Autoencoder& autoencoder, bool channels_last) {
  for (torch::Tensor& parameter : autoencoder.parameters()) parameter.set_data(parameter.contiguous());
  if (channels_last) autoencoder.lay_channels_last();
}

/// Matrix units read TF32 and bfloat16 so without rearranging.
bool channels_last(const manifest::Cell& cell) {
  return cell.flag("train.channels_last") || models::traits_of(cell).on_matrix_units();
}

std::int64_t elements_of(const models::Autoencoder& autoencoder) {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : autoencoder.parameters()) count += parameter.numel();
  return count;
}

}  // namespace

bool bring_to_device(models::Autoencoder& autoencoder, const models::Method& method, const manifest::Cell& cell,
                     torch::Device device) {
  autoencoder.to(device);
  const bool device_kernels =
      kernels::device_kernels(arithmetic_of(cell)) && (!device.is_cpu() || kernels::device_kernels_emulated()) &&
      elements_of(autoencoder) < models::traits_of(cell).own_kernels_below && !method.second_derivatives();
  if (device_kernels) autoencoder.use_device_kernels();
  if (!device.is_cpu() && !device_kernels) lay_out_for_others(autoencoder, channels_last(cell));
  return device_kernels;
}

CellModel::CellModel(const manifest::Cell& cell, const data::Dataset& dataset, distributed::Communicator& communicator,
                     const Place& place)
    : cell_(cell),
      dataset_(dataset),
      communicator_(communicator),
      device_(place.device),
      precision_(models::storage_precision(cell)),
      method_(models::make_method(cell)),
      autoencoder_(method_->make_model(dataset.shape())) {
  set_arithmetic(cell, place);
  end_where_lost(device_, communicator_.world_rank(), [&] {
    device_kernels_ = bring_to_device(*autoencoder_, *method_, cell, device_);
    trained_parameters_ = std::make_shared<distributed::FlatParameters>(trained_of(*autoencoder_), bucket_caps(cell));
    check_equal_plans(trained_parameters_->plan(), communicator_);
    check_equal_parameters(*trained_parameters_, communicator_, "at the start");
  });
}

std::int64_t CellModel::parameters() const { return elements_of(*autoencoder_); }

torch::Tensor CellModel::no_images() const { return to_device(torch::empty(models::with_count(0, dataset_.shape()))); }

std::function<torch::Tensor(const torch::Tensor&)> CellModel::sum_over_ranks(const std::string& what) {
  return [this, what](const torch::Tensor& own) {
    torch::Tensor sum = own.detach().clone().contiguous();
    communicator_.sum(sum, what);
    return sum;
  };
}

models::Samples CellModel::samples_of(data::Stream noise, std::int64_t first, std::int64_t count, std::int64_t global,
                                      const std::string& what) {
  return {static_cast<std::uint64_t>(cell_.integer("train.seed")), noise, first, count, global, sum_over_ranks(what)};
}

void CellModel::take_trained(const std::function<void(models::Autoencoder&)>& fill) {
  const torch::NoGradGuard no_grad;
  communicator_.on_root([&] { fill(*autoencoder_); }, "reading of the trained model");
  for (torch::Tensor& parameter : autoencoder_->parameters()) {
    const torch::Tensor values = parameter.contiguous();
    communicator_.broadcast(values, "broadcast of the trained model");
    parameter.copy_(values);
  }
  // What a method fixes by training codes is among the parameters: nothing is left to prepare.
  autoencoder_->eval();
  check_equal_parameters(*trained_parameters_, communicator_, "after the trained model was read");
}

}  // namespace irmae::training
