// SPDX-License-Identifier: MIT
#include "framework/training/runs/finished_run.h"

#include <algorithm>

#include "framework/data/bytes.h"
#include "framework/data/in_batches.h"
#include "framework/tensors.h"
#include "framework/training/cell_model.h"

namespace irmae::training {

namespace {

/// What a trained model needs to take, give and show the data set's own numbers. Empty where those are its samples.
std::vector<storage::Evaluation> stored(const data::Scaling& scaling) {
  storage::Evaluation all{.name = "scaling"};
  if (scaling.offset.defined()) {
    std::vector<std::string> dimensions = {"channel", "y", "x"};
    if (scaling.offset.dim() == 1) dimensions = {"value"};
    all.arrays = {{to_array("offset", scaling.offset), dimensions, "sample = (number - offset) / factor"}};
    if (scaling.factor.dim() == 0)
      all.notes = {{"factor", scaling.factor.item<double>()}};
    else
      all.arrays.push_back({to_array("factor", scaling.factor), dimensions, "sample = (number - offset) / factor"});
  }
  if (scaling.shown) {
    all.notes.emplace_back("black", scaling.shown->black);
    all.notes.emplace_back("white", scaling.shown->white);
  }
  if (all.arrays.empty() && all.notes.empty()) return {};
  return {std::move(all)};
}

/// The first validation images and what the model makes of them, as bytes.
void add_pictures(storage::RunRecord& run, const CellJob& job, CellModel& model, const data::Scaling& scaling) {
  const data::Dataset& dataset = job.dataset;
  const std::int64_t count = std::min(job.cell.integer("evaluate.images"), dataset.size(data::Split::validation));
  if (count <= 0 || dataset.shape().size() != 3) return;
  std::vector<torch::Tensor> originals, reconstructions;
  for_batches({0, count}, kBatchRows, [&](const std::vector<std::int64_t>& indices) {
    const torch::Tensor images = dataset.batch(data::Split::validation, indices).images;
    const torch::Tensor codes = model.method().codes(model.autoencoder(), model.to_device(images));
    originals.push_back(data::to_bytes(images, scaling));
    reconstructions.push_back(data::to_bytes(model.autoencoder().decode(codes), scaling));
  });
  run.originals = to_array("originals", torch::cat(originals));
  run.reconstructions = to_array("reconstructions", torch::cat(reconstructions));
}

}  // namespace

storage::RunRecord finished_run(const CellJob& job, const Notes& notes, CellModel& model, const storage::History& history,
                                distributed::Communicator& communicator) {
  const torch::NoGradGuard no_grad;
  const data::Dataset& dataset = job.dataset;
  storage::RunRecord run;
  run.validation = model.latents(data::Split::validation, dataset.size(data::Split::validation));
  run.train = model.latents(data::Split::train, job.cell.integer("evaluate.train_latents"));
  if (job.evaluate) run.evaluations = job.evaluate(model, dataset, communicator, run.train, run.validation);
  if (!communicator.root()) return run;
  run.validation_sources = dataset.sources(data::Split::validation, run.validation.index);
  run.train_sources = dataset.sources(data::Split::train, run.train.index);
  const data::Scaling& scaling = dataset.facts().scaling;
  for (storage::Evaluation& facts : stored(scaling)) run.evaluations.push_back(std::move(facts));
  run.identity = job.cell.identity();
  run.provenance = notes;
  run.provenance.emplace_back("parameters", model.parameters());
  run.history = history;
  const storage::EpochRecord& last = run.history.back();
  run.spectrum = last.covariance_spectrum;
  run.product_spectrum = last.product_spectrum;
  run.matrix_spectra = last.matrix_spectra;
  for (const auto& parameter : model.autoencoder().named_parameters())
    run.weights.push_back(to_array(parameter.key(), parameter.value()));
  add_pictures(run, job, model, scaling);
  return run;
}

}  // namespace irmae::training
