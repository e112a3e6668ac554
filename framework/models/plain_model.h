// SPDX-License-Identifier: MIT
// A trained model as what it computes and nothing else: two chains of layers with the values of their parameters, from which
// files for other programs are made. At inference W_l ... W_1 is one matrix, and it is absorbed by the layer before it
// (section 3): the exported model is as large and as fast as a plain autoencoder.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "framework/models/autoencoder.h"

namespace irmae::models {

/// One layer of a chain.
struct Layer {
  std::string name;  ///< its place in the chain, "0", "1", ...; a matrix that was not folded is "W1", ... or "readout"
  LayerSpec::Kind kind{};
  std::string call;                ///< TorchScript: the layer's result as an expression of `x` and its own parameters
  torch::Tensor weight{}, bias{};  ///< undefined: it has none
};

struct PlainModel {
  std::vector<Layer> encoder;  ///< images -> codes
  std::vector<Layer> decoder;  ///< codes -> images, before `output`
  std::string output;          ///< "tanh", "sigmoid" or "none"
  std::string folding;         ///< what became of the linear layers, for the user: "2 linear layers folded into encoder.8"
};

/// Makes the plain model of a trained one. `readout`: [latent, outputs], from the encoder's outputs after the stack to codes;
/// undefined: they are the codes (see Method::readout). Products are formed in float64. A stack that is not linear, or that
/// follows a layer which cannot take a matrix in, stands behind the encoder as it is. `samples`: one or more, [count, ...], on
/// which nothing but shapes depends. Throws Error for a layer of a kind that is not exported.
PlainModel plain_model(Autoencoder& model, const torch::Tensor& readout, const torch::Tensor& samples);

}  // namespace irmae::models
