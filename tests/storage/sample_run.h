// SPDX-License-Identifier: MIT
// A small run with something of everything, as its files hold it.
#pragma once

#include <string>

#include "storage/record.h"

namespace irmae::tests {

inline storage::Identity sample_identity() {
  return {"irmae-l2",
          std::string(64, 'a'),
          "shapes",
          "[train]\nseed = 1\n",
          {{"model.method", std::string("irmae")},
           {"train.learning_rate", 0.1},
           {"train.quiet", true},
           {"train.seed", std::int64_t{1}}}};
}

inline storage::History sample_history() {
  return {{1, 0.5, 0.4, 0.3, 2.0, 100.0, {3.0, 1.0}, {2.0, 1.0}, {{2.0, 0.5}, {1.0, 0.25}}},
          {2, 0.25, 0.2, 0.1, 2.0, 100.0, {}, {}, {}}};
}

inline storage::RunRecord sample_run() {
  storage::RunRecord run;
  run.identity = sample_identity();
  run.provenance = {{"host", std::string("here")}, {"wall_seconds", 1.0 / 3}};
  run.history = sample_history();
  run.train = {3, 2, std::vector<float>{1, 2, 3, 4, 5, 6}, {0, 1, 0}, {0, 1, 2}};
  run.validation = {2, 2, std::vector<float>{7, 8, 9, 10}, {1, 1}, {0, 1}};
  run.spectrum = {3.0, 1.0};
  run.product_spectrum = {2.0, 1.0};
  run.matrix_spectra = {{2.0, 0.5}, {1.0, 0.25}};
  run.weights = {{"encoder.0.weight", {2, 2}, std::vector<float>{1, 2, 3, 4}}};
  run.originals = {"originals", {1, 1, 2, 2}, std::vector<std::uint8_t>{0, 1, 2, 255}};
  run.reconstructions = {"reconstructions", {1, 1, 2, 2}, std::vector<std::uint8_t>{0, 1, 2, 254}};
  return run;
}

/// In the third epoch, with so many values of a parameter.
inline storage::CheckpointRecord sample_checkpoint(std::int64_t values) {
  storage::CheckpointRecord checkpoint;
  checkpoint.identity = sample_identity();
  checkpoint.world_size = 2;
  checkpoint.epoch = 3;
  checkpoint.bucket_plan = "plan";
  checkpoint.epoch_sums = {0.1, 0.2, 0.3, 0.4};
  checkpoint.history = sample_history();
  checkpoint.tensors = {{"values", {values}, std::vector<float>(static_cast<std::size_t>(values), 0.1F)}};
  return checkpoint;
}

}  // namespace irmae::tests
