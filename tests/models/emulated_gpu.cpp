// SPDX-License-Identifier: MIT
#include "tests/models/emulated_gpu.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/models/block.h"

// What the kernels' text expects of CUDA. Shared memory is static: blocks do not run beside each other.
#define __device__
#define __shared__ static
#define __launch_bounds__(...)
#define __grid_constant__
#define __syncthreads() meet()
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
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline float4 __ldcg(const float4* from) { return *from; }
inline float __ldcg(const float* from) { return *from; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline unsigned atomicAdd(unsigned* to, unsigned value) { return std::exchange(*to, *to + value); }

inline unsigned bits_of(float value) { return std::bit_cast<unsigned>(value); }
inline float float_of(unsigned bits) { return std::bit_cast<float>(bits); }
/// Of a finite number.
inline unsigned rounded_to_tf32(float value) { return (bits_of(value) + 0x1000U) & 0xffffe000U; }

constexpr int kBlock = 256, kWarp = 32;
inline Block& block() {
  static Block of_all_kernels(kBlock);
  return of_all_kernels;
}
inline Index threadIdx, blockIdx;  // of the thread whose turn it is
inline void meet() {
  const Index self = threadIdx;
  block().meet();
  threadIdx = self;
}

/// All threads of the block take part.
inline float __shfl_xor_sync(unsigned, float value, int mask) {
  static std::array<float, kBlock> values;
  values[static_cast<std::size_t>(threadIdx.x)] = value;
  meet();
  const float other = values[static_cast<std::size_t>(threadIdx.x ^ mask)];
  meet();
  return other;
}

/// As in tensor_cores.cuh.
struct Source {
  unsigned long long address;
  bool there;
};

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();  // what shared memory has where no number came yet

/// Copies that a thread has begun, by groups: they are made as late as they may be.
struct Copy {
  float* to;
  const float* from;  // null: zeros
  int count;
};
struct Copies {
  std::vector<Copy> begun;
  std::deque<std::vector<Copy>> groups;
};
inline std::array<Copies, kBlock> copies;
inline Copies& mine() { return copies[static_cast<std::size_t>(threadIdx.x)]; }
inline void begin_copy(float* to, Source from, int count) {
  // An address where nothing is must not be read: it is forgotten.
  mine().begun.push_back({to, from.there ? reinterpret_cast<const float*>(from.address) : nullptr, count});
  std::fill_n(to, count, kNothing);
}
inline void copy_16(float* to, Source from) { begin_copy(to, from, 4); }
inline void copy_4(float* to, Source from) { begin_copy(to, from, 1); }
inline void end_group() { mine().groups.push_back(std::exchange(mine().begun, {})); }
template <std::size_t Groups>
void wait_for_all_but() {
  for (auto& groups = mine().groups; groups.size() > Groups; groups.pop_front())
    for (const Copy& copy : groups.front())
      for (int i = 0; i < copy.count; ++i) copy.to[i] = copy.from ? copy.from[i] : 0;
}

/// What a lane gives to the matrix units, and where it wants the sums: they work on it when the block's threads meet next.
struct Multiplication {
  float* sums;
  std::array<unsigned, 4> a, a_rest;
  std::array<unsigned, 2> b, b_rest;
};
inline int arithmetic_now;
inline std::array<std::vector<Multiplication>, kBlock> given;

/// The i-th one of the warp of threads from `first` on.
inline void multiply_warp(std::size_t first, std::size_t i) {
  const auto number = [](unsigned bits) { return double{float_of(bits & 0xffffe000U)}; };  // the units do not see the last 13
  struct Operand {
    double numbers[16][8], rest[16][8];  // rows, or columns, and depth
  } rows, columns;
  for (int lane = 0; lane < kWarp; ++lane) {
    const Multiplication& mine = given[first + static_cast<std::size_t>(lane)].at(i);
    const int depth = lane % 4;
    for (int part = 0; part < 4; ++part) {
      const auto from = static_cast<std::size_t>(part);
      const int row = lane / 4 + part % 2 * 8, at = depth + part / 2 * 4;
      rows.numbers[row][at] = number(mine.a[from]), rows.rest[row][at] = number(mine.a_rest[from]);
      if (part < 2)
        columns.numbers[lane / 4][depth + part * 4] = number(mine.b[from]),
                                                 columns.rest[lane / 4][depth + part * 4] = number(mine.b_rest[from]);
    }
  }
  for (int lane = 0; lane < kWarp; ++lane)
    for (int place = 0; place < 4; ++place) {
      const int row = lane / 4 + place / 2 * 8, column = lane % 4 * 2 + place % 2;
      const double *const a = rows.numbers[row], *const b = columns.numbers[column];
      double sum = 0;
      for (int depth = 0; depth < 8; ++depth) {
        sum += a[depth] * b[depth];
        if (arithmetic_now == 0) sum += rows.rest[row][depth] * b[depth] + a[depth] * columns.rest[column][depth];
      }
      given[first + static_cast<std::size_t>(lane)][i].sums[place] += static_cast<float>(sum);
    }
}
inline void multiply_all() {
  for (std::size_t first = 0; first < kBlock; first += kWarp)
    for (std::size_t i = 0; i < given[first].size(); ++i) multiply_warp(first, i);
  for (std::vector<Multiplication>& of_thread : given) of_thread.clear();
}

template <bool Rows>
void load_matrices(const float* corner, int step, unsigned (&to)[4]) {
  const int g = threadIdx.x % kWarp / 4, t = threadIdx.x % 4;
  for (int i = 0; i < 4; ++i) to[i] = bits_of(corner[(g + (Rows ? i % 2 : i / 2) * 8) * step + t + (Rows ? i / 2 : i % 2) * 4]);
}

inline struct { unsigned x = 0, y = 0, z = 0; } gridDim;
alignas(16) inline unsigned char block_memory[196608];

template <class A, class B>
void multiply_add(float (&sums)[4], const A& a, const B& b) {
  given[static_cast<std::size_t>(threadIdx.x)].push_back(
      {sums, std::to_array(a.numbers), std::to_array(a.rest), std::to_array(b.numbers), std::to_array(b.rest)});
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

}  // namespace device

namespace {

class Emulated final : public kernels::Device {
 public:
  Emulated(int processors, kernels::Arithmetic arithmetic) : processors_(processors), arithmetic_(arithmetic) {}

  kernels::DeviceLimits limits() const override { return {processors_, sizeof(device::block_memory)}; }

  void launch(const std::string& name, Grid grid, Arguments arguments, unsigned shared_bytes) override {
    static const std::array all{device::float32::all_kernels(), device::tf32::all_kernels()};
    const Kernel& run = all.at(static_cast<std::size_t>(arithmetic_)).at(name);
    if (shared_bytes > sizeof(device::block_memory)) throw std::logic_error("more shared memory than a block has");
    if (grid.x == 0 || grid.y == 0 || grid.z == 0) throw std::logic_error("a kernel is started with no blocks");
    constexpr unsigned kMostAcross = 65'535;  // of y and of z, by CUDA
    if (grid.y > kMostAcross || grid.z > kMostAcross)
      throw std::logic_error("a kernel is started with more blocks than a grid has");
    device::arithmetic_now = static_cast<int>(arithmetic_);
    device::copies = {};  // threads begin without copies
    device::gridDim = {grid.x, grid.y, grid.z};
    const auto thread = [&](int i) {
      device::threadIdx = {i, 0, 0};
      run(arguments);
    };
    for (int z = 0; z < static_cast<int>(grid.z); ++z)
      for (int y = 0; y < static_cast<int>(grid.y); ++y)
        for (int x = 0; x < static_cast<int>(grid.x); ++x) {
          device::blockIdx = {x, y, z};
          std::fill_n(reinterpret_cast<float*>(device::block_memory), shared_bytes / sizeof(float), device::kNothing);
          device::block().run(thread, device::multiply_all);
        }
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
  return kernels::DeviceKernels(std::make_shared<Emulated>(processors, arithmetic), tile);
}

}  // namespace irmae::tests
