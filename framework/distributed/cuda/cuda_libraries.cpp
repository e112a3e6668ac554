// SPDX-License-Identifier: MIT
#include "framework/distributed/cuda/cuda_libraries.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <c10/core/GradMode.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <exception>
#include <mutex>
#include <string>

#include "framework/distributed/cuda/cuda_error.h"
#include "framework/distributed/cuda/cuda_recording.h"
#include "storage/error.h"

namespace irmae::distributed {

void start_libraries(int device) {
  static thread_local bool started = false;
  if (started) return;
  const std::lock_guard lock(one_at_a_time());
  try {
    const c10::AutoGradMode with_gradients(true);
    const auto numbers = at::TensorOptions(at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device))).dtype(at::kFloat);
    const at::Tensor map = at::ones({1, 4, 4, 4}, numbers).requires_grad_(),
                     weight = at::ones({4, 4, 3, 3}, numbers).requires_grad_(),
                     matrix = at::ones({4, 4}, numbers).requires_grad_();
    const at::Tensor convolved = at::conv2d(map, weight, /*bias=*/{}, /*stride=*/1, /*padding=*/1);
    convolved.view({16, 4}).mm(matrix).sum().backward();
    at::linalg_cholesky(at::eye(4, numbers));  // waits for all of it: its host looks whether there is a factor
    started = true;
  } catch (const std::exception& error) {
    cudaGetLastError();  // the next one to look would take it for its own
    if (message_of(error).find("no kernel image") == std::string::npos) return;
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
    throw Error(
        fmt::format("GPU {} ({}, compute capability {}.{}) cannot be used: this LibTorch has no kernels for it; set "
                    "train.device=cpu",
                    device, properties.name, properties.major, properties.minor));
  }
}

}  // namespace irmae::distributed
