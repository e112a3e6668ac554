// SPDX-License-Identifier: MIT
// Failures of GPUs by what LibTorch makes of them, in the words of its own checks (TORCH_CUDABLAS_CHECK and others).
#include "framework/device_failure.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "storage/error.h"

namespace irmae {
namespace {

c10::Error of_library(const std::string& text) { return {c10::SourceLocation{__func__, __FILE__, __LINE__}, text}; }

c10::AcceleratorError of_runtime(int code, const std::string& text) {
  return {{__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)}, code, "CUDA error: " + text};
}

/// As TorchScript passes on what fails in a network.
std::runtime_error of_network(const std::string& text) {
  return std::runtime_error(
      "The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript (most recent call last):\n"
      "    return torch.conv2d(images, self.weight)\n           ~~~~~~~~~~~~ <--- HERE\nRuntimeError: " +
      text + "\n");
}

TEST(DeviceFailure, IsFullMemoryAlsoWhereALibraryCannotBeStartedForLackOfIt) {
  const std::string allocator = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB";

  EXPECT_TRUE(is_full_memory(c10::OutOfMemoryError({}, allocator)));
  EXPECT_TRUE(is_full_memory(of_runtime(2, "out of memory")));
  EXPECT_TRUE(is_full_memory(of_network(allocator)));
  for (const char* text :
       {"CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "cusolver error: CUSOLVER_STATUS_INTERNAL_ERROR, when calling `cusolverDnCreate(handle)`. If you keep",
        "cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"}) {
    EXPECT_TRUE(is_full_memory(of_library(text))) << text;
    EXPECT_TRUE(is_full_memory(of_network(text))) << text;
  }
}

TEST(DeviceFailure, IsNotFullMemoryWhereSomethingElseFails) {
  EXPECT_FALSE(is_full_memory(of_runtime(700, "an illegal memory access was encountered")));
  EXPECT_FALSE(is_full_memory(of_library("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm( handle )`")));
  EXPECT_FALSE(is_full_memory(of_library("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)")));
  EXPECT_FALSE(is_full_memory(Error("the memory of the GPU: CUDA out of memory"))) << "has been dealt with";
}

TEST(DeviceFailure, IsOfTheDeviceWhereTheNetworkIsNotWrong) {
  EXPECT_TRUE(is_of_device(c10::OutOfMemoryError({}, "no memory is left")));
  EXPECT_TRUE(is_of_device(of_runtime(700, "an illegal memory access was encountered")));
  EXPECT_TRUE(is_of_device(of_network("CUDA error: an illegal memory access was encountered")));
  EXPECT_TRUE(is_of_device(of_network("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")));
  EXPECT_TRUE(is_of_device(of_library("cusolver error: CUSOLVER_STATUS_EXECUTION_FAILED, when calling `cusolverDnXsyevd`")));
}

TEST(DeviceFailure, IsNotOfTheDeviceWhereTheNetworkIsWrong) {
  const char* const channels = "Given groups=1, weight of size [32, 3, 3, 3], expected input[2, 1, 32, 32] to have 3 channels";

  EXPECT_FALSE(is_of_device(of_network(channels)));
  EXPECT_FALSE(is_of_device(of_library(channels)));
  EXPECT_FALSE(is_of_device(of_library("PytorchStreamReader failed reading zip archive: failed finding central directory")));
  EXPECT_FALSE(is_of_device(of_network("Could not run 'aten::mine' with arguments from the 'CUDA' backend")));
}

}  // namespace
}  // namespace irmae
