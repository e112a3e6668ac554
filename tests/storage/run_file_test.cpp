// SPDX-License-Identifier: MIT
#include "storage/run_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <thread>
#include <utility>

#include "storage/error.h"
#include "storage/hdf5/crash_guard.h"
#include "storage/hdf5/reader.h"
#include "storage/hdf5/writer.h"
#include "storage/seal.h"
#include "storage/system/files.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/python.h"
#include "tests/storage/sample_run.h"
#include "tests/temporary_folder.h"

namespace {

std::time_t later = 0;  ///< seconds by which the clock is ahead

}  // namespace

/// Stands before the C library's, which HDF5 asks for the time of day.
extern "C" int gettimeofday(timeval* now, void*) noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  *now = {time.tv_sec + later, time.tv_nsec / 1000};
  return 0;
}

namespace irmae::storage {
namespace {

using tests::sample_run;
using tests::TemporaryFolder;

CheckpointRecord a_checkpoint() {
  CheckpointRecord checkpoint = tests::sample_checkpoint(1000);
  checkpoint.step = 4;
  checkpoint.updates = 100;
  return checkpoint;
}

TEST(RunFile, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const RunRecord run = sample_run();

  write_run(folder / "run.h5", run);
  const RunFile file(folder / "run.h5");

  EXPECT_EQ(file.identity().parameters, run.identity.parameters);
  EXPECT_EQ(file.identity().resolved_toml, run.identity.resolved_toml);
  EXPECT_EQ(file.provenance(), run.provenance);
  ASSERT_EQ(file.history().size(), 2U);
  EXPECT_EQ(file.history()[0].matrix_spectra, run.history[0].matrix_spectra);
  EXPECT_EQ(file.history()[1].train_loss, 0.25);
  EXPECT_TRUE(file.history()[1].covariance_spectrum.empty());
  EXPECT_EQ(file.latents(Split::train).z, run.train.z);
  EXPECT_EQ(file.latents(Split::validation).labels, run.validation.labels);
  EXPECT_EQ(file.count(Split::train), 3);
  EXPECT_EQ(file.count(Split::validation), 2);
  EXPECT_EQ(file.weights().front().name, "encoder.0.weight");
  EXPECT_EQ(file.reconstructions().values, run.reconstructions.values);
}

TEST(RunFile, TellsHowLargeItsPartsAreWithoutThem) {
  const TemporaryFolder folder;
  write_run(folder / "run.h5", sample_run());
  write_metrics(folder / "metrics.h5", tests::sample_identity(), {}, tests::sample_history());
  const hdf5::Reader file(folder / "run.h5");

  EXPECT_EQ(file.shape("/latents/train/z"), (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(file.shape("/samples/originals"), (std::vector<std::int64_t>{1, 1, 2, 2}));
  EXPECT_CONTAINS(tests::message_of([&] { file.shape("/latents/train/no"); }), "/latents/train/no is missing");
  EXPECT_EQ(RunFile(folder / "metrics.h5").count(Split::validation), 0);
}

TEST(RunFile, HasItsHistoryWithTheSpectraThatAreAskedFor) {
  const TemporaryFolder folder;
  const RunRecord run = sample_run();
  write_run(folder / "run.h5", run);
  const RunFile file(folder / "run.h5");

  const History bare = file.history(Spectra::none), shown = file.history(Spectra::of_code_and_product);

  ASSERT_EQ(bare.size(), 2U);
  EXPECT_EQ(bare[1].train_loss, 0.25);
  EXPECT_TRUE(bare[0].covariance_spectrum.empty() && bare[0].product_spectrum.empty() && bare[0].matrix_spectra.empty());
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0].covariance_spectrum, run.history[0].covariance_spectrum);
  EXPECT_EQ(shown[0].product_spectrum, run.history[0].product_spectrum);
  EXPECT_TRUE(shown[0].matrix_spectra.empty());
}

TEST(RunFile, OfLossesOrSpectraThatAreNotFiniteIsDamaged) {
  const std::pair<std::string, std::function<void(RunRecord&)>> kChanges[] = {
      {"/metrics/train_loss", [](RunRecord& run) { run.history[1].train_loss = std::nan(""); }},
      {"/metrics/validation_loss", [](RunRecord& run) { run.history[0].validation_loss = HUGE_VAL; }},
      {"/spectrum/history/product", [](RunRecord& run) { run.history[0].product_spectrum[1] = -HUGE_VAL; }},
      {"/spectrum/history/matrices", [](RunRecord& run) { run.history[0].matrix_spectra[1][0] = std::nan(""); }},
      {"/spectrum/final/covariance", [](RunRecord& run) { run.spectrum[1] = std::nan(""); }},
  };
  for (const auto& [dataset, change] : kChanges) {
    const TemporaryFolder folder;
    RunRecord run = sample_run();
    change(run);
    write_run(folder / "run.h5", run);
    const RunFile file(folder / "run.h5");

    EXPECT_EQ(tests::message_of([&] {
                file.history();
                file.spectrum();
              }),
              (folder / "run.h5").string() + ": " + dataset + " holds a number that is not finite: the file is damaged");
  }
}

TEST(RunFile, KeepsCodesOfDoublePrecision) {
  const TemporaryFolder folder;
  RunRecord run = sample_run();
  run.train.z = std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.5, 0.6};

