// SPDX-License-Identifier: MIT
#include "tests/analysis/sample_runs.h"

#include <cmath>

#include "storage/run_file.h"

namespace irmae::tests {

namespace {

using storage::Evaluation;
using storage::LabelledArray;
using storage::NamedArray;

/// Images of smooth stripes, the same for the same arguments.
LabelledArray images(const std::string& name, std::vector<std::int64_t> shape, std::vector<std::string> dimensions) {
  std::int64_t size = 1;
  for (const std::int64_t axis : shape) size *= axis;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(128 + 127 * std::sin(0.05 * static_cast<double>(i)));
  return {{name, std::move(shape), std::move(bytes)}, std::move(dimensions), name};
}

std::vector<double> spectrum(std::int64_t latent, double decay) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < latent; ++i) values.push_back(3 * std::exp(-decay * static_cast<double>(i)));
  return values;
}

storage::History history(const Sample& sample) {
  storage::History history;
  for (std::int64_t epoch = 1; epoch <= 4; ++epoch) {
    const auto at = static_cast<double>(epoch);
    storage::EpochRecord record;
    record.epoch = epoch;
    record.train_loss = record.validation_reconstruction = 0.1 / at;
    record.validation_loss = 0.11 / at;
    record.seconds = 2;
    record.samples_per_second = 500;
    record.covariance_spectrum = spectrum(sample.latent, 0.1 * static_cast<double>(1 + sample.layers) * at);
    if (sample.layers > 0) {
      record.product_spectrum = spectrum(sample.latent, 0.2 * at);
      record.matrix_spectra.assign(static_cast<std::size_t>(sample.layers), spectrum(sample.latent, 0.05));
    }
    history.push_back(std::move(record));
  }
  return history;
}

/// Errors [label counts, 2 draws] whose mean is the sample's.
std::vector<double> draws_of(const Sample& sample, double error, double spread) {
  std::vector<double> all;
  for (const std::int64_t labels : sample.labels)
    for (const double sign : {-1, 1}) all.push_back(labels > sample.available ? std::nan("") : error + sign * spread);
  return all;
}

