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
  /// Starts a kernel of this name; arguments: where each of them is; shared_bytes: of a block's shared memory. Throws Error,
  /// or c10::OutOfMemoryError where there is no memory for what the first start of a kernel makes.
  virtual void launch(const std::string& kernel, Grid grid, std::vector<void*> arguments, unsigned shared_bytes = 0) = 0;
  /// The thread's current stream, as an address that tells it from others.
  virtual const void* stream() const = 0;
  /// Counters for the stream's kernels: kCounters zeros on the device, which the kernels leave zero. Throws where there is no
  /// memory for them.
  virtual unsigned* counters() = 0;
};

/// The gradients of a strided convolution's parameters, which may wait for others.
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

  /// Whether the kernels know a layer with so many channels and outputs.
  static bool known(std::int64_t channels, std::int64_t outputs);
};
struct GradientsOfPointwise {
  Pointwise layer;
  const float *map, *weight, *gradient;  ///< gradient: of the result
  bool after_relu;                       ///< the map is a ReLU's result: of_map is zero where the map is
  float *of_map, *of_weight, *of_bias;   ///< set; null: not wanted
};

/// The project's own kernels on one GPU. All pointers are of the device and at 16 bytes; maps are [batch, height, width,
/// channels], without a border. Work is queued on the calling thread's current stream: several threads may do so, each on a
/// stream of its own. Throws Error where a kernel cannot be started.
class DeviceKernels {
 public:
  /// The kernels of a device, which all multiply in one way. tile: as in device_plan, for tests and measurements.
  explicit DeviceKernels(std::shared_ptr<Device> device, std::string tile = "");
  ~DeviceKernels();

  DeviceKernels with_tile(const std::string& tile) const { return DeviceKernels(device_, tile); }
  /// How this work on the maps would be cut.
  DevicePlan plan(const Pair& pair, Work work) const { return device_plan(pair, work, limits_, tile_); }

  /// Floats of scratch memory that this work on the maps, or this product, needs.
  std::int64_t scratch(const Pair& pair, Work work) const { return plan(pair, work).scratch; }
  std::int64_t scratch(const Product& product) const { return device_plan(product, limits_).scratch; }
  /// Makes the whole coarse map of the fine one (down), or the fine one of the coarse one (up), as Functions::down and up do,
  /// for at least one sample.
  void down(const Pair& pair, const float* fine, const float* weight, const Epilogue<float>& finish, float* coarse,
            float* scratch) const;
  void up(const Pair& pair, const float* coarse, const float* weight, const Epilogue<float>& finish, float* fine,
          float* scratch) const;
  /// Multiplies two matrices: result [rows, columns]. finish.bias: [channels], that of column % channels. sums: null, or
  /// [rows], of tn's first operand over its depth.
  void multiply(const Product& product, const float* first, const float* second, const Epilogue<float>& finish,
                std::int64_t channels, float* sums, float* result, float* scratch) const;

  /// Makes a gradient now. `scratch` has as many floats as scratch_now() says.
  void now(const GradientOfStrided& gradient, float* scratch) const;
  void now(const GradientOfDense& gradient, float* scratch) const;
  std::int64_t scratch_now(const Pair& pair) const { return scratch(pair, Work::weight_gradient); }
  std::int64_t scratch_now(const Product& product) const { return scratch(product); }

  /// Floats of scratch memory for a gradient that waits; -1: it is so large that it had better not wait.
  std::int64_t scratch_later(const Pair& pair) const;
  std::int64_t scratch_later(const Product& product) const;
  /// Lets a gradient wait: the next join() on this stream makes all that wait in one. `kept`: what must live until then, the
  /// results as well.
  void later(const GradientOfStrided& gradient, float* scratch, std::shared_ptr<void> kept) const;
  void later(const GradientOfDense& gradient, float* scratch, std::shared_ptr<void> kept) const;
  void join() const;
  /// Drops the gradients that wait on this stream: the step that they belong to failed.
  void forget() const;

  /// Copies rows: to [elements] = from, beginning at row *row, each of `size` elements.
  void take_rows(const float* from, const std::int64_t* row, std::int64_t size, float* to, std::int64_t elements) const;
  /// Stores the two losses of a step: losses [.., 2] at place *number; then *number += 1, *row += rows.
  void keep_losses(const float* objective, const float* reconstruction, double* losses, std::int64_t* number, std::int64_t* row,
                   std::int64_t rows) const;
  /// The squared error: result [1] = scale x the sum of (a - b)^2, with `scratch` of kErrorBlocks floats; and its gradient by
  /// a, [elements].
  static constexpr int kErrorBlocks = 128;
  void squared_error(const float* a, const float* b, std::int64_t elements, float scale, float* result, float* scratch) const;
  void squared_error_gradient(const float* a, const float* b, std::int64_t elements, float scale, const float* of_result,
                              float* gradient) const;
  /// Adds a bias: result = relu(values + bias [channels]), or without the ReLU, of maps [places, channels] of float32, or of
  /// bfloat16; channels is a multiple of 4.
  void add_bias(const void* values, const float* bias, void* result, std::int64_t places, std::int64_t channels, bool relu,
                bool bfloat16) const;
  /// The gradients of add_bias(): passed = gradient where `result` is positive (both null where there is no ReLU), of_bias
  /// [channels] = its sums. bias_scratch(): the floats of scratch memory that it needs.
  std::int64_t bias_scratch(std::int64_t places, std::int64_t channels) const;
  void bias_gradient(const void* gradient, const void* result, void* passed, float* of_bias, std::int64_t places,
                     std::int64_t channels, bool bfloat16, float* scratch) const;
  /// Runs a pointwise layer: result [places, outputs] = map x weight + bias, which may be null, of at least one place.
  /// gradients() makes all its gradients at once, with as many floats of scratch memory as scratch(layer) says.
  void pointwise(const Pointwise& layer, const float* map, const float* weight, const float* bias, float* result) const;
  std::int64_t scratch(const Pointwise& layer) const;
  void gradients(const GradientsOfPointwise& wanted, float* scratch) const;
  /// Does one update by Adam of the elements that have gradients. The number of updates is read from `updates` and not from the
  /// rule. Each piece begins at a multiple of four elements. Gradients stay as they are.
  void adam(const AdamRule& rule, const float* updates, float* values, float* first_moment, float* second_moment,
            const std::vector<PieceOfGradients>& pieces) const;

 private:
  struct Waiting;

  std::shared_ptr<Device> device_;
  DeviceLimits limits_;
  std::string tile_;
  std::unique_ptr<Waiting> waiting_;
};

/// The own kernels of the GPU in use, on the thread's current stream; null where there is none, where they cannot be compiled,
/// and with IRMAE_KERNELS=libtorch. Where there are any, there are those of float32.
const DeviceKernels* device_kernels(Arithmetic arithmetic);
/// The own kernels of the GPU in use that multiply as this thread is told to (see Multiplying); null where there are none.
const DeviceKernels* device_kernels();
/// Sets what device_kernels(arithmetic) gives from now on. emulated: the kernels work on host memory, for tests.
void use_device_kernels(Arithmetic arithmetic, const DeviceKernels* kernels, bool emulated = false);
bool device_kernels_emulated();

/// While it lives, this thread multiplies by this arithmetic; else by float32.
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
