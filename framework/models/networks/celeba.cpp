// SPDX-License-Identifier: MIT
// The network of CelebA, 64 x 64 x 3, as the authors' public code has it: 64,038,531 parameters with 512 latents at the
// authors' width of 128. A smaller width is the same network with fewer channels everywhere.
#include "framework/models/network.h"
#include "framework/models/networks/layers.h"

namespace irmae::models::celeba_network {
namespace {

const RegisterNetwork registered{{
    .choice = {.name = "celeba",
               .help = "64 x 64 x 3: convolutions of 1, 2, 4, 8 times the width and a linear layer",
               .keys = {{.path = "model.width",
                         .fallback = std::int64_t{128},
                         .help = "channels of the first convolution; in the authors' code 128",
                         .least = 1,
                         .most = 4096}}},
    .why_not =
        [](const Shape& shape) {
          return exactly(shape, {3, 64, 64});
        },
    .make =
        [](const manifest::Cell& cell, const Shape&, std::int64_t latent, std::int64_t outputs) {
          const std::int64_t w = cell.integer("model.width");
          return NetworkSpec{{conv(3, w, 4, 2, 1), relu(), conv(w, 2 * w, 4, 2, 1), relu(), conv(2 * w, 4 * w, 4, 2, 1), relu(),
                              conv(4 * w, 8 * w, 4, 2, 1), relu(), flatten(), linear(16 * 8 * w, outputs)},
                             // No ReLU behind the first layer, unlike MNIST's.
                             {linear(latent, 8 * 8 * 8 * w), unflatten({8 * w, 8, 8}), deconv(8 * w, 4 * w, 4, 2, 1), relu(),
                              deconv(4 * w, 2 * w, 4, 2, 1), relu(), deconv(2 * w, w, 4, 2, 1), relu(), deconv(w, 3, 1, 1, 0)}};
        },
}};

}  // namespace
}  // namespace irmae::models::celeba_network