  write_run(folder / "run.h5", run);

  EXPECT_EQ(RunFile(folder / "run.h5").latents(Split::train).z, run.train.z);
}

TEST(RunFile, HasTheFinalSpectraOfTheMatricesAndOfTheirProduct) {
  const TemporaryFolder folder;
  const RunRecord run = sample_run();

  write_run(folder / "run.h5", run);
  const hdf5::Reader file(folder / "run.h5");
  const NamedArray product = file.array("/spectrum/final/product"), matrices = file.array("/spectrum/final/matrices");

  EXPECT_EQ(std::get<std::vector<double>>(product.values), run.product_spectrum);
  EXPECT_EQ(matrices.shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(std::get<std::vector<double>>(matrices.values), (std::vector<double>{2.0, 0.5, 1.0, 0.25}));
}

TEST(RunFile, OpensInXarrayAndH5pyWithNamedDimensions) {
  if (!tests::python_has("h5py xarray h5netcdf")) GTEST_SKIP() << "Python has no h5py, xarray and h5netcdf";
  const TemporaryFolder folder;
  RunRecord run = sample_run();
  run.train_sources = std::vector<std::int64_t>{8, 3, 5};
  run.validation_sources = std::vector<std::string>{"a/\u00fc.png", "longer/1.png"};
  write_run(folder / "run.h5", run);

  const auto result =
      tests::run(std::string(IRMAE_PYTHON) + " " IRMAE_SOURCE_DIR "/tests/storage/read_run.py " + (folder / "run.h5").string());

  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(RunFile, HasNoSourcesOfSamplesThatAreMade) {
  const TemporaryFolder folder;
  write_run(folder / "run.h5", sample_run());

  EXPECT_EQ(hdf5::Reader(folder / "run.h5").names("/latents/train"),
            (std::vector<std::string>{"component", "index", "labels", "z"}));
}

TEST(RunFile, TakesOtherEvaluationsAndKeepsAllElse) {
  const TemporaryFolder folder;
  RunRecord run = sample_run();
  const LabelledArray old{{"a", {2}, std::vector<double>{1, 2}}, {"index"}, "old"};
  const LabelledArray fresh{{"a", {3}, std::vector<double>{3, 4, 5}}, {"index"}, "fresh"};
  run.evaluations = {{.name = "kept", .arrays = {old}}, {.name = "other", .arrays = {old}, .notes = {{"x", true}}}};
  write_run(folder / "run.h5", run);
  replace_evaluations(folder / "run.h5", {{.name = "other", .arrays = {fresh}}, {.name = "new", .notes = {{"y", 0.5}}}});
  run.evaluations = {run.evaluations[0], {.name = "other", .arrays = {fresh}}, {.name = "new", .notes = {{"y", 0.5}}}};
  write_run(folder / "wanted.h5", run);

  const RunFile file(folder / "run.h5"), wanted(folder / "wanted.h5");
  EXPECT_EQ(file.evaluations(), wanted.evaluations());
  for (const Evaluation& given : run.evaluations) {
    const std::string& name = given.name;
    const Evaluation here = file.evaluation(name), there = wanted.evaluation(name);
    EXPECT_EQ(here.notes, given.notes) << name;
    ASSERT_EQ(here.arrays.size(), there.arrays.size()) << name;
    if (!there.arrays.empty()) {
      EXPECT_EQ(here.arrays.front().array.values, there.arrays.front().array.values) << name;
    }
  }
  EXPECT_EQ(file.identity().resolved_toml, run.identity.resolved_toml);
  EXPECT_EQ(file.provenance(), wanted.provenance());
  EXPECT_EQ(file.latents(Split::train).z, run.train.z);
  EXPECT_EQ(file.weights().front().values, run.weights.front().values);
  EXPECT_EQ(file.spectrum(), run.spectrum);
  ASSERT_EQ(file.history().size(), run.history.size());
  EXPECT_EQ(file.history().front().covariance_spectrum, run.history.front().covariance_spectrum);
  EXPECT_TRUE(check_seal(folder / "run.h5"));
}

TEST(Metrics, KeepTheProvenanceThatIsKnownSoFar) {
  const TemporaryFolder folder;
  const Attributes known{{"method_label", std::string("IRMAE fixed")}, {"ranks", std::int64_t{2}}};
  write_metrics(folder / "known.h5", tests::sample_identity(), known, tests::sample_history());
  write_metrics(folder / "unknown.h5", tests::sample_identity(), {}, tests::sample_history());

  EXPECT_EQ(RunFile(folder / "known.h5").provenance(), known);
  EXPECT_EQ(RunFile(folder / "known.h5").history().size(), tests::sample_history().size());
  EXPECT_TRUE(RunFile(folder / "unknown.h5").provenance().empty());
}

TEST(RunFile, IsLeftAsItWasWhereItsEvaluationsCannotBeReplaced) {
  const TemporaryFolder folder;
  write_metrics(folder / "metrics.h5", tests::sample_identity(), {}, tests::sample_history());
  const std::string before = read_text(folder / "metrics.h5");

  EXPECT_THROW(replace_evaluations(folder / "metrics.h5", {{.name = "new"}}), Error);
  EXPECT_THROW(replace_evaluations(folder / "run.h5", {{.name = "new"}}), Error);
  EXPECT_EQ(read_text(folder / "metrics.h5"), before);
  EXPECT_FALSE(std::filesystem::exists(folder / "run.h5"));
}

TEST(RunFile, CutShortAnywhereIsOneClearError) {
  const TemporaryFolder folder;
  write_run(folder / "run.h5", sample_run());
  const std::string whole = read_text(folder / "run.h5");
  for (std::size_t length = 0; length < whole.size() - kSealLength; length += 997) {
    std::ofstream(folder / "cut.h5", std::ios::binary).write(whole.data(), static_cast<std::streamsize>(length));
    EXPECT_THROW(RunFile(folder / "cut.h5").identity(), Error) << length;
  }
}

TEST(RunFile, AChangedByteAnywhereIsOneClearError) {
  const TemporaryFolder folder;
  write_run(folder / "run.h5", sample_run());
  const std::string whole = read_text(folder / "run.h5");
  for (std::size_t place = 0; place < whole.size() - kSealLength; place += 499) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 4);
    std::ofstream(folder / "changed.h5", std::ios::binary) << changed;
    EXPECT_THROW(RunFile(folder / "changed.h5"), Error) << place;
  }
}

TEST(RunFile, WithoutASealIsRead) {  // an older irmae's, or one to which a note was added with h5py
  const TemporaryFolder folder;
  write_run(folder / "run.h5", sample_run());
  std::filesystem::resize_file(folder / "run.h5", std::filesystem::file_size(folder / "run.h5") - kSealLength);

  EXPECT_EQ(RunFile(folder / "run.h5").identity().cell, "irmae-l2");
}

/// A run file without its seal that HDF5 1.10.8 crashes on, for a name has no end: where the library cannot take one attribute
/// of many, it forgets what it has of the others.
std::string crashing_bytes(const std::string& path) {
  RunRecord run = sample_run();
  for (const char* key : {"train.a", "train.b", "train.c"}) run.identity.parameters.emplace_back(key, std::int64_t{1});
  write_run(path, run);
  std::string changed = read_text(path);
  changed.resize(changed.size() - kSealLength);
  changed.at(changed.find(std::string("train.b") + '\0') + std::string_view("train.b").size()) = '\xff';
  return changed;
}

TEST(RunFile, WhichTheHdf5LibraryDoesNotSurviveIsOneClearError) {
  const TemporaryFolder folder;
  const std::string path = (folder / "run.h5").string();
  const std::string changed = crashing_bytes(path);
  std::ofstream(path, std::ios::binary) << changed;

  EXPECT_CONTAINS(tests::message_of([&] { RunFile(path).identity(); }), path);
}

TEST(RunFile, WhichTheHdf5LibraryDoesNotSurviveThoughItIsSealedEndsTheProcessWithOneLine) {
#ifdef IRMAE_SANITIZED
  GTEST_SKIP() << "sanitizers tell more of a crash";
#endif
  const TemporaryFolder folder;
  const std::string path = (folder / "run.h5").string();
  const std::string changed = crashing_bytes(path);
  std::ofstream(path, std::ios::binary) << changed << seal_of(changed);

  const auto read = [&] {
    try {
      RunFile(path).identity();
    } catch (const Error& error) {  // an HDF5 that survives it
      std::cerr << "irmae: " << error.what() << '\n';
      std::_Exit(1);
    }
  };
  EXPECT_EXIT(read(), ::testing::ExitedWithCode(1), "^irmae: " + path + ": [^\n]*\n$");
}

TEST(CrashGuard, EndsTheProcessAtACrashOrAtTheEndOfItsTimeAndAtNothingElse) {
#ifdef IRMAE_SANITIZED
  GTEST_SKIP() << "sanitizers tell more of a crash";
#endif
  const auto signal_while_reading = [](int signal) {
    const hdf5::CrashGuard outer("run.h5", 0), inner("run.h5", 0);
    raise(signal);
  };
  EXPECT_EXIT(signal_while_reading(SIGSEGV), ::testing::ExitedWithCode(1), "^irmae: run.h5: [^\n]*does not survive[^\n]*\n$");
  EXPECT_EXIT(signal_while_reading(SIGXCPU), ::testing::ExitedWithCode(1), "^irmae: run.h5: [^\n]*no end[^\n]*\n$");
  const auto signal_afterwards = [] {
    { const hdf5::CrashGuard read("run.h5", 0); }
    raise(SIGSEGV);
  };
  EXPECT_EXIT(signal_afterwards(), ::testing::KilledBySignal(SIGSEGV), "^$");
  const auto signal_elsewhere = [] {
    const hdf5::CrashGuard read("run.h5", 0);
    std::thread([] { raise(SIGSEGV); }).join();
  };
  EXPECT_EXIT(signal_elsewhere(), ::testing::KilledBySignal(SIGSEGV), "^$");
}

std::size_t open_handles() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST(RunFile, ManyAreReadWithoutAHandleLeft) {
  const TemporaryFolder folder;
  write_run(folder / "run.h5", sample_run());
  write_checkpoint(folder / "checkpoint.h5", a_checkpoint());
  std::ofstream(folder / "broken.h5") << "no HDF5";
  const auto read_all = [&] {
    const RunFile file(folder / "run.h5");
    file.identity();
    file.history();
    file.weights();
    read_checkpoint(folder / "checkpoint.h5");
    EXPECT_THROW(RunFile(folder / "broken.h5"), Error);
    EXPECT_THROW(RunFile(folder / "checkpoint.h5"), Error);
  };
  read_all();
  const std::size_t files = open_handles();
  const auto objects = H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL);
  for (int i = 0; i < 500; ++i) read_all();
  EXPECT_EQ(open_handles(), files);
  EXPECT_EQ(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL), objects);
}

