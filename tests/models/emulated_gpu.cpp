// SPDX-License-Identifier: MIT
#include "tests/models/emulated_gpu.h"

#include <atomic>
#include <barrier>
#include <cmath>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>

// What the kernels' text expects of CUDA. Shared memory is static: blocks do not run beside each other.
#define __device__
#define __global__
#define __shared__ static
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(threads)
#define __grid_constant__
#define __syncthreads() meeting->arrive_and_wait()
#define __threadfence()

namespace irmae::tests::device {

using std::pow;
using std::sqrt;

struct Index {
  int x = 0, y = 0, z = 0;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline float4 __ldcg(const float4* from) { return *from; }
inline float __ldcg(const float* from) { return *from; }
inline unsigned atomicAdd(unsigned* to, unsigned value) { return std::atomic_ref(*to).fetch_add(value); }

inline thread_local Index threadIdx, blockIdx;
inline struct {
  unsigned x = 0, y = 0, z = 0;
} gridDim;
inline std::barrier<>* meeting;

#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#include "framework/kernels/device/multiply.cuh"
#include "framework/kernels/device/strided.cuh"
#include "framework/kernels/device/dense.cuh"
#include "framework/kernels/device/step.cuh"
#include "framework/kernels/device/adam.cuh"

}  // namespace irmae::tests::device

namespace irmae::tests {

namespace {

using Arguments = std::vector<void*>;
using Kernel = std::function<void(const Arguments&)>;

template <class... T, std::size_t... I>
void call(void (*kernel)(T...), const Arguments& arguments, std::index_sequence<I...>) {
  kernel(*static_cast<std::remove_const_t<T>*>(arguments[I])...);
}

template <class... T>
Kernel kernel(void (*function)(T...)) {
  return [function](const Arguments& arguments) {
    if (arguments.size() != sizeof...(T)) throw std::logic_error("a kernel is started with another number of arguments");
    call(function, arguments, std::index_sequence_for<T...>());
  };
}

#define IRMAE_TILES(KERNEL)                                                                                 \
  {#KERNEL "_slim", kernel(device::KERNEL##_slim)}, {#KERNEL "_small", kernel(device::KERNEL##_small)}, \
      {#KERNEL "_large", kernel(device::KERNEL##_large)}

const std::map<std::string, Kernel>& all_kernels() {
  static const std::map<std::string, Kernel> all{IRMAE_TILES(down),
                                                 IRMAE_TILES(down_few),
                                                 IRMAE_TILES(up),
                                                 IRMAE_TILES(gradient_fine),
                                                 IRMAE_TILES(gradient_fine_few),
                                                 IRMAE_TILES(gradient_coarse),
                                                 IRMAE_TILES(gradient_coarse_few),
                                                 {"up_few", kernel(device::up_few)},
                                                 {"gradients", kernel(device::gradients)},
                                                 {"take_rows", kernel(device::take_rows)},
                                                 {"keep_losses", kernel(device::keep_losses)},
                                                 {"squared_error", kernel(device::squared_error)},
                                                 {"squared_error_gradient", kernel(device::squared_error_gradient)},
                                                 {"dense_nt", kernel(device::dense_nt)},
                                                 {"dense_nn", kernel(device::dense_nn)},
                                                 {"dense_tn", kernel(device::dense_tn)},
                                                 {"adam", kernel(device::adam)}};
  return all;
}

class Emulated final : public kernels::Device {
 public:
  explicit Emulated(int processors) : processors_(processors) {}

  int processors() const override { return processors_; }

  void launch(const std::string& name, Grid grid, Arguments arguments) override {
    const Kernel& run = all_kernels().at(name);
    std::barrier<> barrier(device::kThreads);
    device::meeting = &barrier;
    device::gridDim = {grid.x, grid.y, grid.z};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < device::kThreads; ++thread)
      threads.emplace_back([&, thread] {
        device::threadIdx = {thread, 0, 0};
        for (int z = 0; z < static_cast<int>(grid.z); ++z)
          for (int y = 0; y < static_cast<int>(grid.y); ++y)
            for (int x = 0; x < static_cast<int>(grid.x); ++x) {
              device::blockIdx = {x, y, z};
              run(arguments);
              barrier.arrive_and_wait();
            }
      });
  }

  unsigned* counters() override { return counters_.data(); }
  const void* stream() const override { return this; }

 private:
  int processors_;
  std::vector<unsigned> counters_ = std::vector<unsigned>(kCounters);
};

}  // namespace

kernels::DeviceKernels emulated_kernels(int processors, const std::string& tile) {
  return kernels::DeviceKernels(std::make_shared<Emulated>(processors), tile);
}

}  // namespace irmae::tests
