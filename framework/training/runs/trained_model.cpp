// SPDX-License-Identifier: MIT
#include "framework/training/runs/trained_model.h"

#include <set>

#include "framework/data/bytes.h"
#include "framework/data/dataset.h"
#include "framework/data/in_batches.h"
#include "framework/manifest/stored_cell.h"
#include "framework/tensors.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/text/sizes_in.h"

namespace irmae::training {

namespace fs = std::filesystem;

namespace {

fs::path run_file_of(const fs::path& run) {
  std::error_code error;
  if (!fs::exists(run, error)) throw Error(fmt::format("{}: there is no such file or folder", run.string()));
  if (!fs::is_directory(run, error)) return run;
  if (fs::exists(run / storage::kRunFile, error)) return run / storage::kRunFile;
  for (const char* name : {storage::kMetricsFile, storage::kCheckpointFile})
    if (fs::exists(run / name, error))
      throw Error(fmt::format("{}: this run is not finished; irmae run goes on with it", run.string()));
  std::set<std::string> below;
  for (const auto& entry : fs::directory_iterator(run, error))
    if (fs::exists(entry.path() / storage::kRunFile, error)) below.insert(entry.path().string());
  throw Error(fmt::format("{}: no run.h5 there{}", run.string(),
                          below.empty() ? "; name the folder of one finished cell"
                                        : fmt::format("; name one cell's folder, such as {}", *below.begin())));
}

data::Scaling scaling_of(const storage::RunFile& file) {
  const storage::Evaluation stored = file.evaluation("scaling");
  const auto number = [&](const char* name) { return std::get_if<double>(stored.note(name)); };
  data::Scaling scaling;
  const storage::NamedArray *offset = stored.array("offset"), *factors = stored.array("factor");
  const double* factor = number("factor");
  if (offset && (factor || factors)) {
    scaling.offset = to_tensor(*offset).to(torch::kFloat64);
    scaling.factor = factor ? torch::tensor(*factor, torch::kFloat64) : to_tensor(*factors).to(torch::kFloat64);
  }
  const double *black = number("black"), *white = number("white");
  if (black && white && *white > *black) scaling.shown = {*black, *white};
  return scaling;
}

[[noreturn]] void fail_without_weights(const fs::path& path) {
  std::error_code error;
  const fs::path finished = path.parent_path() / storage::kRunFile;
  if (path.filename() != storage::kRunFile && fs::exists(finished, error))
    throw Error(fmt::format("{}: holds no weights: name {}, or its folder", path.string(), finished.string()));
  throw Error(fmt::format("{}: holds no weights: this run is not finished", path.string()));
}

std::string described(const torch::Tensor& tensor) {
  return fmt::format("[{}] of {}", fmt::join(tensor.sizes(), ", "), c10::toString(tensor.scalar_type()));
}

}  // namespace

models::Shape shape_of(const storage::RunFile& file, const fs::path& path) {
  const storage::Attributes notes = file.provenance();
  if (const auto* text = std::get_if<std::string>(storage::find_value(notes, "sample_shape")))
    if (models::Shape shape = storage::sizes_in(*text); shape.size() == 1 || shape.size() == 3) return shape;
  throw Error(fmt::format("{}: does not say the shape of its samples: the file is damaged", path.string()));
}

void fill(models::Autoencoder& model, const std::vector<storage::NamedArray>& weights, const fs::path& path) {
  const torch::NoGradGuard no_grad;
  std::map<std::string, torch::Tensor> stored;
  for (const storage::NamedArray& array : weights) stored[array.name] = to_tensor(array);
  const auto wrong = [&](const std::string& what) {
    throw Error(fmt::format("{}: {}: another version of this program wrote it, or it is damaged", path.string(), what));
  };
  const auto take = [&](const std::string& name, torch::Tensor target) {
    const auto found = stored.find(name);
    if (found == stored.end()) wrong(fmt::format("weight {} is missing", name));
    if (found->second.sizes() != target.sizes() || found->second.scalar_type() != target.scalar_type())
      wrong(fmt::format("weight {} is {}, wanted {}", name, described(found->second), described(target)));
    target.copy_(found->second);
    stored.erase(found);
  };
  for (const auto& parameter : model.named_parameters()) take(parameter.key(), parameter.value());
  for (const auto& buffer : model.named_buffers()) take(buffer.key(), buffer.value());
  if (!stored.empty()) wrong(fmt::format("weight {} belongs to no part of the model", stored.begin()->first));
}

bool TrainedModel::has_own_scale() const {
  return shape.size() == 1 || (cell.has("data.scaling") && cell.text("data.scaling") != "auto");
}

torch::Tensor TrainedModel::encode(const torch::Tensor& images) const {
  return in_batches(images, [&](const torch::Tensor& part) { return method->codes(*model, part.to(precision())); });
}

torch::Tensor TrainedModel::decode(const torch::Tensor& codes) const {
  return in_batches(codes, [&](const torch::Tensor& part) { return model->decode(part.to(precision())); });
}

TrainedModel load_trained_model(const fs::path& run, const manifest::Schema& schema) {
  const fs::path path = run_file_of(run);
  const storage::RunFile file(path);
  manifest::Cell cell = manifest::cell_of(file.identity(), schema, path);
  const std::vector<storage::NamedArray> weights = file.weights();
  if (weights.empty()) fail_without_weights(path);
  models::Shape shape = shape_of(file, path);
  std::unique_ptr<models::Method> method = models::make_method(cell);
  std::shared_ptr<models::Autoencoder> model = method->make_model(shape);
  model->eval();
  fill(*model, weights, path);
  return {path, file.id(), std::move(cell), std::move(shape), std::move(method), std::move(model), scaling_of(file)};
}

TrialSamples trial_samples(const TrainedModel& trained, std::int64_t count) {
  const storage::NamedArray originals = storage::RunFile(trained.path).originals();
  if (originals.shape.size() == 4 && originals.shape[0] > 0 &&
      std::equal(trained.shape.begin(), trained.shape.end(), originals.shape.begin() + 1, originals.shape.end())) {
    const torch::Tensor images = to_tensor(originals);
    return {data::from_bytes(images.narrow(0, 0, std::min(count, images.size(0))), trained.scaling, trained.precision()),
            "validation images"};
  }
  torch::Tensor noise = data::normal_noise(0, data::Stream::validation_noise, 0, count, storage::elements_of(trained.shape));
  if (trained.shape.size() == 3) noise = noise.sigmoid();  // images have values in 0..1
  return {noise.view(models::with_count(count, trained.shape)).to(trained.precision()), "samples of noise"};
}

}  // namespace irmae::training
