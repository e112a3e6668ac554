// SPDX-License-Identifier: MIT
#include "framework/training/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/distributed/bucket_caps.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/kernels/device.h"
#include "framework/models/precision.h"
#include "framework/training/arithmetic.h"
#include "framework/training/device_memory.h"
#include "framework/training/equal_parameters.h"
#include "framework/training/spectrum.h"
#include "storage/error.h"
#include "storage/system/fault.h"

namespace irmae::training {

namespace {

using Clock = std::chrono::steady_clock;

/// Places of the numbers that travel with the gradients.
enum Extra : std::size_t { kObjective, kReconstruction, kStop, kSignals, kSignalledRank, kSave };

/// Samples that are measured at once: what stays in a processor's cache, or what keeps a GPU busy.
std::int64_t measure_batch(torch::Device device, const std::vector<std::int64_t>& shape) {
  if (device.is_cpu()) return 100;
  constexpr std::int64_t kNumbers = std::int64_t{1} << 24;  // a network's maps are several times as large as its images
  return std::clamp<std::int64_t>(kNumbers / c10::multiply_integers(shape), 1, 1000);
}
/// Training samples that a method may see before it is measured (at most the data set's size).
constexpr std::int64_t kPrepareSamples = 10'000;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

distributed::Reducer::Named trained_parameters(const models::Autoencoder& model) {
  distributed::Reducer::Named named;
  for (const auto& parameter : model.named_parameters())
    if (parameter.value().requires_grad()) named.emplace_back(parameter.key(), parameter.value());
  return named;
}

/// The layout of the project's own kernels is of no use to others. A convolution's result has the layout of its weights.
void lay_out_for_others(models::Autoencoder& model, bool channels_last) {
  for (torch::Tensor& parameter : model.parameters()) parameter.set_data(parameter.contiguous());
  if (channels_last) model.lay_channels_last();
}

/// Weights from which on a general library's convolutions are the faster ones in TF32: layers of many channels.
constexpr std::int64_t kManyWeights = std::int64_t{8} << 20;

bool own_kernels_pay(const manifest::Cell& cell, const models::Autoencoder& model) {
  const std::string& precision = cell.text("train.precision");
  if (precision != "tf32") return precision == "float32";
  std::int64_t weights = 0;
  for (const torch::Tensor& parameter : model.parameters()) weights += parameter.numel();
  return weights < kManyWeights;
}

/// Matrix units read TF32 and bfloat16 so without rearranging.
bool channels_last(const manifest::Cell& cell) {
  const std::string& precision = cell.text("train.precision");
  return cell.flag("train.channels_last") || precision == "tf32" || precision == "bf16";
}

}  // namespace

Trainer::Trainer(const manifest::Cell& cell, const data::Dataset& dataset, distributed::Communicator& communicator, Place place)
    : cell_(cell),
      dataset_(dataset),
      communicator_(communicator),
      device_(place.device),
      precision_(models::storage_precision(cell)),
      method_(models::make_method(cell)),
      model_(method_->make_model(dataset.shape())) {
  set_arithmetic(cell, place);
  model_->to(device_);
  const kernels::Arithmetic arithmetic = arithmetic_of(cell);
  const bool own = kernels::device_kernels(arithmetic) && (!device_.is_cpu() || kernels::device_kernels_emulated()) &&
                   own_kernels_pay(cell, *model_) && !method_->second_derivatives();
  chosen_kernels_ = device_.is_cpu() ? !method_->second_derivatives() : own;
  if (own) model_->use_device_kernels();
  if (!device_.is_cpu() && !own) lay_out_for_others(*model_, channels_last(cell));
  reducer_ =
      std::make_unique<distributed::Reducer>(trained_parameters(*model_), communicator_, distributed::bucket_caps(cell), own);
  model_->gradients_in_place(true);
  if (own) {
    model_->gradient_places([this](const torch::Tensor& parameter) { return reducer_->place_of(parameter); });
    const kernels::DeviceKernels* const kernels = kernels::device_kernels(arithmetic);
    reducer_->gradients_arrive_by([kernels] { kernels->join(); }, [kernels] { kernels->forget(); });
  }
  const int other = communicator_.first_different(reducer_->plan().hash(), "comparison of the bucket plans");
  if (other >= 0)
    throw distributed::SharedError(
        fmt::format("rank {} has another model or bucket plan than rank {}: start all ranks with one program and one manifest",
                    communicator_.world_rank(other), communicator_.world_rank(0)));
  check_equal_parameters(*reducer_, communicator_, "at the start");
  make_optimizer(place, own);
  if (place.in_blocks) make_blocks(std::move(place));
}

void Trainer::make_blocks(Place place) {
  bool is_short = false;
  try {
    blocks_ = std::make_unique<StepBlocks>(
        StepBlocks::Parts{cell_, dataset_, communicator_, *model_, *method_, *reducer_, *optimizer_}, std::move(place),
        sum_over_ranks("sum over a step's batch"));
    // A rank that fails in a step leaves the others in a collective, which only the end of the program ends.
    if (communicator_.size() > 1) blocks_->rehearse();
  } catch (const c10::OutOfMemoryError&) {
    is_short = true;
  }
  if (communicator_.any(is_short, "agreement whether a step fits into memory")) throw MemoryIsShort();
}

void Trainer::make_optimizer(const Place& place, bool own_layers) {
  const std::int64_t elements = reducer_->plan().elements;
  common_ = communicator_.make_common(3 * elements, reducer_->values().options());
  if (!common_) {
    optimizer_ = std::make_unique<Adam>(cell_, reducer_->values(), reducer_->gradients());
    if (!optimizer_->own_on_device()) return;
    // The project's own layers make the gradients of all parameters together, at the end.
    if (!own_layers && place.beside && optimizer_->follow(*reducer_, place.beside())) return;
    if (reducer_->leave_gradients()) optimizer_->take_gradients_from([this] { return reducer_->take_gradients(); });
    return;
  }
  // One copy of values and moments for all ranks of the host, of which each updates a part: less work, and all of it stays
  // in the processor's cache. The next update waits for the gradients of every rank, so none reads values that change.
  const torch::NoGradGuard no_grad;
  const torch::Tensor values = common_->tensor().narrow(0, 0, elements);
  if (communicator_.root()) values.copy_(reducer_->values());
  common_->meet("sharing of the parameters");
  reducer_->move_values_to(values);
  constexpr std::int64_t kUnit = 4096;  // elements: no page belongs to two ranks
  const distributed::Share pages =
      distributed::share_of((elements + kUnit - 1) / kUnit, communicator_.rank(), communicator_.size());
  optimizer_ = std::make_unique<Adam>(
      cell_, values, reducer_->gradients(),
      Together{common_->tensor().narrow(0, elements, elements),
               common_->tensor().narrow(0, 2 * elements, elements),
               {std::min(pages.first * kUnit, elements), std::min((pages.first + pages.count) * kUnit, elements)},
               [this] { common_->meet("meeting of the ranks after an update"); }});
}

torch::Tensor Trainer::to_device(const torch::Tensor& images) const { return images.to(device_, precision_); }

std::int64_t Trainer::parameters() const {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : model_->parameters()) count += parameter.numel();
  return count;
}

