// SPDX-License-Identifier: MIT
// The project's own kernels on a GPU (framework/kernels/device), in float32. A plugin compiles and starts them; this is what
// the rest of the program knows of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "framework/kernels/adam.h"
#include "framework/kernels/device_plan.h"
#include "framework/kernels/strided.h"

namespace irmae::kernels {

/// How float32 numbers are multiplied; sums are float32. See device/arithmetic.cuh.
enum class Arithmetic { float32, tf32 };

/// What a GPU's plugin does, on the thread's current stream. May be used by several threads, each with a stream of its own.
class Device {
 public:
  struct Grid {
    unsigned x = 1, y = 1, z = 1;  ///< blocks of 256 threads
  };
  static constexpr int kCounters = kMostTiles + 1;

  virtual ~Device() = default;
  virtual DeviceLimits limits() const = 0;
  /// Starts a kernel of this name; arguments: where each of them is; shared_bytes: of a block's shared memory. Throws Error.
  virtual void launch(const std::string& kernel, Grid grid, std::vector<void*> arguments, unsigned shared_bytes = 0) = 0;
  /// Which stream that is.
  virtual const void* stream() const = 0;
  /// kCounters zeros on the device for the stream's kernels, which leave them zero. Throws where there is no memory for them.
  virtual unsigned* counters() = 0;
};

/// A gradient of parameters, which may wait for others.
struct GradientOfStrided {
  Pair pair;
  const float *fine, *coarse;  ///< the maps: one of them the layer's input, the other one its output's gradient
  float* weight;               ///< set: [4, 4, fine channels, coarse channels]
  float* bias;                 ///< set: [channels of its map]; may be null
  bool bias_of_fine;           ///< which map has the bias
};
struct GradientOfDense {
  Product product;  ///< tn
  const float *first, *second;
  float* weight;  ///< set: [rows, columns]
  float* bias;    ///< set: [rows], sums of the first operand over its depth; may be null
};

/// The gradients of elements [first, first + count), of all that Adam updates.
struct PieceOfGradients {
  const float* gradients;
  std::int64_t first, count;
};
/// A convolution of 1 x 1 to few channels, or a transposed one: of a map [places, channels] to one of [places, outputs].
struct Pointwise {
  std::int64_t places, channels, outputs;
  bool transposed;  ///< the weight is [channels, outputs], else [outputs, channels]

  /// Whether the kernels know such a layer.
  static bool known(std::int64_t channels, std::int64_t outputs);
};
struct GradientsOfPointwise {
  Pointwise layer;
  const float *map, *weight, *gradient;  ///< gradient: of the result
  bool after_relu;                       ///< the map is a ReLU's result: of_map is zero where the map is
  float *of_map, *of_weight, *of_bias;   ///< set; null: not wanted
};

/// All pointers are of the device and at 16 bytes; maps are [batch, height, width, channels], without a border. Work is queued
/// on the calling thread's current stream: several threads may do so, each on a stream of its own. Throws Error where a kernel
/// cannot be started.
class DeviceKernels {
 public:
  /// The device's kernels multiply in one way. tile: as in device_plan, for tests and measurements.
  explicit DeviceKernels(std::shared_ptr<Device> device, std::string tile = "");
  ~DeviceKernels();

  DeviceKernels with_tile(const std::string& tile) const { return DeviceKernels(device_, tile); }
  /// How the work would be cut.
  DevicePlan plan(const Pair& pair, Work work) const { return device_plan(pair, work, limits_, tile_); }

  /// Floats of scratch memory that the work needs.
  std::int64_t scratch(const Pair& pair, Work work) const { return plan(pair, work).scratch; }
  std::int64_t scratch(const Product& product) const { return device_plan(product, limits_).scratch; }
  /// As in Functions, for whole maps of at least one sample.
  void down(const Pair& pair, const float* fine, const float* weight, const Epilogue<float>& finish, float* coarse,
            float* scratch) const;
  void up(const Pair& pair, const float* coarse, const float* weight, const Epilogue<float>& finish, float* fine,
          float* scratch) const;
  /// result [rows, columns]. finish.bias: [channels], that of column % channels. sums: null, or [rows], of tn's first operand
  /// over its depth.
  void multiply(const Product& product, const float* first, const float* second, const Epilogue<float>& finish,
                std::int64_t channels, float* sums, float* result, float* scratch) const;

