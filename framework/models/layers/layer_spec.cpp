// SPDX-License-Identifier: MIT
#include "framework/models/layers/layer_spec.h"

#include <c10/util/accumulate.h>

namespace irmae::models {

Shape LayerSpec::output_shape(const Shape& input) const {
  switch (kind) {
    case Kind::conv:
      return {out, (input.at(1) + 2 * padding - kernel) / stride + 1, (input.at(2) + 2 * padding - kernel) / stride + 1};
    case Kind::deconv:
      return {out, (input.at(1) - 1) * stride - 2 * padding + kernel + more[0],
              (input.at(2) - 1) * stride - 2 * padding + kernel + more[1]};
    case Kind::linear:
      return {out};
    case Kind::relu:
      return input;
    case Kind::flatten:
      return {c10::multiply_integers(input)};
    case Kind::unflatten:
      break;
  }
  return shape;
}

std::int64_t LayerSpec::multiply_adds(const Shape& input) const {
  if (weights() == 0) return 0;
  // A convolution uses each weight once at every place of its result, a transposed one at every place of its input.
  const Shape places = kind == Kind::deconv ? input : output_shape(input);
  return weights() * (places.size() == 3 ? places[1] * places[2] : 1);
}

}  // namespace irmae::models
