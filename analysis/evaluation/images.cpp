// SPDX-License-Identifier: MIT
#include "analysis/evaluation/images.h"

namespace irmae::evaluation {

std::string why_no_images(const Context& context) {
  if (context.dataset.shape().size() != 3) return "the data are vectors, not images";
  return "";
}

torch::Tensor validation_codes(const Context& context, std::int64_t first, std::int64_t count) {
  return context.encode(context.dataset.batch(data::Split::validation, data::consecutive(first, count)).images);
}

}  // namespace irmae::evaluation
