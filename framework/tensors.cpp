// SPDX-License-Identifier: MIT
#include "framework/tensors.h"

#include <algorithm>
#include <stdexcept>

#include "storage/error.h"

namespace irmae {

namespace {

template <class T>
std::vector<T> values_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<T>(), tensor.data_ptr<T>() + tensor.numel()};
}

}  // namespace

storage::NamedArray to_array(std::string name, const torch::Tensor& tensor) {
  const torch::Tensor host = tensor.detach().to(torch::kCPU).contiguous();
  storage::NamedArray array{std::move(name), host.sizes().vec(), {}};
  switch (host.scalar_type()) {
    case torch::kFloat32:
      array.values = values_of<float>(host);
      break;
    case torch::kFloat64:
      array.values = values_of<double>(host);
      break;
    case torch::kInt64:
      array.values = values_of<std::int64_t>(host);
      break;
    case torch::kUInt8:
      array.values = values_of<std::uint8_t>(host);
      break;
    default:
      throw std::logic_error("tensor '" + array.name + "' has a type that is not stored");
  }
  return array;
}

torch::ScalarType scalar_type_of(const storage::NamedArray& array) {
  return std::visit(
      [](const auto& values) { return c10::CppTypeToScalarType<typename std::decay_t<decltype(values)>::value_type>::value; },
      array.values);
}

torch::Tensor to_tensor(const storage::NamedArray& array) {
  return std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if (storage::elements_of(array.shape) != static_cast<std::int64_t>(values.size()))
          throw Error("array '" + array.name + "' does not have as many values as its shape says");
        torch::Tensor tensor = torch::empty(array.shape, c10::CppTypeToScalarType<T>::value);
        std::copy(values.begin(), values.end(), tensor.template data_ptr<T>());
        return tensor;
      },
      array.values);
}

std::int64_t first_true(const torch::Tensor& mask) { return mask.flatten().to(torch::kUInt8).argmax().item<std::int64_t>(); }

torch::Tensor codes_of(const storage::Latents& latents) {
  return to_tensor({"z", {latents.count, latents.latent}, latents.z}).to(torch::kFloat64);
}

}  // namespace irmae
