// SPDX-License-Identifier: MIT
// A data set of finitely many samples that lie in memory (or are mapped into it): what all but the synthetic one are.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "framework/data/dataset.h"

namespace irmae::data {

/// Samples of one split. uint8 samples are images, 255 is 1; floating ones are taken as they are.
struct SplitSamples {
  torch::Tensor samples;       ///< [count, channels, height, width] or [count, width], uint8 or float32
  torch::Tensor labels{};      ///< int64 [count], or undefined: none
  torch::Tensor attributes{};  ///< uint8 [count, attributes], or undefined: none
  storage::Sources sources{};  ///< see Dataset; of every sample, or empty

  std::int64_t size() const { return samples.size(0); }
};

class InMemoryDataset final : public Dataset {
 public:
  /// A data set of these samples, of which the cell's data.train_size and data.validation_size keep the first so many (0: all);
  /// an epoch's order is shuffled for (train.seed, epoch) unless data.shuffle is false. Throws UsageError where there are
  /// fewer, Error where no training sample or fewer than two validation samples are left.
  InMemoryDataset(const manifest::Cell& cell, SplitSamples train, SplitSamples validation, Facts facts);

  std::vector<std::int64_t> shape() const override;
  std::int64_t size(Split split) const override { return held_->of(split).size(); }
  const Facts& facts() const override { return held_->facts; }
  bool all_equal() const override;
  std::string digest() const override;
  std::shared_ptr<const Dataset> with_seed(std::uint64_t seed) const override;
  torch::Tensor attributes(Split split, const std::vector<std::int64_t>& indices) const override;
  storage::Sources sources(Split split, const std::vector<std::int64_t>& indices) const override;
  std::vector<std::int64_t> epoch_order(std::int64_t epoch) const override;
  Batch batch(Split split, const std::vector<std::int64_t>& indices) const override;
  /// The images of these samples on a device. The first call copies all samples of the split to the device, where they stay,
  /// unless they are more than 16 GiB or than half of what is free there: a step has to fit beside them. Where the device has
  /// no room for them, a call a minute tries that again: another cell there may have ended.
  torch::Tensor images_on(Split split, torch::Device device, const std::vector<std::int64_t>& indices) const override;

 private:
  /// All samples of a split on a device; undefined where it has no room for them.
  torch::Tensor copy_on(Split split, torch::Device device) const;

  struct HeldSplit : SplitSamples {
    torch::Tensor on_device{};  ///< `samples` there, once asked for
  };
  /// The samples and facts that data sets of all seeds share.
  struct Held {
    HeldSplit train, validation;
    const Facts facts;
    std::mutex lock{};
    std::string digest{};  ///< of the samples, once asked for
    /// When to try again where the samples did not fit on the device.
    std::chrono::steady_clock::time_point next_try{};

    HeldSplit& of(Split split) { return split == Split::train ? train : validation; }
  };

  std::shared_ptr<Held> held_;
  std::uint64_t seed_;
  bool shuffle_;
};

/// SHA-256 of the types, shapes and elements of tensors, of which some may be undefined; 64 hex digits.
std::string digest_of(const std::vector<torch::Tensor>& tensors);

/// The keys that InMemoryDataset reads: every finite data set has them.
std::vector<manifest::Key> in_memory_keys();

/// What is left of a whole set of this extent where data.train_size and data.validation_size keep the first so many.
Extent in_memory_extent(const manifest::Cell& cell, Extent whole);

/// Splits the indices of `count` samples at random into those for training (first) and those for validation (second), the same
/// for every seed. Both are in random order, so that the first of them are a fair sample of all.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> random_split(std::int64_t count, double validation_share);

/// The key data.validation_share of sets that random_split splits, 0 to 1.
manifest::Key validation_share_key(const std::string& help);

}  // namespace irmae::data
