// SPDX-License-Identifier: MIT
// run.h5 and metrics.h5, written.
#include <set>

#include "storage/run_file.h"
#include "storage/run_layout.h"

namespace irmae::storage {

namespace {

void write_sources(hdf5::Group& group, const Sources& sources) {
  if (const auto* files = std::get_if<std::vector<std::string>>(&sources)) {
    if (!files->empty()) group.texts("source", *files, "index", "path of the sample's file within the folder of the data");
    return;
  }
  const auto& rows = std::get<std::vector<std::int64_t>>(sources);
  if (rows.empty()) return;
  group.dataset({"source", {static_cast<std::int64_t>(rows.size())}, rows}, {"index"},
                "row of the sample in the file of the data, counted from 0", "1", hdf5::Layout::compressed);
}

void write_latents(hdf5::Writer& file, Split split, const Latents& latents, const Sources& sources) {
  if (latents.count == 0) return;
  hdf5::Group group = file.group("/latents/" + text_of(split));
  group.dimension("index", latents.index, "index of the sample in the " + text_of(split) + " split");
  group.dimension("component", latents.latent);
  group.dataset({"z", {latents.count, latents.latent}, latents.z}, {"index", "component"}, "code after the linear stack", "1",
                hdf5::Layout::compressed);
  group.dataset({"labels", {latents.count}, latents.labels}, {"index"}, "class of the sample, -1 where there is none", "1",
                hdf5::Layout::compressed);
  write_sources(group, sources);
}

void write_final_spectrum(hdf5::Writer& file, const RunRecord& run) {
  const auto latent = static_cast<std::int64_t>(run.spectrum.size());
  if (latent == 0) return;
  hdf5::Group group = file.group("/spectrum/final");
  group.dimension("component", latent);
  group.dataset({"covariance", {latent}, run.spectrum}, {"component"},
                "singular values of the covariance of the validation codes", "1");
  if (!run.product_spectrum.empty())
    group.dataset({"product", {latent}, run.product_spectrum}, {"component"}, "singular values of the product W_l ... W_1",
                  "1");
  if (run.matrix_spectra.empty()) return;
  const auto layers = static_cast<std::int64_t>(run.matrix_spectra.size());
  std::vector<double> all;
  for (const auto& matrix : run.matrix_spectra) all.insert(all.end(), matrix.begin(), matrix.end());
  group.dimension("layer", layers);
  group.dataset({"matrices", {layers, latent}, all}, {"layer", "component"}, "singular values of each matrix W_i", "1");
}

void write_images(hdf5::Writer& file, const RunRecord& run) {
  const std::vector<std::int64_t>& shape = run.originals.shape;
  if (shape.size() != 4) return;
  hdf5::Group group = file.group("/samples");
  const std::vector<std::string> dimensions = {"sample", "channel", "y", "x"};
  for (std::size_t axis = 0; axis < 4; ++axis) group.dimension(dimensions[axis], shape[axis]);
  group.dataset({"originals", shape, run.originals.values}, dimensions, "validation images, 255 is 1", "1",
                hdf5::Layout::compressed);
  group.dataset({"reconstructions", run.reconstructions.shape, run.reconstructions.values}, dimensions,
                "what the model makes of them, 255 is 1", "1", hdf5::Layout::compressed);
}

std::string group_of(const Evaluation& evaluation) { return "/evaluation/" + evaluation.name; }

void write_arrays_of(const Evaluation& evaluation, hdf5::Writer& file) {
  hdf5::Group group = file.group(group_of(evaluation));
  std::set<std::string> known;
  for (const LabelledArray& labelled : evaluation.arrays) {
    for (std::size_t axis = 0; axis < labelled.dimensions.size(); ++axis) {
      const std::string& dimension = labelled.dimensions[axis];
      if (!known.insert(dimension).second) continue;
      const auto values = evaluation.coordinates.find(dimension);
      if (values != evaluation.coordinates.end())
        group.dimension(dimension, values->second, dimension);
      else
        group.dimension(dimension, labelled.array.shape[axis]);
    }
    group.dataset(labelled.array, labelled.dimensions, labelled.long_name, labelled.units, hdf5::Layout::compressed);
  }
}

/// All notes before all arrays: attributes have no check sums of their own, and of a large file the seal is of its ends.
void write_evaluations(const std::vector<Evaluation>& evaluations, hdf5::Writer& file) {
  for (const Evaluation& evaluation : evaluations) file.group(group_of(evaluation)).attributes(evaluation.notes);
  for (const Evaluation& evaluation : evaluations) write_arrays_of(evaluation, file);
}

}  // namespace

void write_run(const std::filesystem::path& path, const RunRecord& run) {
  hdf5::Writer file;
  write_header(file, "run", run.identity);
  file.group("/provenance").attributes(run.provenance);
  write_history(file, run.history);
  write_final_spectrum(file, run);
  write_evaluations(run.evaluations, file);
  write_images(file, run);
  write_latents(file, Split::train, run.train, run.train_sources);
  write_latents(file, Split::validation, run.validation, run.validation_sources);
  // Trained weights are nearly random bits: packing takes 15 s for those of CelebA's network and saves a quarter.
  write_arrays(file, "/weights", run.weights, "parameter", hdf5::Layout::checked);
  file.commit(path);
}

void replace_evaluations(const std::filesystem::path& path, const std::vector<Evaluation>& evaluations) {
  check_header(hdf5::Reader(path), {"run"});  // whether HDF5 may be given it
  const hdf5::LibraryLock lock;               // the guard's handlers are the process's, of one thread at a time
  const hdf5::CrashGuard guard(path, std::filesystem::file_size(path));
  hdf5::Writer file(path);
  for (const Evaluation& evaluation : evaluations) file.remove(group_of(evaluation));
  write_evaluations(evaluations, file);
  file.commit(path);
}

void write_metrics(const std::filesystem::path& path, const Identity& identity, const Attributes& provenance,
                   const History& history) {
  hdf5::Writer file;
  write_header(file, "metrics", identity);
  file.group("/provenance").attributes(provenance);
  write_history(file, history);
  file.commit(path);
}

}  // namespace irmae::storage
