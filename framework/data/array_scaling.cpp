// SPDX-License-Identifier: MIT
#include "framework/data/array_scaling.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "framework/finite.h"
#include "framework/tensors.h"
#include "storage/error.h"

namespace irmae::data {

namespace fs = std::filesystem;

namespace {

/// What is smaller is too small to divide by.
constexpr double kLeastFactor = 1e-300;

/// A size to divide by.
torch::Tensor factor_of(const torch::Tensor& size) { return size.clamp_min(kLeastFactor); }

/// Throws Error where float64 does not hold the size of numbers that differ. Of samples that are all equal it is 0.
void check_factor(const torch::Tensor& factor, const torch::Tensor& samples, const fs::path& path) {
  const torch::Tensor infinite = factor.isfinite().logical_not_(), wrong = infinite | (factor <= kLeastFactor);
  if (!wrong.any().item<bool>()) return;
  const bool large = infinite.any().item<bool>(), common = factor.dim() == 0;
  if (common && !large && torch::equal(samples.amin(0), samples.amax(0))) return;
  const std::int64_t place = first_true(large ? infinite : wrong);
  throw Error(fmt::format("data set array: {}: its numbers {}{} to be scaled: {} them by one number that brings them near 1",
                          path.string(), common ? "" : fmt::format("in value {} (counted from 0) ", place),
                          large ? "are too large" : "differ by too little", large ? "divide" : "multiply"));
}

/// The smallest and the largest number of each value, float64.
struct Ends {
  torch::Tensor least, most;
  torch::ScalarType type;  ///< of the samples

  explicit Ends(const torch::Tensor& samples)
      : least(samples.amin(0).to(torch::kFloat64)), most(samples.amax(0).to(torch::kFloat64)), type(samples.scalar_type()) {}

