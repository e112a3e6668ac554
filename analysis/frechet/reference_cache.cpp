// SPDX-License-Identifier: MIT
#include "analysis/frechet/reference_cache.h"

#include "storage/array_file.h"
#include "storage/error.h"
#include "storage/files.h"

namespace irmae::frechet {

namespace {

std::filesystem::path place(const std::string& key) { return storage::cache_folder() / "frechet" / (key + ".h5"); }

storage::NamedArray stored(std::string name, const torch::Tensor& tensor) {
  const torch::Tensor whole = tensor.contiguous();
  return {std::move(name), whole.sizes().vec(),
          std::vector<double>(whole.data_ptr<double>(), whole.data_ptr<double>() + whole.numel())};
}

torch::Tensor tensor_of(const std::vector<storage::NamedArray>& arrays, const std::string& name,
                        const std::vector<std::int64_t>& shape) {
  for (const storage::NamedArray& array : arrays)
    if (const auto* values = std::get_if<std::vector<double>>(&array.values);
        values && array.name == name && array.shape == shape)
      return torch::tensor(*values, torch::kFloat64).view(shape);
  throw Error(name + " is missing");
}

}  // namespace

std::optional<Statistics> read_reference(const std::string& key, std::int64_t width) {
  try {
    const auto arrays = storage::read_array_file(place(key), "frechet reference");
    return Statistics{static_cast<std::int64_t>(tensor_of(arrays, "count", {1}).item<double>()),
                      tensor_of(arrays, "mean", {width}), tensor_of(arrays, "covariance", {width, width})};
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write_reference(const std::string& key, const Statistics& statistics) {
  try {
    storage::make_folder(place(key).parent_path());
    storage::write_array_file(place(key), "frechet reference",
                              {stored("count", torch::full({1}, static_cast<double>(statistics.count), torch::kFloat64)),
                               stored("mean", statistics.mean), stored("covariance", statistics.covariance)});
  } catch (const Error&) {
    return;
  }
}

}  // namespace irmae::frechet
