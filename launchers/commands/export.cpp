// SPDX-License-Identifier: MIT
// irmae export RUN [-o DIR]
#include <filesystem>

#include "framework/training/runs/export_model.h"
#include "launchers/full_schema.h"
#include "launchers/trainer_body.h"

namespace irmae::launchers {

namespace {

struct ExportOptions {
  std::string run, output;
};

std::string size_of(const std::filesystem::path& path) {
  return fmt::format("{:.1f} MB", static_cast<double>(std::filesystem::file_size(path)) / 1e6);
}

int export_run(const ExportOptions& options) {
  const training::TrainedModel trained = training::load_trained_model(options.run, full_schema());
  const auto folder = options.output.empty() ? trained.path.parent_path() : std::filesystem::path(options.output);
  const training::Exported exported = training::export_model(trained, folder.empty() ? "." : folder);
  fmt::print("{}  {}, the parameters\n", exported.safetensors.string(), size_of(exported.safetensors));
  fmt::print("{}  {}, TorchScript: encode(images), decode(codes), forward(images)\n", exported.torchscript.string(),
             size_of(exported.torchscript));
  fmt::print("{}; on {} the codes differ from the original's by {:.1e} of their scale, the images by {:.1e}\n",
             exported.folding, exported.samples, exported.code_difference, exported.image_difference);
  return 0;
}

void add_export(Command command) {
  auto options = std::make_shared<ExportOptions>();
  command.finished_run(options->run);
  command.option("-o,--output", options->output, "folder for model.safetensors and model.pt; the run's own by default");
  command.runs([options] { return export_run(*options); });
}

const RegisterTrainerBody export_body{{"export", add_export}};

}  // namespace

}  // namespace irmae::launchers
