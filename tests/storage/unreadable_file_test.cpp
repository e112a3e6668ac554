// SPDX-License-Identifier: MIT
// Files that the system cannot read at some place, such as a disk's bad sector or a file server that is away.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "storage/error.h"
#include "storage/formats/hdf5_array.h"
#include "storage/run_file.h"
#include "tests/storage/sample_run.h"
#include "tests/temporary_folder.h"

namespace {

int reads_left = -1;  ///< how many of HDF5's reads work from now on; negative: all

}  // namespace

/// Stands before the C library's, by which HDF5 reads: there is no broken disk at hand.
extern "C" ssize_t pread(int descriptor, void* data, size_t bytes, off_t place) {
  if (reads_left == 0) {
    errno = EIO;
    return -1;
  }
  if (reads_left > 0) --reads_left;
  return syscall(SYS_pread64, descriptor, data, bytes, place);
}
extern "C" ssize_t pread64(int descriptor, void* data, size_t bytes, off64_t place) {
  return pread(descriptor, data, bytes, place);
}

namespace irmae::storage {
namespace {

/// Reads with the first read that does not work at every place; says how many were needed.
int expect_unreadable_at_every_place(const std::function<void()>& read) {
  for (int count = 0; count < 10'000; ++count) {
    reads_left = count;
    try {
      read();
      reads_left = -1;
      return count;
    } catch (const UnreadableFile& maybe_sound) {
      reads_left = -1;
      EXPECT_TRUE(std::string(maybe_sound.what()).ends_with(": file read failed: Input/output error")) << maybe_sound.what();
    } catch (const std::exception& error) {
      reads_left = -1;
      ADD_FAILURE() << "after " << count << " reads: " << error.what();
    }
  }
  ADD_FAILURE() << "it never ends";
  return 0;
}

TEST(Checkpoint, ThatCannotBeReadAtSomePlaceIsNotCalledDamaged) {
  const tests::TemporaryFolder folder;
  write_checkpoint(folder / "checkpoint.h5", tests::sample_checkpoint(2'000'000));

  EXPECT_GT(expect_unreadable_at_every_place([&] { read_checkpoint(folder / "checkpoint.h5"); }), 10);
}

TEST(RunFile, ThatCannotBeReadAtSomePlaceIsNotTakenForOneWithoutThat) {
  const tests::TemporaryFolder folder;
  RunRecord run = tests::sample_run();
  for (int i = 1; i < 20; ++i) run.weights.push_back({"encoder." + std::to_string(i) + ".weight", {1}, std::vector<float>{1}});
  run.evaluations = {{.name = "fid", .arrays = {{{"values", {2}, std::vector<double>{1, 2}}, {"sample"}, "distance"}}}};
  write_run(folder / "run.h5", run);

  EXPECT_GT(expect_unreadable_at_every_place([&] {
              const RunFile file(folder / "run.h5");
              EXPECT_EQ(file.provenance(), run.provenance);
              EXPECT_EQ(file.history(Spectra::all).size(), run.history.size());
              EXPECT_EQ(file.latents(Split::validation).labels, run.validation.labels);
              EXPECT_EQ(file.weights().size(), run.weights.size());
              EXPECT_EQ(file.evaluation("fid").arrays.size(), 1U);
            }),
            10);
}

TEST(ArrayOfHdf5, ThatCannotBeReadAtSomePlaceIsNotCalledEmptyOrAbsent) {
  const tests::TemporaryFolder folder;
  const std::vector<double> values(100'000, 0.5);
  write_hdf5_array(folder / "a.h5", "codes", {{"z", {100'000}, values}, {"sample"}, "a value"}, {});

  EXPECT_GT(expect_unreadable_at_every_place(
                [&] { EXPECT_EQ(read_hdf5_array(folder / "a.h5", "z").values, decltype(NamedArray::values)(values)); }),
            10);
}

}  // namespace
}  // namespace irmae::storage
