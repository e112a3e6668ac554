// SPDX-License-Identifier: MIT
// The general network that fits the samples: what a user's own data get where no network is named.
#include "framework/models/networks/general.h"

namespace irmae::models::auto_network {
namespace {

std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all = conv_keys();
  for (manifest::Key& key : mlp_keys()) all.push_back(std::move(key));
  return all;
}

const RegisterNetwork registered{{
    .choice = {.name = "auto", .help = "conv for images, mlp for vectors", .keys = keys()},
    .why_not = [](const Shape& shape) { return shape.size() == 3 || shape.size() == 1 ? "" : "images or vectors"; },
    .make =
        [](const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs) {
          return shape.size() == 3 ? make_conv(cell, shape, latent, outputs) : make_mlp(cell, shape, latent, outputs);
        },
}};

}  // namespace
}  // namespace irmae::models::auto_network
