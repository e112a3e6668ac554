// SPDX-License-Identifier: MIT
// A general strided network for images of any size, in the manner of the paper's three: convolutions of stride 2 that double
// the channels until at most 4 x 4 places are left, a linear layer to the code, and the same way back.
#include <algorithm>

#include "framework/models/networks/general.h"
#include "framework/models/networks/layers.h"

namespace irmae::models {

namespace {

constexpr std::int64_t kSmallest = 4;  ///< no further halving at this size
constexpr std::int64_t kMostDoublings = 3;

/// Sizes and channels of the encoder's feature maps, the image first.
struct Level {
  std::int64_t channels, height, width;
};

std::vector<Level> levels_of(const Shape& shape, std::int64_t width) {
  std::vector<Level> levels{{shape[0], shape[1], shape[2]}};
  while (std::max(levels.back().height, levels.back().width) > kSmallest &&
         std::min(levels.back().height, levels.back().width) >= 2) {
    const std::int64_t doublings = std::min<std::int64_t>(static_cast<std::int64_t>(levels.size()) - 1, kMostDoublings);
    levels.push_back({width << doublings, levels.back().height / 2, levels.back().width / 2});
  }
  return levels;
}

/// Doubles the size; an odd one gets the row or column that halving lost.
LayerSpec doubling(const Level& from, const Level& to) {
  return deconv(from.channels, to.channels, 4, 2, 1, {to.height % 2, to.width % 2});
}

const RegisterNetwork conv_network{{
    .choice = {.name = "conv",
               .help = "images of any size: strided convolutions down to 4 x 4 places and a linear layer",
               .keys = conv_keys()},
    .why_not = [](const Shape& shape) { return shape.size() == 3 ? "" : "images"; },
    .make = make_conv,
}};

}  // namespace

NetworkSpec make_conv(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs) {
  const std::vector<Level> levels = levels_of(shape, cell.integer("model.width"));
  const Level& last = levels.back();
  const std::int64_t flat = last.channels * last.height * last.width;
  std::vector<LayerSpec> encoder, decoder;
  for (std::size_t i = 1; i < levels.size(); ++i) {
    encoder.push_back(conv(levels[i - 1].channels, levels[i].channels, 4, 2, 1));
    encoder.push_back(relu());
  }
  encoder.push_back(flatten());
  encoder.push_back(linear(flat, outputs));
  decoder.push_back(linear(latent, flat));
  if (levels.size() > 1) decoder.push_back(relu());
  decoder.push_back(unflatten({last.channels, last.height, last.width}));
  for (std::size_t i = levels.size() - 1; i > 0; --i) {
    decoder.push_back(doubling(levels[i], levels[i - 1]));
    if (i > 1) decoder.push_back(relu());
  }
  return {encoder, decoder};
}

std::vector<manifest::Key> conv_keys() {
  return {
      {.path = "model.width",
       .fallback = std::int64_t{32},
       .help = "channels of the first convolution of a network for images; each further one has twice as many, up to 8 times",
       .least = 1,
       .most = 4096}};
}

}  // namespace irmae::models
