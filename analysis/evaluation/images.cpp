// SPDX-License-Identifier: MIT
#include "analysis/evaluation/images.h"

namespace irmae::evaluation {

std::string why_no_images(const Context& context) {
  if (context.dataset.shape().size() != 3) return "the data are vectors, not images";
  return "";
}

}  // namespace irmae::evaluation
