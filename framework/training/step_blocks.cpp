// SPDX-License-Identifier: MIT
#include "framework/training/step_blocks.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>

#include <algorithm>

#include "framework/data/random_tensors.h"
#include "framework/free_memory.h"
#include "framework/training/arithmetic.h"
#include "framework/training/optimizer.h"
#include "framework/training/steps_of_epoch.h"
#include "storage/error.h"
#include "storage/text/first_line.h"

namespace irmae::training {

namespace {

using torch::Tensor;

constexpr std::int64_t kMostSteps = 64;
constexpr std::int64_t kMostSamples = 4096;  ///< of a block on one rank, which bounds its memory
constexpr std::int64_t kWarmSteps = 3;       ///< by the host, before a step is recorded
constexpr int kMostRecordings = 3;           ///< that are tried where others use the device
constexpr std::int64_t kStepsBetween = 64;   ///< by the host after a recording that failed, and twice as many after the next

/// The moment at which the device has done all that it was given so far.
class Moment {
 public:
  explicit Moment(torch::Device device) : device_(device), event_(device.type()) {
    if (!device.is_cpu()) event_.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
  }
  void wait() const {
    if (!device_.is_cpu()) event_.synchronize();
  }

 private:
  torch::Device device_;
  c10::Event event_;
};

}  // namespace

StepBlocks::StepBlocks(Parts parts, Place place, std::function<Tensor(const Tensor&)> add)
    : parts_(parts),
      place_(std::move(place)),
      batch_(parts.cell.integer("train.batch")),
      mine_(parts.communicator.share(batch_)),
      // By the largest share, not by this rank's own: blocks are of one length on all ranks, or their collectives would not
      // meet.
      most_(most_steps((batch_ + parts.communicator.size() - 1) / parts.communicator.size())),
      precision_(parts.update.values().scalar_type()),
      own_(Adam::own_kernels(parts.update.values())) {
  const auto integers = torch::TensorOptions(place_.device).dtype(torch::kInt64);
  std::vector<std::int64_t> shape = parts_.dataset.shape();
  channels_last_ = parts_.model.channels_last() && shape.size() == 3;
  if (channels_last_) std::rotate(shape.begin(), shape.begin() + 1, shape.end());
  images_ = torch::zeros(models::with_count(most_ * mine_.count, std::move(shape)),
                         torch::TensorOptions(place_.device).dtype(precision_));
  counters_ = torch::zeros({most_ * mine_.count}, integers);
  offsets_ = torch::arange(mine_.count, integers);
  row_ = torch::zeros({1}, integers);
  number_ = torch::zeros({1}, integers);
  numbers_ = torch::arange(most_, integers).view({most_, 1});
  losses_ = torch::zeros({most_, 2}, torch::TensorOptions(place_.device).dtype(torch::kFloat64));
  seen_losses_ = torch::zeros({most_, 2}, torch::TensorOptions(torch::kFloat64).pinned_memory(place_.device.is_cuda()));
  samples_ = {static_cast<std::uint64_t>(parts_.cell.integer("train.seed")),
              data::Stream::train_noise,
              0,
              mine_.count,
              batch_,
              std::move(add)};
  samples_.ready = [this](std::int64_t width) { return noise(width).index_select(0, row_ + offsets_); };
}

StepBlocks::~StepBlocks() = default;

std::int64_t StepBlocks::most_steps(std::int64_t share) {
  return std::clamp<std::int64_t>(kMostSamples / std::max<std::int64_t>(share, 1), 1, kMostSteps);
}

std::int64_t StepBlocks::count(std::int64_t step, std::int64_t samples) const {
  if (batch_ < parts_.communicator.size()) return 0;
  return std::clamp<std::int64_t>(samples / batch_ - step, 0, most_);
}

Tensor StepBlocks::images_of(const std::vector<std::int64_t>& order, Block block) const {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = block.step; i < block.step + block.count; ++i) {
    const auto from = order.begin() + i * batch_ + mine_.first;
    indices.insert(indices.end(), from, from + mine_.count);
  }
  return parts_.dataset.images_on(data::Split::train, place_.device, indices).to(precision_);
}

