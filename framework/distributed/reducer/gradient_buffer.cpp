// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer/gradient_buffer.h"

#include <ATen/ops/_foreach_copy.h>
#include <torch/csrc/autograd/utils/grad_layout_contract.h>

#include <algorithm>
#include <utility>

namespace irmae::distributed {

GradientBuffer::GradientBuffer(std::shared_ptr<const FlatParameters> parameters, Communicator& communicator)
    : parameters_(std::move(parameters)), flat_(communicator.make_buffer(plan().elements, parameters_->values().options())) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < plan().slots.size(); ++i) {
    views_.push_back(parameters_->part(flat_, i));
    parameters_->parameter(i).mutable_grad() = views_.back();
  }
}

torch::Tensor GradientBuffer::bucket(std::size_t bucket) const {
  return flat_.narrow(0, plan().buckets[bucket].first, plan().buckets[bucket].count);
}

torch::Tensor GradientBuffer::bucket_view(const torch::Tensor& parameter) const {
  for (std::size_t i = 0; i < views_.size(); ++i)
    if (parameters_->parameter(i).is_same(parameter)) return views_[i];
  return {};
}

void GradientBuffer::zero_for_step() {
  if (!zero_) flat_.zero_();
  zero_ = false;
}

void GradientBuffer::zero_gradients() {
  flat_.narrow(0, kExtras, flat_.numel() - kExtras).zero_();
  for (std::size_t i = 0; i < views_.size(); ++i) parameters_->parameter(i).mutable_grad() = views_[i];
}

void GradientBuffer::drop_gradients() {
  for (std::size_t i = 0; i < views_.size(); ++i) parameters_->parameter(i).mutable_grad() = torch::Tensor();
}

GradientBuffer::Slots GradientBuffer::slots_of(std::size_t bucket) const {
  const auto found = std::ranges::equal_range(plan().slots, static_cast<int>(bucket), {}, &Slot::bucket);
  const auto first = static_cast<std::size_t>(found.begin() - plan().slots.begin());
  return {first, first + found.size()};
}

namespace {

/// Whether the gradient's memory is what its view's would be, at an address that kernels can read vectors from: layers of
/// LibTorch may give parts of other tensors.
bool lies_as(const torch::Tensor& gradient, const torch::Tensor& view) {
  return gradient.defined() && gradient.scalar_type() == view.scalar_type() &&
         torch::autograd::utils::obeys_layout_contract(gradient, view) &&
         reinterpret_cast<std::uintptr_t>(gradient.data_ptr()) % 16 == 0;
}

}  // namespace

void GradientBuffer::gather(std::size_t bucket, bool leave) {
  const torch::NoGradGuard no_grad;
  const Slots slots = slots_of(bucket);
  std::vector<torch::Tensor> views, made;
  for (std::size_t i = slots.first; i < slots.last; ++i) {
    const torch::Tensor& gradient = parameters_->parameter(i).grad();
    if (gradient.is_same(views_[i]) || (leave && lies_as(gradient, views_[i]))) continue;
    views.push_back(views_[i]);
    made.push_back(std::exchange(parameters_->parameter(i).mutable_grad(), views_[i]));
  }
  if (!views.empty()) at::_foreach_copy_(views, made);
}

std::vector<GradientBuffer::Piece> GradientBuffer::take_slots(Slots slots) {
  std::vector<Piece> pieces;
  bool in_buffer = false;  // the last piece: its neighbour's gradient makes it longer
  for (std::size_t i = slots.first; i < slots.last; ++i) {
    const Slot& slot = plan().slots[i];
    Piece piece{slot.first, std::exchange(parameters_->parameter(i).mutable_grad(), torch::Tensor())};
    if (piece.gradient.is_same(views_[i])) {
      if (in_buffer) piece.first = pieces.back().first, pieces.pop_back();
      piece.gradient = flat_.narrow(0, piece.first, slot.first + slot.count - piece.first);
      in_buffer = true;
    } else {
      in_buffer = false;
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace irmae::distributed
