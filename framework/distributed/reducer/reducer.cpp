// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer/reducer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "storage/error.h"

namespace irmae::distributed {

/// Called by autograd when a parameter has got its gradient.
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
    const torch::Tensor& parameter = reducer_.gradients_.parameters().parameter(slot_);
    if (gradients[0].defined() && parameter.grad().defined()) reducer_.join();
    return gradients;
  }

 private:
  const Reducer& reducer_;
  std::size_t slot_;
};

Reducer::Reducer(GradientBuffer& gradients, Communicator& communicator, ReducerOptions options)
    : gradients_(gradients), communicator_(communicator), options_(std::move(options)), tracker_(gradients.plan()) {
  const bool left = options_.storage == GradientStorage::left;
  if (left && communicator_.size() > 1) throw std::logic_error("gradients that ranks sum are not left where they were made");
  if (!left && options_.bucket_sink) throw std::logic_error("gradients that lie in the buffer have no sink");
  for (std::size_t i = 0; i < gradients_.plan().slots.size(); ++i) {
    auto accumulator = torch::autograd::impl::grad_accumulator(gradients_.parameters().parameter(i));
    if (beside()) accumulator->add_pre_hook(std::make_unique<Before>(*this, i));
    accumulator->add_post_hook(std::make_unique<Hook>(*this, i));
    accumulators_.push_back(std::move(accumulator));
  }
}

Reducer::~Reducer() {
  try {
    if (options_.deferred.discard) options_.deferred.discard();
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
  discard();
  if (!beside()) gradients_.zero_for_step();
  tracker_.begin();
  works_.assign(gradients_.plan().buckets.size(), nullptr);
  open_ = true;
}

void Reducer::discard() {
  open_ = false;
  if (options_.deferred.discard) options_.deferred.discard();
  if (beside()) gradients_.drop_gradients();
}

void Reducer::rehearse(const std::function<void()>& pass) {
  discard();
  try {
    pass();
  } catch (...) {
    discard();
    throw;
  }
  discard();
}

void Reducer::mark_ready(std::size_t slot) {
  gradients_.written();
  if (!open_) return;  // a backward pass that is not a training step
  if (!tracker_.mark(slot))
    throw Error(fmt::format("the gradient of parameter {} came twice in step {}: backward ran twice",
                            gradients_.plan().slots[slot].name, step_));
  launch_ready();
}

void Reducer::launch_ready() {
  while (const std::optional<std::size_t> bucket = tracker_.next_complete()) {
    if (beside()) gradients_.gather(*bucket, /*leave=*/options_.storage == GradientStorage::left);
    if (options_.bucket_sink) options_.bucket_sink(gradients_.take(*bucket));
    if (communicator_.size() > 1) join();
    works_[*bucket] =
        communicator_.all_reduce(gradients_.bucket(*bucket), fmt::format("all-reduce of bucket {} in step {}", *bucket, step_));
  }
}

std::array<double, kExtras> Reducer::finish_without_samples() {
  if (beside()) gradients_.zero_gradients();  // what lies there is of another step
  tracker_.mark_all();
  launch_ready();
  return finish();
}

void Reducer::finish_on_device() {
  open_ = false;
  const std::vector<std::string> unused = tracker_.missing();
  if (!unused.empty())
    throw Error(fmt::format("no gradient came for {} in step {}: the loss does not depend on {}", fmt::join(unused, ", "),
                            step_, unused.size() == 1 ? "this parameter" : "these parameters"));
  for (const std::shared_ptr<Work>& work : works_) work->wait();
  join();
}

std::array<double, kExtras> Reducer::finish() {
  finish_on_device();
  const torch::Tensor extras = gradients_.extras().to(torch::kCPU, torch::kFloat64);
  std::array<double, kExtras> sums;
  std::copy_n(extras.data_ptr<double>(), kExtras, sums.begin());
  gradients_.extras().zero_();  // they are no gradients: the optimiser must not see them
  return sums;
}

}  // namespace irmae::distributed
