// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <optional>
#include <string>

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
    if (gradients[0].defined() && reducer_.parameters().parameter(slot_).grad().defined()) reducer_.join();
    return gradients;
  }

 private:
  const Reducer& reducer_;
  std::size_t slot_;
};

Reducer::Reducer(std::shared_ptr<const FlatParameters> parameters, Communicator& communicator, bool collected)
    : communicator_(communicator),
      gradients_(std::move(parameters), communicator),
      tracker_(plan()),
      collected_(collected || !values().is_cpu()) {
  for (std::size_t i = 0; i < plan().slots.size(); ++i) {
    auto accumulator = torch::autograd::impl::grad_accumulator(this->parameters().parameter(i));
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

void Reducer::begin(std::int64_t step, const std::array<double, kExtras>& extras) {
  begin(step);
  gradients_.extras().copy_(torch::from_blob(const_cast<double*>(extras.data()), {kExtras}, torch::kFloat64));
}

void Reducer::begin(std::int64_t step) {
  step_ = step;
  forget();
  if (!collected_) gradients_.zero_for_step();
  tracker_.begin();
  works_.assign(plan().buckets.size(), nullptr);
  open_ = true;
}

void Reducer::forget() {
  open_ = false;
  if (forget_) forget_();
  if (collected_) gradients_.drop_gradients();
}

void Reducer::mark_ready(std::size_t slot) {
  gradients_.written();
  if (!open_) return;  // a backward pass that is not a training step
  if (!tracker_.mark(slot))
    throw Error(
        fmt::format("the gradient of parameter {} came twice in step {}: backward ran twice", plan().slots[slot].name, step_));
  launch_ready();
}

bool Reducer::leave_gradients(Take take) {
  left_ = collected_ && communicator_.size() == 1;
  if (left_) take_ = std::move(take);
  return left_;
}

void Reducer::launch_ready() {
  while (const std::optional<std::size_t> bucket = tracker_.next_complete()) {
    if (collected_) gradients_.gather(*bucket, left_);
    if (take_) take_(gradients_.take(*bucket));
    if (communicator_.size() > 1) join();
    works_[*bucket] =
        communicator_.all_reduce(gradients_.bucket(*bucket), fmt::format("all-reduce of bucket {} in step {}", *bucket, step_));
  }
}

void Reducer::skip_backward() {
  if (collected_) gradients_.zero_gradients();  // what lies there is of another step
  tracker_.mark_all();
  launch_ready();
}

void Reducer::finish_without_extras() {
  open_ = false;
  const std::vector<std::string> unused = tracker_.missing();
  if (!unused.empty())
    throw Error(fmt::format("no gradient came for {} in step {}: the loss does not depend on {}", fmt::join(unused, ", "),
                            step_, unused.size() == 1 ? "this parameter" : "these parameters"));
  for (const std::shared_ptr<Work>& work : works_) work->wait();
  join();
}

std::array<double, kExtras> Reducer::finish() {
  finish_without_extras();
  const torch::Tensor extras = gradients_.extras().to(torch::kCPU, torch::kFloat64);
  std::array<double, kExtras> sums;
  std::copy_n(extras.data_ptr<double>(), kExtras, sums.begin());
  gradients_.extras().zero_();  // they are no gradients: the optimiser must not see them
  return sums;
}

}  // namespace irmae::distributed