Tensor StepBlocks::counters_of(Block block, std::int64_t samples) const {
  // Made on the device: a copy would have the host wait for all that the device has still to do.
  const Tensor firsts =
      numbers_.narrow(0, 0, block.count) * batch_ + (block.epoch * samples + block.step * batch_ + mine_.first);
  return (firsts + offsets_).reshape({-1});
}

Tensor StepBlocks::noise(std::int64_t width) {
  const auto found = noise_.find(width);
  if (found != noise_.end()) return found->second;
  return noise_[width] = data::normal_noise_of(samples_.seed, samples_.noise, counters_, width);
}

Tensor StepBlocks::take_images() const {
  if (!own_) return images_.index_select(0, row_ + offsets_);
  std::vector<std::int64_t> shape = images_.sizes().vec();
  shape[0] = mine_.count;
  Tensor images = torch::empty(shape, images_.options());
  own_->take_rows(images_.data_ptr<float>(), row_.data_ptr<std::int64_t>(), images_[0].numel(), images.data_ptr<float>(),
                  images.numel());
  return images;
}

/// Keeps the losses, and goes on to the next rows.
void StepBlocks::note_losses(const Tensor& objective, const Tensor& reconstruction) {
  const torch::NoGradGuard no_grad;
  if (own_ && objective.scalar_type() == torch::kFloat32 && reconstruction.scalar_type() == torch::kFloat32) {
    own_->keep_losses(objective.data_ptr<float>(), reconstruction.data_ptr<float>(), losses_.data_ptr<double>(),
                      number_.data_ptr<std::int64_t>(), row_.data_ptr<std::int64_t>(), mine_.count);
    return;
  }
  const Tensor both = torch::stack({objective, reconstruction}).to(torch::kFloat64);
  torch::where_out(losses_, numbers_ == number_, both, losses_);
  number_ += 1;
  row_ += mine_.count;
}

models::Loss StepBlocks::loss_of(const Tensor& images, const models::Samples& samples) const {
  const StepArithmetic arithmetic(parts_.cell, place_.device);
  return parts_.method.loss(parts_.model, images, samples);
}

void StepBlocks::step() {
  Tensor images = take_images();
  if (channels_last_) images = images.permute({0, 3, 1, 2});
  const models::Loss loss = loss_of(images, samples_);
  parts_.update.reducer().begin(update_);
  if (!seed_.defined())
    seed_ = torch::full({}, 1.0 / static_cast<double>(batch_), loss.objective.options().requires_grad(false));
  loss.objective.backward(seed_);
  parts_.update.reducer().finish_on_device();
  parts_.update.apply();
  note_losses(loss.objective.detach(), loss.reconstruction);
}

void StepBlocks::rehearse() {
  const std::int64_t samples = parts_.dataset.size(data::Split::train);
  if (mine_.count == 0 || samples < mine_.count) return;
  // A recorded step keeps its memory while the next block is made, beside the one that steps take their rows from.
  const std::int64_t rows = std::max<std::int64_t>(count(0, samples), 1) * mine_.count;
  const Tensor next = parts_.dataset.images_on(data::Split::train, place_.device, data::consecutive(0, rows)).to(precision_);
  Tensor images = next.narrow(0, 0, mine_.count).clone();
  if (channels_last_) images = images.contiguous(torch::MemoryFormat::ChannelsLast);
  models::Samples alone{samples_.seed, samples_.noise};
  alone.ready = samples_.ready;  // of a whole block; run() draws it anew
  parts_.update.reducer().rehearse([&] { loss_of(images, alone).objective.backward(); });
}

/// A step of which nothing is left where it fails half-way: it may be recorded again.
void StepBlocks::step_to_record() {
  const auto discard = [this] {
    try {
      parts_.update.reducer().discard();
    } catch (const std::exception&) {  // in an invalid recording nothing can be done: the next step begins by it
    }
  };
  try {
    step();
  } catch (const c10::OutOfMemoryError& error) {
    discard();
    if (parts_.communicator.size() == 1) throw;
    throw Error(message_of(error));  // ranks record their collectives together: none does it a second time
  } catch (...) {
    discard();
    throw;
  }
}

