// SPDX-License-Identifier: MIT
#include "analysis/frechet/reference_cache.h"

#include "framework/tensors.h"
#include "storage/error.h"
#include "storage/formats/array_file.h"
#include "storage/system/files.h"

namespace irmae::frechet {

namespace {

std::filesystem::path place(const std::string& key) { return storage::cache_folder() / "frechet" / (key + ".h5"); }

torch::Tensor tensor_of(const std::vector<storage::NamedArray>& arrays, const std::string& name,
                        const std::vector<std::int64_t>& shape) {
  for (const storage::NamedArray& array : arrays)
    if (array.name == name && array.shape == shape && std::holds_alternative<std::vector<double>>(array.values))
      return to_tensor(array);
  throw Error(name + " is missing");
}

}  // namespace

std::optional<Statistics> read_reference(const std::string& key, std::int64_t width) {
  try {
    const auto arrays = storage::read_array_file(place(key), "frechet reference");
    Statistics found{static_cast<std::int64_t>(tensor_of(arrays, "count", {1}).item<double>()),
                     tensor_of(arrays, "mean", {width}), tensor_of(arrays, "covariance", {width, width})};
    if (!found.mean.isfinite().all().item<bool>() || !found.covariance.isfinite().all().item<bool>()) return std::nullopt;
    return found;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write_reference(const std::string& key, const Statistics& statistics) {
  try {
    storage::make_folder(place(key).parent_path());
    storage::write_array_file(place(key), "frechet reference",
                              {to_array("count", torch::full({1}, static_cast<double>(statistics.count), torch::kFloat64)),
                               to_array("mean", statistics.mean), to_array("covariance", statistics.covariance)});
  } catch (const Error&) {
    return;
  }
}

}  // namespace irmae::frechet
