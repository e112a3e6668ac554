// SPDX-License-Identifier: MIT
// The network of MNIST, 32 x 32 x 1, as the authors' public code has it. 2,041,057 parameters with 128 latents.
#include "framework/models/network.h"
#include "framework/models/networks/layers.h"

namespace irmae::models {
namespace {

using torch::nn::Flatten;
using torch::nn::Linear;
using torch::nn::ReLU;
using torch::nn::Sequential;

const RegisterNetwork registered{{
    .choice = {.selector = "model.network",
               .name = "mnist",
               .help = "32 x 32 x 1: convolutions of 32, 64, 128, 256 channels and a linear layer"},
    .why_not = [](const Shape& shape) { return exactly(shape, {1, 32, 32}); },
    .make =
        [](const manifest::Cell&, const Shape&, std::int64_t latent, std::int64_t outputs) {
          return Network{
              Sequential(conv(1, 32, 4, 2, 1), ReLU(), conv(32, 64, 4, 2, 1), ReLU(), conv(64, 128, 4, 2, 1), ReLU(),
                         conv(128, 256, 4, 2, 1), ReLU(), Flatten(), Linear(1024, outputs)),
              Sequential(Linear(latent, 8 * 8 * 128), ReLU(), unflatten({128, 8, 8}), deconv(128, 64, 4, 2, 1), ReLU(),
                         deconv(64, 32, 4, 2, 1), ReLU(), deconv(32, 1, 1, 1, 0))};
        },
}};

}  // namespace
}  // namespace irmae::models
