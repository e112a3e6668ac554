// SPDX-License-Identifier: MIT
#include "framework/data/in_memory_dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>
#include <optional>

#include "framework/counted.h"
#include "framework/free_memory.h"
#include "storage/error.h"
#include "storage/system/sha256.h"

namespace irmae::data {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostOnDevice = std::size_t{16} << 30;  ///< bytes
/// Of a copy that does not fit: before LibTorch gives up, it waits for the device and gives back all the memory that it keeps.
constexpr std::chrono::minutes kBetweenTries{1};

SplitSamples first(SplitSamples split, std::int64_t wanted, const char* key, const manifest::Cell& cell) {
  if (wanted > split.size())
    throw UsageError(fmt::format("cell {}: {} = {}, but data set {} has {}", cell.name, key, wanted, cell.text("data.name"),
                                 counted(split.size(), "such sample")));
  if (wanted == 0) return split;
  for (torch::Tensor* tensor : {&split.samples, &split.labels, &split.attributes})
    if (tensor->defined()) *tensor = tensor->narrow(0, 0, wanted);
  std::visit(
      [&](auto& sources) {
        if (!sources.empty()) sources.resize(static_cast<std::size_t>(wanted));
      },
      split.sources);
  return split;
}

torch::Tensor tensor_of(const std::vector<std::int64_t>& indices) { return torch::tensor(indices, torch::kInt64); }

/// Bytes on the scale of 0 to 1; other numbers as they are.
torch::Tensor on_scale(const torch::Tensor& rows) {
  return rows.scalar_type() == torch::kUInt8 ? rows.to(torch::kFloat32).div_(255) : rows;
}

/// Whether each row has the bytes of `one`, a row. Ends at the first that has not.
bool are_all(const torch::Tensor& rows, const torch::Tensor& one) {
  const torch::Tensor all = rows.contiguous(), wanted = one.contiguous();
  const std::size_t bytes = wanted.nbytes();
  const auto* row = static_cast<const std::uint8_t*>(all.data_ptr());
  for (std::int64_t i = 0; i < all.size(0); ++i, row += bytes)
    if (std::memcmp(row, wanted.data_ptr(), bytes) != 0) return false;
  return true;
}

/// Of the rows with these indices, on the device where they lie.
torch::Tensor images_of(const torch::Tensor& samples, const torch::Tensor& indices) {
  return on_scale(samples.index_select(0, indices));
}

}  // namespace

InMemoryDataset::InMemoryDataset(const manifest::Cell& cell, SplitSamples train, SplitSamples validation, Facts facts)
    : held_(new Held{{first(std::move(train), cell.integer("data.train_size"), "data.train_size", cell)},
                     {first(std::move(validation), cell.integer("data.validation_size"), "data.validation_size", cell)},
                     std::move(facts)}),
      seed_(static_cast<std::uint64_t>(cell.integer("train.seed"))),
      shuffle_(cell.flag("data.shuffle")) {
  if (size(Split::train) < 1 || size(Split::validation) < 2) {
    std::string advice;
    if (cell.integer("data.validation_size") == 1)
      advice = ": raise data.validation_size";
    else if (cell.parameters.contains("data.validation_share"))
      advice = ": see data.validation_share, the share that is not trained on";
    throw Error(fmt::format("data set {}: {} training and {} validation samples; at least 1 and 2 are needed{}",
                            cell.text("data.name"), size(Split::train), size(Split::validation), advice));
  }
}

std::shared_ptr<const Dataset> InMemoryDataset::with_seed(std::uint64_t seed) const {
  const auto other = std::make_shared<InMemoryDataset>(*this);
  other->seed_ = seed;
  return other;
}

std::string InMemoryDataset::digest() const {
  if (!held_->facts.digest.empty()) return held_->facts.digest;
  const std::lock_guard guard(held_->lock);
  const SplitSamples &train = held_->train, &validation = held_->validation;
  if (held_->digest.empty())
    held_->digest = digest_of(
        {train.samples, train.labels, validation.samples, validation.labels, train.attributes, validation.attributes});
  return held_->digest;
}

bool InMemoryDataset::all_equal() const {
  const torch::Tensor &train = held_->train.samples, &validation = held_->validation.samples;
  return are_all(train, train[0]) && are_all(validation, train[0]);
}

std::vector<std::int64_t> InMemoryDataset::shape() const { return held_->train.samples.sizes().slice(1).vec(); }

