// SPDX-License-Identifier: MIT
// Small made-up runs of every method on every data set, with all evaluations: what the tables, figures and the report read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "storage/record.h"

namespace irmae::tests {

struct Sample {
  std::string data = "shapes", method = "ae", cell = "ae-seed1", scale = "tiny";
  std::int64_t latent = 32, layers = 0, seed = 1;
  double frechet = 30, error = 10;  ///< of the mixture; of every number of labels, in percent
  std::vector<std::int64_t> labels{10, 100, 55'000};
  std::int64_t available = 55'000;  ///< more labels than these have no error
};

storage::RunRecord record_of(const Sample& sample);

/// DIR/made/<cell>/run.h5
void write_sample(const std::filesystem::path& folder, const Sample& sample);

/// Every experiment of the paper, two seeds each, one of them unfinished: the second seed of the VAE on CelebA.
void write_paper(const std::filesystem::path& folder);

}  // namespace irmae::tests
