// SPDX-License-Identifier: MIT
// float64 tensors to and from plain files, for oracles in Python.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <fstream>

namespace irmae::tests {

inline void write_raw(const std::filesystem::path& path, const torch::Tensor& tensor) {
  const torch::Tensor whole = tensor.to(torch::kFloat64).contiguous();
  std::ofstream(path, std::ios::binary)
      .write(static_cast<const char*>(whole.data_ptr()), static_cast<std::streamsize>(whole.nbytes()));
}

inline torch::Tensor read_raw(const std::filesystem::path& path, const std::vector<std::int64_t>& shape) {
  torch::Tensor tensor = torch::full(shape, std::numeric_limits<double>::quiet_NaN(), torch::kFloat64);
  std::ifstream(path, std::ios::binary)
      .read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
  return tensor;
}

}  // namespace irmae::tests