/// What is said of a run without a seal in which `put` has replaced a dataset.
template <class Put>
std::string error_with(const TemporaryFolder& folder, const char* dataset, Put put) {
  const std::string path = (folder / "run.h5").string();
  write_run(path, sample_run());
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - kSealLength);
  {
    const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    H5Ldelete(file.get(), dataset, H5P_DEFAULT);
    put(file.get(), dataset);
  }
  return tests::message_of([&] { RunFile(path).spectrum(); });
}

TEST(RunFile, ReadsNoValuesOutsideItself) {
  const TemporaryFolder folder;
  const std::string elsewhere = (folder / "elsewhere").string();
  std::ofstream(elsewhere) << std::string(16, 'x');
  const char* dataset = "/spectrum/final/covariance";

  EXPECT_CONTAINS(error_with(folder, dataset,
                             [&](hid_t file, const char* name) {
                               const hsize_t size = 2;
                               const hdf5::Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose),
                                   how(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
                               H5Pset_external(how.get(), elsewhere.c_str(), 0, 16);
                               const hdf5::Handle set(
                                   H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
                                   H5Dclose);
                             }),
                  "values elsewhere");
}

TEST(RunFile, OfAFilterThatIrmaeDoesNotWriteIsRefused) {
  const TemporaryFolder folder;

  EXPECT_CONTAINS(error_with(folder, "/spectrum/final/covariance",
                             [](hid_t file, const char* name) {
                               const hsize_t size = 2;
                               const hdf5::Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose),
                                   how(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
                               H5Pset_chunk(how.get(), 1, &size);
                               H5Pset_scaleoffset(how.get(), H5Z_SO_INT, 0);
                               const hdf5::Handle set(
                                   H5Dcreate2(file, name, H5T_NATIVE_INT, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
                                   H5Dclose);
                               const int values[2] = {1, 2};
                               H5Dwrite(set.get(), H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
                             }),
                  "packed by another filter");
}

TEST(RunFile, IsTheSameWheneverItIsWritten) {
  const TemporaryFolder folder;
  write_run(folder / "now.h5", sample_run());
  later = 1'000'000;
  write_run(folder / "later.h5", sample_run());
  later = 0;

  EXPECT_EQ(read_text(folder / "now.h5"), read_text(folder / "later.h5"));
}

TEST(Checkpoint, WithADamagedSuperblockIsCalledDamaged) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "checkpoint.h5";
  write_checkpoint(path, a_checkpoint());
  std::string changed = read_text(path);
  changed.resize(changed.size() - kSealLength);
  changed[8] = 77;
  std::ofstream(path, std::ios::binary) << changed;
  try {
    read_checkpoint(path);
    FAIL() << "it was taken";
  } catch (const UnreadableFile& error) {
    FAIL() << "it was held for sound: " << error.what();
  } catch (const Error& error) {
    EXPECT_LACKS(error.what(), "LOCK");
  }
}

/// As the library's own H5DSis_scale does.
TEST(RunFile, WithAnOddClassLeavesNothingOpen) {
  const TemporaryFolder folder;
  const std::string path = (folder / "run.h5").string();
  RunRecord run = sample_run();
  run.evaluations = {{.name = "fid", .arrays = {{{"values", {2}, std::vector<double>{1, 2}}, {"sample"}, "distance"}}}};
  write_run(path, run);
  const auto open_objects = [] { return H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL); };
  const auto before = open_objects();
  {
    const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const hdf5::Handle nothing(H5Screate(H5S_NULL), H5Sclose);
    const hdf5::Handle odd(H5Acreate_by_name(file.get(), "/evaluation/fid/values", "CLASS", H5T_NATIVE_FLOAT, nothing.get(),
                                             H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    ASSERT_TRUE(odd);
  }
  EXPECT_EQ(RunFile(path).evaluation("fid").arrays.size(), 1U);

  EXPECT_EQ(open_objects(), before);
}

TEST(RunFile, AClaimOfAnAbsurdSizeIsRefusedBeforeMemoryIsAskedFor) {
  const TemporaryFolder folder;
  for (const hsize_t size : {hsize_t{1} << 28, hsize_t{1} << 40, hsize_t{1} << 60}) {
    const std::string error = error_with(folder, "/spectrum/final/covariance", [&](hid_t file, const char* name) {
      const hsize_t chunk = 1 << 16;
      const hdf5::Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose), how(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
      H5Pset_chunk(how.get(), 1, &chunk);
      const hdf5::Handle set(H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT),
                             H5Dclose);
    });
    EXPECT_CONTAINS(error, "absurd size");
  }
}

TEST(RunFile, OfANewerSchemaIsRefusedWithTheWayOut) {
  const TemporaryFolder folder;
  hdf5::Writer newer;
  newer.root().attribute("schema_version", std::int64_t{99});
  newer.root().attribute("kind", std::string("run"));
  newer.commit(folder / "run.h5");
  const std::string message = tests::message_of([&] { const RunFile file(folder / "run.h5"); });

  EXPECT_CONTAINS(message, "newer irmae (schema 99");
  EXPECT_CONTAINS(message, "update irmae");
}

TEST(RunFile, OfAnotherKindIsRefusedWithBothKinds) {
  const TemporaryFolder folder;
  for (const std::string kind : {"checkpoint", "run|metrics"}) {
    hdf5::Writer other;
    other.root().attribute("schema_version", std::int64_t{kSchemaVersion});
    other.root().attribute("kind", kind);
    other.commit(folder / "run.h5");

    EXPECT_EQ(tests::message_of([&] { const RunFile file(folder / "run.h5"); }),
              (folder / "run.h5").string() + ": holds a " + kind + ", not a run");
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

TEST(Checkpoint, IsReadThoughAnotherProgramHoldsItsLock) {
  const TemporaryFolder folder;
  write_checkpoint(folder / "checkpoint.h5", a_checkpoint());
  const int held = open((folder / "checkpoint.h5").c_str(), O_RDONLY);
  ASSERT_EQ(flock(held, LOCK_EX), 0);

  EXPECT_EQ(read_checkpoint(folder / "checkpoint.h5").updates, 100);

  close(held);
}

TEST(Checkpoint, ThatCannotBeOpenedNowIsNotCalledDamaged) {
  const TemporaryFolder folder;
  write_checkpoint(folder / "checkpoint.h5", a_checkpoint());
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);

  EXPECT_THROW(read_checkpoint(folder / "checkpoint.h5"), UnreadableFile);

  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_NO_THROW(read_checkpoint(folder / "checkpoint.h5"));
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

/// In a large file, whose seal is of its ends alone.
TEST(RunFile, AFlippedByteInAnEvaluationsNotesIsNoticed) {
  const TemporaryFolder folder;
  RunRecord run = sample_run();
  const double distance = 12.345678;
  std::vector<double> values(1'000'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i));  // which nothing packs
  run.evaluations = {{.name = "large", .arrays = {{{"values", {1'000'000}, values}, {"sample"}, "a value"}}},
                     {.name = "frechet", .notes = {{"gaussian", distance}}}};
  run.weights = {{"w", {1'000'000}, values}};
  write_run(folder / "run.h5", run);
  std::string bytes = read_text(folder / "run.h5");
  const std::size_t place = bytes.find(std::string(reinterpret_cast<const char*>(&distance), 8));
  ASSERT_NE(place, std::string::npos);
  bytes[place] = static_cast<char>(bytes[place] ^ 1);
  std::ofstream(folder / "run.h5", std::ios::binary) << bytes;

  EXPECT_THROW(RunFile(folder / "run.h5").notes_of("frechet"), Error);
}

/// As above.
TEST(Checkpoint, AFlippedByteInItsCountersIsNoticed) {
  const TemporaryFolder folder;
  CheckpointRecord checkpoint = tests::sample_checkpoint(3'000'000);
  checkpoint.tensors.push_back({"first_moment", {3'000'000}, std::vector<float>(3'000'000, 0.2F)});
  checkpoint.updates = 0x1234567890;
  write_checkpoint(folder / "checkpoint.h5", checkpoint);
  std::string bytes = read_text(folder / "checkpoint.h5");
  const std::size_t place = bytes.find(std::string(reinterpret_cast<const char*>(&checkpoint.updates), 8));
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
