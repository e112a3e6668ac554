// SPDX-License-Identifier: MIT
#include "launchers/cell_evaluations.h"

#include "analysis/evaluation/densities.h"
#include "analysis/evaluation/evaluation.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/tensors.h"
#include "framework/training/cell_model.h"

namespace irmae::launchers {

training::Evaluate evaluate_after(const manifest::Cell& cell, training::Progress& progress) {
  return evaluate_some(cell, evaluation::names(), [&progress](const std::string& name) { progress.evaluating(name); });
}

training::Evaluate evaluate_some(const manifest::Cell& cell, std::set<std::string> names,
                                 std::function<void(const std::string&)> started) {
  return [&cell, names = std::move(names), started = std::move(started)](
             training::CellModel& model, const data::Dataset& dataset, distributed::Communicator& ranks,
             const storage::Latents& train, const storage::Latents& validation) {
    evaluation::DensityCache densities;
    evaluation::Context context{.cell = cell,
                                .dataset = dataset,
                                .method = model.method(),
                                .model = model.autoencoder(),
                                .ranks = ranks,
                                .device = model.device(),
                                .precision = model.precision(),
                                .train_codes = {},
                                .validation_codes = {},
                                .densities = densities};
    if (ranks.root()) {
      context.train_codes = codes_of(train);
      context.validation_codes = codes_of(validation);
    }
    return evaluation::evaluate(context, names, [&](const std::string& name) {
      distributed::enter_phase("evaluation of " + name);
      if (ranks.any(distributed::stop_requested(), "agreement whether to go on")) throw distributed::StoppedEarly();
      if (ranks.root()) started(name);
    });
  };
}

}  // namespace irmae::launchers
