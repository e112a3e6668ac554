// SPDX-License-Identifier: MIT
// The one convolution that all of the paper's networks are made of: 4 x 4 kernel, stride 2, padding 1, between a fine map and
// a coarse one of half its height and width. `down` is the forward pass of Conv2d and the input gradient of ConvTranspose2d,
// `up` the other way round, and both have the same weight gradient. General libraries lose most of a core's speed where maps
// are small; here a tile of a result stays in registers until its sum is whole. Maps are read as they are, without a patch
// matrix (tiles.inl), or by tiles of 2 x 2 places whose products take fewer multiplications (winograd.inl).
//
// Maps are [batch, height + 2, width + 2, channels], row major, with a border of zeros one place wide, which is read and never
// written. Weights are [4, 4, fine channels, coarse channels], the kernel's row and column first. Sums run in a fixed order:
// a result depends neither on the number of threads nor on the rest of the batch.
#pragma once

#include <cstdint>

#include "framework/kernels/range.h"

namespace irmae::kernels {

/// Some of a result's samples and channels.
struct Part {
  Range samples, channels;
};

struct Map {
  std::int64_t batch = 0, height = 0, width = 0, channels = 0;

  /// Elements of a map's row, and of one sample, with the border.
  std::int64_t row() const { return (width + 2) * channels; }
  std::int64_t image() const { return (height + 2) * row(); }
};

/// A fine and a coarse map of one batch.
struct Pair {
  std::int64_t batch = 0, height = 0, width = 0;  ///< of the coarse map
  std::int64_t fine_channels = 0, coarse_channels = 0;

  Map fine() const { return {batch, 2 * height, 2 * width, fine_channels}; }
  Map coarse() const { return {batch, height, width, coarse_channels}; }
  std::int64_t weights() const { return 16 * fine_channels * coarse_channels; }

  /// Whether the coarse map is made of tiles of 2 x 2 places, which take fewer multiplications (winograd.inl). Never a matter
  /// of the batch: a sample's result does not depend on the others.
  bool by_tiles() const { return height % 2 == 0 && width % 2 == 0 && fine_channels % 16 == 0; }
  /// The rows that a weight gradient can be shared out by: of its [4, 4, fine channels], or in tiles of [2, 2, fine channels],
  /// the kernel's even and odd rows and columns.
  std::int64_t gradient_rows() const { return (by_tiles() ? 4 : 16) * fine_channels; }

  /// Whether these kernels know maps with so many channels.
  static bool known(std::int64_t fine, std::int64_t coarse) {
    return coarse > 0 && coarse % 16 == 0 && fine > 0 && (fine % 16 == 0 || fine <= 4);
  }
};

/// What is done to each element of a result before it is written, in this order.
template <class T>
struct Epilogue {
  const T* bias = nullptr;      ///< [channels of the result]: added
  bool relu = false;            ///< negative values become zero
  const T* positive = nullptr;  ///< a map like the result: zero where this is not positive, the gradient of a ReLU
};

}  // namespace irmae::kernels
