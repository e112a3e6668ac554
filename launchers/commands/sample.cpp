// SPDX-License-Identifier: MIT
// irmae sample RUN: images of codes that are drawn from a density of the training codes, the same densities and, with the
// run's own seed, the same draws as those of the evaluation "samples".
#include <fmt/format.h>

#include "analysis/evaluation/densities.h"
#include "framework/counted.h"
#include "framework/tensors.h"
#include "launchers/full_schema.h"
#include "launchers/model_outputs.h"
#include "launchers/output_file.h"
#include "launchers/trainer_body.h"
#include "storage/run_file.h"

namespace irmae::launchers {

namespace {

struct SampleOptions {
  std::string run, output, density = "gaussian";
  std::int64_t count = 64;
  std::int64_t seed = -1;  ///< the run's own
};

density::GaussianMixture density_of(const training::TrainedModel& trained, const std::string& name) {
  const manifest::Cell& cell = trained.cell;
  if (name == "prior") {
    if (!trained.method->has_prior())
      throw UsageError(
          fmt::format("--density prior: only a VAE has a prior, and this is a run of {}: choose gaussian or mixture",
                      cell.text("model.method")));
    return evaluation::standard_normal(trained.latent());
  }
  const std::int64_t components = name == "gaussian" ? 1 : cell.integer("evaluate.mixture_components");
  storage::Latents latents;
  {
    const storage::RunFile file(trained.path);  // no longer than it is read: it keeps other threads from HDF5
    // Of codes that are not stored it keeps the densities.
    if (auto kept = evaluation::stored_density(file.evaluation("samples"), name, trained.latent(), trained.path.string()))
      return *std::move(kept);
    latents = file.latents(storage::Split::train);
  }
  if (latents.count < std::max<std::int64_t>(components, 2))
    throw Error(fmt::format("{}: holds {}, too few to fit a density: train with a larger evaluate.train_latents",
                            trained.path.string(), counted(latents.count, "training code")));
  return evaluation::fitted(codes_of(latents), components, static_cast<std::uint64_t>(cell.integer("train.seed")),
                            cell.real("evaluate.covariance_floor"));
}

/// In blocks of one size, of which the last is cut only in the end: sums of products are rounded differently in blocks of
/// other sizes, and an image is not to depend on how many are asked for.
torch::Tensor images_of(const training::TrainedModel& trained, const density::GaussianMixture& density, std::uint64_t seed,
                        std::int64_t count) {
  constexpr std::int64_t kBlock = 64;
  const torch::Tensor codes = density.sample(seed, 0, (count + kBlock - 1) / kBlock * kBlock);
  std::vector<torch::Tensor> images;
  for (const torch::Tensor& block : codes.split(kBlock)) images.push_back(trained.decode(block));
  return torch::cat(images).narrow(0, 0, count);
}

int sample(const SampleOptions& options) {
  check_output_is_no_input(options.output, {options.run});
  const training::TrainedModel trained = training::load_trained_model(options.run, full_schema());
  check_image_output(trained, options.output);
  const density::GaussianMixture density = density_of(trained, options.density);
  const std::int64_t seed = options.seed < 0 ? trained.cell.integer("train.seed") : options.seed;
  write_images(trained, images_of(trained, density, static_cast<std::uint64_t>(seed), options.count), options.output);
  fmt::print("{}  {}, density {}, seed {}\n", options.output, counted(options.count, "sample"), options.density, seed);
  return 0;
}

void add_sample(Command command) {
  auto options = std::make_shared<SampleOptions>();
  command.finished_run(options->run);
  command.option("-n,--count", options->count, "number of images").with_default_shown().between(1, 10'000'000);
  command
      .option("--density", options->density, "of the codes: gaussian or mixture, fitted to the training codes, or prior (VAE)")
      .with_default_shown()
      .one_of({"gaussian", "mixture", "prior"});
  command.option("--seed", options->seed, "of the draws; the run's own by default").not_negative();
  command.option("-o,--output", options->output, ".npy, .h5, .png for one sheet, or a folder for PNG files").required();
  command.runs([options] { return sample(*options); });
}

const RegisterTrainerBody sample_body{{"sample", add_sample}};

}  // namespace

}  // namespace irmae::launchers
