// SPDX-License-Identifier: MIT
// LibTorch's own generator, which fills the layers that it makes.
#pragma once

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace irmae::models {

/// While it lives, layers made by this thread get their values from `seed`, whatever other threads make: there is one generator
/// for the whole process, and cells may be trained beside each other.
class Seeded {
 public:
  explicit Seeded(std::uint64_t seed) : turn_(generator_in_use()) {
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(seed);
  }

 private:
  static std::mutex& generator_in_use() {
    static std::mutex mutex;
    return mutex;
  }

  std::lock_guard<std::mutex> turn_;
};

}  // namespace irmae::models
