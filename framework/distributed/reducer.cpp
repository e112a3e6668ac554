// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer.h"

#include <ATen/ops/_foreach_copy.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/utils/grad_layout_contract.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>

#include "storage/error.h"

namespace irmae::distributed {

/// Called by autograd when a parameter's gradient has been added to its place.
class Reducer::Hook final : public torch::autograd::FunctionPostHook {
 public:
  Hook(Reducer& reducer, std::size_t slot) : reducer_(reducer), slot_(slot) {}

  torch::autograd::variable_list operator()(const torch::autograd::variable_list& outputs,
                                            const torch::autograd::variable_list&) override {
    reducer_.mark_ready(slot_);
    return outputs;
  }

 private:
  Reducer& reducer_;
  std::size_t slot_;
};

/// Called by autograd before it adds a gradient to one that a parameter has: that one must have arrived.
class Reducer::Before final : public torch::autograd::FunctionPreHook {
 public:
  Before(const Reducer& reducer, std::size_t slot) : reducer_(reducer), slot_(slot) {}

  torch::autograd::variable_list operator()(const torch::autograd::variable_list& gradients) override {
    if (gradients[0].defined() && reducer_.parameters_->parameter(slot_).grad().defined()) reducer_.join();
    return gradients;
  }

 private:
  const Reducer& reducer_;
  std::size_t slot_;
};

Reducer::Reducer(std::shared_ptr<const FlatParameters> parameters, Communicator& communicator, bool collected)
    : parameters_(std::move(parameters)),
      communicator_(communicator),
      gradients_(communicator_.make_buffer(plan().elements, values().options())),
      collected_(collected || !values().is_cpu()) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < plan().slots.size(); ++i) {
    const torch::Tensor& parameter = parameters_->parameter(i);
    places_.push_back(parameters_->part(gradients_, i));
    parameter.mutable_grad() = places_.back();
    auto accumulator = torch::autograd::impl::grad_accumulator(parameter);
    if (collected_) accumulator->add_pre_hook(std::make_unique<Before>(*this, i));
    accumulator->add_post_hook(std::make_unique<Hook>(*this, i));
    accumulators_.push_back(std::move(accumulator));
  }
}

Reducer::~Reducer() {
  try {
    if (forget_) forget_();
  } catch (const std::exception&) {
    // a device that is lost does nothing more
  }
}

torch::Tensor Reducer::place_of(const torch::Tensor& parameter) const {
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (parameters_->parameter(i).is_same(parameter)) return places_[i];
  return {};
}

void Reducer::begin(std::int64_t step, const std::array<double, kExtras>& extras) {
  begin(step);
  gradients_.narrow(0, 0, kExtras).copy_(torch::from_blob(const_cast<double*>(extras.data()), {kExtras}, torch::kFloat64));
}

void Reducer::begin(std::int64_t step) {
  step_ = step;
  forget();
  if (!collected_ && !zero_) gradients_.zero_();
  zero_ = false;
  ready_.assign(plan().slots.size(), 0);
  works_.assign(plan().buckets.size(), nullptr);
  missing_.clear();
  for (const Bucket& bucket : plan().buckets) missing_.push_back(bucket.parameters);
  next_ = 0;
  open_ = true;
}

void Reducer::forget() {
  open_ = false;
  if (forget_) forget_();
  if (!collected_) return;
  for (std::size_t i = 0; i < places_.size(); ++i) parameters_->parameter(i).mutable_grad() = torch::Tensor();
}

void Reducer::mark_ready(std::size_t slot) {
  zero_ = false;
  if (!open_) return;  // a backward pass that is not a training step
  if (ready_[slot])
    throw Error(
        fmt::format("the gradient of parameter {} came twice in step {}: backward ran twice", plan().slots[slot].name, step_));
  ready_[slot] = 1;
  --missing_[static_cast<std::size_t>(plan().slots[slot].bucket)];
  launch_ready();
}

