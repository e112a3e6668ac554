// SPDX-License-Identifier: MIT
// What is measured on a cell's model: the losses and spectra of an epoch, and codes. The samples of a split are shared by all
// ranks.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/data/in_batches.h"
#include "framework/distributed/phase.h"
#include "framework/tensors.h"
#include "framework/training/cell_model.h"
#include "framework/training/diverged.h"
#include "framework/training/spectrum.h"

namespace irmae::training {

namespace {

/// Training samples that a method may see before it is measured (at most the data set's size).
constexpr std::int64_t kPrepareSamples = 10'000;

}  // namespace

std::int64_t CellModel::measured_at_once() const {
  if (device_.is_cpu()) return 100;
  constexpr std::int64_t kNumbers = std::int64_t{1} << 24;  // a network's maps are several times as large as its images
  return std::clamp<std::int64_t>(kNumbers / c10::multiply_integers(dataset_.shape()), 1, 1000);
}

torch::Tensor CellModel::images(data::Split split, const std::vector<std::int64_t>& indices) const {
  return to_device(device_.is_cpu() ? dataset_.batch(split, indices).images : dataset_.images_on(split, device_, indices));
}

void CellModel::prepare(std::int64_t epoch) {
  const torch::NoGradGuard no_grad;
  autoencoder_->eval();
  const Share mine = communicator_.share(std::min(kPrepareSamples, dataset_.size(data::Split::train)));
  method_->prepare(*autoencoder_, [&](const std::function<torch::Tensor(const torch::Tensor&)>& statistic) {
    torch::Tensor sum = statistic(no_images());  // a rank may have no samples
    for_batches(mine, measured_at_once(),
                [&](const auto& indices) { sum = sum + statistic(images(data::Split::train, indices)); });
    communicator_.sum(sum, fmt::format("sum over training samples after epoch {}", epoch));
    return sum;
  });
}

storage::EpochRecord CellModel::measure(std::int64_t epoch, double train_objective) {
  distributed::enter_phase(fmt::format("measurement after epoch {}", epoch));
  const torch::NoGradGuard no_grad;
  prepare(epoch);
  const std::int64_t count = dataset_.size(data::Split::validation);
  const Share mine = communicator_.share(count);
  double objective = 0, reconstruction = 0;
  // Made whole at first: small pieces kept from each batch would cut the memory into parts too short for the next one's maps.
  const torch::Tensor all = to_device(torch::empty({mine.count, cell_.integer("model.latent")}));
  for_batches(mine, measured_at_once(), [&](const std::vector<std::int64_t>& indices) {
    const models::Samples samples{static_cast<std::uint64_t>(cell_.integer("train.seed")), data::Stream::validation_noise,
                                  indices.front()};
    const models::Loss loss = method_->loss(*autoencoder_, images(data::Split::validation, indices), samples);
    objective += loss.objective.item<double>();
    reconstruction += loss.reconstruction.item<double>();
    all.narrow(0, indices.front() - mine.first, loss.codes.size(0)).copy_(loss.codes);
  });
  // Terms that are no sums over samples: of all validation codes together, whatever the ranks' batches were.
  if (const torch::Tensor extra = method_->batch_penalty(
          *autoencoder_, all,
          samples_of(data::Stream::validation_noise, mine.first, mine.count, count, "sum over the validation codes"));
      extra.defined())
    objective += extra.item<double>() * static_cast<double>(mine.count);
  torch::Tensor sums = torch::tensor({train_objective, objective, reconstruction}, torch::kFloat64);
  communicator_.sum(sums, fmt::format("sum of the losses of epoch {}", epoch));

  storage::EpochRecord record;
  record.epoch = epoch;
  record.train_loss = sums[0].item<double>() / static_cast<double>(dataset_.size(data::Split::train));
  record.validation_loss = sums[1].item<double>() / static_cast<double>(count);
  record.validation_reconstruction = sums[2].item<double>() / static_cast<double>(count);
  if (!std::isfinite(record.validation_loss))
    end_diverged(cell_, "validation loss", record.validation_loss, fmt::format("after epoch {}", epoch));
  if (!std::isfinite(record.validation_reconstruction))
    end_diverged(cell_, "validation reconstruction error", record.validation_reconstruction,
                 fmt::format("after epoch {}", epoch));
  const std::int64_t every = cell_.integer("evaluate.spectrum_every");
  if (epoch % every == 0 || epoch == cell_.integer("train.epochs")) {
    record.covariance_spectrum = covariance_spectrum(all, communicator_);
    StackSpectra stack = stack_spectra(*autoencoder_);
    record.product_spectrum = std::move(stack.product);
    record.matrix_spectra = std::move(stack.matrices);
  }
  return record;
}

storage::Latents CellModel::latents(data::Split split, std::int64_t count) {
  const torch::NoGradGuard no_grad;
  count = std::min(count, dataset_.size(split));
  const std::int64_t latent = cell_.integer("model.latent");
  const Share mine = communicator_.share(count);
  const torch::Tensor codes = torch::empty({mine.count, latent}, precision()),
                      labels = torch::empty({mine.count}, torch::kInt64);
  for_batches(mine, measured_at_once(), [&](const std::vector<std::int64_t>& indices) {
    // The labels come with the images, and the evaluations take the same ones: a device's own may be rounded otherwise.
    const data::Batch data = dataset_.batch(split, indices);
    const std::int64_t done = indices.front() - mine.first, part = std::ssize(indices);
    codes.narrow(0, done, part).copy_(method_->codes(*autoencoder_, to_device(data.images)));
    labels.narrow(0, done, part).copy_(data.labels);
  });
  const torch::Tensor z = communicator_.gather_rows(codes, "gathering of the codes");
  const torch::Tensor label = communicator_.gather_rows(labels, "gathering of the labels");
  storage::Latents result;
  if (!communicator_.root()) return result;
  result.count = count;
  result.latent = latent;
  result.z = std::move(to_array("z", z).values);
  result.labels.assign(label.data_ptr<std::int64_t>(), label.data_ptr<std::int64_t>() + label.numel());
  result.index = data::consecutive(0, count);
  return result;
}

}  // namespace irmae::training
