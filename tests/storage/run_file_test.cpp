// SPDX-License-Identifier: MIT
#include "storage/run_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "storage/error.h"
#include "storage/files.h"
#include "storage/hdf5/writer.h"
#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

using tests::TemporaryFolder;

Identity an_identity() {
  return {"irmae-l2", std::string(64, 'a'), "shapes", "[train]\nseed = 1\n",
          {{"model.method", std::string("irmae")}, {"train.learning_rate", 0.1}, {"train.quiet", true}, {"train.seed", std::int64_t{1}}}};
}

RunRecord a_run() {
  RunRecord run;
  run.identity = an_identity();
  run.provenance = {{"host", std::string("here")}, {"wall_seconds", 1.0 / 3}};
  run.history = {{1, 0.5, 0.4, 0.3, 2.0, 100.0, {3.0, 1.0}, {2.0, 1.0}, {{2.0, 0.5}, {1.0, 0.25}}},
                 {2, 0.25, 0.2, 0.1, 2.0, 100.0, {}, {}, {}}};
  run.train = {3, 2, {1, 2, 3, 4, 5, 6}, {0, 1, 0}, {0, 1, 2}};
  run.validation = {2, 2, {7, 8, 9, 10}, {1, 1}, {0, 1}};
  run.spectrum = {3.0, 1.0};
  run.product_spectrum = {2.0, 1.0};
  run.matrix_spectra = {{2.0, 0.5}, {1.0, 0.25}};
  run.weights = {{"encoder.0.weight", {2, 2}, std::vector<float>{1, 2, 3, 4}}};
  run.originals = {"originals", {1, 1, 2, 2}, std::vector<std::uint8_t>{0, 1, 2, 255}};
  run.reconstructions = {"reconstructions", {1, 1, 2, 2}, std::vector<std::uint8_t>{0, 1, 2, 254}};
  return run;
}

CheckpointRecord a_checkpoint() {
  CheckpointRecord checkpoint;
  checkpoint.identity = an_identity();
  checkpoint.world_size = 2;
  checkpoint.epoch = 3;
  checkpoint.step = 4;
  checkpoint.updates = 100;
  checkpoint.bucket_plan = "plan";
  checkpoint.epoch_sums = {0.1, 0.2, 0.3, 0.4};
  checkpoint.history = a_run().history;
  checkpoint.tensors = {{"values", {1000}, std::vector<float>(1000, 0.1F)}};
  return checkpoint;
}

TEST(RunFile, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const RunRecord run = a_run();

  write_run(folder / "run.h5", run);
  const RunFile file(folder / "run.h5");

  EXPECT_EQ(file.identity().parameters, run.identity.parameters);
  EXPECT_EQ(file.identity().resolved_toml, run.identity.resolved_toml);
  EXPECT_EQ(file.provenance(), run.provenance);
  ASSERT_EQ(file.history().size(), 2U);
  EXPECT_EQ(file.history()[0].matrix_spectra, run.history[0].matrix_spectra);
  EXPECT_EQ(file.history()[1].train_loss, 0.25);
  EXPECT_TRUE(file.history()[1].covariance_spectrum.empty());
  EXPECT_EQ(file.latents("train").z, run.train.z);
  EXPECT_EQ(file.latents("validation").labels, run.validation.labels);
  EXPECT_EQ(file.matrix_spectra(), run.matrix_spectra);
  EXPECT_EQ(file.weights().front().name, "encoder.0.weight");
  EXPECT_EQ(file.reconstructions().values, run.reconstructions.values);
}

TEST(RunFile, OpensInXarrayAndH5pyWithNamedDimensions) {
  if (tests::run(std::string(IRMAE_PYTHON) + " -c 'import h5py, xarray, h5netcdf'").status != 0)
    GTEST_SKIP() << "Python has no h5py, xarray and h5netcdf";
  const TemporaryFolder folder;
  write_run(folder / "run.h5", a_run());

  const auto result =
      tests::run(std::string(IRMAE_PYTHON) + " " IRMAE_SOURCE_DIR "/tests/storage/read_run.py " + (folder / "run.h5").string());

  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(RunFile, CutShortAnywhereIsOneClearError) {
  const TemporaryFolder folder;
  write_run(folder / "run.h5", a_run());
  const std::string whole = read_text(folder / "run.h5");
  for (std::size_t length = 0; length < whole.size(); length += 997) {
    std::ofstream(folder / "cut.h5", std::ios::binary).write(whole.data(), static_cast<std::streamsize>(length));
    EXPECT_THROW(RunFile(folder / "cut.h5").identity(), Error) << length;
  }
}

TEST(RunFile, OfANewerSchemaIsRefusedWithTheWayOut) {
  const TemporaryFolder folder;
  hdf5::Writer newer;
  newer.root().attribute("schema_version", std::int64_t{99});
  newer.root().attribute("kind", std::string("run"));
  newer.commit(folder / "run.h5");
  try {
    RunFile file(folder / "run.h5");
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("newer irmae (schema 99"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("update irmae"), std::string::npos);
  }
}

TEST(Checkpoint, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const CheckpointRecord checkpoint = a_checkpoint();

  write_checkpoint(folder / "checkpoint.h5", checkpoint);
  const CheckpointRecord back = read_checkpoint(folder / "checkpoint.h5");

  EXPECT_EQ(back.updates, 100);
  EXPECT_EQ(back.epoch_sums, checkpoint.epoch_sums);
  EXPECT_EQ(back.tensors.front().values, checkpoint.tensors.front().values);
  EXPECT_EQ(back.history[0].covariance_spectrum, checkpoint.history[0].covariance_spectrum);
}

TEST(Checkpoint, AFlippedByteInItsTensorsIsNoticed) {
  const TemporaryFolder folder;
  write_checkpoint(folder / "checkpoint.h5", a_checkpoint());
  std::string bytes = read_text(folder / "checkpoint.h5");
  const float value = 0.1F;
  const std::string pattern(reinterpret_cast<const char*>(&value), 4);
  const std::size_t place = bytes.find(pattern + pattern);
  ASSERT_NE(place, std::string::npos);
  bytes[place] = static_cast<char>(bytes[place] ^ 1);
  std::ofstream(folder / "checkpoint.h5", std::ios::binary) << bytes;

  EXPECT_THROW(read_checkpoint(folder / "checkpoint.h5"), Error);
}

TEST(Checkpoint, IsNotTakenForARun) {
  const TemporaryFolder folder;
  write_checkpoint(folder / "checkpoint.h5", a_checkpoint());

  EXPECT_THROW(RunFile(folder / "checkpoint.h5"), Error);
}

}  // namespace
}  // namespace irmae::storage