  /// The largest number without its sign.
  torch::Tensor size() const { return torch::max(least.abs(), most.abs()); }
  torch::Tensor equal() const { return least == most; }
  /// Whether they differ by no more than what rounding leaves of equal ones, such as the lengths of unit vectors.
  torch::Tensor constant() const {
    constexpr double kRoundings = 16;
    const double rounding = type == torch::kFloat64   ? std::numeric_limits<double>::epsilon()
                            : type == torch::kFloat32 ? std::numeric_limits<float>::epsilon()
                                                      : 0;
    return most - least <= kRoundings * rounding * size();
  }
};

/// Throws Error where samples differ by rounding alone, which scaling would make as large as anything that can be learnt.
void check_varying(const Ends& ends, const fs::path& path) {
  if (ends.constant().all().item<bool>() && !ends.equal().all().item<bool>())
    throw Error(
        fmt::format("data set array: {}: its samples differ by rounding alone: there is nothing to learn", path.string()));
}

/// Mean 0 for each value, variance 1 over all. The one copy in float64 is all the memory that this takes.
Scaling standard_scaling(const torch::Tensor& samples, const fs::path& path) {
  check_varying(Ends(samples), path);
  torch::Tensor real = samples.to(torch::kFloat64, /*non_blocking=*/false, /*copy=*/true);
  Scaling scaling{.offset = real.mean(0)};
  scaling.factor = factor_of(real.sub_(scaling.offset).square_().mean().sqrt());
  return scaling;
}

/// Mean 0 and variance 1 for each value, over the samples that are trained on. A value that is the same in all of these has
/// nothing to be divided by, and becomes 0; one that is so but for rounding becomes as small as rounding is.
Scaling each_scaling(const torch::Tensor& samples, std::span<const std::int64_t> train, const fs::path& path) {
  const torch::Tensor rows = torch::tensor(at::IntArrayRef(train.data(), train.size()), torch::kInt64);
  torch::Tensor real = samples.index_select(0, rows);
  const Ends ends(real);
  check_varying(ends, path);
  real = real.to(torch::kFloat64);
  const torch::Tensor constant = ends.constant();
  Scaling scaling{.offset = torch::where(constant, ends.least, real.mean(0))};
  scaling.factor =
      torch::where(constant, ends.size().clamp_min(1), factor_of(real.sub_(scaling.offset).square_().mean(0).sqrt()))
          .masked_fill(ends.equal(), 1);
  return scaling;
}

/// How many values are converted at once: large sets do not fit into memory in float64 too.
constexpr std::int64_t kValuesAtOnce = 1 << 18;

/// The samples in float32, computed in float64. They themselves where nothing is to be done.
torch::Tensor to_float32(const torch::Tensor& samples, const Scaling& scaling) {
  if (!scaling.offset.defined() && samples.scalar_type() == torch::kFloat32) return samples;
  torch::Tensor result = torch::empty(samples.sizes(), torch::kFloat32);
  const std::int64_t count = samples.size(0), at_once = std::max<std::int64_t>(1, kValuesAtOnce * count / samples.numel());
  for (std::int64_t first = 0; first < count; first += at_once) {
    const auto rows = [&](const torch::Tensor& all) { return all.narrow(0, first, std::min(at_once, count - first)); };
    rows(result).copy_(scaling.to_samples(rows(samples).to(torch::kFloat64)));
  }
  return result;
}

}  // namespace

std::pair<torch::Tensor, Scaling> scaled(const torch::Tensor& samples, std::span<const std::int64_t> train,
                                         const std::string& wanted, const fs::path& path) {
  if (samples.scalar_type() == torch::kUInt8 && samples.dim() == 4) {
    if (wanted == "auto") return {samples, {}};
    throw UsageError(
        fmt::format("data set array: {}: data.scaling = \"{}\" is for numbers, and these images are bytes, which become "
                    "0..1: leave it out",
                    path.string(), wanted));
  }
  if (samples.is_floating_point()) check_finite(samples, fmt::format("data set array: {}", path.string()), "sample");
  const bool images = samples.dim() == 4;
  const torch::Tensor least = samples.min().to(torch::kFloat64), most = samples.max().to(torch::kFloat64);
  const Range range{least.item<double>(), most.item<double>()};
  const bool within = range.black >= 0 && range.white <= 1;
  Scaling scaling;
  if (wanted == "standard" || (wanted == "auto" && !images)) {
    scaling = standard_scaling(samples, path);
  } else if (wanted == "each") {
    if (!train.empty()) scaling = each_scaling(samples, train, path);  // without any the data set is refused
  } else if (wanted == "range") {
    scaling.offset = least.expand_as(samples[0]).contiguous();
    scaling.factor = factor_of(most - least);
  } else if (images && wanted == "auto" && !within) {
    throw Error(
        fmt::format("data set array: {}: images have values from {:.4g} to {:.4g}, not in 0..1: set data.scaling to "
                    "range, standard, each or none",
                    path.string(), range.black, range.white));
  }
  if (scaling.factor.defined()) check_factor(scaling.factor, samples, path);
  // What pictures show of images that are not on the scale of 0 to 1.
  if (images && (wanted == "standard" || wanted == "each" || (wanted == "none" && !within)))
    scaling.shown = Range{range.black, range.white > range.black ? range.white : range.black + 1};
  return {to_float32(samples, scaling), scaling};
}

std::string varying_in_validation_alone(const torch::Tensor& train, const torch::Tensor& validation) {
  if (validation.size(0) == 0) return "";  // such a data set is refused
  const Ends learnt(train);
  Ends all(validation);
  all.least = torch::min(all.least, learnt.least);
  all.most = torch::max(all.most, learnt.most);
  const std::int64_t count = (learnt.constant() & all.constant().logical_not_()).sum().item<std::int64_t>();
  if (count == 0) return "";
  return fmt::format(
      "{} of {} values {} the same in all training samples but not in validation: no model can learn that, and errors include it: "
      "{}",
      count, learnt.least.numel(), count == 1 ? "is" : "are",
      train.dim() > 2 ? "with data.scaling=standard or range it is small"
                      : fmt::format("leave {} out", count == 1 ? "it" : "them"));
}

std::string few_that_vary(const torch::Tensor& samples) {
  constexpr double kNearlyAll = 0.99;
  constexpr std::int64_t kManyPerOne = 4;
  const torch::Tensor variances =
      std::get<0>(samples.var(0, /*unbiased=*/false).to(torch::kFloat64).sort(/*dim=*/0, /*descending=*/true));
  const torch::Tensor shares = variances.cumsum(0) / variances.sum();
  const std::int64_t few = (shares < kNearlyAll).sum().item<std::int64_t>() + 1, all = samples.size(1);
  if (few * kManyPerOne > all || !shares.isfinite().all().item<bool>()) return "";
  return fmt::format(
      "{} of {} values {} {:.0f} % of the variance: where their units differ, data.scaling=each divides each by its own standard "
      "deviation",
      few, all, few == 1 ? "holds" : "hold", 100 * kNearlyAll);
}

}  // namespace irmae::data
