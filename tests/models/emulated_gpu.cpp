// SPDX-License-Identifier: MIT
#include "tests/models/emulated_gpu.h"

#include <array>
#include <atomic>
#include <barrier>
#include <bit>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// What the kernels' text expects of CUDA. Shared memory is static: blocks do not run beside each other.
#define __device__
#define __shared__ static
#define __launch_bounds__(...)
#define __grid_constant__
#define __syncthreads() meeting->arrive_and_wait()
#define __threadfence()
#define IRMAE_ENTRY static

namespace irmae::tests {

using Arguments = std::vector<void*>;
using Kernel = std::function<void(const Arguments&)>;

namespace {

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

}  // namespace

namespace device {

using std::pow;
using std::sqrt;

struct Index {
  int x = 0, y = 0, z = 0;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline float4 __ldcg(const float4* from) { return *from; }
inline float __ldcg(const float* from) { return *from; }
inline unsigned atomicAdd(unsigned* to, unsigned value) { return std::atomic_ref(*to).fetch_add(value); }

inline unsigned bits_of(float value) { return std::bit_cast<unsigned>(value); }
inline float float_of(unsigned bits) { return std::bit_cast<float>(bits); }
/// Of finite numbers; TF32's halves are rounded away from zero, bfloat16's to even.
inline unsigned rounded_to_tf32(float value) { return (bits_of(value) + 0x1000U) & 0xffffe000U; }
inline unsigned bfloat16_of(float value) { return (bits_of(value) + 0x7fffU + (bits_of(value) >> 16 & 1U)) >> 16; }
inline unsigned pair_of_bfloat16(float first, float second) { return bfloat16_of(first) | bfloat16_of(second) << 16; }

constexpr int kBlock = 256, kWarp = 32;

/// What a lane gives to the matrix units, and where it wants the sums: they work on it when the warp's lanes meet next.
struct Multiplication {
  float* sums;
  const unsigned *a[2], *b[2];  ///< words, and rests
};
inline void multiply_as(int arithmetic, const std::array<const Multiplication*, kWarp>& warp) {
  const auto value = [](unsigned word) { return double{float_of(word & 0xffffe000U)}; };
  const auto product = [&](unsigned a, unsigned b) {
    if (arithmetic != 2) return value(a) * value(b);
    return double{float_of(a << 16)} * float_of(b << 16) + double{float_of(a & 0xffff0000U)} * float_of(b & 0xffff0000U);
  };
  for (int lane = 0; lane < kWarp; ++lane)
    for (int i = 0; i < 4; ++i) {
      const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
      double sum = 0;
      for (int word = 0; word < 8; ++word) {
        const Multiplication& of_a = *warp[static_cast<std::size_t>(row % 8 * 4 + word % 4)];
        const Multiplication& of_b = *warp[static_cast<std::size_t>(column * 4 + word % 4)];
        const int a = row / 8 + word / 4 * 2, b = word / 4;
        sum += product(of_a.a[0][a], of_b.b[0][b]);
        if (arithmetic == 0) sum += product(of_a.a[1][a], of_b.b[0][b]) + product(of_a.a[0][a], of_b.b[1][b]);
      }
      warp[static_cast<std::size_t>(lane)]->sums[i] += static_cast<float>(sum);
    }
}

struct Given {
  Multiplication what;
  std::array<unsigned, 12> words;
};
inline int arithmetic_now;
inline std::array<std::vector<Given>, kBlock> given;
inline void multiply_all() noexcept {
  for (std::size_t first = 0; first < kBlock; first += kWarp)
    for (std::size_t i = 0; i < given[first].size(); ++i) {
      std::array<Multiplication, kWarp> all;
      std::array<const Multiplication*, kWarp> warp;
      for (std::size_t lane = 0; lane < kWarp; ++lane) {
        const Given& one = given[first + lane].at(i);
        const unsigned* const words = one.words.data();
        all[lane] = {one.what.sums, {words, words + 4}, {words + 8, words + 10}};
        warp[lane] = &all[lane];
      }
      multiply_as(arithmetic_now, warp);
    }
  for (std::vector<Given>& of_thread : given) of_thread.clear();
}
struct Meet {
  void operator()() noexcept { multiply_all(); }
};
inline std::barrier<Meet>* meeting;

inline thread_local Index threadIdx, blockIdx;
inline struct {
  unsigned x = 0, y = 0, z = 0;
} gridDim;
alignas(16) inline unsigned char block_memory[65536];

template <class A, class B>
void multiply_add(float (&sums)[4], const A& a, const B& b) {
  given[static_cast<std::size_t>(threadIdx.x)].push_back(
      {{sums, {}, {}},
       {a.words[0], a.words[1], a.words[2], a.words[3], a.rest[0], a.rest[1], a.rest[2], a.rest[3], b.words[0], b.words[1], b.rest[0], b.rest[1]}});
}

namespace float32 {
#define IRMAE_ARITHMETIC 0
#include "tests/models/emulated_kernels.inl"
#undef IRMAE_ARITHMETIC
}  // namespace float32
namespace tf32 {
#define IRMAE_ARITHMETIC 1
#include "tests/models/emulated_kernels.inl"
#undef IRMAE_ARITHMETIC
}  // namespace tf32
namespace bfloat16 {
#define IRMAE_ARITHMETIC 2
#include "tests/models/emulated_kernels.inl"
#undef IRMAE_ARITHMETIC
}  // namespace bfloat16

}  // namespace device

namespace {

class Emulated final : public kernels::Device {
 public:
  Emulated(int processors, kernels::Arithmetic arithmetic) : processors_(processors), arithmetic_(arithmetic) {}

  int processors() const override { return processors_; }

  void launch(const std::string& name, Grid grid, Arguments arguments, unsigned shared_bytes) override {
    static const std::array all{device::float32::all_kernels(), device::tf32::all_kernels(), device::bfloat16::all_kernels()};
    const Kernel& run = all.at(static_cast<std::size_t>(arithmetic_)).at(name);
    if (shared_bytes > sizeof(device::block_memory)) throw std::logic_error("more shared memory than a block has");
    device::arithmetic_now = static_cast<int>(arithmetic_);
    std::barrier<device::Meet> barrier(device::kBlock);
    device::meeting = &barrier;
    device::gridDim = {grid.x, grid.y, grid.z};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < device::kBlock; ++thread)
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
  kernels::Arithmetic arithmetic_;
  std::vector<unsigned> counters_ = std::vector<unsigned>(kCounters);
};

}  // namespace

kernels::DeviceKernels emulated_kernels(int processors, const std::string& tile, kernels::Arithmetic arithmetic) {
  return {std::make_shared<Emulated>(processors, arithmetic), arithmetic, tile};
}

}  // namespace irmae::tests