std::function<torch::Tensor(const torch::Tensor&)> Trainer::sum_over_ranks(const std::string& what) {
  return [this, what](const torch::Tensor& own) {
    torch::Tensor sum = own.detach().clone().contiguous();
    communicator_.sum(sum, what);
    return sum;
  };
}

models::Samples Trainer::samples_of(data::Stream noise, std::int64_t first, std::int64_t count, std::int64_t global,
                                    const std::string& what) {
  return {static_cast<std::uint64_t>(cell_.integer("train.seed")), noise, first, count, global, sum_over_ranks(what)};
}

void Trainer::prepare() {
  const torch::NoGradGuard no_grad;
  model_->eval();
  const std::int64_t batch = measure_batch(device_, dataset_.shape()),
                     count = std::min(kPrepareSamples, dataset_.size(data::Split::train));
  const distributed::Share mine = distributed::share_of(count, communicator_.rank(), communicator_.size());
  method_->prepare(*model_, [&](const std::function<torch::Tensor(const torch::Tensor&)>& statistic) {
    std::vector<std::int64_t> shape = dataset_.shape();
    shape.insert(shape.begin(), 0);
    torch::Tensor sum = statistic(to_device(torch::empty(shape)));  // a rank may have no samples
    for (std::int64_t done = 0; done < mine.count; done += batch) {
      const auto indices = data::consecutive(mine.first + done, std::min(batch, mine.count - done));
      sum = sum + statistic(to_device(device_.is_cpu() ? dataset_.batch(data::Split::train, indices).images
                                                       : dataset_.images_on(data::Split::train, device_, indices)));
    }
    communicator_.sum(sum, fmt::format("sum over training samples after epoch {}", epoch_));
    return sum;
  });
}

