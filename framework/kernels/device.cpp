// SPDX-License-Identifier: MIT
#include "framework/kernels/device.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <limits>
#include <map>
#include <mutex>
#include <stdexcept>

#include "framework/kernels/functions.h"

namespace irmae::kernels {

namespace {

std::array<std::atomic<const DeviceKernels*>, 2> in_use;
std::atomic<bool> emulated = false;
thread_local Arithmetic of_thread = Arithmetic::float32;

constexpr std::int64_t kThreads = 256;    ///< of a block, as in multiply.cuh
constexpr std::int64_t kDepth = 16;       ///< of a tile's sums, at a time
constexpr std::int64_t kStages = 4;       ///< of them in shared memory
constexpr std::int64_t kLeastChunk = 64;  ///< shorter parts cost more than they bring
constexpr std::int64_t kMostParts = 64;
/// Multiplications from which on a gradient fills a GPU by itself.
constexpr std::int64_t kMany = std::int64_t{1} << 30;

std::int64_t parts(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }

struct Tile {
  const char* name;
  std::int64_t rows, columns;
  double speed;  ///< elements of the result and time, beside the fastest one
  double alone;  ///< the same of a processor's only block, beside several ones
  std::int64_t side() const { return std::max(rows, columns); }
  /// Tiles of multiply.cuh.
  unsigned shared_bytes() const { return static_cast<unsigned>(kStages * (rows + columns) * (kDepth + 4) * 4 + 16); }
};
// The last two numbers were read off gpu_kernels_benchmark --tiles.
constexpr Tile kSlim{"slim", 128, 32, 0.58, 0.95}, kSmall{"small", 64, 64, 0.6, 0.95}, kLarge{"large", 128, 128, 0.9, 0.85},
    kHuge{"huge", 256, 128, 1, 1};

/// A result, and how its blocks are numbered.
struct Size {
  std::int64_t rows, columns, depth;
  int classes = 1;
  std::int64_t tiles(const Tile& tile) const { return parts(rows, tile.rows) * parts(columns, tile.columns) * classes; }
};

std::int64_t chunk_of(std::int64_t depth, std::int64_t count) { return parts(parts(depth, count), kDepth) * kDepth; }

/// in_parts: how many parts each sum is wanted in.
DevicePlan plan_of(const Tile& tile, const Size& size, std::int64_t in_parts) {
  const std::int64_t most = std::clamp<std::int64_t>(size.depth / kLeastChunk, 1, kMostParts);
  const std::int64_t chunk = chunk_of(size.depth, std::clamp<std::int64_t>(in_parts, 1, most)),
                     count = parts(size.depth, chunk);
  return {.tile = tile.name,
          .across = static_cast<int>(parts(size.rows, tile.rows)),
          .by = static_cast<int>(parts(size.columns, tile.columns)),
          .classes = size.classes,
          .splits = static_cast<int>(count),
          .chunk = static_cast<int>(chunk),
          .scratch = count > 1 ? size.tiles(tile) * count * (tile.rows * tile.columns + tile.side()) : 0,
          .shared_bytes = tile.shared_bytes()};
}

/// What the processor with the most to do needs, in units of one number's depth of one element: its blocks, what a block takes
/// to start, and to add up the parts of a sum.
double cost(const Tile& tile, const Size& size, std::int64_t count, int processors) {
  const std::int64_t blocks = parts(size.tiles(tile) * count, processors);
  const double depth = static_cast<double>(blocks * chunk_of(size.depth, count)) / (blocks == 1 ? tile.alone : 1);
  const double full = static_cast<double>(size.rows * size.columns * size.classes) /
                      static_cast<double>(size.tiles(tile) * tile.rows * tile.columns);
  const double rest = 64 + (count > 1 ? 20 + 8 * static_cast<double>(count) * full : 0);
  return (depth + rest) * static_cast<double>(tile.rows * tile.columns) / tile.speed;
}

DevicePlan cheapest(std::initializer_list<const Tile*> tiles, const Size& size, int processors) {
  DevicePlan best;
  double least = std::numeric_limits<double>::infinity();
  for (const Tile* tile : tiles)
    for (std::int64_t count = 1; count <= kMostParts; ++count) {
      const DevicePlan plan = plan_of(*tile, size, count);
      if (plan.splits != count) continue;
      if (const double found = cost(*tile, size, count, processors); found < least) least = found, best = plan;
    }
  return best;
}

}  // namespace

DevicePlan device_plan(const Pair& pair, Work work, int processors, const std::string& tile) {
  const std::int64_t places = pair.batch * pair.height * pair.width, fine = pair.fine_channels, coarse = pair.coarse_channels;
  Size size{places, coarse, 16 * fine};
  if (work == Work::up) size = {places, fine, 4 * coarse, 4};
  if (work == Work::weight_gradient) size = {16 * fine, coarse, places};
  if (work == Work::up && fine < 4)
    return {.tile = "few", .across = static_cast<int>(parts(places, kThreads)), .by = 1, .classes = size.classes};
  DevicePlan plan = work == Work::weight_gradient || fine % 4 != 0
                        ? cheapest({&kSlim, &kSmall, &kLarge}, size, processors)
                        : cheapest({&kSlim, &kSmall, &kLarge, &kHuge}, size, processors);
  const std::string name = tile.substr(0, tile.find('/'));
  for (const Tile* wanted : {&kSlim, &kSmall, &kLarge, &kHuge})
    if (name == wanted->name)
      plan = name == tile ? cheapest({wanted}, size, processors)
                          : plan_of(*wanted, size, std::stoll(tile.substr(name.size() + 1)));
  if (work == Work::weight_gradient) plan.scratch += 16 * fine;  // sums that a bias of the fine map is made of
  return plan;
}

DevicePlan device_plan(const Product& product, int processors) {
  return cheapest({&kSmall}, {product.rows, product.columns, product.depth}, processors);
}

namespace {

/// Of a gradient that is made together with others, which fill the GPU: in parts of about so much.
constexpr std::int64_t kTogether = 256;

DevicePlan plan_together(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  return plan_of(kSmall, {rows, columns, depth}, parts(depth, kTogether));
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
  job.batch = static_cast<int>(pair.batch), job.height = static_cast<int>(pair.height),
  job.width = static_cast<int>(pair.width);
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
  return {static_cast<unsigned>(plan.across), static_cast<unsigned>(plan.by),
          static_cast<unsigned>(plan.splits * plan.classes)};
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
  device_->launch(name_of("down_", pair, plan), grid_of(plan), {&job}, plan.shared_bytes);
}

void DeviceKernels::up(const Pair& pair, const float* coarse, const float* weight, const Finish<float>& finish, float* fine,
                       float* scratch) const {
  const DevicePlan plan = device_plan(pair, Work::up, processors_, tile_);
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

DenseJob job_of(const Product& product, const DevicePlan& plan, const float* first, const float* second, float* sums,
                float* result, float* scratch, unsigned* counters, const Finish<float>& finish = {},
                std::int64_t channels = 1) {
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
  const DevicePlan plan = device_plan(gradient.pair, Work::weight_gradient, processors_, tile_);
  StridedJob job = job_of(gradient, plan, scratch, device_->counters());
  device_->launch(name_of(gradient.bias_of_fine ? "gradient_fine_" : "gradient_coarse_", gradient.pair, plan), grid_of(plan),
                  {&job}, plan.shared_bytes);
}

void DeviceKernels::multiply(const Product& product, const float* first, const float* second, const Finish<float>& finish,
                             std::int64_t channels, float* sums, float* result, float* scratch) const {
  const DevicePlan plan = device_plan(product, processors_);
  DenseJob job = job_of(product, plan, first, second, sums, result, scratch, device_->counters(), finish, channels);
  device_->launch(product.kind == Product::nt   ? "dense_nt"
                  : product.kind == Product::nn ? "dense_nn"
                                                : "dense_tn",
                  grid_of(plan), {&job}, plan.shared_bytes);
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

void DeviceKernels::take_rows(const float* from, const std::int64_t* row, std::int64_t size, float* to,
                              std::int64_t elements) const {
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

void DeviceKernels::squared_error_gradient(const float* a, const float* b, std::int64_t elements, float scale,
                                           const float* of_result, float* gradient) const {
  const Device::Grid grid{std::min(blocks_of(elements).x, 8 * static_cast<unsigned>(processors_))};
  device_->launch("squared_error_gradient", grid, {&a, &b, &elements, &scale, &of_result, &gradient});
}

void DeviceKernels::add_bias(const void* values, const float* bias, void* result, std::int64_t places, std::int64_t channels,
                             bool relu_wanted, bool half) const {
  std::int64_t elements = places * channels;
  int of_channels = static_cast<int>(channels), relu = relu_wanted ? 1 : 0;
  const Device::Grid grid{std::min(blocks_of(parts(elements, 4)).x, 16 * static_cast<unsigned>(processors_))};
  device_->launch(half ? "bias_bfloat16" : "bias_float32", grid, {&values, &bias, &result, &elements, &of_channels, &relu});
}

namespace {

/// Enough to read a map as fast as memory gives it, and so few that adding up their sums is nothing.
unsigned bias_blocks(std::int64_t places, std::int64_t channels, int processors) {
  const std::int64_t rows = std::max<std::int64_t>(kThreads * 4 / channels, 1);
  return static_cast<unsigned>(std::clamp<std::int64_t>(parts(places, 8 * rows), 1, 2 * std::int64_t{processors}));
}

}  // namespace

std::int64_t DeviceKernels::bias_scratch(std::int64_t places, std::int64_t channels) const {
  return bias_blocks(places, channels, processors_) * channels;
}

void DeviceKernels::bias_gradient(const void* gradient, const void* result, void* passed, float* of_bias, std::int64_t places,
                                  std::int64_t channels, bool half, float* scratch) const {
  int of_channels = static_cast<int>(channels);
  unsigned* counter = device_->counters();
  device_->launch(half ? "bias_gradient_bfloat16" : "bias_gradient_float32", {bias_blocks(places, channels, processors_)},
                  {&gradient, &result, &passed, &of_bias, &places, &of_channels, &scratch, &counter});
}

void DeviceKernels::adam(const AdamRule& rule, const float* updates, float* values, const float* gradients, float* first_moment,
                         float* second_moment, std::int64_t elements) const {
  AdamJob job{values,    first_moment, second_moment, gradients,    updates,    elements,
              rule.rate, rule.beta1,   rule.beta2,    rule.epsilon, rule.decay, rule.decoupled ? 1 : 0};
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
