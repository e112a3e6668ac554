// SPDX-License-Identifier: MIT
#include "framework/kernels/device.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <map>
#include <mutex>
#include <stdexcept>

#include "framework/kernels/functions.h"

namespace irmae::kernels {

namespace {

std::array<std::atomic<const DeviceKernels*>, 3> in_use;
std::atomic<bool> emulated = false;
thread_local Arithmetic of_thread = Arithmetic::float32;

constexpr std::int64_t kThreads = 256;    ///< of a block, as in multiply.cuh
constexpr std::int64_t kWords = 16;       ///< of a tile's sums, at a time
constexpr std::int64_t kDepth = 32;       ///< numbers of them; half of them but for bfloat16
constexpr std::int64_t kLeastChunk = 64;  ///< shorter parts cost more than they bring
constexpr std::int64_t kMostSplits = 64;
/// Multiplications from which on a GPU has enough to do with large tiles.
constexpr std::int64_t kMany = std::int64_t{1} << 30;

std::int64_t parts(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }

struct Tile {
  const char* name;
  std::int64_t rows, columns;
  std::int64_t side() const { return std::max(rows, columns); }
  /// Tiles of multiply.cuh.
  unsigned shared_bytes() const { return static_cast<unsigned>(2 * (rows + columns) * (kWords + 4) * 4 + 16); }
};
constexpr Tile kSlim{"slim", 128, 32}, kSmall{"small", 64, 64}, kLarge{"large", 128, 128}, kHuge{"huge", 256, 128};

std::int64_t blocks(const Tile& tile, std::int64_t rows, std::int64_t columns) {
  return parts(rows, tile.rows) * parts(columns, tile.columns);
}

/// in_parts: how many parts each sum is wanted in.
DevicePlan plan_of(const Tile& tile, std::int64_t rows, std::int64_t columns, std::int64_t depth, int classes, std::int64_t in_parts) {
  const std::int64_t tiles = blocks(tile, rows, columns) * classes;
  const std::int64_t splits = std::clamp<std::int64_t>(in_parts, 1, std::clamp<std::int64_t>(depth / kLeastChunk, 1, kMostSplits));
  const std::int64_t chunk = parts(parts(depth, splits), kDepth) * kDepth, count = parts(depth, chunk);
  return {.tile = tile.name,
          .across = static_cast<int>(parts(rows, tile.rows)),
          .by = static_cast<int>(parts(columns, tile.columns)),
          .classes = classes,
          .splits = static_cast<int>(count),
          .chunk = static_cast<int>(chunk),
          .scratch = count > 1 ? tiles * count * (tile.rows * tile.columns + tile.side()) : 0,
          .shared_bytes = tile.shared_bytes()};
}

/// Where many processors would have nothing to do, each sum is made in parts, about one for each processor.
std::int64_t parts_for(std::int64_t tiles, int processors) { return 4 * tiles >= 3 * processors ? 1 : parts(processors, tiles); }

}  // namespace

DevicePlan device_plan(const Pair& pair, Work work, Arithmetic arithmetic, int processors, const std::string& tile) {
  const std::int64_t places = pair.batch * pair.height * pair.width, fine = pair.fine_channels, coarse = pair.coarse_channels;
  std::int64_t rows = places, columns = coarse, depth = 16 * fine;
  int classes = 1;
  if (work == Work::up) columns = fine, depth = 4 * coarse, classes = 4;
  if (work == Work::weight_gradient) rows = 16 * fine, depth = places;
  if (work == Work::up && fine < 4) return {.tile = "few", .across = static_cast<int>(parts(places, kThreads)), .by = 1, .classes = classes};
  const bool slim = columns <= kSlim.columns &&
                    blocks(kSlim, rows, columns) * classes * std::max<std::int64_t>(depth / kLeastChunk, 1) >= processors;
  const bool many = rows * columns * classes * depth >= kMany && columns > kSmall.columns;
  const Tile* best = slim ? &kSlim : !many ? &kSmall : arithmetic == Arithmetic::float32 ? &kLarge : &kHuge;
  const std::string name = tile.substr(0, tile.find('/'));
  for (const Tile* other : {&kSlim, &kSmall, &kLarge, &kHuge})
    if (name == other->name) best = other;
  std::int64_t in_parts = parts_for(blocks(*best, rows, columns) * classes, processors);
  if (name.size() < tile.size()) in_parts = std::stoll(tile.substr(name.size() + 1));
  DevicePlan plan = plan_of(*best, rows, columns, depth, classes, in_parts);
  if (work == Work::weight_gradient) plan.scratch += 16 * fine;  // sums that a bias of the fine map is made of
  return plan;
}

DevicePlan device_plan(const Product& product, int processors) {
  return plan_of(kSmall, product.rows, product.columns, product.depth, 1,
                 parts_for(blocks(kSmall, product.rows, product.columns), processors));
}

namespace {

/// Of a gradient that is made together with others, which fill the GPU: in parts of about so much.
constexpr std::int64_t kTogether = 256;

DevicePlan plan_together(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  return plan_of(kSmall, rows, columns, depth, 1, parts(depth, kTogether));
}
DevicePlan plan_together(const Product& product) { return plan_together(product.rows, product.columns, product.depth); }
DevicePlan plan_together(const Pair& pair) {
  DevicePlan plan = plan_together(16 * pair.fine_channels, pair.coarse_channels, pair.batch * pair.height * pair.width);
  plan.scratch += 16 * pair.fine_channels;
  return plan;
}

}  // namespace

namespace {

/// The layouts of strided.cuh, dense.cuh and adam.cuh.
struct StridedJob {
  int batch, height, width, fine_channels, coarse_channels, splits, chunk;
  const float *fine, *coarse, *weight;
  float *result, *sums, *folded;
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
struct Task {
  int kind, first, across, by;
  union {
    StridedJob strided;
    DenseJob dense;
  };
};
constexpr int kMostTasks = 24;
struct Tasks {
  int count;
  Task task[kMostTasks];
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
  StridedJob job{};
  job.batch = static_cast<int>(pair.batch), job.height = static_cast<int>(pair.height), job.width = static_cast<int>(pair.width);
  job.fine_channels = static_cast<int>(pair.fine_channels), job.coarse_channels = static_cast<int>(pair.coarse_channels);
  job.splits = plan.splits, job.chunk = plan.chunk;
  job.result = result;
  job.bias = finish.bias, job.positive = finish.positive, job.relu = finish.relu ? 1 : 0;
  job.parts = scratch, job.counters = counters;
  job.height_shift = shift_of(pair.height), job.width_shift = shift_of(pair.width);
  job.fine_shift = shift_of(pair.fine_channels), job.coarse_shift = shift_of(pair.coarse_channels);
  return job;
}

Device::Grid grid_of(const DevicePlan& plan) {
  if (plan.splits > 1 && plan.across * plan.by * plan.classes + 1 > Device::kCounters)
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
  const DevicePlan plan = device_plan(pair, Work::down, arithmetic_, processors_, tile_);
  StridedJob job = job_of(pair, plan, coarse, scratch, device_->counters(), finish);
  job.fine = fine, job.weight = weight;
  device_->launch(name_of("down_", pair, plan), grid_of(plan), {&job}, plan.shared_bytes);
}

void DeviceKernels::up(const Pair& pair, const float* coarse, const float* weight, const Finish<float>& finish, float* fine,
                       float* scratch) const {
  const DevicePlan plan = device_plan(pair, Work::up, arithmetic_, processors_, tile_);
  StridedJob job = job_of(pair, plan, fine, scratch, device_->counters(), finish);
  job.coarse = coarse, job.weight = weight;
  device_->launch(std::string("up_") + plan.tile, grid_of(plan), {&job}, plan.shared_bytes);
}

namespace {

StridedJob job_of(const GradientOfStrided& gradient, const DevicePlan& plan, float* scratch, unsigned* counters) {
  StridedJob job = job_of(gradient.pair, plan, gradient.weight, scratch, counters);
  job.fine = gradient.fine, job.coarse = gradient.coarse;
  job.sums = gradient.bias_of_fine ? scratch + plan.scratch - 16 * gradient.pair.fine_channels : gradient.bias;
  job.folded = gradient.bias_of_fine ? gradient.bias : nullptr;
  return job;
}

DenseJob job_of(const Product& product, const DevicePlan& plan, const float* first, const float* second, float* sums, float* result,
                float* scratch, unsigned* counters, const Finish<float>& finish = {}, std::int64_t channels = 1) {
  return {.rows = static_cast<int>(product.rows),
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
          .counters = counters};
}

}  // namespace

void DeviceKernels::weight_gradient(const GradientOfStrided& gradient, float* scratch) const {
  const DevicePlan plan = device_plan(gradient.pair, Work::weight_gradient, arithmetic_, processors_, tile_);
  StridedJob job = job_of(gradient, plan, scratch, device_->counters());
  device_->launch(name_of(gradient.bias_of_fine ? "gradient_fine_" : "gradient_coarse_", gradient.pair, plan), grid_of(plan), {&job}, plan.shared_bytes);
}

void DeviceKernels::multiply(const Product& product, const float* first, const float* second, const Finish<float>& finish,
                             std::int64_t channels, float* sums, float* result, float* scratch) const {
  const DevicePlan plan = device_plan(product, processors_);
  DenseJob job = job_of(product, plan, first, second, sums, result, scratch, device_->counters(), finish, channels);
  device_->launch(product.kind == Product::nt ? "dense_nt" : product.kind == Product::nn ? "dense_nn" : "dense_tn", grid_of(plan), {&job}, plan.shared_bytes);
}

/// By stream: one thread at a time works on it, a cell's own, or autograd's while that waits.
struct DeviceKernels::Waiting {
  struct OfStream {
    Tasks tasks{};
    int blocks = 0, counters = 0;
    std::vector<std::shared_ptr<void>> kept;
  };
  std::mutex mutex;
  std::map<const void*, OfStream> all;