Trainer::End Trainer::run(const Observer& observer) {
  const std::int64_t epochs = cell_.integer("train.epochs");
  last_checkpoint_ = Clock::now();
  if (epoch_ == epochs) prepare();  // only what comes after training is left
  while (epoch_ < epochs) {
    if (!train_epoch(observer)) {
      observer.checkpoint();
      return End::stopped;
    }
    storage::EpochRecord record = measure();
    history_.push_back(record);
    ++epoch_;
    step_ = 0;
    sums_ = {};
    epoch_seconds_ = 0;
    observer.epoch_done(record);
  }
  return End::finished;
}

/// All ranks have the same value, which is not finite.
void Trainer::end_without_number(const char* name, double value, const std::string& when) const {
  throw distributed::SharedError(
      fmt::format("cell {}: the {} became {} {}: lower train.learning_rate (it is {}) and start again; the last checkpoint is "
                  "untouched",
                  cell_.name, name, std::isnan(value) ? std::abs(value) : value, when, cell_.real("train.learning_rate")));
}

/// False when the ranks agreed to stop.
bool Trainer::train_epoch(const Observer& observer) {
  const auto start = Clock::now();
  const double before = epoch_seconds_;
  times_ = {};
  model_->train();
  const std::vector<std::int64_t> order = dataset_.epoch_order(epoch_);
  const std::int64_t batch = cell_.integer("train.batch");
  const auto steps = (static_cast<std::int64_t>(order.size()) + batch - 1) / batch;
  while (step_ < steps) {
    const bool block = blocks_ && blocks_->count(step_, static_cast<std::int64_t>(order.size())) > 0;
    const Extras extras = block ? train_block(order) : train_step(order);
    if (!std::isfinite(extras[kObjective]))
      end_without_number("loss", extras[kObjective], fmt::format("in epoch {}, step {}", epoch_ + 1, step_ + 1));
    times_.spent_on(StepTimes::rest);
    if (!block) {
      optimizer_->step();
      if (device_.is_cpu()) reducer_->gradients_are_zero();
      times_.spent_on(StepTimes::update);
    } else if (const std::string note = blocks_->note(); !note.empty()) {
      observer.note(note);
    }
    ++step_;
    epoch_seconds_ = before + seconds_since(start);
    if (communicator_.root()) observer.step_done(step_, steps, extras[kObjective]);
    if (extras[kStop] > 0) {
      stopped_ = fmt::format("stopped in step {}{}", optimizer_->updates(),
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
  const std::int64_t update = optimizer_->updates() + 1;
  distributed::enter_phase(fmt::format("step {}", update));
  storage::fault_point("step");
  const std::int64_t batch = cell_.integer("train.batch");
  const std::int64_t first = step_ * batch;
  const std::int64_t global = std::min(batch, static_cast<std::int64_t>(order.size()) - first);
  const distributed::Share mine = distributed::share_of(global, communicator_.rank(), communicator_.size());

  Extras extras = requests();
  const models::Samples samples =
      samples_of(data::Stream::train_noise, epoch_ * static_cast<std::int64_t>(order.size()) + first + mine.first, mine.count,
                 global, fmt::format("sum over the batch of step {}", update));
  if (mine.count == 0) {
    // The sums over the whole batch are collective, and come before those of the gradients.
    if (method_->whole_batch()) {
      const torch::NoGradGuard no_grad;
      const StepArithmetic arithmetic(cell_, device_);
      std::vector<std::int64_t> shape = dataset_.shape();
      shape.insert(shape.begin(), 0);
      method_->loss(*model_, to_device(torch::empty(shape)), samples);
    }
    reducer_->begin(update, extras);
    reducer_->skip_backward();
    return reducer_->finish();
  }
  const auto from = order.begin() + first + mine.first;
  const data::Batch data = dataset_.batch(data::Split::train, {from, from + mine.count});
  times_.spent_on(StepTimes::data);
  const models::Loss loss = [&] {
    const StepArithmetic arithmetic(cell_, device_);
    return method_->loss(*model_, to_device(data.images), samples);
  }();
  const auto objective = loss.objective.item<double>();
  const auto reconstruction = loss.reconstruction.item<double>();
  times_.spent_on(StepTimes::forward);
  extras[kObjective] = objective / static_cast<double>(global);
  reducer_->begin(update, extras);
  (loss.objective / static_cast<double>(global)).backward();
  times_.spent_on(StepTimes::backward);
  const auto summed = reducer_->finish();
  times_.spent_on(StepTimes::reduction);
  sums_.objective += objective;
  sums_.reconstruction += reconstruction;
  return summed;
}

storage::EpochRecord Trainer::measure() {
  distributed::enter_phase(fmt::format("measurement after epoch {}", epoch_ + 1));
  const torch::NoGradGuard no_grad;
  prepare();
  const std::int64_t batch = measure_batch(device_, dataset_.shape()), count = dataset_.size(data::Split::validation);
  const distributed::Share mine = distributed::share_of(count, communicator_.rank(), communicator_.size());
  Sums validation;
  // Made whole at first: small pieces kept from each batch would cut the memory into parts too short for the next one's maps.
  const torch::Tensor all = to_device(torch::empty({mine.count, cell_.integer("model.latent")}));
  for (std::int64_t done = 0; done < mine.count; done += batch) {
    const auto indices = data::consecutive(mine.first + done, std::min(batch, mine.count - done));
    const models::Samples samples{static_cast<std::uint64_t>(cell_.integer("train.seed")), data::Stream::validation_noise,
                                  indices.front()};
    const torch::Tensor images = device_.is_cpu() ? dataset_.batch(data::Split::validation, indices).images
                                                  : dataset_.images_on(data::Split::validation, device_, indices);
    const models::Loss loss = method_->loss(*model_, to_device(images), samples);
    validation.objective += loss.objective.item<double>();
    validation.reconstruction += loss.reconstruction.item<double>();
    all.narrow(0, done, loss.codes.size(0)).copy_(loss.codes);
  }
  // Terms that are no sums over samples: of all validation codes together, whatever the ranks' batches were.
  if (const torch::Tensor extra = method_->batch_penalty(
          *model_, all,
          samples_of(data::Stream::validation_noise, mine.first, mine.count, count, "sum over the validation codes"));
      extra.defined())
    validation.objective += extra.item<double>() * static_cast<double>(mine.count);
  torch::Tensor sums = torch::tensor({sums_.objective, validation.objective, validation.reconstruction}, torch::kFloat64);
  communicator_.sum(sums, fmt::format("sum of the losses of epoch {}", epoch_ + 1));

  storage::EpochRecord record;
  record.epoch = epoch_ + 1;
  record.train_loss = sums[0].item<double>() / static_cast<double>(dataset_.size(data::Split::train));
  record.validation_loss = sums[1].item<double>() / static_cast<double>(count);
  record.validation_reconstruction = sums[2].item<double>() / static_cast<double>(count);
  if (!std::isfinite(record.validation_loss))
    end_without_number("validation loss", record.validation_loss, fmt::format("after epoch {}", record.epoch));
  record.seconds = epoch_seconds_;
  record.samples_per_second = static_cast<double>(dataset_.size(data::Split::train)) / std::max(epoch_seconds_, 1e-9);
  const std::int64_t every = cell_.integer("evaluate.spectrum_every");
  if (record.epoch % every == 0 || record.epoch == cell_.integer("train.epochs")) {
    record.covariance_spectrum = covariance_spectrum(all, communicator_);
    StackSpectra stack = stack_spectra(*model_);
    record.product_spectrum = std::move(stack.product);
    record.matrix_spectra = std::move(stack.matrices);
  }
  return record;
}

storage::Latents Trainer::latents(data::Split split, std::int64_t count) {
  const torch::NoGradGuard no_grad;
  count = std::min(count, dataset_.size(split));
  const std::int64_t batch = measure_batch(device_, dataset_.shape()), latent = cell_.integer("model.latent");
  const distributed::Share mine = distributed::share_of(count, communicator_.rank(), communicator_.size());
  const torch::Tensor codes = torch::empty({mine.count, latent}), labels = torch::empty({mine.count}, torch::kInt64);
  for (std::int64_t done = 0; done < mine.count; done += batch) {
    const auto indices = data::consecutive(mine.first + done, std::min(batch, mine.count - done));
    const data::Batch data = dataset_.batch(split, indices);
    const auto part = static_cast<std::int64_t>(indices.size());
    codes.narrow(0, done, part).copy_(method_->codes(*model_, to_device(data.images)));
    labels.narrow(0, done, part).copy_(data.labels);
  }
  const torch::Tensor z = communicator_.gather_rows(codes, "gathering of the codes");
  const torch::Tensor label = communicator_.gather_rows(labels, "gathering of the labels");
  storage::Latents result;
  if (!communicator_.root()) return result;
  result.count = count;
  result.latent = latent;
  result.z.assign(z.data_ptr<float>(), z.data_ptr<float>() + z.numel());
  result.labels.assign(label.data_ptr<std::int64_t>(), label.data_ptr<std::int64_t>() + label.numel());
  for (std::int64_t i = 0; i < count; ++i) result.index.push_back(i);
  return result;
}

}  // namespace irmae::training
