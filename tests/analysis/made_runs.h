// SPDX-License-Identifier: MIT
// Runs of a few numbers, for what needs no file: a configuration, a spectrum, so many epochs.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "analysis/run_set.h"

namespace irmae::tests {

/// The run's history, to be changed: its own from now on, which no other run shares.
inline storage::History& history_of(analysis::Run& run) {
  const auto own = std::make_shared<storage::History>(*run.history);
  run.history = own;
  return *own;
}

inline analysis::Run run_with(storage::Attributes parameters, double tail = 0) {
  analysis::Run run;
  run.complete = true;
  for (const auto& [path, value] : parameters)
    run.identity.id += std::visit([](const auto& one) { return fmt::format(" {}", one); }, value);
  run.identity.parameters = std::move(parameters);
  run.spectrum = {1, tail};
  history_of(run).emplace_back().validation_reconstruction = 0.5;
  return run;
}

inline storage::Attributes stacked(std::int64_t layers, double scale, std::int64_t seed) {
  return {{"data.name", std::string("shapes")},
          {"model.initial_scale", scale},
          {"model.latent", std::int64_t{32}},
          {"model.linear_layers", layers},
          {"model.method", std::string("irmae")},
          {"train.batch", std::int64_t{32}},
          {"train.seed", seed}};
}

inline storage::Attributes autoencoder(std::int64_t components) {
  return {{"data.name", std::string("shapes")}, {"evaluate.mixture_components", components}, {"model.latent", std::int64_t{32}},
          {"model.method", std::string("ae")},  {"train.batch", std::int64_t{32}},           {"train.seed", std::int64_t{1}}};
}

/// A run that has come so far, in its spectra too.
inline analysis::Run run_of_epochs(const storage::Attributes& parameters, std::int64_t epochs) {
  analysis::Run run = run_with(parameters);
  storage::History& history = history_of(run);
  history.clear();
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    storage::EpochRecord record;
    record.epoch = epoch;
    record.train_loss = record.validation_loss = record.validation_reconstruction = 1 / static_cast<double>(epoch);
    record.covariance_spectrum = {1, 0.5};
    if (run.linear_layers() > 0) record.product_spectrum = {1, 0.5 + static_cast<double>(epoch)};
    history.push_back(std::move(record));
  }
  return run;
}

}  // namespace irmae::tests