  OfStream& of(const void* stream) {
    const std::lock_guard lock(mutex);
    return all[stream];
  }
  /// The task's place among those that wait, with its blocks and counters.
  static Task& add(OfStream& waiting, int kind, const DevicePlan& plan) {
    Task& task = waiting.tasks.task[waiting.tasks.count++];
    task.kind = kind, task.first = waiting.blocks, task.across = plan.across, task.by = plan.by;
    waiting.blocks += plan.across * plan.by * plan.splits;
    waiting.counters += plan.across * plan.by + 1;
    return task;
  }
};

DeviceKernels::DeviceKernels(std::shared_ptr<Device> device, Arithmetic arithmetic, std::string tile)
    : device_(std::move(device)),
      arithmetic_(arithmetic),
      processors_(device_->processors()),
      tile_(std::move(tile)),
      waiting_(std::make_unique<Waiting>()) {}

DeviceKernels::~DeviceKernels() = default;

std::int64_t DeviceKernels::scratch_later(const Pair& pair) const {
  if (pair.batch * pair.height * pair.width * pair.weights() >= kMany) return -1;
  return plan_together(pair).scratch;
}

std::int64_t DeviceKernels::scratch_later(const Product& product) const {
  if (product.rows * product.columns * product.depth >= kMany) return -1;
  return plan_together(product).scratch;
}

void DeviceKernels::later(const GradientOfStrided& gradient, float* scratch, std::shared_ptr<void> kept) const {
  Waiting::OfStream& waiting = waiting_->of(device_->stream());
  const DevicePlan plan = plan_together(gradient.pair);
  if (waiting.tasks.count == kMostTasks || waiting.counters + plan.across * plan.by + 1 > Device::kCounters) join();
  unsigned* const counters = device_->counters() + waiting.counters;
  const int kind = (gradient.bias_of_fine ? 1 : 2) + (gradient.pair.fine_channels % 4 == 0 ? 0 : 2);
  Waiting::add(waiting, kind, plan).strided = job_of(gradient, plan, scratch, counters);
  waiting.kept.push_back(std::move(kept));
}

void DeviceKernels::later(const GradientOfDense& gradient, float* scratch, std::shared_ptr<void> kept) const {
  Waiting::OfStream& waiting = waiting_->of(device_->stream());
  const DevicePlan plan = plan_together(gradient.product);
  if (waiting.tasks.count == kMostTasks || waiting.counters + plan.across * plan.by + 1 > Device::kCounters) join();
  unsigned* const counters = device_->counters() + waiting.counters;
  Waiting::add(waiting, 0, plan).dense =
      job_of(gradient.product, plan, gradient.first, gradient.second, gradient.bias, gradient.weight, scratch, counters);
  waiting.kept.push_back(std::move(kept));
}

void DeviceKernels::join() const {
  Waiting::OfStream& waiting = waiting_->of(device_->stream());
  if (waiting.tasks.count == 0) return;
  device_->launch("gradients", {static_cast<unsigned>(waiting.blocks)}, {&waiting.tasks}, kSmall.shared_bytes());
  waiting = {};
}

void DeviceKernels::take_rows(const float* from, const std::int64_t* row, std::int64_t size, float* to, std::int64_t elements) const {
  const Device::Grid grid{std::min(blocks_of(elements).x, 2 * static_cast<unsigned>(processors_))};
  device_->launch("take_rows", grid, {&from, &row, &size, &to, &elements});
}

void DeviceKernels::keep_losses(const float* objective, const float* reconstruction, double* losses, std::int64_t* number,
                                std::int64_t* row, std::int64_t rows) const {
  device_->launch("keep_losses", {}, {&objective, &reconstruction, &losses, &number, &row, &rows});
}

void DeviceKernels::squared_error(const float* a, const float* b, std::int64_t elements, float scale, float* result,
                                  float* scratch) const {
  unsigned* counter = device_->counters();
  const Device::Grid grid{std::min(blocks_of(parts(elements, 4)).x, static_cast<unsigned>(kErrorBlocks))};
  device_->launch("squared_error", grid, {&a, &b, &elements, &scale, &result, &scratch, &counter});
}

void DeviceKernels::squared_error_gradient(const float* a, const float* b, std::int64_t elements, float scale, const float* of_result,
                                           float* gradient) const {
  const Device::Grid grid{std::min(blocks_of(elements).x, 8 * static_cast<unsigned>(processors_))};
  device_->launch("squared_error_gradient", grid, {&a, &b, &elements, &scale, &of_result, &gradient});
}

void DeviceKernels::adam(const AdamRule& rule, const float* updates, float* values, const float* gradients, float* first_moment,
                         float* second_moment, std::int64_t elements) const {
  AdamJob job{values,     first_moment, second_moment, gradients,  updates, elements, rule.rate,
              rule.beta1, rule.beta2,   rule.epsilon,  rule.decay, rule.decoupled ? 1 : 0};
  const Device::Grid all = blocks_of(parts(elements, 4));
  device_->launch("adam", {std::min(all.x, 8 * static_cast<unsigned>(processors_))}, {&job});
}

const DeviceKernels* device_kernels(Arithmetic arithmetic) { return in_use[static_cast<std::size_t>(arithmetic)]; }

const DeviceKernels* device_kernels() { return device_kernels(of_thread); }

void use_device_kernels(Arithmetic arithmetic, const DeviceKernels* kernels, bool emulated_here) {
  in_use[static_cast<std::size_t>(arithmetic)] = instruction_set() == "libtorch" ? nullptr : kernels;
  emulated = emulated_here;
}

bool device_kernels_emulated() { return emulated; }

Multiplying::Multiplying(Arithmetic arithmetic) : before_(of_thread) { of_thread = arithmetic; }

Arithmetic Multiplying::now() { return of_thread; }

Multiplying::~Multiplying() { of_thread = before_; }

}  // namespace irmae::kernels
