// SPDX-License-Identifier: MIT
// The networks of the synthetic shapes, 32 x 32 x 3: five strided convolutions down to one place and back. As the authors'
// public code has it, 1,445,859 parameters with 32 latents; and as the paper's supplement has it, with a ReLU on the code and a
// last convolution of 4 x 4, 1,544,163 parameters.
#include "framework/models/network.h"
#include "framework/models/networks/layers.h"

namespace irmae::models::shapes_network {
namespace {

std::string why_not(const Shape& shape) { return exactly(shape, {3, 32, 32}); }

/// last: the layers that make the code of 2 x 2 places of 256 channels.
NetworkSpec network(std::int64_t latent, const std::vector<LayerSpec>& last) {
  std::vector<LayerSpec> encoder{conv(3, 32, 4, 2, 1),   relu(), conv(32, 64, 4, 2, 1),   relu(),
                                 conv(64, 128, 4, 2, 1), relu(), conv(128, 256, 4, 2, 1), relu()};
  encoder.insert(encoder.end(), last.begin(), last.end());
  encoder.push_back(flatten());
  return {encoder,
          {unflatten({latent, 1, 1}), deconv(latent, 256, 2, 1, 0), relu(), deconv(256, 128, 4, 2, 1), relu(),
           deconv(128, 64, 4, 2, 1), relu(), deconv(64, 32, 4, 2, 1), relu(), deconv(32, 3, 4, 2, 1)}};
}

const RegisterNetwork of_code{{
    .choice = {.name = "shapes", .help = "32 x 32 x 3: convolutions of 32, 64, 128, 256 channels, down to one place"},
    .why_not = why_not,
    .make = [](const manifest::Cell&, const Shape&, std::int64_t latent,
               std::int64_t outputs) { return network(latent, {conv(256, outputs, 2, 1, 0)}); },
}};

const RegisterNetwork of_supplement{{
    .choice =
        {.name = "shapes-supplement",
         .help = "the same with a last convolution of 4 x 4 and a ReLU on the code, as in the paper's supplement; a vae's mean "
                 "and variance have no ReLU"},
    .why_not = why_not,
    .make =
        [](const manifest::Cell&, const Shape&, std::int64_t latent, std::int64_t outputs) {
          std::vector<LayerSpec> last{conv(256, outputs, 4, 2, 1)};
          if (outputs == latent) last.push_back(relu());
          return network(latent, last);
        },
}};

}  // namespace
}  // namespace irmae::models::shapes_network
