// SPDX-License-Identifier: MIT
#include "tests/fuzz/small_files.h"

#include "storage/array_file.h"
#include "storage/files.h"
#include "storage/run_file.h"
#include "tests/fuzz/targets.h"

namespace irmae::tests::fuzz {

namespace {

using storage::NamedArray;

storage::Identity identity() {
  return {"irmae-l2",
          std::string(64, 'a'),
          "shapes",
          "[train]\nseed = 1\n",
          {{"model.method", std::string("irmae")},
           {"train.learning_rate", 0.1},
           {"train.quiet", true},
           {"train.seed", std::int64_t{1}}}};
}

storage::History history() {
  return {{1, 0.5, 0.4, 0.3, 2.0, 100.0, {3.0, 1.0}, {2.0, 1.0}, {{2.0, 0.5}, {1.0, 0.25}}},
          {2, 0.25, 0.2, 0.1, 2.0, 100.0, {}, {}, {}}};
}

storage::RunRecord run() {
  storage::RunRecord run;
  run.identity = identity();
  run.provenance = {{"host", std::string("here")}, {"wall_seconds", 1.0 / 3}};
  run.history = history();
  run.train = {3, 2, {1, 2, 3, 4, 5, 6}, {0, 1, 0}, {0, 1, 2}};
  run.validation = {2, 2, {7, 8, 9, 10}, {1, 1}, {0, 1}};
  run.spectrum = {3.0, 1.0};
  run.product_spectrum = {2.0, 1.0};
  run.matrix_spectra = {{2.0, 0.5}, {1.0, 0.25}};
  run.weights = {{"w", {2, 2}, std::vector<float>{1, 2, 3, 4}}};
  run.originals = {"originals", {1, 1, 2, 2}, std::vector<std::uint8_t>{0, 1, 2, 255}};
  run.reconstructions = {"reconstructions", {1, 1, 2, 2}, std::vector<std::uint8_t>{0, 1, 2, 254}};
  storage::Evaluation fid{.name = "fid"};
  fid.arrays = {{{"values", {2}, std::vector<double>{1, 2}}, {"sample"}, "distance"}};
  fid.notes = {{"network", std::string("none")}};
  run.evaluations = {fid};
  return run;
}

storage::CheckpointRecord checkpoint() {
  storage::CheckpointRecord checkpoint;
  checkpoint.identity = identity();
  checkpoint.world_size = 2;
  checkpoint.epoch = 3;
  checkpoint.bucket_plan = "plan";
  checkpoint.epoch_sums = {0.1, 0.2, 0.3, 0.4};
  checkpoint.history = history();
  checkpoint.tensors = {{"values", {100}, std::vector<float>(100, 0.1F)}};
  return checkpoint;
}

template <class Write>
std::string bytes_of(Write write) {
  const std::string path = scratch_file("made.h5", {});
  write(path);
  return storage::read_text(path);
}

}  // namespace

const std::string& small_run() {
  static const std::string bytes = bytes_of([](const auto& path) { storage::write_run(path, run()); });
  return bytes;
}

const std::string& small_metrics() {
  static const std::string bytes = bytes_of([](const auto& path) { storage::write_metrics(path, identity(), history()); });
  return bytes;
}

const std::string& small_checkpoint() {
  static const std::string bytes = bytes_of([](const auto& path) { storage::write_checkpoint(path, checkpoint()); });
  return bytes;
}

const std::string& small_array_file() {
  static const std::string bytes = bytes_of([](const auto& path) {
    storage::write_array_file(path, "feature statistics", {{"a", {3}, std::vector<double>{1, 2, 3}}});
  });
  return bytes;
}

}  // namespace irmae::tests::fuzz