torch::Tensor InMemoryDataset::attributes(Split split, const std::vector<std::int64_t>& indices) const {
  const torch::Tensor& all = held_->of(split).attributes;
  return all.defined() ? all.index_select(0, tensor_of(indices)) : Dataset::attributes(split, indices);
}

storage::Sources InMemoryDataset::sources(Split split, const std::vector<std::int64_t>& indices) const {
  return std::visit(
      [&](const auto& all) -> storage::Sources {
        std::decay_t<decltype(all)> chosen;
        if (all.empty()) return chosen;
        for (const std::int64_t index : indices) chosen.push_back(all.at(static_cast<std::size_t>(index)));
        return chosen;
      },
      held_->of(split).sources);
}

std::vector<std::int64_t> InMemoryDataset::epoch_order(std::int64_t epoch) const {
  const std::int64_t count = size(Split::train);
  return shuffle_ ? shuffled(count, seed_, epoch) : consecutive(0, count);
}

Batch InMemoryDataset::batch(Split split, const std::vector<std::int64_t>& indices) const {
  const SplitSamples& all = held_->of(split);
  const torch::Tensor rows = tensor_of(indices);
  return {images_of(all.samples, rows),
          all.labels.defined() ? all.labels.index_select(0, rows) : torch::full({rows.size(0)}, -1, torch::kInt64)};
}

torch::Tensor InMemoryDataset::images_on(Split split, torch::Device device, const std::vector<std::int64_t>& indices) const {
  const torch::Tensor there = copy_on(split, device);
  if (there.defined()) return images_of(there, indices_on(device, indices));
  return on_scale(held_->of(split).samples.index_select(0, tensor_of(indices)).to(device));
}

torch::Tensor InMemoryDataset::copy_on(Split split, torch::Device device) const {
  HeldSplit& all = held_->of(split);
  if (all.samples.nbytes() > kMostOnDevice) return {};
  const std::lock_guard guard(held_->lock);
  if (all.on_device.defined() && all.on_device.device() == device) return all.on_device;
  if (Clock::now() < held_->next_try) return {};
  static std::mutex one_at_a_time;  // of all data sets: each sees what the one before has left
  const std::lock_guard others_wait(one_at_a_time);
  try {
    const std::optional<std::size_t> free = free_device_memory();
    if (!free || all.samples.nbytes() <= *free / 2) return all.on_device = all.samples.to(device);
  } catch (const c10::OutOfMemoryError&) {
    // the model may still have room
  }
  held_->next_try = Clock::now() + kBetweenTries;
  return {};
}

std::string digest_of(const std::vector<torch::Tensor>& tensors) {
  storage::Sha256 hash;
  for (const torch::Tensor& tensor : tensors) {
    const std::string kind =
        tensor.defined() ? fmt::format("{} {};", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), " ")) : "none;";
    hash.update(kind.data(), kind.size());
    if (!tensor.defined()) continue;
    const torch::Tensor whole = tensor.contiguous();
    hash.update(whole.data_ptr(), whole.nbytes());
  }
  return hash.hex();
}

std::vector<manifest::Key> in_memory_keys() {
  return {{.path = "data.train_size",
           .fallback = std::int64_t{0},
           .help = "the first so many training samples; 0: all",
           .least = 0,
           .most = 1e12},
          {.path = "data.validation_size",
           .fallback = std::int64_t{0},
           .help = "the first so many validation samples; 0: all",
           .least = 0,
           .most = 1e12},
          {.path = "data.shuffle", .fallback = true, .help = "a new order of the training samples in every epoch"}};
}

Extent in_memory_extent(const manifest::Cell& cell, Extent whole) {
  if (const std::int64_t wanted = cell.integer("data.train_size"); wanted > 0) whole.train = wanted;
  if (const std::int64_t wanted = cell.integer("data.validation_size"); wanted > 0) whole.validation = wanted;
  return whole;
}

std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> random_split(std::int64_t count, double validation_share) {
  std::vector<std::int64_t> order = shuffled(count, 0, 0);
  const auto validation = static_cast<std::ptrdiff_t>(std::llround(static_cast<double>(count) * validation_share));
  std::vector<std::int64_t> held_out(order.begin(), order.begin() + validation), rest(order.begin() + validation, order.end());
  return {rest, held_out};
}

manifest::Key validation_share_key(const std::string& help) {
  return {.path = "data.validation_share", .fallback = 0.1, .help = help, .least = 0, .most = 1};
}

}  // namespace irmae::data
