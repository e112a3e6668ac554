// SPDX-License-Identifier: MIT
#include "framework/kernels/device.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "framework/kernels/device/jobs.h"
#include "framework/kernels/functions.h"

namespace irmae::kernels {

namespace {

std::array<std::atomic<const DeviceKernels*>, 2> in_use;
std::atomic<bool> emulated = false;
thread_local Arithmetic of_thread = Arithmetic::float32;

using device::kMostTasks;
using device::kThreads;

/// Multiplications from which on a gradient fills a GPU by itself.
constexpr std::int64_t kMany = std::int64_t{1} << 30;

device::Strided job_of(const Pair& pair, const DevicePlan& plan, float* result, float* scratch, unsigned* counters,
                       const Epilogue<float>& finish = {}) {
  device::Strided job{};
  job.batch = static_cast<int>(pair.batch), job.height = static_cast<int>(pair.height),
  job.width = static_cast<int>(pair.width);
  job.fine_channels = static_cast<int>(pair.fine_channels), job.coarse_channels = static_cast<int>(pair.coarse_channels);
  job.splits = plan.splits, job.chunk = plan.chunk;
  job.result = result;
  job.bias = finish.bias, job.positive = finish.positive, job.relu = finish.relu ? 1 : 0;
  job.parts = scratch, job.counters = counters;
  const int rows = device::kStride / job.width;
  job.stride_columns = device::kStride % job.width;
  job.stride_rows = rows % job.height, job.stride_samples = rows / job.height;
  return job;
}

Device::Grid grid_of(const DevicePlan& plan) {
  return {static_cast<unsigned>(plan.across), static_cast<unsigned>(plan.by),
          static_cast<unsigned>(plan.splits * plan.classes)};
}

/// Blocks of so many threads in all, but at most so many of them.
Device::Grid blocks_of(std::int64_t threads, std::int64_t most) {
  return {static_cast<unsigned>(std::min(parts(threads, kThreads), most))};
}

/// Kernels that take the fine map four channels at a time, and those for maps of few channels.
std::string name_of(const char* kernel, const Pair& pair, const DevicePlan& plan) {
  return std::string(kernel) + (pair.fine_channels % 4 == 0 ? "" : "few_") + plan.tile;
}

}  // namespace

void DeviceKernels::down(const Pair& pair, const float* fine, const float* weight, const Epilogue<float>& finish, float* coarse,
                         float* scratch) const {
  const DevicePlan plan = this->plan(pair, Work::down);
  device::Strided job = job_of(pair, plan, coarse, scratch, device_->counters(), finish);
  job.fine = fine, job.weight = weight;
  device_->launch(name_of("down_", pair, plan), grid_of(plan), {&job}, plan.shared_bytes);
}

void DeviceKernels::up(const Pair& pair, const float* coarse, const float* weight, const Epilogue<float>& finish, float* fine,
                       float* scratch) const {
  const DevicePlan plan = this->plan(pair, Work::up);
  device::Strided job = job_of(pair, plan, fine, scratch, device_->counters(), finish);
  job.coarse = coarse, job.weight = weight;
  device_->launch(std::string("up_") + plan.tile, grid_of(plan), {&job}, plan.shared_bytes);
}

namespace {

device::Strided job_of(const GradientOfStrided& gradient, const DevicePlan& plan, float* scratch, unsigned* counters) {
  device::Strided job = job_of(gradient.pair, plan, gradient.weight, scratch, counters);
  job.fine = gradient.fine, job.coarse = gradient.coarse;
  job.sums = gradient.bias_of_fine ? scratch + plan.scratch - 16 * gradient.pair.fine_channels : gradient.bias;
  job.folded = gradient.bias_of_fine ? gradient.bias : nullptr;
  return job;
}

device::Dense job_of(const Product& product, const DevicePlan& plan, const float* first, const float* second, float* sums,
                     float* result, float* scratch, unsigned* counters, const Epilogue<float>& finish = {},
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

void DeviceKernels::now(const GradientOfStrided& gradient, float* scratch) const {
  const DevicePlan plan = this->plan(gradient.pair, Work::weight_gradient);
  device::Strided job = job_of(gradient, plan, scratch, device_->counters());
  device_->launch(name_of(gradient.bias_of_fine ? "gradient_fine_" : "gradient_coarse_", gradient.pair, plan), grid_of(plan),
                  {&job}, plan.shared_bytes);
}

void DeviceKernels::now(const GradientOfDense& gradient, float* scratch) const {
  multiply(gradient.product, gradient.first, gradient.second, {}, gradient.product.columns, gradient.bias, gradient.weight,
           scratch);
}

void DeviceKernels::multiply(const Product& product, const float* first, const float* second, const Epilogue<float>& finish,
                             std::int64_t channels, float* sums, float* result, float* scratch) const {
  const DevicePlan plan = device_plan(product, limits_);
  device::Dense job = job_of(product, plan, first, second, sums, result, scratch, device_->counters(), finish, channels);
  device_->launch(product.kind == Product::nt   ? "dense_nt"
                  : product.kind == Product::nn ? "dense_nn"
                                                : "dense_tn",
                  grid_of(plan), {&job}, plan.shared_bytes);
}

/// By stream: one thread at a time works on it, a cell's own, or autograd's while that waits.
struct DeviceKernels::Waiting {
  struct Gradient {
    device::Task task;
    int blocks;
    std::int64_t length;  ///< of one of its blocks, in depths of a sum
  };
  struct OfStream {
    std::vector<Gradient> gradients;
    int counters = 0;
    unsigned shared_bytes = 0;
    std::vector<std::shared_ptr<void>> kept;
  };
  std::mutex mutex;
  std::map<const void*, OfStream> all;

  OfStream& of(const void* stream) {
    const std::lock_guard lock(mutex);
    return all[stream];
  }

  /// A place among those that wait: its task without the job, and its counters.
  struct Place {
    device::Task& task;
    unsigned* counters;
  };
  static Place place_for(const DeviceKernels& kernels, const DevicePlan& plan, int kind, std::shared_ptr<void> kept) {
    OfStream& waiting = kernels.waiting_->of(kernels.device_->stream());
    const int counters = static_cast<int>(plan.tiles()) + 1;
    if (waiting.gradients.size() == kMostTasks || waiting.counters + counters > Device::kCounters) kernels.join();
    // Few channels are copied number by number, and each part is added up by the last block to come.
    const std::int64_t length =
        plan.chunk * (kind == device::kFewOfFine || kind == device::kFewOfCoarse ? 2 : 1) + 8 * plan.splits;
    waiting.gradients.push_back({device::Task{}, plan.across * plan.by * plan.splits, length});
    Gradient& gradient = waiting.gradients.back();
    gradient.task.kind = kind, gradient.task.across = plan.across, gradient.task.by = plan.by;
    unsigned* const first = kernels.device_->counters() + waiting.counters;
    waiting.counters += counters;
    waiting.shared_bytes = std::max(waiting.shared_bytes, plan.shared_bytes);
    waiting.kept.push_back(std::move(kept));
    return {gradient.task, first};
  }
};

DeviceKernels::DeviceKernels(std::shared_ptr<Device> device, std::string tile)
    : device_(std::move(device)), limits_(device_->limits()), tile_(std::move(tile)), waiting_(std::make_unique<Waiting>()) {}

DeviceKernels::~DeviceKernels() = default;

namespace {

std::int64_t scratch_of(const DevicePlan& plan, std::int64_t multiplications) {
  return multiplications >= kMany || plan.tiles() > kMostTiles ? -1 : plan.scratch;
}

}  // namespace

std::int64_t DeviceKernels::scratch_later(const Pair& pair) const {
  return scratch_of(plan_together(pair), pair.batch * pair.height * pair.width * pair.weights());
}

std::int64_t DeviceKernels::scratch_later(const Product& product) const {
  return scratch_of(plan_together(product), product.rows * product.columns * product.depth);
}

void DeviceKernels::later(const GradientOfStrided& gradient, float* scratch, std::shared_ptr<void> kept) const {
  const DevicePlan plan = plan_together(gradient.pair);
  const bool few = gradient.pair.fine_channels % 4 != 0;
  const int kind =
      gradient.bias_of_fine ? (few ? device::kFewOfFine : device::kOfFine) : (few ? device::kFewOfCoarse : device::kOfCoarse);
  const Waiting::Place place = Waiting::place_for(*this, plan, kind, std::move(kept));
  place.task.strided = job_of(gradient, plan, scratch, place.counters);
}

void DeviceKernels::later(const GradientOfDense& gradient, float* scratch, std::shared_ptr<void> kept) const {
  const DevicePlan plan = plan_together(gradient.product);
  const Waiting::Place place = Waiting::place_for(*this, plan, device::kDense, std::move(kept));
  place.task.dense =
      job_of(gradient.product, plan, gradient.first, gradient.second, gradient.bias, gradient.weight, scratch, place.counters);
}

void DeviceKernels::join() const {
  Waiting::OfStream& waiting = waiting_->of(device_->stream());
  if (waiting.gradients.empty()) return;
  Waiting::OfStream now = std::exchange(waiting, {});  // none of them a second time, whatever happens
  // Blocks are started in their order: with long ones at the end, most of the GPU would wait for a few.
  std::stable_sort(now.gradients.begin(), now.gradients.end(),
                   [](const auto& a, const auto& b) { return a.length > b.length; });
  device::Tasks tasks{};
  int blocks = 0;
  for (Waiting::Gradient& gradient : now.gradients) {
    gradient.task.first = std::exchange(blocks, blocks + gradient.blocks);
    tasks.task[tasks.count++] = gradient.task;
  }
  device_->launch("gradients", {static_cast<unsigned>(blocks)}, {&tasks}, now.shared_bytes);
}

void DeviceKernels::forget() const { waiting_->of(device_->stream()) = {}; }

void DeviceKernels::take_rows(const float* from, const std::int64_t* row, std::int64_t size, float* to,
                              std::int64_t elements) const {
  const Device::Grid grid = blocks_of(elements, 2 * std::int64_t{limits_.processors});
  device_->launch("take_rows", grid, {&from, &row, &size, &to, &elements});
}

void DeviceKernels::keep_losses(const float* objective, const float* reconstruction, double* losses, std::int64_t* number,
                                std::int64_t* row, std::int64_t rows) const {
  device_->launch("keep_losses", {}, {&objective, &reconstruction, &losses, &number, &row, &rows});
}

void DeviceKernels::squared_error(const float* a, const float* b, std::int64_t elements, float scale, float* result,
                                  float* scratch) const {
  unsigned* counter = device_->counters();
  const Device::Grid grid = blocks_of(parts(elements, 4), kErrorBlocks);
  device_->launch("squared_error", grid, {&a, &b, &elements, &scale, &result, &scratch, &counter});
}

void DeviceKernels::squared_error_gradient(const float* a, const float* b, std::int64_t elements, float scale,
                                           const float* of_result, float* gradient) const {
  const Device::Grid grid = blocks_of(elements, 8 * std::int64_t{limits_.processors});
  device_->launch("squared_error_gradient", grid, {&a, &b, &elements, &scale, &of_result, &gradient});
}

void DeviceKernels::add_bias(const void* values, const float* bias, void* result, std::int64_t places, std::int64_t channels,
                             bool relu_wanted, bool bfloat16) const {
  std::int64_t elements = places * channels;
  int of_channels = static_cast<int>(channels), relu = relu_wanted ? 1 : 0;
  const Device::Grid grid = blocks_of(parts(elements, 4), 16 * std::int64_t{limits_.processors});
  device_->launch(bfloat16 ? "bias_bfloat16" : "bias_float32", grid, {&values, &bias, &result, &elements, &of_channels, &relu});
}

namespace {

/// Enough to read a map as fast as memory gives it, and so few that adding up their sums is nothing.
unsigned bias_blocks(std::int64_t places, std::int64_t channels, int processors) {
  const std::int64_t rows = std::max<std::int64_t>(kThreads * 4 / channels, 1);
  return static_cast<unsigned>(std::clamp<std::int64_t>(parts(places, 8 * rows), 1, 2 * std::int64_t{processors}));
}

}  // namespace

std::int64_t DeviceKernels::bias_scratch(std::int64_t places, std::int64_t channels) const {
  return bias_blocks(places, channels, limits_.processors) * channels;
}

void DeviceKernels::bias_gradient(const void* gradient, const void* result, void* passed, float* of_bias, std::int64_t places,
                                  std::int64_t channels, bool bfloat16, float* scratch) const {
  int of_channels = static_cast<int>(channels);
  unsigned* counter = device_->counters();
  device_->launch(bfloat16 ? "bias_gradient_bfloat16" : "bias_gradient_float32",
                  {bias_blocks(places, channels, limits_.processors)},
                  {&gradient, &result, &passed, &of_bias, &places, &of_channels, &scratch, &counter});
}

bool Pointwise::known(std::int64_t channels, std::int64_t outputs) {
  return channels % 4 == 0 && channels <= device::kPointwiseChannels && outputs >= 1 && outputs <= 4;
}

namespace {

device::Pointwise job_of(const Pointwise& layer) {
  device::Pointwise job{};
  job.places = layer.places, job.channels = static_cast<int>(layer.channels), job.transposed = layer.transposed ? 1 : 0;
  return job;
}

/// As many as are on a GPU at once, and so few that a block's sums are nothing beside the places that it reads.
std::int64_t gradient_blocks(const Pointwise& layer, int processors) {
  const std::int64_t rows = kThreads / (layer.channels / 4);
  const std::int64_t least = std::max<std::int64_t>(device::kAtOnce * rows, 32), at_once = layer.outputs == 4 ? 2 : 3;
  return std::min(parts(layer.places, least), at_once * processors);
}

}  // namespace

void DeviceKernels::pointwise(const Pointwise& layer, const float* map, const float* weight, const float* bias,
                              float* result) const {
  device::Pointwise job = job_of(layer);
  job.map = map, job.weight = weight, job.bias = bias, job.result = result;
  device_->launch("pointwise_" + std::to_string(layer.outputs),
                  blocks_of(4 * layer.places, 4 * std::int64_t{limits_.processors}), {&job});
}

std::int64_t DeviceKernels::scratch(const Pointwise& layer) const {
  return gradient_blocks(layer, limits_.processors) * (layer.channels * layer.outputs + 4);
}

void DeviceKernels::gradients(const GradientsOfPointwise& wanted, float* scratch) const {
  device::Pointwise job = job_of(wanted.layer);
  job.map = wanted.map, job.weight = wanted.weight, job.gradient = wanted.gradient;
  job.after_relu = wanted.after_relu ? 1 : 0;
  job.of_map = wanted.of_map, job.of_weight = wanted.of_weight, job.of_bias = wanted.of_bias;
  job.parts = scratch, job.counters = device_->counters();
  device_->launch("pointwise_gradients_" + std::to_string(wanted.layer.outputs),
                  {static_cast<unsigned>(gradient_blocks(wanted.layer, limits_.processors))}, {&job});
}

void DeviceKernels::adam(const AdamRule& rule, const float* updates, float* values, float* first_moment, float* second_moment,
                         const std::vector<PieceOfGradients>& pieces) const {
  for (auto piece = pieces.begin(); piece != pieces.end();) {
    device::Adam job{};
    job.values = values, job.first = first_moment, job.second = second_moment, job.updates = updates;
    job.rate = rule.rate, job.beta1 = rule.beta1, job.beta2 = rule.beta2, job.epsilon = rule.epsilon, job.decay = rule.decay;
    job.decoupled = rule.decoupled ? 1 : 0;
    std::int64_t blocks = 0;  // one for each part, that is soon done: more urgent work, beside which this runs, finds room
    for (; piece != pieces.end() && job.pieces < device::kMostGradients; ++piece) {
      job.piece[job.pieces++] = {piece->gradients, piece->first, piece->count, blocks};
      blocks += parts(piece->count, device::kUpdated);
    }
    device_->launch("adam", {static_cast<unsigned>(blocks)}, {&job});
  }
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
