// SPDX-License-Identifier: MIT
// A layer as data. What follows from its numbers alone, such as shapes, parameters and operations, is worked out here, and no
// layer is made for it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace irmae::models {

/// The shape of one sample: [channels, height, width], or [width].
using Shape = std::vector<std::int64_t>;
/// The shape of so many samples.
inline Shape with_count(std::int64_t count, Shape of_one) {
  of_one.insert(of_one.begin(), count);
  return of_one;
}

struct LayerSpec {
  enum class Kind { conv, deconv, linear, relu, flatten, unflatten };  ///< deconv: a transposed convolution

  Kind kind{};
  std::int64_t in = 0, out = 0;  ///< channels, or numbers of a vector; zero for a layer without parameters
  /// Of a convolution's kernel, in places of the map, the same along both axes.
  std::int64_t kernel = 1, stride = 1, padding = 0;
  std::array<std::int64_t, 2> more{};  ///< deconv: rows and columns beyond what stride and padding give
  Shape shape{};                       ///< unflatten: the result's shape

  bool operator==(const LayerSpec&) const = default;

  /// The shape of the result for a sample of shape `input`, which the layer must take.
  Shape output_shape(const Shape& input) const;

  /// The number of elements of the layer's weight.
  std::int64_t weights() const { return in * out * kernel * kernel; }
  /// The number of elements of its bias.
  std::int64_t biases() const { return out; }
  /// The number of multiplications, each with its addition, in the forward pass of one sample of shape `input`.
  std::int64_t multiply_adds(const Shape& input) const;
};

}  // namespace irmae::models
