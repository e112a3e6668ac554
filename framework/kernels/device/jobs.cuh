// SPDX-License-Identifier: MIT
// What the host gives to the kernels: plain structs and sizes, the same text for both sides.

constexpr int kThreads = 256;  // of a block
constexpr int kDepth = 32;     // of a tile's sums, at a time
constexpr int kStride = 16;    // of that depth: what a block copies at once
constexpr int kStages = 3;     // of them in shared memory: one to work with, and those to come

/// Floats of shared memory for an operand's tile of so many rows or columns, whichever way it lies there (see Reader).
constexpr int room_of(int side) {
  return side * (kDepth + 4) > (side + 8) * kDepth ? side * (kDepth + 4) : (side + 8) * kDepth;
}

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
  int stride_samples, stride_rows, stride_columns;  // kStride places of the coarse map further
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

/// Which map has the bias; few: the fine one has few channels.
enum TaskKind { kDense, kOfFine, kOfCoarse, kFewOfFine, kFewOfCoarse };
/// One of many gradients that are made at once, by blocks `first` and following: across x by x parts.
struct Task {
  int kind;
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

/// Where the gradients of elements [first, first + count) are. A block updates kUpdated of them; `part` is the first block.
struct Gradients {
  const float* at;
  long long first, count, part;
};
constexpr int kUpdated = 4 * kThreads;
constexpr int kMostGradients = 64;
/// One update: see kernels::AdamRule.
struct Adam {
  float *values, *first, *second;
  const float* updates;
  double rate, beta1, beta2, epsilon, decay;
  int decoupled;
  int pieces;
  Gradients piece[kMostGradients];
};
