// SPDX-License-Identifier: MIT
#include "framework/training/runs/export_model.h"

#include <fmt/ranges.h>
#include <torch/csrc/jit/serialization/import.h>

#include <sstream>

#include "framework/models/torchscript.h"
#include "framework/tensors.h"
#include "storage/error.h"
#include "storage/formats/safetensors.h"
#include "storage/system/files.h"

namespace irmae::training {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kTrials = 64;

/// Largest difference as a share of the largest wanted value.
double difference(const torch::Tensor& given, const torch::Tensor& wanted) {
  if (given.sizes() != wanted.sizes() || given.scalar_type() != wanted.scalar_type())
    return std::numeric_limits<double>::infinity();
  const double scale = wanted.abs().max().item<double>();
  return (given - wanted).abs().max().item<double>() / std::max(scale, std::numeric_limits<double>::min());
}

void compare(torch::jit::Module module, const TrainedModel& trained, Exported& exported) {
  const torch::NoGradGuard no_grad;
  const auto [samples, what] = trial_samples(trained, kTrials);
  const torch::Tensor codes = trained.encode(samples), images = trained.decode(codes);
  if (!codes.isfinite().all().item<bool>() || !images.isfinite().all().item<bool>())
    throw Error(fmt::format("{}: the trained model gives values that are not finite numbers: nothing was exported",
                            trained.path.string()));
  const torch::Tensor given = module.get_method("encode")({samples}).toTensor();
  exported.code_difference = difference(given, codes);
  // Each by itself, and one behind the other as users call them.
  exported.image_difference = std::max(difference(module.get_method("decode")({codes}).toTensor(), images),
                                       difference(module.forward({samples}).toTensor(), images));
  exported.samples = fmt::format("{} {}", samples.size(0), what);
  const double worst = std::max(exported.code_difference, exported.image_difference);
  if (!(worst <= kExportTolerance))  // also where it is not a number
    throw Error(
        fmt::format("{}: the exported model differs from the original by {:.2g} of the codes' scale and {:.2g} of the "
                    "images', more than {:.0e}: nothing was exported",
                    trained.path.string(), exported.code_difference, exported.image_difference, kExportTolerance));
}

std::vector<storage::NamedArray> arrays_of(const models::PlainModel& plain) {
  std::vector<storage::NamedArray> arrays;
  for (const auto& [part, layers] : {std::pair{"encoder", &plain.encoder}, std::pair{"decoder", &plain.decoder}}) {
    for (const models::Layer& layer : *layers) {
      if (layer.weight.defined()) arrays.push_back(to_array(fmt::format("{}.{}.weight", part, layer.name), layer.weight));
      if (layer.bias.defined()) arrays.push_back(to_array(fmt::format("{}.{}.bias", part, layer.name), layer.bias));
    }
  }
  return arrays;
}

std::vector<std::pair<std::string, std::string>> metadata_of(const TrainedModel& trained, const models::PlainModel& plain) {
  return {{"format", "pt"},
          {"method", trained.cell.text("model.method")},
          {"network", trained.cell.text("model.network")},
          {"cell", trained.cell.name},
          {"id", trained.id},
          {"latent", std::to_string(trained.latent())},
          {"sample_shape", fmt::format("{}", fmt::join(trained.shape, "x"))},
          {"output", plain.output},
          {"folded", plain.folding}};
}

}  // namespace

Exported export_model(const TrainedModel& trained, const fs::path& folder) {
  const models::PlainModel plain =
      models::plain_model(*trained.model, trained.method->readout(*trained.model), trial_samples(trained, 1).samples);
  torch::jit::Module module = models::to_torchscript(plain, trained.latent(), trained.shape);
  Exported exported{folder / "model.safetensors", folder / "model.pt", plain.folding, {}};
  storage::make_folder(folder);
  // By way of memory: LibTorch's writer ends the program where a disk is full.
  std::stringstream archive;
  module.save(archive);
  compare(torch::jit::load(archive), trained, exported);
  const std::string bytes = archive.str();
  storage::replace_file(exported.torchscript, bytes);
  storage::write_safetensors(exported.safetensors, arrays_of(plain), metadata_of(trained, plain));
  return exported;
}

}  // namespace irmae::training
