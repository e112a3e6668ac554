// SPDX-License-Identifier: MIT
// What is thrown where a GPU does not do what LibTorch asks of it. Its own calls throw kinds of exceptions; the libraries that
// it calls say so in words alone, and so does TorchScript, which turns everything that fails within a network into one kind.
#pragma once

#include <c10/core/Device.h>

#include <exception>
#include <functional>

namespace irmae {

/// Whether a device's memory was too small, be it for a tensor or for what CUDA or a library makes at its first use. Never of
/// an irmae::Error: there somebody has dealt with it, and the project's own calls of CUDA throw c10::OutOfMemoryError.
bool is_full_memory(const std::exception& error);

/// Whether a device, or one of its libraries, failed, and not what was asked of it, such as a layer for other shapes.
bool is_of_device(const std::exception& error);

/// What `work` gives on the device, or on the host, which has more memory, where a GPU's is full: `fell_back` is told of that.
template <class Work>
auto on_device_or_host(
    c10::Device device, const Work& work, const std::function<void()>& fell_back = [] {}) {
  try {
    return work(device);
  } catch (const std::exception& error) {
    if (!device.is_cuda() || !is_full_memory(error)) throw;
  }
  fell_back();
  return work(c10::Device(c10::kCPU));
}

}  // namespace irmae