std::vector<Evaluation> evaluations(const Sample& sample) {
  const std::int64_t channels = sample.data == "mnist" ? 1 : 3, side = 8;
  const std::vector<std::string> of_image{"channel", "y", "x"};
  const auto shape = [&](std::vector<std::int64_t> outer) {
    outer.insert(outer.end(), {channels, side, side});
    return outer;
  };
  const auto named = [&](std::vector<std::string> outer) {
    outer.insert(outer.end(), of_image.begin(), of_image.end());
    return outer;
  };
  std::vector<Evaluation> all;
  all.push_back({"interpolation", {images("images", shape({4, 6}), named({"pair", "step"}))}, {}, {}});
  all.push_back({"pca", {images("images", shape({5, 5}), named({"first", "second"}))}, {}, {}});
  all.push_back({"samples",
                 {images("gaussian", shape({16}), named({"sample"})), images("mixture", shape({16}), named({"sample"}))},
                 {},
                 {{"mixture_components", std::int64_t{4}},
                  {"gaussian_validation_log_likelihood", 12.5},
                  {"mixture_validation_log_likelihood", 13.5}}});
  if (sample.method == "vae") all.back().notes.emplace_back("prior_validation_log_likelihood", 14.5);
  all.push_back({"frechet",
                 {},
                 {},
                 {{"gaussian", sample.frechet + 5},
                  {"mixture", sample.frechet},
                  {"mixture_images", std::int64_t{10'000}},
                  {"reference_images", std::int64_t{5000}}}});
  all.push_back({"dimension",
                 {},
                 {},
                 {{"samples", std::int64_t{32}},
                  {"samples_two_nn", 6.5},
                  {"samples_mle", 6.25},
                  {"samples_repeated", std::int64_t{0}},
                  {"codes_two_nn", 4.5},
                  {"codes_mle", 4.25},
                  {"codes_repeated", std::int64_t{0}}}});
  const auto counts = static_cast<std::int64_t>(sample.labels.size());
  if (sample.data == "mnist")
    all.push_back({"classification",
                   // The two draws spread differently for each seed.
                   {{{"error", {counts, 2}, draws_of(sample, sample.error, 0.1 * static_cast<double>(sample.seed))},
                     {"labels", "draw"},
                     "error",
                     "percent"},
                    {{"supervised_error", {counts, 2}, draws_of(sample, 7, 0)}, {"labels", "draw"}, "error", "percent"}},
                   {{"labels", sample.labels}},
                   {{"held_out", std::int64_t{5000}}, {"available", sample.available}}});
  else
    all.push_back({"attributes",
                   {{{"accuracy", {2}, std::vector<double>{0.8, 0.9}}, {"attribute"}, "accuracy"},
                    {{"balanced_accuracy", {2}, std::vector<double>{0.75, 0.95}}, {"attribute"}, "balanced"},
                    {{"prevalence", {2}, std::vector<double>{0.1, 0.5}}, {"attribute"}, "prevalence"},
                    {{"row_attribute", {2}, std::vector<std::int64_t>{1, 0}}, {"row"}, "attribute"},
                    {{"deviations", {5}, std::vector<double>{-3, -1.5, 0, 1.5, 3}}, {"step"}, "length of the move"},
                    images("images", shape({2, 5}), named({"row", "step"}))},
                   {},
                   {{"names", std::string("5_o_Clock_Shadow Male")}, {"train_codes", std::int64_t{64}}}});
  if (sample.method == "vae")
    all.push_back({"vae",
                   {},
                   {},
                   {{"negative_evidence_bound", 101.0},
                    {"reconstruction", 90.0},
                    {"divergence", 11.0},
                    {"active_units", std::int64_t{9}}}});
  return all;
}

/// Another one for other parameters.
std::string id_of(const Sample& sample) {
  std::string id = sample.data + sample.method + sample.scale + std::to_string(sample.latent) + "l" +
                   std::to_string(sample.layers) + "s" + std::to_string(sample.seed);
  id.resize(64, '0');
  return id;
}

}  // namespace

storage::RunRecord record_of(const Sample& sample) {
  storage::RunRecord run;
  run.identity = {sample.cell,
                  id_of(sample),
                  "made",
                  "",
                  {{"data.name", sample.data},
                   {"data.train_size", std::int64_t{64}},
                   {"data.validation_size", std::int64_t{32}},
                   {"model.latent", sample.latent},
                   {"model.method", sample.method},
                   {"train.batch", std::int64_t{16}},
                   {"train.epochs", std::int64_t{4}},
                   {"train.seed", sample.seed}},
                  sample.scale};
  if (sample.layers > 0) run.identity.parameters.emplace_back("model.linear_layers", sample.layers);
  run.provenance = {{"version", std::string("0.0")}, {"ranks", std::int64_t{2}}, {"wall_seconds", 8.0}};
  run.history = history(sample);
  run.spectrum = run.history.back().covariance_spectrum;
  run.originals = images("originals", {8, sample.data == "mnist" ? 1 : 3, 8, 8}, {}).array;
  run.reconstructions = images("reconstructions", {8, sample.data == "mnist" ? 1 : 3, 8, 8}, {}).array;
  run.evaluations = evaluations(sample);
  return run;
}

void write_sample(const std::filesystem::path& folder, const Sample& sample) {
  const auto place = folder / "made" /
                     (sample.data + "-" + sample.method + std::to_string(sample.layers) + "-n" + std::to_string(sample.latent) +
                      "-seed" + std::to_string(sample.seed));
  std::filesystem::create_directories(place);
  storage::write_run(place / "run.h5", record_of(sample));
}

void write_paper(const std::filesystem::path& folder) {
  for (const auto& [data, latent, layers] :
       {std::tuple<std::string, std::int64_t, std::int64_t>{"shapes", 32, 2}, {"mnist", 128, 8}, {"celeba", 512, 4}})
    for (const std::int64_t seed : {1, 2}) {
      const std::string end = "-" + data + "-seed" + std::to_string(seed);
      const auto write = [&, &data = data](const std::string& method, std::int64_t size, std::int64_t depth) {
        write_sample(folder, {.data = data,
                              .method = method,
                              .cell = method + end,
                              .latent = size,
                              .layers = depth,
                              .seed = seed,
                              .frechet = 30 + static_cast<double>(seed),
                              .error = 10 + static_cast<double>(seed)});
      };
      write("ae", latent, 0);
      write("ae", latent / 2, 0);
      write("irmae", latent, layers);
      write("irmae", latent, data == "shapes" ? 4 : layers / 2);
      for (const char* method : {"irmae-fixed", "irmae-nonlinear", "irmae-shared"})
        write(method, latent, data == "shapes" ? 4 : layers);
      for (const char* method : {"vae", "l1", "l2"}) write(method, latent, 0);
    }
  const auto unfinished = folder / "made" / "celeba-vae0-n512-seed2";
  const storage::RunRecord run =
      record_of({.data = "celeba", .method = "vae", .cell = "vae-celeba-seed2", .latent = 512, .seed = 2});
  std::filesystem::remove(unfinished / "run.h5");
  storage::write_metrics(unfinished / "metrics.h5", run.identity, run.provenance, run.history);
}

}  // namespace irmae::tests
