// SPDX-License-Identifier: MIT
#include "framework/training/runs/evaluate_run.h"

#include <fmt/format.h>

#include "framework/device_failure.h"
#include "framework/distributed/phase.h"
#include "framework/training/cell_model.h"
#include "framework/training/lost_device.h"
#include "framework/training/runs/trained_model.h"
#include "storage/error.h"
#include "storage/run_file.h"

namespace irmae::training {

namespace {

/// As CellModel::latents gives them: with a width also where there are none.
storage::Latents stored_latents(const storage::RunFile& file, data::Split split, const manifest::Cell& cell) {
  storage::Latents latents = file.latents(split);
  latents.latent = cell.integer("model.latent");
  return latents;
}

/// Throws Error naming the file: what evaluations say of such codes names neither it nor the weights.
void check_finite_weights(const models::Autoencoder& model, const std::filesystem::path& file) {
  for (const auto& parameter : model.named_parameters())
    if (!parameter.value().isfinite().all().item<bool>())
      throw Error(fmt::format("{}: weight {} has numbers that are not finite: its training diverged, or the file is damaged",
                              file.string(), parameter.key()));
}

}  // namespace

std::vector<storage::Evaluation> evaluate_run(const RunToMeasure& run, distributed::Communicator& communicator) {
  distributed::enter_phase("set-up");
  communicator.on_root(
      [&] {
        check_same_data(storage::RunFile(run.file).provenance(), data_provenance(run.dataset),
                        "move its folder away to train it on these");
      },
      "comparison of the data");
  try {
    CellModel model(run.cell, run.dataset, communicator, run.place);
    return end_where_lost(model.device(), communicator.world_rank(), [&] {
      storage::Latents train, validation;
      model.take_trained([&](models::Autoencoder& autoencoder) {
        const storage::RunFile file(run.file);
        fill(autoencoder, file.weights(), run.file);
        check_finite_weights(autoencoder, run.file);
        train = stored_latents(file, data::Split::train, run.cell);
        validation = stored_latents(file, data::Split::validation, run.cell);
      });
      distributed::enter_phase("evaluation");
      const torch::NoGradGuard no_grad;
      return run.evaluate(model, run.dataset, communicator, train, validation);
    });
  } catch (const std::exception& error) {
    if (!is_full_memory(error)) throw;
    throw Error(
        fmt::format("cell {}: the GPU's memory is too small for the evaluations: end what else is on it, or hide it "
                    "(CUDA_VISIBLE_DEVICES=) to measure on the CPU",
                    run.cell.name));
  }
}

}  // namespace irmae::training
