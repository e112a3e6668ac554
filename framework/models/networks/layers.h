// SPDX-License-Identifier: MIT
// Short names for the layers that all networks are made of.
#pragma once

#include <fmt/ranges.h>

#include <string>

#include "framework/models/layers/layer_spec.h"

namespace irmae::models {

inline LayerSpec conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return {LayerSpec::Kind::conv, in, out, kernel, stride, padding};
}

/// A transposed convolution; `more` rows and columns than stride and padding alone give.
inline LayerSpec deconv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                        std::array<std::int64_t, 2> more = {0, 0}) {
  return {LayerSpec::Kind::deconv, in, out, kernel, stride, padding, more};
}

inline LayerSpec linear(std::int64_t in, std::int64_t out) { return {LayerSpec::Kind::linear, in, out}; }

inline LayerSpec relu() { return {LayerSpec::Kind::relu}; }

inline LayerSpec flatten() { return {LayerSpec::Kind::flatten}; }

/// To `shape` without the count of samples.
inline LayerSpec unflatten(const Shape& shape) { return {.kind = LayerSpec::Kind::unflatten, .shape = shape}; }

/// For networks of one shape: empty where `shape` is `wanted`, otherwise the wanted one as text.
inline std::string exactly(const Shape& shape, const Shape& wanted) {
  return shape == wanted ? "" : fmt::format("samples of {}", fmt::join(wanted, " x "));
}

}  // namespace irmae::models
