// SPDX-License-Identifier: MIT
#include "launchers/evaluate.h"

#include "analysis/evaluation/evaluation.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/training/trainer.h"

namespace irmae::launchers {

namespace {

torch::Tensor codes_of(const storage::Latents& latents) {
  return torch::tensor(latents.z, torch::kFloat32).view({latents.count, latents.latent}).to(torch::kFloat64);
}

}  // namespace

training::Evaluate evaluate_after(const manifest::Cell& cell, training::Progress& progress) {
  return [&cell, &progress](training::Trainer& trainer, const data::Dataset& dataset, distributed::Communicator& ranks,
                            const storage::Latents& train, const storage::Latents& validation) {
    evaluation::Context context{.cell = cell,
                                .dataset = dataset,
                                .method = trainer.method(),
                                .model = trainer.model(),
                                .ranks = ranks,
                                .device = trainer.device(),
                                .precision = trainer.precision(),
                                .train_codes = {},
                                .validation_codes = {},
                                .train_labels = {},
                                .validation_labels = {}};
    if (ranks.root()) {
      context.train_codes = codes_of(train);
      context.validation_codes = codes_of(validation);
      context.train_labels = torch::tensor(train.labels, torch::kInt64);
      context.validation_labels = torch::tensor(validation.labels, torch::kInt64);
    }
    return evaluation::evaluate(context, [&](const std::string& name) {
      distributed::enter_phase("evaluation of " + name);
      if (ranks.any(distributed::stop_requested(), "agreement whether to go on")) throw training::StoppedEarly();
      if (ranks.root()) progress.evaluating(name);
    });
  };
}

}  // namespace irmae::launchers