namespace {

/// Whether the gradient's memory is what its place's would be, at an address that kernels can read vectors from: layers of
/// LibTorch may give parts of other tensors.
bool lies_as(const torch::Tensor& gradient, const torch::Tensor& place) {
  return gradient.defined() && gradient.scalar_type() == place.scalar_type() &&
         torch::autograd::utils::obeys_layout_contract(gradient, place) &&
         reinterpret_cast<std::uintptr_t>(gradient.data_ptr()) % 16 == 0;
}

}  // namespace

Reducer::Slots Reducer::slots_of(std::size_t bucket) const {
  const auto found = std::ranges::equal_range(plan().slots, static_cast<int>(bucket), {}, &Slot::bucket);
  const auto first = static_cast<std::size_t>(found.begin() - plan().slots.begin());
  return {first, first + found.size()};
}

void Reducer::collect(Slots slots) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> places, made;
  for (std::size_t i = slots.first; i < slots.last; ++i) {
    const torch::Tensor& gradient = parameters_->parameter(i).grad();
    if (gradient.is_same(places_[i]) || (left_ && lies_as(gradient, places_[i]))) continue;
    places.push_back(places_[i]);
    made.push_back(std::exchange(parameters_->parameter(i).mutable_grad(), places_[i]));
  }
  if (!places.empty()) at::_foreach_copy_(places, made);
}

bool Reducer::leave_gradients(Take take) {
  left_ = collected_ && communicator_.size() == 1;
  if (left_) take_ = std::move(take);
  return left_;
}

std::vector<Reducer::Piece> Reducer::take_gradients(Slots slots) {
  std::vector<Piece> pieces;
  bool in_buffer = false;  // the last piece: its neighbour's gradient makes it longer
  for (std::size_t i = slots.first; i < slots.last; ++i) {
    const Slot& slot = plan().slots[i];
    Piece piece{slot.first, std::exchange(parameters_->parameter(i).mutable_grad(), torch::Tensor())};
    if (piece.gradient.is_same(places_[i])) {
      if (in_buffer) piece.first = pieces.back().first, pieces.pop_back();
      piece.gradient = gradients_.narrow(0, piece.first, slot.first + slot.count - piece.first);
      in_buffer = true;
    } else {
      in_buffer = false;
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

void Reducer::launch_ready() {
  for (; next_ < plan().buckets.size() && missing_[next_] == 0; ++next_) {
    const Slots slots = slots_of(next_);
    if (collected_) collect(slots);
    if (take_) take_(take_gradients(slots));
    if (communicator_.size() > 1) join();
    const Bucket& bucket = plan().buckets[next_];
    works_[next_] = communicator_.all_reduce(gradients_.narrow(0, bucket.first, bucket.count),
                                             fmt::format("all-reduce of bucket {} in step {}", next_, step_));
  }
}

void Reducer::skip_backward() {
  if (collected_) {  // what lies there is of another step
    gradients_.narrow(0, kExtras, gradients_.numel() - kExtras).zero_();
    for (std::size_t i = 0; i < places_.size(); ++i) parameters_->parameter(i).mutable_grad() = places_[i];
  }
  std::fill(ready_.begin(), ready_.end(), 1);
  std::fill(missing_.begin(), missing_.end(), 0);
  launch_ready();
}

void Reducer::finish_without_extras() {
  open_ = false;
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < ready_.size(); ++i)
    if (!ready_[i]) unused.push_back(plan().slots[i].name);
  if (!unused.empty())
    throw Error(fmt::format("no gradient came for {} in step {}: the loss does not depend on {}", fmt::join(unused, ", "),
                            step_, unused.size() == 1 ? "this parameter" : "these parameters"));
  for (const std::shared_ptr<Work>& work : works_) work->wait();
  join();
}

std::array<double, kExtras> Reducer::finish() {
  finish_without_extras();
  const torch::Tensor extras = gradients_.narrow(0, 0, kExtras).to(torch::kCPU, torch::kFloat64);
  std::array<double, kExtras> sums;
  std::copy_n(extras.data_ptr<double>(), kExtras, sums.begin());
  gradients_.narrow(0, 0, kExtras).zero_();  // they are no gradients: the optimiser must not see them
  return sums;
}

}  // namespace irmae::distributed
