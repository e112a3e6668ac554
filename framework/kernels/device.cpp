// SPDX-License-Identifier: MIT
#include "framework/kernels/device.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <stdexcept>

#include "framework/kernels/functions.h"

namespace irmae::kernels {

namespace {

std::atomic<const DeviceKernels*> in_use = nullptr;
std::atomic<bool> emulated = false;

constexpr std::int64_t kThreads = 256;    ///< of a block, as in multiply.cuh
constexpr std::int64_t kDepth = 16;       ///< of a tile's sums, at a time
constexpr std::int64_t kLeastChunk = 64;  ///< shorter parts cost more than they bring
constexpr std::int64_t kMostSplits = 64;
/// Multiplications from which on a GPU has enough to do with large tiles.
constexpr std::int64_t kMany = std::int64_t{1} << 30;

std::int64_t parts(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }

struct Tile {
  const char* name;
  std::int64_t rows, columns;
  std::int64_t side() const { return std::max(rows, columns); }
};
constexpr Tile kSlim{"slim", 128, 32}, kSmall{"small", 64, 64}, kLarge{"large", 128, 128};

std::int64_t blocks(const Tile& tile, std::int64_t rows, std::int64_t columns) {
  return parts(rows, tile.rows) * parts(columns, tile.columns);
}

DevicePlan plan_of(const Tile& tile, std::int64_t rows, std::int64_t columns, std::int64_t depth, int classes, int processors) {
  const std::int64_t tiles = blocks(tile, rows, columns) * classes;
  // Where many processors would have nothing to do, each sum is made in parts, about one for each processor.
  const std::int64_t wanted = 4 * tiles >= 3 * processors ? 1 : parts(processors, tiles);
  const std::int64_t splits = std::clamp<std::int64_t>(wanted, 1, std::clamp<std::int64_t>(depth / kLeastChunk, 1, kMostSplits));
  const std::int64_t chunk = parts(parts(depth, splits), kDepth) * kDepth, count = parts(depth, chunk);
  return {.tile = tile.name,
          .across = static_cast<int>(parts(rows, tile.rows)),
          .by = static_cast<int>(parts(columns, tile.columns)),
          .classes = classes,
          .splits = static_cast<int>(count),
          .chunk = static_cast<int>(chunk),
          .scratch = count > 1 ? tiles * count * (tile.rows * tile.columns + tile.side()) : 0};
}

}  // namespace

DevicePlan device_plan(const Pair& pair, Work work, int processors, const std::string& tile) {
  const std::int64_t places = pair.batch * pair.height * pair.width, fine = pair.fine_channels, coarse = pair.coarse_channels;
  std::int64_t rows = places, columns = coarse, depth = 16 * fine;
  int classes = 1;
  if (work == Work::up) columns = fine, depth = 4 * coarse, classes = 4;
  if (work == Work::weight_gradient) rows = 16 * fine, depth = places;
  if (work == Work::up && fine < 4) return {.tile = "few", .across = static_cast<int>(parts(places, kThreads)), .by = 1, .classes = classes};
  const bool slim = columns <= kSlim.columns &&
                    blocks(kSlim, rows, columns) * classes * std::max<std::int64_t>(depth / kLeastChunk, 1) >= processors;
  const Tile* best = slim ? &kSlim : rows * columns * classes * depth >= kMany && columns > kSmall.columns ? &kLarge : &kSmall;
  for (const Tile* other : {&kSlim, &kSmall, &kLarge})
    if (tile == other->name) best = other;
  DevicePlan plan = plan_of(*best, rows, columns, depth, classes, processors);
  if (work == Work::weight_gradient) plan.scratch += 16 * fine;  // sums that a bias of the fine map is made of
  return plan;
}

DevicePlan device_plan(const Product& product, int processors) {
  return plan_of(kSmall, product.rows, product.columns, product.depth, 1, processors);
}

namespace {

/// The layouts of strided.cuh, dense.cuh and adam.cuh.
struct StridedJob {
  int batch, height, width, fine_channels, coarse_channels, splits, chunk;
  const float *fine = nullptr, *coarse = nullptr, *weight = nullptr;
  float *result, *sums = nullptr;
  const float *bias, *positive;
  int relu;
  float* parts;
  unsigned* counters;
  int height_shift, width_shift, fine_shift, coarse_shift;
};
struct DenseJob {
  int rows, columns, depth, splits, chunk;
  const float *first, *second;
  float *result, *sums;
  const float *bias, *positive;
  int channels, relu;
  float* parts;
  unsigned* counters;
};
struct AdamJob {
  float *values, *first, *second;
  const float *gradients, *updates;
  long long count;
  double rate, beta1, beta2, epsilon, decay;
  int decoupled;
};

/// The exponent of a power of two; -1 for other numbers.
int shift_of(std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  return std::has_single_bit(bits) ? std::countr_zero(bits) : -1;
}

StridedJob job_of(const Pair& pair, const DevicePlan& plan, float* result, float* scratch, unsigned* counters,
                  const Finish<float>& finish = {}) {
  return {.batch = static_cast<int>(pair.batch),
          .height = static_cast<int>(pair.height),
          .width = static_cast<int>(pair.width),
          .fine_channels = static_cast<int>(pair.fine_channels),
          .coarse_channels = static_cast<int>(pair.coarse_channels),
          .splits = plan.splits,
          .chunk = plan.chunk,
          .result = result,
          .bias = finish.bias,
          .positive = finish.positive,
          .relu = finish.relu ? 1 : 0,
          .parts = scratch,
          .counters = counters,
          .height_shift = shift_of(pair.height),
          .width_shift = shift_of(pair.width),
          .fine_shift = shift_of(pair.fine_channels),
          .coarse_shift = shift_of(pair.coarse_channels)};
}

Device::Grid grid_of(const DevicePlan& plan) {
  if (plan.splits > 1 && plan.across * plan.by * plan.classes > Device::kCounters)
    throw std::logic_error("too many tiles in parts");
  return {static_cast<unsigned>(plan.across), static_cast<unsigned>(plan.by), static_cast<unsigned>(plan.splits * plan.classes)};
}

Device::Grid blocks_of(std::int64_t threads) { return {static_cast<unsigned>(parts(threads, kThreads))}; }

/// Kernels that take the fine map four channels at a time, and those for maps of few channels.
std::string name_of(const char* kernel, const Pair& pair, const DevicePlan& plan) {
  return std::string(kernel) + (pair.fine_channels % 4 == 0 ? "" : "few_") + plan.tile;
}

}  // namespace

void DeviceKernels::down(const Pair& pair, const float* fine, const float* weight, const Finish<float>& finish, float* coarse,
                         float* scratch) const {
  const DevicePlan plan = device_plan(pair, Work::down, processors_, tile_);
  StridedJob job = job_of(pair, plan, coarse, scratch, device_->counters(), finish);
  job.fine = fine, job.weight = weight;
  device_->launch(name_of("down_", pair, plan), grid_of(plan), {&job});
}

void DeviceKernels::up(const Pair& pair, const float* coarse, const float* weight, const Finish<float>& finish, float* fine,
                       float* scratch) const {
  const DevicePlan plan = device_plan(pair, Work::up, processors_, tile_);
  StridedJob job = job_of(pair, plan, fine, scratch, device_->counters(), finish);
  job.coarse = coarse, job.weight = weight;
  device_->launch(std::string("up_") + plan.tile, grid_of(plan), {&job});
}

void DeviceKernels::weight_gradient(const Pair& pair, const float* fine, const float* coarse, float* gradient, float* bias,
                                    bool bias_of_fine, float* scratch) const {
  const DevicePlan plan = device_plan(pair, Work::weight_gradient, processors_, tile_);
  StridedJob job = job_of(pair, plan, gradient, scratch, device_->counters());
  job.fine = fine, job.coarse = coarse;
  float* sums = scratch + plan.scratch - 16 * pair.fine_channels;
  job.sums = !bias ? nullptr : bias_of_fine ? sums : bias;
  device_->launch(name_of(bias_of_fine ? "gradient_fine_" : "gradient_coarse_", pair, plan), grid_of(plan), {&job});
  if (!bias || !bias_of_fine) return;
  int channels = static_cast<int>(pair.fine_channels);
  device_->launch("fold_bias", blocks_of(channels), {&sums, &bias, &channels});
}

void DeviceKernels::multiply(const Product& product, const float* first, const float* second, const Finish<float>& finish,
                             std::int64_t channels, float* sums, float* result, float* scratch) const {
  const DevicePlan plan = device_plan(product, processors_);
  DenseJob job{.rows = static_cast<int>(product.rows),
               .columns = static_cast<int>(product.columns),
               .depth = static_cast<int>(product.depth),
               .splits = plan.splits,
               .chunk = plan.chunk,
               .first = first,
               .second = second,
               .result = result,
               .sums = sums,
               .bias = finish.bias,
               .positive = finish.positive,
               .channels = static_cast<int>(channels),
               .relu = finish.relu ? 1 : 0,
               .parts = scratch,
               .counters = device_->counters()};
  device_->launch(product.kind == Product::nt ? "dense_nt" : product.kind == Product::nn ? "dense_nn" : "dense_tn", grid_of(plan), {&job});
}

void DeviceKernels::adam(const AdamRule& rule, const float* updates, float* values, const float* gradients, float* first_moment,
                         float* second_moment, std::int64_t elements) const {
  AdamJob job{values,     first_moment, second_moment, gradients,  updates, elements, rule.rate,
              rule.beta1, rule.beta2,   rule.epsilon,  rule.decay, rule.decoupled ? 1 : 0};
  const Device::Grid all = blocks_of(parts(elements, 4));
  device_->launch("adam", {std::min(all.x, 8 * static_cast<unsigned>(processors_))}, {&job});
}

const DeviceKernels* device_kernels() { return in_use; }

void use_device_kernels(const DeviceKernels* kernels, bool emulated_here) {
  in_use = instruction_set() == "libtorch" ? nullptr : kernels;
  emulated = emulated_here;
}

bool device_kernels_emulated() { return emulated; }

}  // namespace irmae::kernels
