// SPDX-License-Identifier: MIT
// The network of MNIST, 32 x 32 x 1, as the authors' public code has it. 2,041,057 parameters with 128 latents.
#include "framework/models/network.h"
#include "framework/models/networks/layers.h"

namespace irmae::models::mnist_network {
namespace {

const RegisterNetwork registered{{
    .choice = {.name = "mnist", .help = "32 x 32 x 1: convolutions of 32, 64, 128, 256 channels and a linear layer"},
    .why_not =
        [](const Shape& shape) {
          return exactly(shape, {1, 32, 32});
        },
    .make =
        [](const manifest::Cell&, const Shape&, std::int64_t latent, std::int64_t outputs) {
          return NetworkSpec{{conv(1, 32, 4, 2, 1), relu(), conv(32, 64, 4, 2, 1), relu(), conv(64, 128, 4, 2, 1), relu(),
                              conv(128, 256, 4, 2, 1), relu(), flatten(), linear(1024, outputs)},
                             {linear(latent, 8 * 8 * 128), relu(), unflatten({128, 8, 8}), deconv(128, 64, 4, 2, 1), relu(),
                              deconv(64, 32, 4, 2, 1), relu(), deconv(32, 1, 1, 1, 0)}};
        },
}};

}  // namespace
}  // namespace irmae::models::mnist_network
