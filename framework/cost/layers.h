// SPDX-License-Identifier: MIT
// What a cell's model costs, counted from its layers: nothing is run, no data set is opened.
//
// A multiply-add is two operations. A layer's forward pass takes one for each use of a weight; its backward pass takes twice
// as many, once for the gradient of its input and once for that of its weights. Functions without weights, biases, the
// optimiser and what a method computes beside its model (a penalty by second derivatives, say) are left out.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "framework/manifest/cell.h"
#include "framework/models/layers/layer_spec.h"

namespace irmae::cost {

/// One layer with weights.
struct Layer {
  std::string name;                                              ///< "encoder.0", "stack", ...
  double multiply_adds = 0;                                      ///< of one sample's forward pass
  std::vector<std::pair<std::string, std::int64_t>> parameters;  ///< trained ones, in the order of registration
  std::int64_t fixed = 0;                                        ///< number of parameters that are not trained
};

/// A model's layers with weights in the order of registration: encoder, linear stack, decoder.
using Layers = std::vector<Layer>;

/// The layers of the model that the cell asks for, for samples of this shape. Kept by model: a grid has few. Throws UsageError
/// where the cell's network does not take such samples.
const Layers& layers_of(const manifest::Cell& cell, const models::Shape& shape);

double multiply_adds(const Layers& layers);     ///< of one sample's forward pass
std::int64_t parameters(const Layers& layers);  ///< trained and fixed

/// The operations (FLOP) of one sample's forward pass, and of its share of a training step, three times as many.
inline double forward_flops(const Layers& layers) { return 2 * multiply_adds(layers); }
inline double training_flops(const Layers& layers) { return 3 * forward_flops(layers); }

}  // namespace irmae::cost
