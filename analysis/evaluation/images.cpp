// SPDX-License-Identifier: MIT
#include "analysis/evaluation/images.h"

#include <numeric>

namespace irmae::evaluation {

std::string why_no_images(const Context& context) {
  if (context.dataset.shape().size() != 3) return "the data are vectors, not images";
  return "";
}

torch::Tensor validation_codes(const Context& context, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return context.encode(context.dataset.validation(indices).images);
}

}  // namespace irmae::evaluation