/// A recording keeps a whole step's memory for itself, and a last batch that is not full is a step beside it: its lack of
/// memory would end the cell only after a whole epoch. before: bytes that were free before the recording. Others on the device
/// take and give while one records: what is left says nothing there.
void StepBlocks::check_room_beside(std::optional<std::size_t> before) const {
  if (!before || place_.shared || parts_.dataset.size(data::Split::train) % batch_ == 0) return;
  const std::size_t after = free_device_memory().value_or(*before);
  if (after < *before && after < *before - after)
    throw Error("a last batch that is not full would find too little memory beside it");
}

/// Where it cannot be recorded, steps go on by the host's word, with the same results.
void StepBlocks::record_or_note() {
  if (const char* const what = parts_.method.seen_by_host()) {
    place_.recording = nullptr;
    note_ = fmt::format("steps are not recorded: the host sees in each {}", what);
    return;
  }
  try {
    // A recording gets no memory that LibTorch keeps for others, nor do CUDA's own calls at its end: it is given back before,
    // which costs the other lanes of a device milliseconds.
    if (place_.give_back) place_.give_back();
    const std::optional<std::size_t> before = free_device_memory();
    recording_ = place_.recording();
    recording_->record([this] { step_to_record(); });
    check_room_beside(before);
  } catch (const std::exception& error) {
    recording_ = nullptr;
    // What others did on the device at that moment may have been the reason, and may take a while. Ranks that record together
    // try once.
    if (place_.shared && parts_.communicator.size() == 1 && ++failed_recordings_ < kMostRecordings) {
      warm_ = kWarmSteps - kStepsBetween * failed_recordings_;
      return;
    }
    place_.recording = nullptr;
    note_ = "steps are not recorded: " + storage::first_line(error.what());
  }
  // Ranks repeat what they recorded together, or none does: where one could not record, the others throw theirs away.
  if (parts_.communicator.any(!recording_, "agreement whether steps are recorded") && recording_) {
    recording_ = nullptr;
    place_.recording = nullptr;
    note_ = "steps are not recorded: another rank cannot";
  }
}

Tensor StepBlocks::run(const std::vector<std::int64_t>& order, std::int64_t epoch, std::int64_t step) {
  const auto samples = static_cast<std::int64_t>(order.size());
  const Block block{epoch, step, count(step, samples)};
  if (!(next_ == block)) next_images_ = images_of(order, block), next_counters_ = counters_of(block, samples);
  const std::int64_t rows = block.count * mine_.count;
  images_.narrow(0, 0, rows).copy_(channels_last_ ? next_images_.permute({0, 2, 3, 1}) : next_images_);
  counters_.narrow(0, 0, rows).copy_(next_counters_);
  // Nobody wants them any more, and the block after this one is made in their place.
  next_ = {}, next_images_ = Tensor(), next_counters_ = Tensor();
  for (auto& [width, values] : noise_) values.copy_(data::normal_noise_of(samples_.seed, samples_.noise, counters_, width));
  row_.zero_();
  number_.zero_();
  update_ = epoch * steps_of_epoch(batch_, samples) + step + 1;

  for (std::int64_t i = 0; i < block.count; ++i) {
    if (place_.recording && !recording_ && warm_ >= kWarmSteps) record_or_note();
    if (recording_) {
      recording_->replay();
    } else {
      this->step();
      ++update_;
      ++warm_;
    }
    if (parts_.communicator.size() > 1) parts_.communicator.watch(fmt::format("step {} of epoch {}", step + i + 1, epoch + 1));
  }
  seen_losses_.copy_(losses_, /*non_blocking=*/true);
  const Moment done(place_.device);

  next_ = {epoch, step + block.count, count(step + block.count, samples)};
  if (next_.count > 0) next_images_ = images_of(order, next_), next_counters_ = counters_of(next_, samples);
  done.wait();
  return seen_losses_.narrow(0, 0, block.count).clone();
}

}  // namespace irmae::training
