// SPDX-License-Identifier: MIT
// How many dimensions points have, by how the distances to their nearest neighbours grow: estimates from outside of any model,
// to hold an effective rank against. Both take the distances of `nearest` among points that differ (distinct_rows): a copy says
// nothing, and as a neighbour it counts twice. Real data bend and have noise: expect the order of size, and less than the truth
// where there are many dimensions for few points.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>

namespace irmae::dimension {

/// The rows of `points`, float64 [n, width] on the host, that are not the same as an earlier one: int64 [<= n],
/// sorted.
torch::Tensor distinct_rows(const torch::Tensor& points);

/// Distances, float64 [rows, count], of the points [first, first + rows) of `points`, float64 [n > count, width], to their
/// `count` nearest others, from near to far; on the device of the points.
torch::Tensor nearest(const torch::Tensor& points, std::int64_t first, std::int64_t rows, std::int64_t count);

/// TwoNN (Facco, d'Errico, Rodriguez and Laio 2017): of the ratios m of each point's second to its first distance, -log(1 - F)
/// against log m is a line through the origin whose slope is the dimension; F is the share of ratios up to m, and the largest
/// tenth of them is left out. `distances`: [n, >= 2], above 0, sorted. Empty where nothing can be fitted.
std::optional<double> two_nn(const torch::Tensor& distances);

/// Maximum likelihood (Levina and Bickel 2004): with k neighbours the inverse of the mean of log(T_k / T_j) over j < k and over
/// the points (their inverses are averaged, after MacKay and Ghahramani 2005), the mean of that over k from 10 to 20 as in the
/// paper. `distances`: [n, >= 20], above 0, sorted. Empty where nothing can be said.
std::optional<double> maximum_likelihood(const torch::Tensor& distances);

/// Those of `distances`, [n, k], whose nearest is farther than `rounding`: of nearer ones a ratio is of rounding errors.
torch::Tensor apart(const torch::Tensor& distances, double rounding);

/// The neighbours that maximum_likelihood asks for.
constexpr std::int64_t kNeighbours = 20;

}  // namespace irmae::dimension
