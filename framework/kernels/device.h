// SPDX-License-Identifier: MIT
// The project's own kernels on a GPU (framework/kernels/device), in float32. A plugin compiles and starts them; this is what
// the rest of the program knows of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/kernels/adam.h"
#include "framework/kernels/strided.h"

namespace irmae::kernels {

/// How float32 numbers are multiplied; sums are float32. See device/arithmetic.cuh.
enum class Arithmetic { float32, tf32 };

/// What is worked on: see Pair.
enum class Work { down, up, weight_gradient };

/// How a GPU is given one of them: tiles of the result, across x by, each by a block of threads, and the parts that its sums
/// are split into where there are too few tiles.
struct DevicePlan {
  const char* tile = "";                ///< name of a tile's size in strided.cuh
  int across = 0, by = 0, classes = 1;  ///< blocks; classes: of places, that each have tiles of their own
  int splits = 1, chunk = 0;            ///< parts of the sum, and the length of each, a multiple of 16
  std::int64_t scratch = 0;             ///< floats of scratch memory
  unsigned shared_bytes = 0;            ///< of a block
};

/// For a GPU with so many multiprocessors. A function of sizes alone: results do not depend on chance. tile: instead of the
/// best, its name, or as well the number of parts ("large/4").
DevicePlan device_plan(const Pair& pair, Work work, int processors, const std::string& tile = "");

/// Matrix products, row-major. Every width is a multiple of 4, rows may be any number.
struct Product {
  enum Kind {
    nt,  ///< first [rows, depth] x second [columns, depth]^T
    nn,  ///< first [rows, depth] x second [depth, columns]
    tn   ///< first [depth, rows]^T x second [depth, columns]
  };
  Kind kind = nt;
  std::int64_t rows = 0, columns = 0, depth = 0;
};
DevicePlan device_plan(const Product& product, int processors);

/// What a GPU's plugin does, on the thread's current stream.
class Device {
 public:
  struct Grid {
    unsigned x = 1, y = 1, z = 1;  ///< blocks of 256 threads
  };
  static constexpr int kCounters = 8192;

  virtual ~Device() = default;
  virtual int processors() const = 0;
  /// Starts a kernel of this name; arguments: where each of them is; shared_bytes: of a block's shared memory.
  virtual void launch(const std::string& kernel, Grid grid, std::vector<void*> arguments, unsigned shared_bytes = 0) = 0;
  /// Which stream that is.
  virtual const void* stream() const = 0;
  /// kCounters zeros on the device for the stream's kernels, which leave them zero.
  virtual unsigned* counters() = 0;
};

/// A gradient of parameters, which may wait for others.
struct GradientOfStrided {
  Pair pair;
  const float *fine, *coarse;
  float *weight, *bias;  ///< set; bias may be null
  bool bias_of_fine;     ///< which map has the bias
};
struct GradientOfDense {
  Product product;  ///< tn
  const float *first, *second;
  float *weight, *bias;  ///< set; bias: sums of the first operand over its depth, or null
};

class DeviceKernels {
 public:
  /// The device's kernels multiply so. tile: as in device_plan, for tests and measurements.
  DeviceKernels(std::shared_ptr<Device> device, Arithmetic arithmetic, std::string tile = "");
  ~DeviceKernels();

  Arithmetic arithmetic() const { return arithmetic_; }
  DeviceKernels with_tile(const std::string& tile) const { return {device_, arithmetic_, tile}; }

  /// Floats of scratch memory that the work needs.
  std::int64_t scratch(const Pair& pair, Work work) const { return device_plan(pair, work, processors_, tile_).scratch; }
  std::int64_t scratch(const Product& product) const { return device_plan(product, processors_).scratch; }
  /// As in Functions, for whole maps; maps are [batch, height, width, channels], without a border.
  void down(const Pair& pair, const float* fine, const float* weight, const Finish<float>& finish, float* coarse,
            float* scratch) const;
  void up(const Pair& pair, const float* coarse, const float* weight, const Finish<float>& finish, float* fine,
          float* scratch) const;
  void weight_gradient(const GradientOfStrided& gradient, float* scratch) const;
  /// result [rows, columns]. finish.bias: [channels], that of column % channels. sums: null, or [rows], of tn's first operand
  /// over its depth.
  void multiply(const Product& product, const float* first, const float* second, const Finish<float>& finish,
                std::int64_t channels, float* sums, float* result, float* scratch) const;

  /// Floats of scratch memory for a gradient that waits; -1: it is so large that it had better not.
  std::int64_t scratch_later(const Pair& pair) const;
  std::int64_t scratch_later(const Product& product) const;
  /// Made at the next join() on this stream, all in one; `kept` is held until then.
  void later(const GradientOfStrided& gradient, float* scratch, std::shared_ptr<void> kept) const;
  void later(const GradientOfDense& gradient, float* scratch, std::shared_ptr<void> kept) const;
  void join() const;

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
  /// For maps [places, channels] of float32, or of bfloat16 (half), channels a multiple of 4. result = relu(values + bias
  /// [channels]), or without the ReLU.
  void add_bias(const void* values, const float* bias, void* result, std::int64_t places, std::int64_t channels, bool relu,
                bool half) const;
  /// passed = gradient where `result` is positive (both null where there is no ReLU), of_bias [channels] = its sums.
  std::int64_t bias_scratch(std::int64_t places, std::int64_t channels) const;
  void bias_gradient(const void* gradient, const void* result, void* passed, float* of_bias, std::int64_t places,
                     std::int64_t channels, bool half, float* scratch) const;
  /// One update of all elements, whose number is read from `updates` and not from the rule. Gradients stay as they are.
  void adam(const AdamRule& rule, const float* updates, float* values, const float* gradients, float* first_moment,
            float* second_moment, std::int64_t elements) const;

 private:
  struct Waiting;

  std::shared_ptr<Device> device_;
  Arithmetic arithmetic_;
  int processors_;
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
