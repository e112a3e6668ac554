// SPDX-License-Identifier: MIT
#include "framework/device_failure.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "storage/error.h"

namespace irmae {

namespace {

bool says_one_of(const std::exception& error, std::initializer_list<std::string_view> texts) {
  const std::string said = message_of(error);
  return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return said.find(text) != std::string::npos; });
}

}  // namespace

bool is_full_memory(const std::exception& error) {
  constexpr int kMemoryAllocation = 2;  // CUDA's number
  if (dynamic_cast<const Error*>(&error)) return false;
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error)) return true;
  if (const auto* const fault = dynamic_cast<const c10::AcceleratorError*>(&error))
    return fault->get_error_code() == kMemoryAllocation;
  // A library that cannot be started has no memory for its workspace, whatever it calls that. LibTorch names the call for all
  // but cuDNN.
  return says_one_of(error, {"out of memory", "STATUS_ALLOC_FAILED", "DEVICE_ALLOCATION_FAILED", "when calling `cublasCreate(",
                             "when calling `cublasLtCreate(", "when calling `cusolverDnCreate(",
                             "when calling `cusparseCreate(", "CUDNN_STATUS_NOT_INITIALIZED"});
}

bool is_of_device(const std::exception& error) {
  if (dynamic_cast<const Error*>(&error)) return false;
  if (dynamic_cast<const c10::AcceleratorError*>(&error) || is_full_memory(error)) return true;
  return says_one_of(
      error, {"CUDA error", "CUDA driver error", "CUDA NVRTC error", "cuDNN error", "cuDNN Frontend error", "cusolver error"});
}

}  // namespace irmae
