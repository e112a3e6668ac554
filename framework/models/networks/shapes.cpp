// SPDX-License-Identifier: MIT
// The network of the synthetic shapes, 32 x 32 x 3, as the authors' public code has it: five strided convolutions down to
// one place and back. 1,445,859 parameters with 32 latents.
#include "framework/models/network.h"
#include "framework/models/networks/layers.h"

namespace irmae::models::shapes_network {
namespace {

const RegisterNetwork registered{{
    .choice = {.selector = "model.network",
               .name = "shapes",
               .help = "32 x 32 x 3: convolutions of 32, 64, 128, 256 channels, down to one place"},
    .why_not =
        [](const Shape& shape) {
          return exactly(shape, {3, 32, 32});
        },
    .make =
        [](const manifest::Cell&, const Shape&, std::int64_t latent, std::int64_t outputs) {
          return Network{
              sequence({conv(3, 32, 4, 2, 1), relu(), conv(32, 64, 4, 2, 1), relu(), conv(64, 128, 4, 2, 1), relu(),
                        conv(128, 256, 4, 2, 1), relu(), conv(256, outputs, 2, 1, 0), flatten()}),
              sequence({unflatten({latent, 1, 1}), deconv(latent, 256, 2, 1, 0), relu(), deconv(256, 128, 4, 2, 1), relu(),
                        deconv(128, 64, 4, 2, 1), relu(), deconv(64, 32, 4, 2, 1), relu(), deconv(32, 3, 4, 2, 1)})};
        },
}};

}  // namespace
}  // namespace irmae::models::shapes_network
