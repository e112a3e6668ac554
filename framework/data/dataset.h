// SPDX-License-Identifier: MIT
// What a data set gives to the trainer, and the registry by name. A data set is one file: it declares its parameters and
// opens itself.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "framework/data/absent.h"
#include "framework/data/philox.h"
#include "framework/data/scaling.h"
#include "framework/manifest/cell.h"
#include "framework/manifest/schema.h"
#include "framework/registry.h"
#include "storage/error.h"
#include "storage/record.h"
#include "storage/split.h"

namespace irmae::data {

using storage::Split;

/// Samples with their labels. images: float32 [count, channels, height, width] in [0, 1], or vectors [count, width]; labels:
/// int64 [count], -1 where there is none.
struct Batch {
  torch::Tensor images;
  torch::Tensor labels;
};

/// The sample indices first, first + 1, ..., `count` of them.
inline std::vector<std::int64_t> consecutive(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

/// The largest number of classes: more labels than these are no classes but names or values of single samples, which no
/// classifier is for.
inline constexpr std::int64_t kMostClasses = 10'000;

/// What is known of a data set beside its samples.
struct Facts {
  /// Number of classes that labels count from 0; 0: there are no labels, or they are an attribute and no classes.
  std::int64_t classes = 0;
  /// What the user calls each class, by its number; empty: by that number.
  std::vector<std::string> class_names{};
  /// Names of the binary attributes that each sample has besides its label; empty: there are none.
  std::vector<std::string> attribute_names{};
  /// Where the samples are from, for the provenance.
  std::string description = "synthetic";
  /// What the data set calls the samples of Split::validation: a set may come with a part of its own that is to be measured on.
  std::string held_out = "validation";
  /// What its user should know of it, one line each; no part of what the samples are.
  std::vector<std::string> remarks{};
  /// What Dataset::digest() gives of samples in memory; empty: that of the samples themselves.
  std::string digest{};
  /// How the samples are made of the numbers in the data set's file.
  Scaling scaling{};
  /// What Dataset::check_fits() does; empty: every cell's model can give the samples.
  std::function<void(const manifest::Cell&)> check_fits{};
};

class Dataset {
 public:
  virtual ~Dataset() = default;

  /// The shape of one sample: [channels, height, width], or [width] for vectors.
  virtual std::vector<std::int64_t> shape() const = 0;
  /// Number of samples of a split; of the training ones those of one epoch.
  virtual std::int64_t size(Split split) const = 0;
  /// What is known of it beside its samples. The reference holds for as long as the data set lives.
  virtual const Facts& facts() const;
  /// The attributes of the samples of a split with these indices: uint8 [count, attributes], 1: present. Columns as in
  /// facts().attribute_names.
  virtual torch::Tensor attributes(Split split, const std::vector<std::int64_t>& indices) const;

  /// Where the samples of a split with these indices come from: of each the row in the user's file, counted from 0, or its
  /// file's path within the folder of the data. Empty: they are made.
  virtual storage::Sources sources(Split /*split*/, const std::vector<std::int64_t>& /*indices*/) const { return {}; }

  /// Whether no sample differs from another, so that nothing can be learnt from them.
  virtual bool all_equal() const { return false; }
  /// Checks that a cell's model can give the samples. Throws UsageError where it cannot: a sigmoid gives none beyond 0..1.
  /// Cells that share the data set may differ in that.
  void check_fits(const manifest::Cell& cell) const {
    if (facts().check_fits) facts().check_fits(cell);
  }

  /// SHA-256 that tells these samples and labels from others, the same on every machine; empty: the cell alone says what they
  /// are. Takes as long as reading all of them.
  virtual std::string digest() const { return ""; }

  /// The same samples as they come with another train.seed, held in memory once for both. Null where each seed has its own.
  virtual std::shared_ptr<const Dataset> with_seed(std::uint64_t /*seed*/) const { return nullptr; }

  /// The training samples of epoch `epoch` (0-based) in the order in which they are used, [size(Split::train)]: the same on
  /// every rank.
  virtual std::vector<std::int64_t> epoch_order(std::int64_t epoch) const = 0;

  /// The samples of a split with these indices. The result depends on nothing else.
  virtual Batch batch(Split split, const std::vector<std::int64_t>& indices) const = 0;

  /// The images of batch(split, indices) on a device, the same up to rounding. Where a data set can, it lies there or is made
  /// there, so that hardly anything is copied.
  virtual torch::Tensor images_on(Split split, torch::Device device, const std::vector<std::int64_t>& indices) const {
    return batch(split, indices).images.to(device);
  }
};

/// Sample indices as a tensor on a device, int64 [count]. The host does not wait for what the device has still to do.
torch::Tensor indices_on(torch::Device device, const std::vector<std::int64_t>& indices);

/// How large a data set is.
struct Extent {
  std::vector<std::int64_t> shape;  ///< of one sample
  std::int64_t train = 0;
  std::int64_t validation = 0;
};

/// A data set as it is known by name.
struct Kind {
  static constexpr const char* kSelector = "data.name";
  manifest::Choice choice;
  std::function<std::unique_ptr<Dataset>(const manifest::Cell&)> open;
  /// Checks a cell that names this data set: throws UsageError where it does not say enough, or asks for what cannot be,
  /// whatever the files are.
  std::function<void(const manifest::Cell&)> check{};
  /// The data set's description from a look at its files; throws as `open`. Empty where that takes as long as opening it.
  std::function<std::string(const manifest::Cell&)> look{};
  /// The data set's extent from the cell alone: its files may be absent. Empty where only they tell.
  std::function<Extent(const manifest::Cell&)> extent{};
  /// Side in pixels of the square that the data set cuts from the middle of pictures of this width; 0: the largest. Empty:
  /// always the largest.
  std::function<std::int64_t(const manifest::Cell&, std::int64_t)> crop{};
};

/// All registered data sets, by name.
const std::vector<Kind>& kinds();

/// Checks what a cell says of its data set: throws UsageError where that cannot be opened whatever its files are.
void check(const manifest::Cell& cell);

/// Opens the cell's data set. Throws Absent when its files are not there, Error when they are wrong. It does not check the
/// cell: one that was begun before something came to be refused goes on.
std::unique_ptr<Dataset> open(const manifest::Cell& cell);

/// The description of the data that are there now for this cell, without opening them. Nothing where they are not there, or
/// where a look does not tell.
std::optional<std::string> look_at(const manifest::Cell& cell);

/// How large the cell's data set is, without opening it. Nothing where only its files tell.
std::optional<Extent> extent_of(const manifest::Cell& cell);

/// A text of the cell's data parameters. Cells with equal texts have the same samples but for what train.seed decides: their
/// order in an epoch and, where samples are generated, which ones are.
std::string samples_key(const manifest::Cell& cell);

/// Side in pixels of the square that the cell's data set cuts from the middle of pictures of this width; 0: the largest one.
std::int64_t crop_of(const manifest::Cell& cell, std::int64_t width);

/// A static object of this type in a data set's file registers it.
using RegisterDataset = Registry<Kind>::Entry;

/// Fisher-Yates permutation of 0..count-1 for (seed, epoch): the order of an epoch over a finite data set.
std::vector<std::int64_t> shuffled(std::int64_t count, std::uint64_t seed, std::int64_t epoch);

/// Standard normal noise, float32 [count, width], a function of (seed, stream, first_index + row) alone.
torch::Tensor normal_noise(std::uint64_t seed, Stream stream, std::int64_t first_index, std::int64_t count, std::int64_t width);

}  // namespace irmae::data
