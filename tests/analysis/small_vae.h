// SPDX-License-Identifier: MIT
// A small untrained VAE of the shapes with its data, for evaluations that are compared with what is computed apart; and any
// cell's untrained model as an evaluation gets it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "analysis/evaluation/densities.h"
#include "analysis/evaluation/evaluation.h"
#include "framework/models/precision.h"
#include "tests/cell_of.h"

namespace irmae::tests {

/// What the evaluation of this name measures.
inline storage::Evaluation evaluation_of(const std::string& name, const evaluation::Context& context) {
  for (const evaluation::Kind& kind : evaluation::kinds())
    if (kind.name == name) return kind.run(context);
  ADD_FAILURE() << "no evaluation " << name;
  return {};
}

/// Of an evaluation that has it.
inline double real_note(const storage::Evaluation& found, const std::string& note) {
  return std::get<double>(*found.note(note));
}
inline std::int64_t integer_note(const storage::Evaluation& found, const std::string& note) {
  return std::get<std::int64_t>(*found.note(note));
}

/// The cell with every key of the evaluations, as the program reads it: at its fallback where `values` has no other one.
inline manifest::Cell with_evaluations(manifest::Cell cell, const storage::Attributes& values) {
  for (const manifest::Key& key : evaluation::keys()) cell = cell.with(key.path, key.fallback);
  for (const auto& [path, value] : values) cell = cell.with(path, value);
  return cell;
}

/// On one rank, without a GPU.
struct UntrainedModel {
  /// shape: of a sample.
  UntrainedModel(manifest::Cell of, const std::vector<std::int64_t>& shape)
      : cell(std::move(of)), method(models::make_method(cell)), model(method->make_model(shape)) {}

  evaluation::Context context(const data::Dataset& dataset, const torch::Tensor& train_codes = {},
                              const torch::Tensor& validation_codes = {}) {
    return {.cell = cell,
            .dataset = dataset,
            .method = *method,
            .model = *model,
            .ranks = *ranks,
            .device = torch::kCPU,
            .precision = models::storage_precision(cell),
            .train_codes = train_codes,
            .validation_codes = validation_codes,
            .densities = densities};
  }

  manifest::Cell cell;
  std::unique_ptr<models::Method> method;
  std::shared_ptr<models::Autoencoder> model;
  std::unique_ptr<distributed::Communicator> ranks = distributed::make_single();
  evaluation::DensityCache densities;
};

struct SmallVae : UntrainedModel {
  static constexpr std::int64_t kImages = 5, kLatent = 4, kSeed = 3;

  /// Codes are the means; evaluate.vae_codes has the other choice. more: key=value of a manifest. evaluate: values of the
  /// evaluations' keys.
  explicit SmallVae(const std::vector<std::string>& more = {}, const storage::Attributes& evaluate = {})
      : SmallVae(with_evaluations(cell_with(more), evaluate)) {}
  explicit SmallVae(const manifest::Cell& of) : SmallVae(of, data::open(of)) {}
  SmallVae(const manifest::Cell& of, std::unique_ptr<data::Dataset> samples)
      : UntrainedModel(of, samples->shape()), dataset(std::move(samples)) {}

  static manifest::Cell cell_with(const std::vector<std::string>& more) {
    std::vector<std::string> all{"model.method=vae",        "model.latent=4", "data.validation_size=5",
                                 "train.precision=float64", "train.seed=3",   "evaluate.vae_codes=mean"};
    all.insert(all.end(), more.begin(), more.end());
    return cell_of(all);
  }

  /// An untrained model hardly sees its images, and shows hardly anything of its codes. Larger weights make codes of about 1,
  /// and images that differ from code to code.
  void make_lively() {
    const torch::NoGradGuard no_grad;
    for (const torch::Tensor& weight : model->encoder()->parameters())
      if (weight.dim() > 1) weight.mul_(3);
    for (const torch::Tensor& weight : model->decoder()->parameters())
      if (weight.dim() > 1) weight.mul_(5);
  }

  /// Codes of the validation images, float64 [kImages, kLatent]: the means, of which the encoder's first outputs are.
  torch::Tensor means() { return model->encode(images).narrow(1, 0, kLatent); }
  /// uint8, as the program makes pictures of codes.
  torch::Tensor pictures(const torch::Tensor& codes) { return data::to_bytes(model->decode(codes), dataset->facts().scaling); }

  evaluation::Context context(const torch::Tensor& train_codes, const torch::Tensor& validation_codes) {
    return UntrainedModel::context(*dataset, train_codes, validation_codes);
  }

  std::unique_ptr<data::Dataset> dataset;
  torch::Tensor images = dataset->batch(data::Split::validation, data::consecutive(0, kImages)).images.to(torch::kFloat64);
};

}  // namespace irmae::tests
