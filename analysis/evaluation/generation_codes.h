// SPDX-License-Identifier: MIT
// The codes by which a model makes new images: what densities and principal components are fitted to, and between which images
// are interpolated. A method that takes an image's code for a distribution (a VAE) may draw them from it, as the authors'
// public code does: its decoder is trained on such codes, and they fill directions that the means leave empty.
#pragma once

#include "analysis/evaluation/evaluation.h"

namespace irmae::evaluation {

/// Whether these codes of a cell are drawn from posteriors (evaluate.vae_codes), and are not those that are stored.
bool draws_codes(const manifest::Cell& cell);

/// The codes of the samples first .. first + count - 1 of a split, float64 [count, latent] on the host, equal on every rank.
/// Where they are drawn, one draw a sample, a function of the cell's seed, the split and the sample's index alone.
torch::Tensor generation_codes(const Context& context, data::Split split, std::int64_t first, std::int64_t count);

/// How many samples of a split, its first ones, have stored codes.
std::int64_t code_count(const Context& context, data::Split split);

/// The codes of those samples, float64 [code_count, latent] on rank 0, undefined elsewhere: the stored ones where none are
/// drawn. Collective: the ranks share the drawing.
torch::Tensor gathered_generation_codes(const Context& context, data::Split split);

}  // namespace irmae::evaluation
