// SPDX-License-Identifier: MIT
// The networks for samples of any shape, and the keys that they share.
#pragma once

#include <vector>

#include "framework/models/network.h"

namespace irmae::models {

/// For images of any size: see conv.cpp.
NetworkSpec make_conv(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs);
std::vector<manifest::Key> conv_keys();

/// For vectors: see mlp.cpp.
NetworkSpec make_mlp(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs);
std::vector<manifest::Key> mlp_keys();

}  // namespace irmae::models
