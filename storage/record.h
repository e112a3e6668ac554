// SPDX-License-Identifier: MIT
// What a run leaves behind, as plain values: the storage layer writes and reads these and knows nothing of tensors.
// All arrays are dense and row-major.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace irmae::storage {

/// One scalar of a configuration or of the provenance.
using Scalar = std::variant<bool, std::int64_t, double, std::string>;
/// A scalar as text: "true", "7", "0.1", the text itself.
std::string text_of(const Scalar& value);
/// Scalars by name in the order in which they are written, as the attributes of an object in a file.
using Attributes = std::vector<std::pair<std::string, Scalar>>;
/// The value of this name in `attributes`; null if there is none. std::get_if of that null is null as well.
const Scalar* find_value(const Attributes& attributes, const std::string& name);

/// Elements of a dense array of this shape.
std::int64_t elements_of(const std::vector<std::int64_t>& shape);

/// A named array of any rank. The variant's alternative is the element type.
struct NamedArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>, std::vector<std::uint8_t>> values;
};
/// The array's values as they lie in memory.
std::string_view bytes_of(const NamedArray& array);

/// The values of an array of this type; null where it is of another, or `array` is null.
template <class T>
const std::vector<T>* values_as(const NamedArray* array) {
  return array ? std::get_if<std::vector<T>>(&array->values) : nullptr;
}

/// Where samples come from: of each its row in the user's file, counted from 0, or its file's path as UTF-8. Empty: they are
/// made, or it is not known.
using Sources = std::variant<std::vector<std::int64_t>, std::vector<std::string>>;

/// Codes of one split after the whole linear stack. z is [count, latent]; labels are -1 where the data has none;
/// index is the sample's index in its split.
struct Latents {
  std::int64_t count = 0;
  std::int64_t latent = 0;
  decltype(NamedArray::values) z;  ///< in the type of the model's parameters
  std::vector<std::int64_t> labels;
  std::vector<std::int64_t> index;
};

/// One finished epoch (1-based). Losses are means over the epoch's samples; the spectra are sorted from large to small
/// and are empty in epochs where they were not recorded.
struct EpochRecord {
  std::int64_t epoch = 0;
  double train_loss = 0;
  double validation_loss = 0;
  double validation_reconstruction = 0;             ///< mean squared error per element
  double seconds = 0;                               ///< wall time of the epoch
  double samples_per_second = 0;                    ///< training samples of all ranks
  std::vector<double> covariance_spectrum;          ///< [latent] singular values of the covariance of the validation codes
  std::vector<double> product_spectrum;             ///< [latent] singular values of W_l ... W_1, empty without a linear stack
  std::vector<std::vector<double>> matrix_spectra;  ///< [linear_layers][latent] singular values of each W_i
};

using History = std::vector<EpochRecord>;
/// Which spectra of a history are read: they are most of its bytes, and those of each matrix W_i most of theirs.
enum class Spectra { none, of_code_and_product, all };
inline constexpr std::int64_t kMostEpochs = 1'000'000;  ///< of a run; a file that claims more is damaged

/// Who made a run and what it was: enough to repeat it.
struct Identity {
  std::string cell;           ///< the cell's name in its manifest
  std::string id;             ///< SHA-256 of the canonical parameters, 64 hex digits
  std::string manifest;       ///< the manifest's name
  std::string resolved_toml;  ///< every parameter, as text that is itself a manifest
  Attributes parameters;      ///< dotted path and value, sorted by path
  std::string scale{};        ///< the manifest's [scales.NAME] that was chosen; empty: none
  /// Paths of the parameters that are not part of the id: those that only say how the cell was run, and newer ones that still
  /// have their default.
  std::vector<std::string> outside{};
};

/// One array of an evaluation with its dimensions' names, outermost first. A name means one size within an evaluation.
struct LabelledArray {
  NamedArray array;
  std::vector<std::string> dimensions;
  std::string long_name;
  std::string units = "1";
};

/// What one evaluation of a trained model left: arrays, and facts beside them (counts, hashes, why it is missing). Images
/// are uint8 [..., channel, y, x], 255 is 1.
struct Evaluation {
  std::string name{};
  std::vector<LabelledArray> arrays{};
  std::map<std::string, std::vector<std::int64_t>> coordinates{};  ///< of dimensions that are not 0, 1, 2, ...
  Attributes notes{};

  /// The array of this name; null where there is none.
  const NamedArray* array(const std::string& wanted) const;
  /// The note of this name; null where there is none.
  const Scalar* note(const std::string& wanted) const;
};

/// Everything that run.h5 holds.
struct RunRecord {
  Identity identity;
  Attributes provenance;  ///< version, git, host, ranks, devices, libraries, times
  History history;
  Latents train;
  Latents validation;
  Sources train_sources{};  ///< of the samples of `train`, in their order
  Sources validation_sources{};
  std::vector<double> spectrum;          ///< [latent] singular values of the covariance of the validation codes, at the end
  std::vector<double> product_spectrum;  ///< [latent] of W_l ... W_1, empty without a linear stack
  std::vector<std::vector<double>> matrix_spectra;  ///< [linear_layers][latent]
  std::vector<NamedArray> weights;
  /// Images in [0, 1] as uint8 [count, channels, height, width]: validation images and what the model makes of them.
  NamedArray originals;
  NamedArray reconstructions;
  std::vector<Evaluation> evaluations;
};

/// The state of an unfinished run, at a step boundary. Random numbers are functions of (seed, index), so no generator's
/// state is needed.
struct CheckpointRecord {
  Identity identity;
  std::int64_t world_size = 0;
  std::int64_t epoch = 0;          ///< epochs that are finished
  std::int64_t step = 0;           ///< steps that are finished within the current epoch
  std::int64_t updates = 0;        ///< optimiser updates since the start
  std::string bucket_plan;         ///< hash of the reducer's plan
  Attributes notes;                ///< threads, device, library versions: compared, with a warning
  std::vector<double> epoch_sums;  ///< [world_size, k] partial sums of the current epoch, one row a rank
  double epoch_seconds = 0;        ///< wall time spent in the current epoch
  double wall_seconds = 0;         ///< wall time spent in all sessions of this run
  double cpu_seconds = 0;
  std::int64_t sessions = 0;  ///< how often the run was started
  History history;
  std::vector<NamedArray> tensors;  ///< parameters and optimiser state
};

}  // namespace irmae::storage
