// SPDX-License-Identifier: MIT
// A cell trained in one go, and what came out of it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framework/training/trainer.h"

namespace irmae::tests {

struct Trained {
  torch::Tensor weights;  ///< of all parameters, in their order, on the host
  storage::History history;
  std::vector<std::string> notes{};
  std::vector<std::int64_t> steps{};  ///< those after which the trainer told of itself
};

inline Trained train(const manifest::Cell& cell, distributed::Communicator& ranks, const training::Place& place) {
  const auto dataset = data::open(cell);
  training::Trainer trainer(cell, *dataset, ranks, place);
  Trained trained;
  training::Observer observer;
  observer.note = [&](const std::string& text) { trained.notes.push_back(text); };
  observer.step_done = [&](std::int64_t step, std::int64_t, double) { trained.steps.push_back(step); };
  EXPECT_EQ(trainer.run(observer), training::Trainer::End::finished);
  std::vector<torch::Tensor> all;
  for (const torch::Tensor& parameter : trainer.model().autoencoder().parameters())
    all.push_back(parameter.detach().to(torch::kCPU).reshape({-1}));
  trained.weights = torch::cat(all);
  trained.history = trainer.history();
  return trained;
}

}  // namespace irmae::tests
