// SPDX-License-Identifier: MIT
#include "launchers/evaluate.h"

#include "analysis/evaluation/evaluation.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/training/tensors.h"
#include "framework/training/trainer.h"

namespace irmae::launchers {

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
                                .validation_codes = {}};
    if (ranks.root()) {
      context.train_codes = training::codes_of(train);
      context.validation_codes = training::codes_of(validation);
    }
    return evaluation::evaluate(context, [&](const std::string& name) {
      distributed::enter_phase("evaluation of " + name);
      if (ranks.any(distributed::stop_requested(), "agreement whether to go on")) throw training::StoppedEarly();
      if (ranks.root()) progress.evaluating(name);
    });
  };
}

}  // namespace irmae::launchers
