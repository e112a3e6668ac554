// SPDX-License-Identifier: MIT
// The loop over epochs and steps, and what the ranks tell each other with each step.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/training/arithmetic.h"
#include "framework/training/diverged.h"
#include "framework/training/steps_of_epoch.h"
#include "framework/training/trainer.h"
#include "storage/system/fault.h"

namespace irmae::training {

namespace {

using Clock = std::chrono::steady_clock;

/// Places of the numbers that travel with the gradients.
enum Extra : std::size_t { kObjective, kStop, kSignals, kSignalledRank, kSave };

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Trainer::End Trainer::run(const Observer& observer) {
  const std::int64_t epochs = cell_.integer("train.epochs");
  last_checkpoint_ = Clock::now();
  if (epoch_ == epochs) model_.prepare(epoch_);  // only what comes after training is left
  while (epoch_ < epochs) {
    if (!train_epoch(observer)) {
      observer.checkpoint();
      return End::stopped;
    }
    storage::EpochRecord record = model_.measure(epoch_ + 1, sums_.objective);
    record.seconds = epoch_seconds_;
    record.samples_per_second = static_cast<double>(dataset_.size(data::Split::train)) / std::max(epoch_seconds_, 1e-9);
    history_.push_back(record);
    ++epoch_;
    step_ = 0;
    sums_ = {};
    epoch_seconds_ = 0;
    observer.epoch_done(record);
  }
  return End::finished;
}

/// False when the ranks agreed to stop.
bool Trainer::train_epoch(const Observer& observer) {
  const auto start = Clock::now();
  const double before = epoch_seconds_;
  times_ = {};
  model_.autoencoder().train();
  const std::vector<std::int64_t> order = dataset_.epoch_order(epoch_);
  const std::int64_t steps = steps_of_epoch(cell_, static_cast<std::int64_t>(order.size()));
  while (step_ < steps) {
    const bool block = blocks_ && blocks_->count(step_, static_cast<std::int64_t>(order.size())) > 0;
    const Extras extras = block ? train_block(order) : train_step(order);
    if (!std::isfinite(extras[kObjective]))
      end_diverged(cell_, "loss", extras[kObjective], fmt::format("in epoch {}, step {}", epoch_ + 1, step_ + 1));
    times_.spent_on(StepTimes::rest);
    if (!block) {
      update_->apply();
      times_.spent_on(StepTimes::update);
    } else if (const std::string note = blocks_->note(); !note.empty()) {
      observer.note(note);
    }
    ++step_;
    epoch_seconds_ = before + seconds_since(start);
    if (communicator_.root()) observer.step_done(step_, steps, extras[kObjective]);
    if (extras[kStop] > 0) {
      stopped_ = fmt::format("stopped in step {}{}", update_->optimizer().updates(),
                             extras[kSignals] > 1    ? fmt::format(" by a signal to {} ranks", extras[kSignals])
                             : extras[kSignals] == 1 ? fmt::format(" by a signal to rank {}", extras[kSignalledRank])
                                                     : " with the other cells");
      return false;
    }
    if (extras[kSave] > 0) {
      observer.checkpoint();
      last_checkpoint_ = Clock::now();
    }
    times_.spent_on(StepTimes::rest);
  }
  return true;
}

Trainer::Extras Trainer::requests() const {
  Extras extras{};
  extras[kStop] = distributed::stop_requested() ? 1 : 0;
  extras[kSignals] = distributed::stop_signalled() ? 1 : 0;
  extras[kSignalledRank] = distributed::stop_signalled() ? communicator_.world_rank() : 0;
  extras[kSave] =
      communicator_.root() && seconds_since(last_checkpoint_) >= static_cast<double>(cell_.integer("train.checkpoint_seconds"))
          ? 1
          : 0;
  return extras;
}

Trainer::Extras Trainer::train_block(const std::vector<std::int64_t>& order) {
  const std::int64_t steps = blocks_->count(step_, static_cast<std::int64_t>(order.size()));
  distributed::enter_phase(fmt::format("steps {} to {} of epoch {}", step_ + 1, step_ + steps, epoch_ + 1));
  storage::fault_point("step");
  const torch::Tensor own = blocks_->run(order, epoch_, step_);
  times_.spent_on(StepTimes::device);
  // The host's words travel between blocks, with the losses, which are wanted of all ranks.
  Extras extras = requests();
  const torch::Tensor told = torch::from_blob(extras.data(), {distributed::kExtras}, torch::kFloat64);
  const torch::Tensor all = torch::cat({told, own.select(1, 0)});
  communicator_.sum(all, fmt::format("sum of the losses of steps {} to {} of epoch {}", step_ + 1, step_ + steps, epoch_ + 1));
  std::copy_n(all.data_ptr<double>(), distributed::kExtras, extras.begin());
  const double* const objectives = all.data_ptr<double>() + distributed::kExtras;
  const auto first_bad = std::find_if(objectives, objectives + steps, [](double value) { return !std::isfinite(value); });
  const std::int64_t last = std::min<std::int64_t>(first_bad - objectives, steps - 1);
  extras[kObjective] = objectives[last] / static_cast<double>(cell_.integer("train.batch"));
  step_ += last;
  const torch::Tensor sums = own.sum(0);
  sums_.objective += sums[0].item<double>();
  sums_.reconstruction += sums[1].item<double>();
  times_.spent_on(StepTimes::reduction);
  return extras;
}

Trainer::Extras Trainer::train_step(const std::vector<std::int64_t>& order) {
  const std::int64_t update = update_->optimizer().updates() + 1;
  distributed::enter_phase(fmt::format("step {}", update));
  storage::fault_point("step");
  const std::int64_t batch = cell_.integer("train.batch");
  const std::int64_t first = step_ * batch;
  const std::int64_t global = std::min(batch, static_cast<std::int64_t>(order.size()) - first);
  const Share mine = communicator_.share(global);

  const models::Method& method = model_.method();
  distributed::Reducer& reducer = update_->reducer();
  Extras extras = requests();
  const models::Samples samples =
      model_.samples_of(data::Stream::train_noise, epoch_ * static_cast<std::int64_t>(order.size()) + first + mine.first,
                        mine.count, global, fmt::format("sum over the batch of step {}", update));
  if (mine.count == 0) {
    // The sums over the whole batch are collective, and come before those of the gradients.
    if (method.whole_batch()) {
      const torch::NoGradGuard no_grad;
      const StepArithmetic arithmetic(cell_, model_.device());
      method.loss(model_.autoencoder(), model_.no_images(), samples);
    }
    reducer.begin(update, extras);
    return reducer.finish_without_samples();
  }
  const auto from = order.begin() + first + mine.first;
  const data::Batch data = dataset_.batch(data::Split::train, {from, from + mine.count});
  times_.spent_on(StepTimes::data);
  const models::Loss loss = [&] {
    const StepArithmetic arithmetic(cell_, model_.device());
    return method.loss(model_.autoencoder(), model_.to_device(data.images), samples);
  }();
  const auto objective = loss.objective.item<double>();
  const auto reconstruction = loss.reconstruction.item<double>();
  times_.spent_on(StepTimes::forward);
  extras[kObjective] = objective / static_cast<double>(global);
  reducer.begin(update, extras);
  (loss.objective / static_cast<double>(global)).backward();
  times_.spent_on(StepTimes::backward);
  const auto summed = reducer.finish();
  times_.spent_on(StepTimes::reduction);
  sums_.objective += objective;
  sums_.reconstruction += reconstruction;
  return summed;
}

}  // namespace irmae::training
