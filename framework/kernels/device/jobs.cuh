// SPDX-License-Identifier: MIT
// What the host gives to the kernels: plain structs and sizes, the same text for both sides.

constexpr int kThreads = 256;  // of a block
constexpr int kDepth = 16;     // of a tile's sums, at a time
constexpr int kStages = 4;     // of them in shared memory: one to work with, and those to come

/// Work on a pair of maps, see kernels::Pair.
struct Strided {
  int batch, height, width, fine_channels, coarse_channels;  // height, width: of the coarse map
  int splits, chunk;                                         // parts of the sum, and k of each
  const float *fine, *coarse, *weight;
  float* result;
  float* sums;            // weight gradient: of the coarse map's bias, or, for the fine map's, scratch memory; or null
  float* folded;          // weight gradient: of the fine map's bias, or null
  const float* bias;      // of the result's channels, or null
  const float* positive;  // a map like the result, or null
  int relu;
  float* parts;
  unsigned* counters;
  int height_shift, width_shift, fine_shift, coarse_shift;  // see divided()
};

/// A matrix product, row-major; every width is a multiple of 4.
struct Dense {
  int rows, columns, depth;
  int splits, chunk;
  const float *first, *second;  // see the kernels
  float* result;                // [rows, columns]
  float* sums;                  // of the first operand's rows, or null
  const float* bias;            // [channels], of column % channels, or null
  const float* positive;        // [rows, columns], or null
  int channels, relu;
  float* parts;
  unsigned* counters;
};

/// One of many gradients that are made at once, by blocks `first` and following: across x by x parts.
struct Task {
  int kind;  // 0: dense; 1: of the fine map, 2: of the coarse one; 3, 4: the same, of few channels
  int first, across, by;
  union {
    Strided strided;
    Dense dense;
  };
};
constexpr int kMostTasks = 24;
struct Tasks {
  int count;
  Task task[kMostTasks];
};

/// A convolution of 1 x 1 to few channels, or its gradients; null for those that are not wanted.
struct Pointwise {
  long long places;
  int channels;
  int transposed;  // the weight is [channels, outputs], else [outputs, channels]
  const float *map, *weight, *bias;
  float* result;
  const float* gradient;  // of the result
  int after_relu;         // the map is a ReLU's result, whose gradient is wanted
  float *of_map, *of_weight, *of_bias;
  float* parts;
  unsigned* counters;
};
constexpr int kPointwiseChannels = 1024;  // at most: a block has four threads' worth of numbers for each thread
constexpr int kAtOnce = 4;                // places whose numbers a thread asks for before it needs them

/// One update: see kernels::AdamRule.
struct Adam {
  float *values, *first, *second;
  const float *gradients, *updates;
  long long count;
  double rate, beta1, beta2, epsilon, decay;
  int decoupled;
};