  /// A gradient, and the floats of scratch memory that it needs.
  void now(const GradientOfStrided& gradient, float* scratch) const;
  void now(const GradientOfDense& gradient, float* scratch) const;
  std::int64_t scratch_now(const Pair& pair) const { return scratch(pair, Work::weight_gradient); }
  std::int64_t scratch_now(const Product& product) const { return scratch(product); }

  /// Floats of scratch memory for a gradient that waits; -1: it is so large that it had better not.
  std::int64_t scratch_later(const Pair& pair) const;
  std::int64_t scratch_later(const Product& product) const;
  /// Made at the next join() on this stream, all in one. `kept`: what must live until then, the results as well.
  void later(const GradientOfStrided& gradient, float* scratch, std::shared_ptr<void> kept) const;
  void later(const GradientOfDense& gradient, float* scratch, std::shared_ptr<void> kept) const;
  void join() const;
  /// What waits on this stream is not wanted any more: the step that it belongs to failed.
  void forget() const;

  /// to [elements] = from, beginning at row *row, each of `size` elements
  void take_rows(const float* from, const std::int64_t* row, std::int64_t size, float* to, std::int64_t elements) const;
  /// losses [.., 2] at place *number = the two losses; *number += 1, *row += rows
  void keep_losses(const float* objective, const float* reconstruction, double* losses, std::int64_t* number, std::int64_t* row,
                   std::int64_t rows) const;
  /// result [1] = scale x the sum of (a - b)^2; scratch: kErrorBlocks floats. And its gradient by a, [elements].
  static constexpr int kErrorBlocks = 128;
  void squared_error(const float* a, const float* b, std::int64_t elements, float scale, float* result, float* scratch) const;
  void squared_error_gradient(const float* a, const float* b, std::int64_t elements, float scale, const float* of_result,
                              float* gradient) const;
  /// For maps [places, channels] of float32, or of bfloat16, channels a multiple of 4. result = relu(values + bias
  /// [channels]), or without the ReLU.
  void add_bias(const void* values, const float* bias, void* result, std::int64_t places, std::int64_t channels, bool relu,
                bool bfloat16) const;
  /// passed = gradient where `result` is positive (both null where there is no ReLU), of_bias [channels] = its sums.
  std::int64_t bias_scratch(std::int64_t places, std::int64_t channels) const;
  void bias_gradient(const void* gradient, const void* result, void* passed, float* of_bias, std::int64_t places,
                     std::int64_t channels, bool bfloat16, float* scratch) const;
  /// result [places, outputs] = map x weight + bias, which may be null, of at least one place. And all gradients at once.
  void pointwise(const Pointwise& layer, const float* map, const float* weight, const float* bias, float* result) const;
  std::int64_t scratch(const Pointwise& layer) const;
  void gradients(const GradientsOfPointwise& wanted, float* scratch) const;
  /// One update of the elements that have gradients, whose number is read from `updates` and not from the rule. Each piece
  /// begins at a multiple of four elements. Gradients stay as they are.
  void adam(const AdamRule& rule, const float* updates, float* values, float* first_moment, float* second_moment,
            const std::vector<PieceOfGradients>& pieces) const;

 private:
  struct Waiting;

  std::shared_ptr<Device> device_;
  DeviceLimits limits_;
  std::string tile_;
  std::unique_ptr<Waiting> waiting_;
};

/// Those of the GPU in use, on the thread's current stream; null where there is none, where they cannot be compiled, and with
/// IRMAE_KERNELS=libtorch. Where there are some, there are those of float32.
const DeviceKernels* device_kernels(Arithmetic arithmetic);
/// Those that multiply as this thread is told to.
const DeviceKernels* device_kernels();
/// emulated: they work on host memory, for tests.
void use_device_kernels(Arithmetic arithmetic, const DeviceKernels* kernels, bool emulated = false);
bool device_kernels_emulated();

/// While it lives, this thread multiplies so; else as float32.
class Multiplying {
 public:
  explicit Multiplying(Arithmetic arithmetic);
  static Arithmetic now();
  ~Multiplying();
  Multiplying(const Multiplying&) = delete;

 private:
  Arithmetic before_;
};

}  // namespace irmae::kernels
