// SPDX-License-Identifier: MIT
#include "tests/fuzz/small_files.h"

#include "storage/formats/array_file.h"
#include "storage/run_file.h"
#include "storage/system/files.h"
#include "tests/fuzz/targets.h"
#include "tests/storage/sample_run.h"

namespace irmae::tests::fuzz {

namespace {

storage::RunRecord run() {
  storage::RunRecord run = sample_run();
  storage::Evaluation fid{.name = "fid"};
  fid.arrays = {{{"values", {2}, std::vector<double>{1, 2}}, {"sample"}, "distance"}};
  fid.notes = {{"network", std::string("none")}};
  run.evaluations = {fid};
  return run;
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
  static const std::string bytes =
      bytes_of([](const auto& path) { storage::write_metrics(path, sample_identity(), run().provenance, sample_history()); });
  return bytes;
}

const std::string& small_checkpoint() {
  static const std::string bytes = bytes_of([](const auto& path) { storage::write_checkpoint(path, sample_checkpoint(100)); });
  return bytes;
}

const std::string& small_array_file() {
  static const std::string bytes = bytes_of([](const auto& path) {
    storage::write_array_file(path, "feature statistics", {{"a", {3}, std::vector<double>{1, 2, 3}}});
  });
  return bytes;
}

}  // namespace irmae::tests::fuzz
