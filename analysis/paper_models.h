// SPDX-License-Identifier: MIT
// What the paper trains on each of its data sets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace irmae::analysis {

struct PaperModel {
  std::int64_t latent = 0;             ///< 0: the paper does not have this data set
  std::vector<std::int64_t> layers{};  ///< depths of the stack, the usual one first
};

/// The paper's latent size and depths for the data set of this name.
inline PaperModel paper_model(const std::string& data) {
  if (data == "shapes") return {32, {2, 4}};
  if (data == "mnist") return {128, {8}};
  if (data == "celeba") return {512, {4}};
  return {};
}

/// Whether the paper has the data set of this name.
inline bool is_in_paper(const std::string& data) { return paper_model(data).latent > 0; }

/// Whether the paper has a stack of so many layers on the data set of this name.
inline bool is_depth_of_paper(const std::string& data, std::int64_t layers) {
  const std::vector<std::int64_t> depths = paper_model(data).layers;
  return std::find(depths.begin(), depths.end(), layers) != depths.end();
}

}  // namespace irmae::analysis
